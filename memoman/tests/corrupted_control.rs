//! Every bit of the control, flipped: `validate` names a broken law, or the bit has no meaning.
//! And the ten laws, each with the damage that it alone describes.
//!
//! The control's layout is not public; the tests find words by their values.

mod support;

use std::alloc::Layout;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};

use memoman::{Law, Place, Violation, WORD as W};
use support::Lab;
use support::Seen::{Free, Used};

/// Four rows of four lists, blocks below 32 W. No padding: an even number of rows, both pools set.
type Small = Lab<W, 4, 4, 2>;

const POOL: usize = 29 * W;
const FREE: usize = 1;
const PREV_FREE: usize = 2;

/// Blocks of 3, 3, 3, 3, 3 and 7 words in each pool, which is full; the ones in `frees` are freed.
fn lab(frees: &[usize]) -> (Small, Vec<usize>) {
    let mut lab = Small::new(&[POOL, POOL]);
    let mut blocks = Vec::new();
    for _pool in 0..2 {
        blocks.extend(lab.mallocs([3 * W, 3 * W, 3 * W, 3 * W, 3 * W, 7 * W]));
    }
    assert_eq!(lab.check().free_blocks, 0);
    for &index in frees {
        lab.free(blocks[index]);
    }
    lab.check();
    (lab, blocks)
}

fn words() -> usize {
    size_of::<memoman::Tlsf<W, 4, 4, 2>>() / W
}

fn word(lab: &Small, index: usize) -> usize {
    assert!(index < words());
    // SAFETY: a word of the control, which has no padding and nothing uninitialised.
    unsafe { (&raw const lab.heap).cast::<usize>().add(index).read() }
}

/// Overwrites a word of the control and returns its old value, to restore.
fn poke(lab: &mut Small, index: usize, value: MaybeUninit<usize>) -> MaybeUninit<usize> {
    assert!(index < words());
    // SAFETY: a word of the control: a number, or a link, of which every value is one.
    unsafe { (&raw mut lab.heap).cast::<MaybeUninit<usize>>().add(index).replace(value) }
}

/// Runs with a word of the control damaged.
fn with<R>(lab: &mut Small, index: usize, value: usize, run: impl FnOnce(&Small) -> R) -> R {
    let old = poke(lab, index, MaybeUninit::new(value));
    let result = run(lab);
    poke(lab, index, old);
    result
}

/// The words of the pool table, found by their values.
fn table() -> Vec<usize> {
    let (lab, _) = lab(&[]);
    let held = [lab.arena.addr(0), lab.arena.addr(POOL), POOL, 2];
    let table: Vec<_> = (0..words()).filter(|&index| held.contains(&word(&lab, index))).collect();
    assert_eq!(table.len(), 2 * 2 + 1, "start and length of each, and how many");
    table
}

/// The words that only report: peak, largest request and failures. No law covers them.
fn memories() -> Vec<usize> {
    let (mut lab, blocks) = lab(&[]);
    blocks.into_iter().for_each(|at| lab.free(at));
    let most = 2 * 22 * W;
    let mut memories: Vec<_> = (0..words()).filter(|&index| word(&lab, index) == most).collect();
    let before: Vec<_> = (0..words()).map(|index| word(&lab, index)).collect();
    assert_eq!(lab.malloc(usize::MAX), None);
    memories.extend((0..words()).filter(|&index| word(&lab, index) != before[index]));
    assert_eq!(memories.len(), if cfg!(feature = "stats") { 3 } else { 0 });
    memories
}

#[test]
fn no_flipped_bit_of_bitmaps_heads_and_counters_is_sound() {
    let silent = [table(), memories()].concat();
    for frees in [&[][..], &[0], &[0, 2, 4], &[5, 11], &[1, 3, 4, 6, 8, 11]] {
        let (mut lab, _) = lab(frees);
        for index in (0..words()).filter(|index| !silent.contains(index)) {
            for bit in 0..usize::BITS {
                let value = word(&lab, index) ^ (1 << bit);
                let verdict = with(&mut lab, index, value, |lab| {
                    // Inspection ends on any damage, without a panic.
                    assert!(lab.heap.free_blocks().count() <= 2 * 7);
                    let _ =
                        (lab.heap.max_allocatable(), lab.heap.explain(Layout::new::<[usize; 7]>()));
                    lab.heap.validate()
                });
                assert!(verdict.is_err(), "bit {bit} of word {index}: {verdict:?}, {frees:?}");
            }
        }
        lab.check();
    }
}

/// In the pool table, the bits of a length below ALIGN have no meaning: a pool is rounded down.
/// (Bits of a start that would lead out of the arena, or between words, are not flipped.)
#[test]
fn every_flipped_bit_of_the_pool_table_is_found_except_the_low_bits_of_a_length() {
    let (mut lab, _) = lab(&[0, 2, 5, 7, 11]);
    let (mut lengths, mut starts, mut counts) = (0, 0, 0);
    let starts_at = [0, POOL].map(|offset| lab.arena.addr(offset));
    for index in table() {
        let old = word(&lab, index);
        for bit in 0..usize::BITS {
            let value = old ^ (1 << bit);
            if starts_at.contains(&old) {
                // The arena is 4 pools long.
                let inside = value >= starts_at[0] && value - starts_at[0] < 2 * POOL;
                if value % W == 0 && inside {
                    assert!(with(&mut lab, index, value, |lab| lab.heap.validate()).is_err());
                    starts += 1;
                }
            } else if old == POOL {
                // Longer than the longest pool, a pool has no blocks; else it ends in the arena.
                let verdict = with(&mut lab, index, value, |lab| lab.heap.validate());
                assert_eq!(verdict.is_ok(), value / W == old / W, "length {value}: {verdict:?}");
                lengths += 1;
            } else {
                // Beyond the table, an index panic stops it; nothing is read.
                let look = |lab: &Small| catch_unwind(AssertUnwindSafe(|| lab.heap.validate()));
                let verdict = with(&mut lab, index, value, look);
                assert!(!matches!(verdict, Ok(Ok(_))), "{value} pools: {verdict:?}");
                counts += 1;
            }
        }
    }
    assert!(starts > 4 && lengths == 2 * usize::BITS && counts == usize::BITS);
    lab.check();
}

/// The word of the control that is the head of this block's list.
fn head_of(lab: &Small, payload: usize) -> usize {
    let addr = lab.arena.addr(payload - W);
    let heads: Vec<_> = (0..words()).filter(|&index| word(lab, index) == addr).collect();
    assert_eq!(heads.len(), 1, "the payload {payload} is not the first of a list");
    heads[0]
}

/// Damages words of the arena and of the control, validates, and undoes the damage.
fn verdict(
    lab: &mut Small,
    arena: &[(usize, usize)],
    control: &[(usize, usize)],
) -> Result<(), Violation> {
    let olds: Vec<_> = arena.iter().map(|&(at, value)| lab.arena.poke(at, value)).collect();
    let mut saved = Vec::new();
    for &(index, value) in control {
        saved.push(poke(lab, index, MaybeUninit::new(value)));
    }
    let verdict = lab.heap.validate().map(|_| ());
    for (&(at, _), old) in arena.iter().zip(olds).rev() {
        lab.arena.restore(at, old);
    }
    for (&(index, _), old) in control.iter().zip(saved).rev() {
        poke(lab, index, old);
    }
    lab.check();
    verdict
}

/// *Census* is not among them: counters are a feature; see below.
#[test]
fn each_law_is_named_by_the_damage_that_breaks_it() {
    // Pool 0: [0 free][1][2 free][3][4][5 free] sentinel. Pool 1: all used but the 7 W at its end.
    let (mut lab, b) = lab(&[0, 2, 5, 11]);
    // Which pool served first is policy: name pools and places as they are.
    let base = b[0] - W;
    let pool = lab.heap.pools().position(|pool| lab.arena.offset_of(pool.start()) == base).unwrap();
    let at = |law, payload: usize| {
        Err(Violation::new(law, Place::Block { pool, offset: payload - W - base }))
    };
    let header = |payload: usize| payload - W;
    let sentinel = b[5] + 7 * W;
    let expected = |lab: &Small| {
        lab.walk().contains(&Free(b[2], 3 * W)) && lab.walk().contains(&Used(b[3], 3 * W))
    };
    assert!(expected(&lab));

    let zero_size = [(header(b[1]), PREV_FREE)];
    assert_eq!(verdict(&mut lab, &zero_size, &[]), at(Law::Tiling, b[1]));

    let claims_free_before = [(header(b[4]), (3 * W) | PREV_FREE)];
    assert_eq!(verdict(&mut lab, &claims_free_before, &[]), at(Law::Mirror, b[4]));

    let points_elsewhere = [(b[0] + 2 * W, lab.arena.addr(header(b[1])))];
    assert_eq!(verdict(&mut lab, &points_elsewhere, &[]), at(Law::BackLink, b[1]));

    let free_beside_free = [(header(b[1]), (3 * W) | PREV_FREE | FREE)];
    assert_eq!(verdict(&mut lab, &free_beside_free, &[]), at(Law::Coalesced, b[1]));

    let free_end = [(sentinel, PREV_FREE | FREE)];
    assert_eq!(verdict(&mut lab, &free_end, &[]), at(Law::Sentinel, sentinel + W));

    // A block that is free to its neighbours (none of them free), but in no list.
    let lonely = 6;
    let unlisted = [
        (header(b[lonely]), (3 * W) | FREE),
        (b[lonely] + 2 * W, lab.arena.addr(header(b[lonely]))),
        (header(b[lonely + 1]), (3 * W) | PREV_FREE),
    ];
    let (pool, base) = lab
        .heap
        .pools()
        .map(|pool| lab.arena.offset_of(pool.start()))
        .enumerate()
        .filter(|&(_, base)| base < b[lonely])
        .max_by_key(|&(_, base)| base)
        .unwrap();
    let place = Place::Block { pool, offset: b[lonely] - W - base };
    let found = verdict(&mut lab, &unlisted, &[]);
    assert_eq!(found, Err(Violation::new(Law::Membership, place)));

    // The heads of two lists, exchanged: 3 W (its head is b[2], freed last) and 7 W.
    let heads = [head_of(&lab, b[2]), head_of(&lab, b[11])];
    let swapped = [(heads[0], word(&lab, heads[1])), (heads[1], word(&lab, heads[0]))];
    let law = verdict(&mut lab, &[], &swapped).unwrap_err().law;
    assert_eq!(law, Law::Class);

    let no_way_back = [(b[0] + W, 0)];
    assert_eq!(lab.lists()[1].1, b[0], "b[0] is the second of its list");
    assert_eq!(verdict(&mut lab, &no_way_back, &[]), at(Law::Links, b[0]));

    let empty_but_marked = [(heads[1], 0)];
    let violation = verdict(&mut lab, &[], &empty_but_marked).unwrap_err();
    assert_eq!(violation.law, Law::Occupancy);
    // 7 W is in the second row (4 W to 8 W), its last list.
    assert_eq!(violation.place, Place::List { row: 1, list: 3 });
}

/// The one damage that headers alone do not show: a used block that ends where another used block
/// does. Counters detect it.
#[test]
fn a_block_that_swallows_used_blocks_is_a_sound_heap_with_other_counts() {
    let (mut lab, b) = lab(&[11]);
    let larger = [(b[1] - W, (3 + 1 + 3) * W)];
    let found = verdict(&mut lab, &larger, &[]);
    match cfg!(feature = "stats") {
        true => assert_eq!(found, Err(Violation::new(Law::Census, Place::Heap))),
        false => assert!(found.is_ok()),
    }
}

/// Every block that a walk of the lists returns lies in a pool, for any header.
#[test]
fn a_listed_size_that_leaves_the_pool_ends_the_walk_of_the_lists() {
    let (lab, b) = lab(&[0, 2, 5]);
    let room = |payload: usize| b[5] + 7 * W - payload;
    let most = usize::MAX & !(W - 1);
    for (block, size) in [(b[0], room(b[0]) + W), (b[2], most), (b[5], 8 * W), (b[5], 0)] {
        let old = lab.arena.poke(block - W, size | FREE);
        for (_, info) in lab.heap.free_blocks() {
            let at = lab.arena.offset_of(info.payload);
            assert!(at + info.size <= b[5] + 7 * W && info.size >= 3 * W, "{info:?}");
        }
        let _ = lab.heap.explain(Layout::new::<[usize; 20]>());
        lab.arena.restore(block - W, old);
    }
    lab.check();
}

#[test]
fn a_head_that_leads_to_no_block_is_reported_at_its_list() {
    let (mut lab, b) = lab(&[11]);
    let head = head_of(&lab, b[11]);
    // The pool whose last payload is used: no block fits into the 3 W in front of its sentinel.
    let sentinel = b[5] + 7 * W;
    let near = (0..4).map(|words| sentinel - words * W);
    let odd = [b[4] - W + 1, b[4] - W / 2, b[4] + 2];
    let addrs: Vec<_> = near.chain(odd).chain([3 * POOL]).map(|at| lab.arena.addr(at)).collect();
    for addr in addrs.into_iter().chain([W, usize::MAX]) {
        let fault = Violation::new(Law::Links, Place::List { row: 1, list: 3 });
        assert_eq!(verdict(&mut lab, &[], &[(head, addr)]), Err(fault), "{addr:#x}");
    }
}

/// The words that hold the heads of a row's lists. They lie in order of class, so the head of one
/// block, whose class is known, leads to all. (Not of a pool's first, whose address the table has, too.)
fn heads_of_row(lab: &Small, row: usize, payload: usize, class: usize) -> [usize; 4] {
    let first = head_of(lab, payload) - class + 4 * row;
    [0, 1, 2, 3].map(|list| first + list)
}

#[test]
fn heads_without_bits_break_occupancy_even_if_they_are_alike() {
    // The one free block has 3 W: row 0, list 3.
    let (mut lab, b) = lab(&[1]);
    let addr = lab.arena.addr(b[1] - W);
    for row in 1..4 {
        let heads = heads_of_row(&lab, row, b[1], 3);
        for (list, &a) in heads.iter().enumerate() {
            for &b in &heads[list..] {
                let found = verdict(&mut lab, &[], &[(a, addr), (b, addr)]);
                let place = Place::List { row, list };
                assert_eq!(found, Err(Violation::new(Law::Occupancy, place)));
            }
        }
    }
}

#[test]
fn occupancy_is_reported_at_the_damaged_list_not_at_a_sound_one_below() {
    // Blocks of 11 W and of 15 W: row 2 (8 W to 16 W), lists 1 and 3.
    let (mut lab, b) = lab(&[1, 2, 3, 7, 8, 9, 10]);
    let heads = heads_of_row(&lab, 2, b[1], 2 * 4 + 1);
    assert_eq!(heads[3], head_of(&lab, b[7]));
    let found = verdict(&mut lab, &[], &[(heads[3], 0)]);
    let place = Place::List { row: 2, list: 3 };
    assert_eq!(found, Err(Violation::new(Law::Occupancy, place)));
}

#[test]
fn a_used_block_in_a_list_is_named() {
    // b[0] and b[2] are listed, b[2] first; b[4] is used, and takes the place of b[0] behind it.
    let (mut lab, b) = lab(&[0, 2]);
    let base = b[0] - W;
    let pool = lab.heap.pools().position(|pool| lab.arena.offset_of(pool.start()) == base).unwrap();
    let [first, listed] = [b[2], b[4]].map(|payload| lab.arena.addr(payload - W));
    let links = [(b[2], listed), (b[4], 0), (b[4] + W, first)];
    let place = Place::Block { pool, offset: b[4] - W - base };
    let membership = Err(Violation::new(Law::Membership, place));
    assert_eq!(verdict(&mut lab, &links, &[]), membership);
}

#[test]
fn a_block_forged_in_a_payload_is_not_followed() {
    let (mut lab, b) = lab(&[11]);
    let head = head_of(&lab, b[11]);
    let fault = Violation::new(Law::Links, Place::List { row: 1, list: 3 });
    // As free and as large as the listed block, and alone in its list, but in the payload of a used
    // block; and the same four words in front of a sentinel.
    for forged in [b[2], b[5] + 3 * W] {
        let words = [(forged, (7 * W) | FREE), (forged + W, 0), (forged + 2 * W, 0)];
        let addr = lab.arena.addr(forged);
        assert_eq!(verdict(&mut lab, &words, &[(head, addr)]), Err(fault));
    }
}

#[test]
fn a_violation_prints_its_law_and_its_place() {
    let (mut lab, b) = lab(&[0, 2]);
    let violation = verdict(&mut lab, &[(b[4] - W, (3 * W) | PREV_FREE)], &[]).unwrap_err();
    let Place::Block { pool, offset } = violation.place else { panic!("{violation}") };
    let found = violation.to_string();
    assert!(found.contains("Mirror") && found.contains(Law::Mirror.statement()), "{found}");
    assert!(found.ends_with(&format!("at pool {pool}, header offset {offset}")), "{found}");
    assert_eq!(lab.walk().iter().filter(|block| matches!(block, Free(..))).count(), 2);
}

#[test]
fn every_law_has_a_statement_of_its_own() {
    let statements: std::collections::BTreeSet<_> =
        Law::ALL.iter().map(|law| law.statement()).collect();
    assert_eq!(statements.len(), 10);
    assert_eq!(Law::ALL.iter().collect::<std::collections::BTreeSet<_>>().len(), 10);
}
