//! The standard library's own collections in a heap of their own, by its unstable trait `Allocator`: for
//! nightly Rust. (On stable Rust use those of allocator-api2 and hashbrown: the example `collections`.)
//!
//! Run it: `cargo +nightly run -p memoman --features nightly --example std_collections`
//! In a package of your own, turn on the same feature of memoman, and write `#![feature(allocator_api)]`.
// The first two attributes: this repository compiles the example on stable Rust, too.
#![cfg_attr(has_allocator_api, allow(unused_features), feature(allocator_api))]

#[cfg(has_allocator_api)]
fn main() {
    use std::collections::VecDeque;
    use std::mem::MaybeUninit;
    use std::sync::Arc;

    use memoman::{Buffer, LocalHeap, Std, Tlsf};

    let mut memory = [MaybeUninit::uninit(); 64 * 1024];
    let heap: LocalHeap<Buffer<'_>> = LocalHeap::with_source(Buffer::new(&mut memory));
    let used = || heap.inspect(Tlsf::validate).expect("the heap is sound").used_blocks;

    let mut numbers = Vec::new_in(Std(&heap));
    numbers.extend(0..100_u64);
    let boxed: Box<[u64], _> = numbers.clone().into_boxed_slice();
    let shared = Arc::new_in(boxed, Std(&heap));
    assert_eq!(used(), 3);

    let mut queue = VecDeque::new_in(Std(&heap));
    queue.extend(shared.iter().rev());
    assert_eq!((queue[0], queue.len(), used()), (99, 100, 4));

    // A full heap is an error.
    assert!(numbers.try_reserve(10_000).is_err());
    drop((numbers, shared, queue));
    assert_eq!(used(), 0);
    println!("all blocks are free again");
}

#[cfg(not(has_allocator_api))]
fn main() {
    println!("this compiler has no feature(allocator_api)");
}

#[test]
fn runs() {
    main();
}
