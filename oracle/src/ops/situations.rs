//! Mutations that bring a heap into situations in which allocators take rare paths: several pools, pools that
//! shrink and grow, combs of equal blocks, exact fits, a gap before an aligned block, a long life. A random
//! mutation rarely makes the five or ten ops in a row that each of them needs.

use super::align::Align;
use super::header::{HEADER_BYTES, REGIONS};
use super::mutate::mutate;
use super::op::{Count, Op, Order, PoolForm, Target};
use super::program::{MAX_OPS, Program};
use super::record::RECORD_BYTES;
use super::size::{Base, Change, Delta, Goal, Size, Unit};
use super::swarm::OpKind;
use crate::geometry::GEOMETRIES;
use crate::rng::SeededRng;

/// One change in this many is a situation.
const COMPOSED: u64 = 3;

/// Returns the program in `bytes` with one change, at most `max` bytes long: [`mutate`] or [`compose`].
pub fn vary(bytes: &[u8], max: usize, seed: u64) -> Vec<u8> {
    let mut rng = SeededRng::new(seed);
    let change = if rng.one_in(COMPOSED) { compose } else { mutate };
    change(bytes, max, rng.number())
}

/// Returns the program in `bytes` with the ops of one situation at a random place, at most `max` bytes long.
pub fn compose(bytes: &[u8], max: usize, seed: u64) -> Vec<u8> {
    let mut rng = SeededRng::new(seed);
    let mut program = Program::decode(bytes);
    let situation = rng.pick(&ALL);
    let ops = situation(&mut program, &mut rng);
    enable_modes(&mut program, &ops);
    let at = rng.index(program.ops.len() + 1);
    program.ops.splice(at..at, ops);
    let most = MAX_OPS.min(max.saturating_sub(HEADER_BYTES) / RECORD_BYTES);
    program.ops.truncate(most);
    let mut bytes = program.encode();
    bytes.truncate(max);
    bytes
}

type Situation = fn(&mut Program, &mut SeededRng) -> Vec<Op>;

const ALL: [Situation; 8] =
    [pools, resized_pool, comb, exact_growth, aligned_gap, long_life, nearly_full, large_pool];

/// A number of granules: each order of magnitude is equally likely.
fn granules(rng: &mut SeededRng) -> u16 {
    let most = 1 << rng.below(10);
    1 + rng.below(most) as u16
}

/// A size of any mode that needs no block.
fn size(rng: &mut SeededRng) -> Size {
    match rng.below(4) {
        0 => Size::Tiny(1 + rng.below(256) as u16),
        1 => Size::Granules(granules(rng)),
        2 => Size::Log { exp: rng.below(32) as u8, mantissa: rng.number() as u8 },
        _ => Size::Fraction(1 + rng.below(1024) as u16),
    }
}

const SMALL: Size = Size::Tiny(24);

/// Turns op kinds on.
fn enable(program: &mut Program, kinds: &[OpKind]) {
    for &kind in kinds {
        program.header.off.kinds &= !(1 << kind as u8);
    }
}

/// Turns the size modes of the ops on: otherwise, their sizes would decode as others.
fn enable_modes(program: &mut Program, ops: &[Op]) {
    let off = &mut program.header.off;
    // A mask with all bits set disables none.
    if off.modes != u8::MAX {
        for size in ops.iter().filter_map(Op::size) {
            off.modes &= !(1 << size.mode() as u8);
        }
    }
}

fn add_pool(region: u8, rng: &mut SeededRng) -> Op {
    let eighths_off = if rng.one_in(4) { rng.below(8) as u8 } else { 0 };
    Op::AddPool { region, form: PoolForm::Fresh { eighths_off } }
}

/// All regions are pools; perhaps one is removed, and perhaps added again.
fn pools(program: &mut Program, rng: &mut SeededRng) -> Vec<Op> {
    enable(program, &[OpKind::Pools]);
    let mut ops: Vec<_> = (0..REGIONS as u8).map(|region| add_pool(region, rng)).collect();
    let region = rng.below(REGIONS as u64) as u8;
    if rng.one_in(2) {
        ops.push(Op::RemovePool { region, force: rng.one_in(4) });
    }
    if rng.one_in(3) {
        ops.push(add_pool(region, rng));
    }
    ops
}

/// A pool shrinks and grows, by as much or by another length; between and behind that, its end is used up. TLSF
/// 3.1 cannot do it: the geometry becomes one that only the specification has.
fn resized_pool(program: &mut Program, rng: &mut SeededRng) -> Vec<Op> {
    enable(program, &[OpKind::Pools]);
    if program.header.geometry().is_contes() {
        let others = GEOMETRIES.iter().enumerate().filter(|(_, geometry)| !geometry.is_contes());
        let others: Vec<_> = others.map(|(number, _)| number as u8).collect();
        program.header.geometry = rng.pick(&others);
    }
    let region = rng.below(REGIONS as u64) as u8;
    let less = granules(rng);
    let more = match rng.below(3) {
        0 => less,
        1 => less.saturating_add(1 + rng.below(4) as u16).min(1023),
        _ => granules(rng),
    };
    let mut ops = vec![Op::ShrinkPool { region, granules: less }];
    if rng.one_in(2) {
        ops.push(Op::Malloc { slot: rng.number() as u8, size: SMALL });
    }
    if rng.one_in(2) {
        let size = Size::Gap { goal: Goal::Fit, delta: Delta::ZERO };
        ops.push(Op::Malloc { slot: rng.number() as u8, size });
    }
    ops.push(Op::ExtendPool { region, granules: more });
    if rng.one_in(2) {
        ops.push(Op::Free { target: Target::Newest(rng.below(3) as u8) });
    }
    if rng.one_in(3) {
        ops.push(Op::ShrinkPool { region, granules: granules(rng) });
    }
    ops
}

/// Blocks of one size with small ones between them. The blocks are freed in a random order: a list of many blocks,
/// none beside another. Then a small one is freed or moved: it merges with one or two blocks inside the list.
fn comb(program: &mut Program, rng: &mut SeededRng) -> Vec<Op> {
    enable(program, &[OpKind::Realloc]);
    let (blocks, base, size) = (2 + rng.below(7) as u8, rng.number() as u8, size(rng));
    let slot = |number: u8| base.wrapping_add(number);
    let mut ops = Vec::new();
    for block in 0..blocks {
        ops.push(Op::Malloc { slot: slot(2 * block), size });
        let between = if rng.one_in(4) { size } else { SMALL };
        ops.push(Op::Malloc { slot: slot(2 * block + 1), size: between });
    }
    let mut order: Vec<u8> = (0..blocks).collect();
    for last in (1..order.len()).rev() {
        order.swap(last, rng.index(last + 1));
    }
    ops.extend(order.iter().map(|&block| Op::Free { target: Target::Slot(slot(2 * block)) }));
    let target = Target::Slot(slot(2 * rng.below(blocks.into()) as u8 + 1));
    ops.push(match rng.below(3) {
        0 => Op::Realloc {
            target,
            size: Size::Relative {
                base: Base::Target,
                change: Change::By(Delta::new(31, Unit::Granule)),
            },
        },
        _ => Op::Free { target },
    });
    ops
}

/// A block grows by exactly its successor, or by a little less or more. Sizes are multiples of ALIGN less a word.
fn exact_growth(program: &mut Program, rng: &mut SeededRng) -> Vec<Op> {
    enable(program, &[OpKind::Realloc]);
    let (this, next, base) = (granules(rng).max(3), granules(rng).max(3), rng.number() as u8);
    let [first, second, third] = [0, 1, 2].map(|number| base.wrapping_add(number));
    let both = (this + next + 1).saturating_add_signed(rng.pick(&[0, 0, 0, -1, 1])).min(1024);
    let mut ops = Vec::new();
    let before = base.wrapping_add(3);
    if rng.one_in(2) {
        ops.push(Op::Malloc { slot: before, size: SMALL });
    }
    ops.push(Op::Malloc { slot: first, size: Size::Granules(this) });
    ops.push(Op::Malloc { slot: second, size: Size::Granules(next) });
    ops.push(Op::Malloc { slot: third, size: SMALL });
    ops.push(Op::Free { target: Target::Slot(second) });
    if ops.len() == 5 {
        ops.push(Op::Free { target: Target::Slot(before) });
    }
    ops.push(Op::Realloc { target: Target::Slot(first), size: Size::Granules(both) });
    ops
}

/// A hole of a few sizes between used blocks, and an aligned block for which it is large enough: a small one, or one
/// of nearly a multiple of its alignment.
fn aligned_gap(program: &mut Program, rng: &mut SeededRng) -> Vec<Op> {
    enable(program, &[OpKind::Memalign, OpKind::Realloc]);
    let base = rng.number() as u8;
    let align = Align::power(3 + rng.below(14) as u8);
    let granule = program.header.geometry().align;
    let granules_of_align = (align.value() / granule).min(1024) as u16;
    let (size, needs) = match rng.below(3) {
        0 => {
            let near = granules_of_align.saturating_sub(rng.below(8) as u16).clamp(1, 1024);
            (Size::Granules(near), near)
        }
        _ => {
            let bytes = 1 + rng.below(256) as u16;
            (Size::Tiny(bytes), bytes.div_ceil(granule as u16))
        }
    };
    let hole = (needs + granules_of_align).saturating_add(rng.below(16) as u16).clamp(4, 1024);
    let mut ops = vec![
        Op::Malloc { slot: base, size: Size::Granules(hole) },
        Op::Malloc { slot: base.wrapping_add(1), size: SMALL },
        Op::Free { target: Target::Slot(base) },
    ];
    if rng.one_in(2) {
        program.header.residue = rng.number() as u8;
    }
    ops.push(Op::Memalign { slot: base & !31, align, size });
    if rng.one_in(3) {
        let size = Size::Granules(granules(rng));
        ops.push(Op::Realloc { target: Target::Newest(0), size });
    }
    ops
}

/// The heap is filled and drained many times.
fn long_life(program: &mut Program, rng: &mut SeededRng) -> Vec<Op> {
    enable(program, &[OpKind::Fill, OpKind::Drain]);
    let size = if rng.one_in(2) { SMALL } else { size(rng) };
    let order = rng.pick(Order::ALL);
    let times = 1 << rng.below(8);
    (0..times).flat_map(|_| [Op::Fill { size }, Op::Drain { order, count: Count::All }]).collect()
}

/// Nearly all bytes are used, in one block or in many; then requests are refused.
fn nearly_full(program: &mut Program, rng: &mut SeededRng) -> Vec<Op> {
    enable(program, &[OpKind::Repeat]);
    let slot = rng.number() as u8;
    let full = Op::Malloc { slot, size: Size::Gap { goal: Goal::Fit, delta: Delta::ZERO } };
    let mut ops = vec![full; 1 + rng.index(4)];
    ops.push(Op::Malloc { slot, size: Size::Fraction(1 + rng.below(1024) as u16) });
    let times = 1 << rng.below(7);
    ops.extend(vec![Op::Repeat { times: 16 }; times]);
    ops
}

/// The pools become the largest, one or two of them, with a block of at least a quarter.
fn large_pool(program: &mut Program, rng: &mut SeededRng) -> Vec<Op> {
    enable(program, &[OpKind::Pools, OpKind::Realloc]);
    program.header.pool_class = 10;
    program.header.extra = rng.number() as u8;
    let size = |rng: &mut SeededRng| Size::Fraction(256 + rng.below(768) as u16);
    let slot = rng.number() as u8;
    let mut ops = Vec::new();
    if rng.one_in(2) {
        ops.push(add_pool(rng.below(REGIONS as u64) as u8, rng));
    }
    ops.push(Op::Malloc { slot, size: size(rng) });
    if rng.one_in(2) {
        ops.push(Op::Malloc { slot: slot.wrapping_add(1), size: SMALL });
    }
    if rng.one_in(2) {
        ops.push(Op::Realloc { target: Target::Slot(slot), size: size(rng) });
    }
    ops
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{MAX_BYTES, generate};

    #[test]
    fn equal_seeds_give_equal_programs_and_other_seeds_others() {
        let whole = generate(1, 0);
        assert_eq!(compose(&whole, MAX_BYTES, 7), compose(&whole, MAX_BYTES, 7));
        let many: std::collections::HashSet<_> =
            (0..100).map(|i| compose(&whole, MAX_BYTES, i)).collect();
        assert!(many.len() > 90, "{} of 100", many.len());
    }

    #[test]
    fn every_input_is_accepted_and_the_limit_is_kept() {
        for seed in 0..400 {
            let bytes = generate(2, seed);
            let few = &bytes[..bytes.len().min(seed as usize)];
            let max = (seed as usize * 11).min(MAX_BYTES);
            assert!(compose(few, max, seed).len() <= max);
        }
    }

    #[test]
    fn the_ops_of_a_situation_survive_the_swarm_of_the_header() {
        let mut rng = SeededRng::new(3);
        for situation in ALL {
            for off in 0..=u8::MAX {
                let mut program = Program::decode(&generate(4, rng.number()));
                program.ops.clear();
                program.header.off.modes = off;
                program.ops = situation(&mut program, &mut rng);
                let ops = program.ops.clone();
                enable_modes(&mut program, &ops);
                assert!(program.ops.len() <= MAX_OPS);
                let decoded = Program::decode(&program.encode());
                assert_eq!(decoded.ops, program.ops, "{program}");
            }
        }
    }
}
