//! The pointer policy: every misuse told apart, at every address, against a register of live blocks;
//! every answer; and nothing changed.
#![cfg(feature = "guard")]

mod support;

use std::alloc::Layout;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ptr::NonNull;

use memoman::{CONTE_FL, Guarded, Law, Misuse, Place, PoolError, Reaction, WORD as W};
use support::{Arena, Dice};

const FREE: usize = 1;
const PREV_FREE: usize = 2;

/// A guarded heap of two pools that touch, in the middle of an arena; all by offsets.
struct Lab<const A: usize, const FL: usize, const SL: usize> {
    heap: Guarded<A, FL, SL, 2>,
    arena: Arena,
    pools: Vec<(usize, usize)>,
    /// Usable bytes of each live block, by payload.
    live: BTreeMap<usize, usize>,
}

/// What an address is, by the register alone.
#[derive(PartialEq, Eq, Debug)]
enum Kind {
    Live(usize),
    Foreign,
    Misaligned,
    Interior(usize),
    Double(usize),
}

impl<const A: usize, const FL: usize, const SL: usize> Lab<A, FL, SL> {
    fn new(answer: Reaction, granules: usize) -> Self {
        let (granule, arena) = (A.max(4 * W), Arena::new(4 * granules * A.max(4 * W)));
        let bytes = granules * granule;
        // The second pool has a few bytes that are too few for a granule.
        let pools = vec![(bytes, bytes), (2 * bytes, bytes / 2 + A / 2)];
        let mut lab = Self { heap: Guarded::new(answer), arena, pools, live: BTreeMap::new() };
        for &(at, bytes) in &lab.pools {
            // SAFETY: the arena's, apart from each other, used by nothing else.
            unsafe { lab.heap.add_pool(lab.arena.at(at), bytes) }.unwrap().unwrap();
        }
        lab
    }

    fn entered(&mut self, ptr: NonNull<u8>) -> usize {
        let (at, usable) = (self.arena.offset_of(ptr), self.heap.check(ptr).unwrap());
        assert!(self.live.insert(at, usable).is_none());
        at
    }

    fn malloc(&mut self, size: usize) -> Option<usize> {
        let ptr = self.heap.malloc(size).unwrap()?;
        Some(self.entered(ptr))
    }

    fn mallocs<const N: usize>(&mut self, sizes: [usize; N]) -> [usize; N] {
        sizes.map(|size| self.malloc(size).unwrap())
    }

    /// No live block of the register dies but one that it was asked to free.
    fn free(&mut self, at: usize) -> Result<(), Misuse> {
        // SAFETY: the blocks are the test's own, and it forgets this one.
        unsafe { self.heap.deallocate(self.arena.at(at)) }?;
        self.live.remove(&at).unwrap();
        Ok(())
    }

    fn realloc(&mut self, at: usize, align: usize, size: usize) -> Result<Option<usize>, Misuse> {
        let ptr = Some(self.arena.at(at));
        // SAFETY: as `free`.
        let new = unsafe { self.heap.reallocate_aligned(ptr, align, size) }?;
        if new.is_some() || size == 0 {
            self.live.remove(&at).unwrap();
        }
        Ok(new.map(|new| self.entered(new)))
    }

    fn kind(&self, at: usize) -> Kind {
        let home = self.pools.iter().find(|pool| (pool.0..pool.0 + pool.1).contains(&at));
        let Some(&(start, bytes)) = home else { return Kind::Foreign };
        let (first, end) = (start + A, start + bytes / A * A - W);
        if !(first..end).contains(&at) {
            return Kind::Foreign;
        }
        if at % A != 0 {
            return Kind::Misaligned;
        }
        // The last live block that starts, header included, at or before.
        let before = self.live.range(first..=at + W).next_back();
        match before {
            Some((&block, &usable)) if block == at => Kind::Live(usable),
            Some((&block, &usable)) if at < block + usable => Kind::Interior(block),
            Some((&block, &usable)) => Kind::Double(block + usable + W),
            None => Kind::Double(first),
        }
    }

    /// What `check` says, in the register's terms.
    fn told(&self, ptr: NonNull<u8>) -> Kind {
        let place = |number: usize, offset| {
            assert_eq!(self.arena.at(self.pools[number].0 + offset), ptr);
        };
        match self.heap.check(ptr) {
            Ok(usable) => Kind::Live(usable),
            Err(Misuse::Foreign { ptr: told }) if told == ptr => Kind::Foreign,
            Err(Misuse::Misaligned { ptr: told, pool, offset }) if told == ptr => {
                place(pool, offset);
                Kind::Misaligned
            }
            Err(Misuse::Interior { ptr: told, pool, offset, block }) if told == ptr => {
                place(pool, offset);
                Kind::Interior(self.arena.offset_of(block))
            }
            Err(Misuse::Double { ptr: told, pool, offset, block }) if told == ptr => {
                place(pool, offset);
                Kind::Double(self.arena.offset_of(block))
            }
            other => panic!("{other:?} at {ptr:p}"),
        }
    }

    /// Every address of the arena, and some that are far away.
    fn check_everywhere(&self, arena_bytes: usize) {
        for at in 0..arena_bytes {
            assert_eq!(self.told(self.arena.at(at)), self.kind(at), "at {at}, {:?}", self.live);
        }
        for addr in [1, W, A, usize::MAX, usize::MAX - W + 1, usize::MAX - A + 1] {
            let ptr = NonNull::new(std::ptr::without_provenance_mut(addr)).unwrap();
            assert_eq!(self.told(ptr), Kind::Foreign);
        }
        let own = NonNull::from(self).cast();
        assert_eq!(self.told(own), Kind::Foreign);
    }
}

fn random<const A: usize, const FL: usize, const SL: usize>(seed: u32, steps: usize) {
    let granules = 10;
    let mut lab = Lab::<A, FL, SL>::new(Reaction::Error, granules);
    let mut dice = Dice(seed);
    let mut misuses = 0;
    for step in 0..steps {
        let most = 4 * A.max(4 * W);
        let named = |dice: &mut Dice, lab: &Lab<A, FL, SL>| {
            lab.live.keys().copied().nth(dice.roll(lab.live.len().max(1)))
        };
        match (dice.roll(8), named(&mut dice, &lab)) {
            (0..=2, _) => drop(lab.malloc(1 + dice.roll(most))),
            (3, Some(at)) => drop(lab.realloc(at, A << dice.roll(2), dice.roll(most)).unwrap()),
            (4, Some(at)) => {
                let ptr = lab.arena.at(at);
                let size = dice.roll(most);
                // SAFETY: the test's own block, whose content is nobody's.
                let done = unsafe {
                    match dice.roll(2) {
                        0 => lab.heap.try_grow_in_place(ptr, size),
                        _ => lab.heap.shrink_in_place(ptr, size),
                    }
                };
                done.unwrap();
                lab.live.insert(at, lab.heap.usable_size(ptr).unwrap());
            }
            (5, Some(at)) => lab.free(at).unwrap(),
            (_, _) => {
                let at = dice.roll(4 * granules * A.max(4 * W));
                if !matches!(lab.kind(at), Kind::Live(_)) {
                    let before = lab.arena.contents();
                    assert!(lab.free(at).is_err());
                    assert!(lab.realloc(at, A, dice.roll(most)).is_err());
                    assert!(before == lab.arena.contents());
                    misuses += 1;
                }
            }
        }
        let census = lab.heap.validate().unwrap();
        assert_eq!(census.used_blocks, lab.live.len());
        if step % 8 == 0 {
            lab.check_everywhere(4 * granules * A.max(4 * W));
        }
    }
    assert!(misuses > steps / 10);
    while let Some((&at, _)) = lab.live.first_key_value() {
        lab.free(at).unwrap();
    }
    assert_eq!(lab.heap.validate().unwrap().free_blocks, 2);
}

#[test]
fn every_address_is_told_exactly() {
    random::<W, CONTE_FL, 32>(1, 400);
    random::<W, 10, 4>(2, 400);
    random::<16, 12, 8>(3, 400);
    random::<64, 12, 16>(4, 200);
}

thread_local! {
    static TOLD: Cell<Option<Misuse>> = const { Cell::new(None) };
}

fn note(misuse: &Misuse) {
    assert_eq!(TOLD.replace(Some(*misuse)), None, "told twice");
}

/// Every call on one pointer is refused in the same way, and the handler is told once each time.
fn refused(lab: &mut Lab<W, 10, 4>, ptr: NonNull<u8>) -> Misuse {
    let before = lab.arena.contents();
    let expected = lab.heap.check(ptr).unwrap_err();
    assert_eq!(TOLD.take(), None, "looking is no misuse");
    let layout = Layout::new::<usize>();
    type Verb = fn(&mut Guarded<W, 10, 4, 2>, NonNull<u8>, Layout) -> Result<(), Misuse>;
    // SAFETY: no live block starts at the pointer, so nothing may happen.
    let verbs: [Verb; 9] = unsafe {
        [
            |heap, ptr, _| heap.deallocate(ptr),
            |heap, ptr, layout| heap.deallocate_sized(ptr, layout),
            |heap, ptr, _| heap.reallocate(Some(ptr), 0).map(drop),
            |heap, ptr, _| heap.reallocate(Some(ptr), 5 * W).map(drop),
            |heap, ptr, _| heap.reallocate(Some(ptr), usize::MAX).map(drop),
            |heap, ptr, _| heap.reallocate_aligned(Some(ptr), 3, 5 * W).map(drop),
            |heap, ptr, _| heap.try_grow_in_place(ptr, 5 * W).map(drop),
            |heap, ptr, _| heap.shrink_in_place(ptr, W).map(drop),
            |heap, ptr, _| heap.usable_size(ptr).map(drop),
        ]
    };
    for verb in verbs {
        assert_eq!(verb(&mut lab.heap, ptr, layout), Err(expected));
        assert_eq!(TOLD.take(), Some(expected));
    }
    assert!(before == lab.arena.contents());
    lab.heap.validate().unwrap();
    expected
}

#[test]
fn each_misuse_is_answered_by_every_verb_and_changes_nothing() {
    let mut lab = Lab::<W, 10, 4>::new(Reaction::Handler(note), 10);
    let [a, b, c, _d] = lab.mallocs([3 * W, 5 * W, 4 * W, 3 * W]);
    lab.free(b).unwrap();
    let at = |lab: &Lab<W, 10, 4>, offset| lab.arena.at(offset);
    let pool = lab.pools[0].0;
    let number = lab.heap.heap().pools().position(|own| own.contains(lab.arena.at(a))).unwrap();
    let base = lab.pools[number].0;

    for foreign in [0, pool - W, pool, pool + 1, lab.pools[1].0 + lab.pools[1].1 - W] {
        let ptr = at(&lab, foreign);
        assert_eq!(refused(&mut lab, ptr), Misuse::Foreign { ptr });
    }
    let outside = NonNull::from(Box::leak(Box::new(0_u64))).cast();
    assert_eq!(refused(&mut lab, outside), Misuse::Foreign { ptr: outside });
    let ptr = at(&lab, a + 1);
    let misaligned = Misuse::Misaligned { ptr, pool: number, offset: a + 1 - base };
    assert_eq!(refused(&mut lab, ptr), misaligned);
    for inside in [a + W, a + 2 * W, c - W, c + 3 * W] {
        let (ptr, block) = (at(&lab, inside), at(&lab, if inside < b { a } else { c }));
        let interior = Misuse::Interior { ptr, pool: number, offset: inside - base, block };
        assert_eq!(refused(&mut lab, ptr), interior);
    }
    // Twice; and again when its neighbours have been freed, too: it is inside one free block now.
    let (ptr, block, offset) = (at(&lab, b), at(&lab, b), b - base);
    assert_eq!(refused(&mut lab, ptr), Misuse::Double { ptr, pool: number, offset, block });
    lab.free(a).unwrap();
    lab.free(c).unwrap();
    let block = at(&lab, a);
    assert_eq!(refused(&mut lab, ptr), Misuse::Double { ptr, pool: number, offset, block });
}

/// Every verb refuses a heap with this damage, names the law, and writes nothing.
fn damaged(lab: &mut Lab<W, 10, 4>, at: usize, value: usize, law: Law) {
    let old = lab.arena.poke(at, value);
    assert_eq!(lab.heap.validate().unwrap_err().law, law);
    let before = lab.arena.contents();
    for at in 0..before.len() {
        let kind = lab.kind(at);
        match lab.heap.check(lab.arena.at(at)) {
            Err(Misuse::Damaged(_)) => {}
            _ => assert_eq!(lab.told(lab.arena.at(at)), kind, "damaged, but no other block"),
        }
    }
    let (live, pool) = (*lab.live.keys().next().unwrap(), lab.heap.heap().pools().next().unwrap());
    let is_damaged = |answer: Result<(), Misuse>| {
        assert!(matches!(answer, Err(Misuse::Damaged(violation)) if violation.law == law));
        assert!(matches!(TOLD.take(), Some(Misuse::Damaged(_))));
    };
    is_damaged(lab.heap.malloc(1).map(drop));
    is_damaged(lab.heap.memalign(64, 1).map(drop));
    is_damaged(lab.heap.remove_pool(pool).map(drop));
    is_damaged(lab.heap.shrink_pool(pool, W).map(drop));
    // SAFETY: refused.
    is_damaged(unsafe { lab.heap.extend_pool(pool, W) }.map(drop));
    // SAFETY: refused.
    is_damaged(unsafe { lab.heap.add_pool(lab.arena.at(0), 20 * W) }.map(drop));
    is_damaged(lab.free(live));
    is_damaged(lab.realloc(live, W, 9 * W).map(drop));
    assert!(before == lab.arena.contents());
    lab.arena.restore(at, old);
    lab.heap.validate().unwrap();
}

#[test]
fn a_damaged_heap_is_not_written_to() {
    let mut lab = Lab::<W, 10, 4>::new(Reaction::Handler(note), 20);
    let [a, b, c, d, e] = lab.mallocs([3 * W, 5 * W, 4 * W, 3 * W, 3 * W]);
    lab.free(b).unwrap();
    let word = |lab: &Lab<W, 10, 4>, at| lab.arena.addr(at);
    damaged(&mut lab, a - W, 2 * W, Law::Tiling);
    damaged(&mut lab, a - W, (3 * W) | PREV_FREE, Law::Mirror);
    damaged(&mut lab, c - W, (4 * W) | FREE | PREV_FREE, Law::Coalesced);
    damaged(&mut lab, c - 2 * W, 0, Law::BackLink);
    let (no_block, stale) = (word(&lab, a), word(&lab, d - W));
    damaged(&mut lab, b, no_block, Law::Links);
    damaged(&mut lab, b + W, stale, Law::Links);
    // Two sound heaps that are not this one: d swallows e; or ends at a header forged in e.
    damaged(&mut lab, d - W, 7 * W, Law::Census);
    let [f] = lab.mallocs([8 * W]);
    let old = lab.arena.poke(f + 3 * W, 4 * W);
    assert_eq!(f, e + 4 * W);
    damaged(&mut lab, e - W, (f + 3 * W) - e, Law::Census);
    lab.arena.restore(f + 3 * W, old);
}

#[test]
fn what_is_not_validated_is_still_checked_on_the_way_to_the_block() {
    let mut lab = Lab::<W, 10, 4>::new(Reaction::Error, 10);
    lab.heap.set_every(None);
    let [a, b, c] = lab.mallocs([3 * W, 5 * W, 4 * W]);
    for (at, value) in [(b - W, 2 * W), (b - W, 10 * W), (c - W, (4 * W) | PREV_FREE)] {
        let old = lab.arena.poke(at, value);
        assert!(matches!(lab.free(a), Err(Misuse::Damaged(_))));
        lab.arena.restore(at, old);
    }
    lab.free(b).unwrap();
    assert!(matches!(lab.free(b), Err(Misuse::Double { .. })));
}

#[test]
fn what_is_not_validated_is_still_checked_before_a_pool_changes() {
    let mut lab = Lab::<W, 10, 4>::new(Reaction::Handler(note), 10);
    lab.heap.set_every(None);
    let [a] = lab.mallocs([3 * W]);
    let pool = lab.heap.heap().pool_of(lab.arena.at(a)).unwrap();
    let (start, end) = (lab.arena.offset_of(pool.start()), pool.bytes() / W * W);
    assert!(matches!(lab.heap.remove_pool(pool), Ok(Err(PoolError::Busy(_)))));
    // The live block is free, and alone; it swallows the free one; the last block is free, or is not.
    let (sentinel, b) = (start + end - W, a + 4 * W);
    let whole = end - 2 * W;
    let damage = [
        vec![(a - W, whole | FREE), (sentinel - W, lab.arena.addr(a - W))],
        vec![(a - W, whole), (sentinel, 0)],
        vec![(sentinel, 0)],
        vec![(b - W, whole - 4 * W), (sentinel, 0)],
    ];
    for damage in damage {
        let olds: Vec<_> = damage.iter().map(|&(at, value)| lab.arena.poke(at, value)).collect();
        let before = lab.arena.contents();
        let is_damaged = |answer: Result<(), Misuse>| {
            assert!(matches!(answer, Err(Misuse::Damaged(_))), "{answer:?}, {damage:?}");
            assert!(matches!(TOLD.take(), Some(Misuse::Damaged(_))));
        };
        is_damaged(lab.heap.remove_pool(pool).map(drop));
        is_damaged(lab.heap.shrink_pool(pool, 2 * W).map(drop));
        // SAFETY: refused.
        is_damaged(unsafe { lab.heap.extend_pool(pool, 4 * W) }.map(drop));
        assert!(before == lab.arena.contents());
        for (&(at, _), old) in damage.iter().zip(olds) {
            lab.arena.restore(at, old);
        }
        lab.heap.validate().unwrap();
    }
    let (smaller, _) = lab.heap.shrink_pool(pool, 2 * W).unwrap().unwrap();
    assert_eq!(lab.heap.remove_pool(pool).unwrap(), Err(PoolError::Unknown));
    lab.free(a).unwrap();
    lab.heap.remove_pool(smaller).unwrap().unwrap();
    assert_eq!(TOLD.take(), None);
}

#[test]
fn it_validates_before_one_call_in_two_to_the_n() {
    for (log2, period) in [(0, 1), (1, 2), (3, 8)] {
        let mut lab = Lab::<W, 10, 4>::new(Reaction::Error, 10);
        lab.heap = Guarded::new(Reaction::Error).every(Some(log2));
        let (at, bytes) = lab.pools[0];
        // SAFETY: the old heap is gone.
        unsafe { lab.heap.add_pool(lab.arena.at(at), bytes) }.unwrap().unwrap();
        let a = lab.malloc(3 * W).unwrap();
        // Damage in the chain that no allocation looks at: two calls were made so far.
        let old = lab.arena.poke(a - W, 2 * W);
        let found = (2..).position(|_| lab.heap.malloc(0).is_err()).unwrap();
        assert_eq!((2 + found) % period, 0);
        assert!(found < period);
        lab.arena.restore(a - W, old);
    }
}

#[test]
fn a_block_by_its_layout_is_aligned_and_on_the_roll() {
    let mut lab = Lab::<W, 10, 4>::new(Reaction::Error, 20);
    for (size, align) in [(1, 1), (5 * W, W), (7, 8 * W), (3 * W, 16 * W)] {
        let layout = Layout::from_size_align(size, align).unwrap();
        let ptr = lab.heap.allocate(layout).unwrap().expect("there is room");
        assert_eq!(ptr.addr().get() % align, 0);
        let at = lab.entered(ptr);
        assert!(lab.live[&at] >= size);
    }
    lab.check_everywhere(lab.arena.contents().len());
    let huge = Layout::from_size_align(isize::MAX as usize, 1).unwrap();
    assert_eq!(lab.heap.allocate(huge), Ok(None));
}

#[test]
fn a_wrong_layout_is_a_misuse() {
    let mut lab = Lab::<W, 10, 4>::new(Reaction::Error, 10);
    let a = lab.malloc(5 * W).unwrap();
    let ptr = lab.arena.at(a);
    let layout = |size, align| Layout::from_size_align(size, align).unwrap();
    let wrong = Err(Misuse::Layout { ptr, usable: 5 * W });
    // SAFETY: refused but for the last; the block is the test's.
    unsafe {
        assert_eq!(lab.heap.deallocate_sized(ptr, layout(6 * W, W)), wrong);
        assert_eq!(lab.heap.deallocate_sized(ptr, layout(1, 4096)), wrong);
        assert_eq!(lab.heap.deallocate_sized(ptr, layout(5 * W, 1)), Ok(()));
    }
}

#[test]
#[should_panic(expected = "double free of 0x")]
fn a_misuse_can_panic() {
    let mut lab = Lab::<W, 10, 4>::new(Reaction::Error, 10);
    lab.heap.set_reaction(Reaction::Panic);
    let a = lab.malloc(5 * W).unwrap();
    lab.free(a).unwrap();
    let _ = lab.free(a);
}

#[test]
fn pools_come_and_go_with_their_blocks_on_the_roll() {
    let mut lab = Lab::<W, 10, 4>::new(Reaction::Error, 10);
    let held: Vec<_> = std::iter::from_fn(|| lab.malloc(3 * W)).collect();
    let pools: Vec<_> = lab.heap.heap().pools().collect();
    assert!(matches!(lab.heap.remove_pool(pools[0]).unwrap(), Err(PoolError::Busy(_))));
    let (first, second): (Vec<_>, Vec<_>) =
        held.iter().partition(|&&at| pools[0].contains(lab.arena.at(at)));
    assert!(!first.is_empty() && !second.is_empty());
    first.iter().for_each(|&at| lab.free(at).unwrap());
    lab.heap.remove_pool(pools[0]).unwrap().unwrap();
    lab.pools.remove(0);
    lab.heap.validate().unwrap();
    lab.check_everywhere(lab.arena.contents().len());
    lab.free(second[1]).unwrap();
    // SAFETY: nothing else uses the arena.
    unsafe { lab.heap.add_pool(lab.arena.at(0), 20 * W) }.unwrap().unwrap();
    lab.pools.push((0, 20 * W));
    lab.check_everywhere(lab.arena.contents().len());
    lab.live.clear();
    // SAFETY: no block is used afterwards.
    unsafe { lab.heap.reset() };
    assert_eq!(lab.heap.validate().unwrap().free_blocks, 2);
    lab.check_everywhere(lab.arena.contents().len());
}

#[test]
fn reset_makes_a_damaged_heap_whole() {
    let mut lab = Lab::<W, 10, 4>::new(Reaction::Error, 10);
    let a = lab.malloc(5 * W).unwrap();
    let _old = lab.arena.poke(a - W, 0);
    assert!(matches!(lab.free(a), Err(Misuse::Damaged(_))));
    // SAFETY: no block is used afterwards.
    unsafe { lab.heap.reset() };
    assert!(lab.heap.malloc(5 * W).unwrap().is_some());
}

#[test]
fn a_misuse_tells_what_and_where() {
    const fn shared<T: Send + Sync + std::error::Error>() {}
    shared::<Misuse>();
    const { assert!(size_of::<Misuse>() <= 5 * W) };
    let mut lab = Lab::<W, 10, 4>::new(Reaction::Error, 10);
    let a = lab.malloc(5 * W).unwrap();
    let told = lab.heap.check(lab.arena.at(a + W)).unwrap_err().to_string();
    let (ptr, block) = (lab.arena.at(a + W), lab.arena.at(a));
    assert!(told.contains(&format!("{ptr:p}")) && told.contains(&format!("{block:p}")), "{told}");
    let violation = memoman::Violation::new(Law::Links, Place::Heap);
    assert!(Misuse::from(violation).to_string().contains("Links"));
}

#[test]
fn the_policy_costs_two_words_a_pool_and_four_more() {
    let more = size_of::<Guarded<W, 8, 4, 2>>() - size_of::<memoman::Tlsf<W, 8, 4, 2>>();
    assert!(more <= 2 * 2 * W + 4 * W, "{more}");
}
