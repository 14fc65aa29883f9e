//! Many threads in one locked heap: they allocate, resize, free, and pass blocks to each other,
//! while the heap grows and is audited.
//!
//! A program without the test harness, for `scripts/tsan` to run under ThreadSanitizer. With
//! `--planted` its lock does not lock: the race that the sanitizer must report.

mod support;
#[path = "support/traffic.rs"]
mod traffic;

use std::alloc::{GlobalAlloc, Layout};
use std::ptr::NonNull;
use std::thread;

use lock_api::RawMutex;
use memoman::{CONTE_FL, LockedHeap, Region, Source, Tlsf, WORD};
use support::SeededRng;
use traffic::Block;

const THREADS: u32 = 4;
const ROUNDS: usize = 200;

/// Memory of the system allocator, in chunks of 64 KiB.
struct System;

fn chunk(bytes: usize) -> Layout {
    Layout::from_size_align(bytes.next_multiple_of(1 << 16), WORD).unwrap()
}

// SAFETY: fresh memory of an allocator of its own, each chunk apart from the others.
unsafe impl Source for System {
    fn supply(&mut self, least: Layout, _most: usize) -> Option<Region> {
        let layout = chunk(least.size());
        // SAFETY: the size is not 0.
        let start = NonNull::new(unsafe { std::alloc::System.alloc(layout) })?;
        Some(Region::Separate(NonNull::slice_from_raw_parts(start, layout.size())))
    }

    unsafe fn take_back(&mut self, memory: NonNull<[u8]>) {
        // SAFETY: supplied above, with this layout.
        unsafe { std::alloc::System.dealloc(memory.as_ptr().cast(), chunk(memory.len())) };
    }
}

type Heap<R> = LockedHeap<R, System, WORD, CONTE_FL, 32, 16>;
/// `spin`: all of its code can be instrumented, unlike that of the standard library.
type Spin = spin::mutex::SpinMutex<(), spin::relax::Yield>;

/// The planted race.
struct NoLock;

// SAFETY: it violates the contract on purpose, for the sanitizer to report.
unsafe impl RawMutex for NoLock {
    #[allow(clippy::declare_interior_mutable_const)]
    const INIT: Self = Self;
    type GuardMarker = lock_api::GuardNoSend;

    fn lock(&self) {}

    fn try_lock(&self) -> bool {
        true
    }

    unsafe fn unlock(&self) {}
}

static HEAP: Heap<Spin> = Heap::with_source(System);
static RACY: Heap<NoLock> = Heap::with_source(System);

fn one_thread<R: RawMutex + Sync>(
    heap: &Heap<R>,
    exchange: &spin::Mutex<Vec<Block>>,
    seed: u32,
) -> usize {
    let (mut blocks, mut rng, mut granted) = (Vec::new(), SeededRng(seed), 0);
    for round in 0..ROUNDS {
        granted += traffic::exercise(heap, &mut blocks, &mut rng, 100, 20_000);
        // Another thread frees the blocks that this one leaves.
        std::mem::swap(&mut blocks, &mut exchange.lock());
        if round % 20 == 0 {
            heap.inspect(Tlsf::validate).unwrap();
        }
    }
    blocks.into_iter().for_each(|block| traffic::free(heap, block));
    granted
}

fn all_threads<R: RawMutex + Sync + Send>(heap: &'static Heap<R>) {
    static EXCHANGE: spin::Mutex<Vec<Block>> = spin::Mutex::new(Vec::new());
    let threads: Vec<_> = (1..=THREADS)
        .map(|seed| thread::spawn(move || one_thread(heap, &EXCHANGE, seed)))
        .collect();
    let granted: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    let left = std::mem::take(&mut *EXCHANGE.lock());
    left.into_iter().for_each(|block| traffic::free(heap, block));
    let census = heap.inspect(Tlsf::validate).unwrap();
    assert_eq!(census.used_blocks, 0);
    assert!(census.pools > 1, "it has grown");
    let calls = THREADS as usize * ROUNDS * 100;
    println!(
        "{THREADS} threads, {calls} calls, {granted} requests granted, {} pools",
        census.pools
    );
    let bytes = heap.trim();
    assert_eq!(heap.inspect(Tlsf::validate).unwrap().pools, 0, "{bytes} given back");
}

fn main() {
    match std::env::args().any(|argument| argument == "--planted") {
        false => all_threads(&HEAP),
        true => all_threads(&RACY),
    }
}
