//! One collection in memory of its own: it can fill that up, and never disturbs anything else.
//!
//! The types `Vec`, `Box`, … that take an allocator are those of the crate `allocator-api2`, which
//! hashbrown and others speak as well.
//!
//! Run it: `cargo run -p memoman --features allocator-api2 --example vec_in_a_pool`

use std::mem::MaybeUninit;
use std::ptr::NonNull;

use allocator_api2::vec::Vec;
use memoman::{LocalHeap, Tlsf};

fn main() {
    // The pool: 4 KiB of the stack. It is declared first, so that it is dropped last.
    let mut memory = [MaybeUninit::<u64>::uninit(); 512];
    let heap: LocalHeap = LocalHeap::new();
    let start = NonNull::from(&mut memory).cast::<u8>();
    // SAFETY: `memory` outlives the heap, and nobody else uses it.
    let pool = unsafe { heap.add_pool(start, size_of_val(&memory)) }.expect("4 KiB make a pool");

    let mut numbers = Vec::new_in(&heap);
    numbers.extend(0..100_u64);
    assert!(pool.contains(NonNull::from(&numbers[0]).cast()));
    assert_eq!(numbers.iter().sum::<u64>(), 4950);

    // There is no more where that came from: the collection says so, and is as it was.
    assert!(numbers.try_reserve(1000).is_err());
    assert_eq!(numbers.len(), 100);

    // In place: nothing was behind it.
    let before = numbers.as_ptr();
    numbers.reserve_exact(300);
    assert_eq!(numbers.as_ptr(), before);

    drop(numbers);
    let census = heap.inspect(Tlsf::validate).expect("the heap is sound");
    assert_eq!((census.used_blocks, census.free_blocks), (0, 1));
    println!("{} bytes free again", census.free_bytes);
}

#[test]
fn runs() {
    main();
}
