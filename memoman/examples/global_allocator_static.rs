//! memoman as the allocator of a whole program, in one static buffer: the program requests nothing
//! from the operating system and never has more than the buffer.
//!
//! The buffer is the heap's source, present from the start. A heap without memory, to which `main`
//! adds a pool, would be too late: `std` allocates before `main`, and the program would be aborted.
//!
//! The lock is one of the crate `spin`, as for a target on which the mutex of `std` allocates; any lock of
//! `lock_api` works that does not allocate itself. Elsewhere, `BlockingHeap` needs no other crate.
//!
//! Run it: `cargo run -p memoman --features lock_api --example global_allocator_static`
//! In a package of your own, turn on the same features of memoman, and add
//! `spin = { version = "0.12", default-features = false, features = ["lock_api", "spin_mutex", "std"] }`.

use std::hint::black_box;
use std::thread;

use memoman::{LockedHeap, StaticPool, Tlsf, static_buffer};

type Lock = spin::mutex::SpinMutex<(), spin::relax::Yield>;

const BYTES: usize = 8 << 20;

#[global_allocator]
static HEAP: LockedHeap<Lock, StaticPool> = LockedHeap::with_source(static_buffer!(BYTES));

fn main() {
    let threads: Vec<_> = (0..4_u64)
        .map(|thread| thread::spawn(move || (0..1000).map(|n| n * thread).collect::<Vec<_>>()))
        .collect();
    let rows: Vec<Vec<u64>> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(rows[3].iter().sum::<u64>(), 3 * 499_500);

    // A full heap returns an error to callers that can handle one, as `try_reserve` does.
    let mut more = Vec::<u8>::new();
    let reserved = more.try_reserve(BYTES);
    // `black_box`: a compiler may remove an allocation that is not used.
    assert!(black_box(more).is_empty() && reserved.is_err());

    // The closure of `inspect` runs while the heap is locked: it must not allocate, and does not.
    let census = HEAP.inspect(Tlsf::validate).expect("the heap is sound");
    assert!(census.pools == 1 && census.used_blocks > rows.len());
    println!(
        "{} bytes in {} blocks, {} free",
        census.used_bytes, census.used_blocks, census.free_bytes
    );
}

#[test]
fn runs() {
    main();
}
