//! memoman as the allocator of a whole program, in one static buffer: nothing is asked of the operating
//! system, and more than the buffer there never is.
//!
//! The buffer is the heap's [`StaticPool`], there from the start. To begin with an empty heap and add
//! the memory in `main` would be too late: `std` allocates before `main`, is refused, and the program
//! is aborted without having run.
//!
//! Run it: `cargo run -p memoman --features lock_api --example global_allocator_static`

use std::hint::black_box;
use std::mem::MaybeUninit;
use std::thread;

use memoman::{LockedHeap, StaticPool, Tlsf};

type Lock = spin::mutex::SpinMutex<(), spin::relax::Yield>;

const BYTES: usize = 8 << 20;

#[global_allocator]
static HEAP: LockedHeap<Lock, StaticPool> = {
    static mut MEMORY: [MaybeUninit<u8>; BYTES] = [MaybeUninit::uninit(); BYTES];
    let memory = &raw mut MEMORY;
    // SAFETY: the only use of MEMORY.
    LockedHeap::with_source(StaticPool::new(unsafe { &mut *memory }))
};

fn main() {
    let threads: Vec<_> = (0..4_u64)
        .map(|thread| thread::spawn(move || (0..1000).map(|n| n * thread).collect::<Vec<_>>()))
        .collect();
    let rows: Vec<Vec<u64>> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(rows[3].iter().sum::<u64>(), 3 * 499_500);

    // All there is: more is an answer, not a crash, to who asks for it as `try_reserve` does.
    let mut more = Vec::<u8>::new();
    let answer = more.try_reserve(BYTES);
    // A compiler may do without an allocation that nobody looks at.
    assert!(black_box(more).is_empty() && answer.is_err());

    // A closure in `inspect` runs while the heap is locked: it must not allocate, and does not.
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
