//! The cost of a call is counted where memory is touched.
#![cfg(feature = "cost")]

use memoman::{Tlsf, cost};

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
