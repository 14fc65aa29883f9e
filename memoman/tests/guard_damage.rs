//! The pointer policy on damaged heaps: damage is named by its law, and nothing is written.
#![cfg(feature = "guard")]

#[path = "support/guarded.rs"]
mod guarded;
mod support;

use std::alloc::Layout;

use guarded::{FREE, Lab, PREV_FREE, granted, note, noted};
use memoman::{GuardError, Guarded, Law, Misuse, PoolError, Reaction, WORD as W};

/// Every operation refuses a heap with this damage, names the law, and writes nothing.
fn damaged(lab: &mut Lab<W, 10, 4>, at: usize, value: usize, law: Law) {
    let old = lab.arena.poke(at, value);
    assert_eq!(lab.heap.validate().unwrap_err().law, law);
    let before = lab.arena.contents();
    for at in 0..before.len() {
        let kind = lab.kind(at);
        match lab.heap.check(lab.arena.at(at)) {
            Err(Misuse::Damaged(_)) => {}
            _ => assert_eq!(lab.reported(lab.arena.at(at)), kind, "damaged, but no other block"),
        }
    }
    let (live, pool) = (*lab.live.keys().next().unwrap(), lab.heap.heap().pools().next().unwrap());
    let is_damaged = |result: Result<Option<()>, Misuse>| {
        assert!(matches!(result, Err(Misuse::Damaged(violation)) if violation.law == law));
        assert!(matches!(noted(), Some(Misuse::Damaged(_))));
    };
    is_damaged(granted(lab.heap.malloc(1).map(drop)));
    is_damaged(granted(lab.heap.allocate(Layout::new::<[u64; 8]>()).map(drop)));
    is_damaged(granted(lab.heap.remove_pool(pool).map(drop)));
    is_damaged(granted(lab.heap.shrink_pool(pool, W).map(drop)));
    // SAFETY: refused.
    is_damaged(granted(unsafe { lab.heap.extend_pool(pool, W) }.map(drop)));
    // SAFETY: refused.
    is_damaged(granted(unsafe { lab.heap.add_pool(lab.arena.at(0), 20 * W) }.map(drop)));
    is_damaged(lab.free(live).map(Some));
    is_damaged(lab.realloc(live, W, 9 * W).map(|_| None));
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
fn without_validation_the_chain_up_to_the_block_is_still_checked() {
    let mut lab = Lab::<W, 10, 4>::new(Reaction::Error, 10);
    lab.heap.set_check_every(0);
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
fn without_validation_a_pool_is_still_checked_before_it_changes() {
    let mut lab = Lab::<W, 10, 4>::new(Reaction::Handler(note), 10);
    lab.heap.set_check_every(0);
    let [a] = lab.mallocs([3 * W]);
    let pool = lab.heap.heap().pool_of(lab.arena.at(a)).unwrap();
    let (start, end) = (lab.arena.offset_of(pool.start()), pool.bytes() / W * W);
    let busy = lab.heap.remove_pool(pool);
    assert!(matches!(busy, Err(GuardError::Pool(PoolError::Busy(_)))), "{busy:?}");
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
        let is_damaged = |result: Result<(), GuardError>| {
            let found = matches!(result, Err(GuardError::Misuse(Misuse::Damaged(_))));
            assert!(found, "{result:?}, {damage:?}");
            assert!(matches!(noted(), Some(Misuse::Damaged(_))));
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
    let (smaller, _) = lab.heap.shrink_pool(pool, 2 * W).unwrap();
    assert_eq!(lab.heap.remove_pool(pool), Err(PoolError::Unknown.into()));
    lab.free(a).unwrap();
    lab.heap.remove_pool(smaller).unwrap();
    assert_eq!(noted(), None);
}

#[test]
fn it_validates_before_every_nth_call_until_it_finds_damage_and_then_before_every_call() {
    for calls in [1, 2, 3, 8] {
        let mut lab = Lab::<W, 10, 4>::new(Reaction::Error, 10);
        lab.heap = Guarded::new(Reaction::Error).check_every(calls);
        let (at, bytes) = lab.pools[0];
        // SAFETY: the old heap is gone.
        unsafe { lab.heap.add_pool(lab.arena.at(at), bytes) }.unwrap();
        let a = lab.malloc(3 * W).unwrap();
        // Damage in the chain that no allocation reads: two calls were made so far.
        let old = lab.arena.poke(a - W, 2 * W);
        let found = (2..).position(|_| granted(lab.heap.malloc(0)).is_err()).unwrap();
        assert_eq!((2 + found) % calls, 0);
        assert!(found < calls);
        (0..3).for_each(|_| assert!(granted(lab.heap.malloc(0)).is_err()));
        lab.arena.restore(a - W, old);
        (0..3).for_each(|_| assert!(granted(lab.heap.malloc(0)).is_ok()));
    }
}

/// Allocates `blocks` blocks, damages the first and the next header, and returns how many calls were
/// made before the damage was found.
fn calls_until_found(blocks: usize) -> usize {
    let arena = support::Arena::new((blocks + 1) * 4 * W);
    let mut heap: Guarded<W, 20, 8, 1> = Guarded::new(Reaction::Error);
    // SAFETY: the arena outlives the heap, which alone uses it.
    unsafe { heap.add_pool(arena.at(0), (blocks + 1) * 4 * W) }.unwrap();
    (1..blocks).for_each(|_| _ = heap.malloc(1).unwrap());
    let old = arena.poke(0, 2 * W);
    let found = (0..).position(|_| granted(heap.malloc(0)).is_err()).unwrap();
    arena.restore(0, old);
    found
}

#[test]
fn by_default_a_heap_of_less_than_256_blocks_is_validated_before_every_call() {
    assert_eq!([1, 100, 255].map(calls_until_found), [0; 3]);
    for blocks in [256, 5000] {
        let found = calls_until_found(blocks);
        assert!(found <= blocks / 256, "{found} calls of a heap of {blocks} blocks");
    }
    assert!((5000..5010).map(calls_until_found).sum::<usize>() > 10, "not before every call");
}

#[test]
fn reset_makes_a_damaged_heap_sound() {
    let mut lab = Lab::<W, 10, 4>::new(Reaction::Error, 10);
    let a = lab.malloc(5 * W).unwrap();
    let _old = lab.arena.poke(a - W, 0);
    assert!(matches!(lab.free(a), Err(Misuse::Damaged(_))));
    // SAFETY: no block is used afterwards.
    unsafe { lab.heap.reset() };
    assert!(lab.heap.malloc(5 * W).is_ok());
}
