//! A collection in memory of its own: it can fill that memory, and takes none from anything else.
//!
//! The types `Vec`, `Box`, … that take an allocator are those of the crate `allocator-api2`, which
//! hashbrown and others support as well.
//!
//! Run it: `cargo run -p memoman --features allocator-api2 --example vec_in_a_pool`
//! In a package of your own, turn on the same feature of memoman, and add
//! `allocator-api2 = { version = "0.2.21", default-features = false, features = ["alloc"] }`.
//! Its later versions (0.3, 0.4) have another trait `Allocator`, which memoman does not implement.

use std::mem::MaybeUninit;
use std::ptr::NonNull;

use allocator_api2::vec::Vec;
use memoman::{Buffer, LocalHeap, Tlsf};

fn main() {
    // 4 KiB of the stack. The heap borrows them, so it cannot outlive them.
    let mut memory = [MaybeUninit::uninit(); 4096];
    let heap: LocalHeap<Buffer<'_>> = LocalHeap::with_source(Buffer::new(&mut memory));

    let mut numbers = Vec::new_in(&heap);
    numbers.extend(0..100_u64);
    let first = NonNull::from(&numbers[0]).cast();
    assert!(heap.inspect(|heap| heap.pool_of(first).is_some()));
    assert_eq!(numbers.iter().sum::<u64>(), 4950);

    // More memory does not exist: the collection returns an error and is as it was.
    assert!(numbers.try_reserve(1000).is_err());
    assert_eq!(numbers.len(), 100);

    // It grows in place, because the memory behind it is free.
    let before = numbers.as_ptr();
    numbers.reserve_exact(300);
    assert_eq!(numbers.as_ptr(), before);

    drop(numbers);
    let census = heap.inspect(Tlsf::validate).expect("the heap is sound");
    assert_eq!((census.used_blocks, census.free_blocks), (0, 1));
    println!("{} bytes are free again", census.free_bytes);
}

#[test]
fn runs() {
    main();
}
