//! The cost of a call is counted where memory is touched.
#![cfg(feature = "cost")]

use std::mem::MaybeUninit;
use std::ptr::NonNull;

use memoman::{Tlsf, UnlistedPools, WORD, cost};

/// How many free lists a heap of this type has.
fn lists<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>(
    _: &Tlsf<ALIGN, FL, SL, POOLS>,
) -> u64 {
    (FL * SL) as u64
}

fn of(call: impl FnOnce()) -> u64 {
    let before = cost();
    call();
    cost() - before
}

#[test]
fn a_malloc_and_a_free_touch_headers_links_and_bits() {
    let memory = Box::leak(Box::new_uninit_slice(4096));
    let mut heap: Tlsf = Tlsf::new();
    heap.add_static_pool(memory).expect("a pool");
    let mut block = None;
    let malloc = of(|| block = heap.malloc(100));
    let payload = block.expect("room");
    // SAFETY: just allocated by this heap.
    let free = of(|| unsafe { heap.deallocate(payload) });
    assert!((5..=18).contains(&malloc) && (5..=26).contains(&free), "{malloc}, {free}");
    let again = of(|| block = heap.malloc(100));
    assert_eq!(again, malloc, "the same call on the same heap");
}

#[test]
fn a_reset_touches_each_list() {
    let mut heap: Tlsf = Tlsf::new();
    // SAFETY: it has no live block.
    let reset = of(|| unsafe { heap.reset() });
    assert!(reset >= lists(&heap), "{reset} of {}", lists(&heap));
}

/// The table is searched up to the pool three times, and those behind it move up once: an entry further on
/// is three words more and one less.
#[test]
fn removing_a_pool_costs_the_entries_that_are_read_and_moved() {
    let removed = [0, 1, 2].map(|which: usize| {
        let mut heap: Tlsf = Tlsf::new();
        let pools = [1024, 4096, 16_384].map(|bytes| {
            let memory = Box::leak(Box::new_uninit_slice(bytes));
            heap.add_static_pool(memory).expect("a pool")
        });
        of(|| assert!(heap.remove_pool(pools[which]).is_ok()))
    });
    assert_eq!(removed.map(|cost| cost - removed[0]), [0, 2, 4], "{removed:?}");
}

#[test]
fn adding_an_unlisted_pool_costs_the_same_whatever_their_number() {
    let mut heap: Tlsf = Tlsf::new();
    let mut unlisted = UnlistedPools::NONE;
    let memory: &'static mut [MaybeUninit<usize>] = Box::leak(Box::new_uninit_slice(64_000));
    let costs = memory.chunks_mut(64).map(|pool| {
        let (mem, bytes) = (NonNull::from(&mut *pool).cast(), size_of_val(pool));
        // SAFETY: leaked memory; the chunks do not overlap.
        of(|| assert!(unsafe { heap.add_unlisted_pool(&mut unlisted, mem, bytes) }.is_ok()))
    });
    let costs: Vec<u64> = costs.collect();
    // The first one finds an empty list; all others the same one.
    assert!(costs[0] <= costs[1] && costs[1..].iter().all(|&cost| cost == costs[1]), "{costs:?}");
    assert_eq!(unlisted.count(), 1000);
}

/// In a sound heap the links are compared as sets, and no block is looked up by a walk from its pool's start.
#[test]
fn validate_with_touches_each_block_a_few_times() {
    let costs = [1, 2, 4].map(|size| {
        let blocks = 500 * size;
        let mut heap = Tlsf::<WORD, 20, 8, 1>::new();
        let mut unlisted = UnlistedPools::NONE;
        let memory = |blocks| {
            let words = 1 + 8 * blocks;
            let memory: &'static mut [MaybeUninit<usize>] = Box::leak(Box::new_uninit_slice(words));
            (NonNull::from(&mut *memory).cast(), words * WORD)
        };
        let pools = [memory(blocks), memory(blocks)];
        // SAFETY: leaked memory, used by nothing else; each block is freed once.
        unsafe {
            heap.add_pool(pools[0].0, pools[0].1).expect("a pool");
            heap.add_unlisted_pool(&mut unlisted, pools[1].0, pools[1].1).expect("a pool");
            let mut live: Vec<_> = std::iter::from_fn(|| heap.malloc(7 * WORD)).collect();
            assert_eq!(live.len(), 2 * blocks);
            live.sort();
            // Every second block of one pool, then of the other, in turns: one list through both.
            for index in (0..blocks).step_by(2) {
                heap.deallocate(live[index]);
                heap.deallocate(live[index + blocks]);
            }
            of(|| assert_eq!(heap.validate_with(unlisted).expect("sound").free_blocks, blocks))
        }
    });
    let [one, two, four] = costs;
    assert!(two - one < 500 * 20 && four - two < 1000 * 20, "{costs:?}");
}
