//! What calls cost is counted where memory is touched.
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
    // SAFETY: handed out by this heap just now.
    let free = of(|| unsafe { heap.deallocate(payload) });
    assert!((5..=18).contains(&malloc) && (5..=26).contains(&free), "{malloc}, {free}");
    let again = of(|| block = heap.malloc(100));
    assert_eq!(again, malloc, "the same call on the same heap");
}

#[test]
fn a_reset_touches_each_list() {
    let mut heap: Tlsf = Tlsf::new();
    // SAFETY: it has handed nothing out.
    let reset = of(|| unsafe { heap.reset() });
    assert!(reset >= lists(&heap), "{reset} of {}", lists(&heap));
}

#[test]
fn looking_at_nothing_costs_nothing() {
    assert_eq!(of(|| ()), 0);
}
