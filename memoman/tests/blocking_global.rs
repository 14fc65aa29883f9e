//! A blocking lock in front of the global allocator, under contention.
#![cfg(unix)]

use std::hint::black_box;
use std::thread;

use memoman::{BlockingHeap, Mmap};

#[global_allocator]
static HEAP: BlockingHeap<Mmap> = BlockingHeap::with_source(Mmap::new());

const BOXES: u64 = 200_000;

/// A lock that allocates when it waits, such as that of `parking_lot`, would allocate from the heap that it
/// guards, wait again, and so on until the stack is used up.
#[test]
fn threads_that_wait_for_the_global_allocator_allocate_nothing_for_it() {
    // (Without the black box, the compiler leaves the boxes out.)
    let work = || (0..BOXES).map(|i| black_box(Box::new(i))).filter(|i| **i % 7 == 0).count();
    let threads: Vec<_> = (0..8).map(|_| thread::spawn(work)).collect();
    let sum: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    assert_eq!(sum, 8 * BOXES.div_ceil(7) as usize);
    let census = HEAP.inspect(|heap| heap.validate()).unwrap();
    assert!(census.used_blocks > 0);
}
