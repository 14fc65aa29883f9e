//! `BlockingHeap`: threads that wait for each other, and calls from inside.

mod support;
#[path = "support/traffic.rs"]
mod traffic;

use std::alloc::{GlobalAlloc, Layout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use memoman::{BlockingHeap, NoSource, Tlsf, WORD};
use support::{Arena, SeededRng};

type Heap = BlockingHeap<NoSource, WORD, 16, 8, 1>;

const BYTES: usize = 1 << 17;
/// Miri is slow.
const ROUNDS: usize = if cfg!(miri) { 2 } else { 200 };

fn heap(arena: &Arena) -> Heap {
    let heap = Heap::new();
    // SAFETY: the arena outlives the heap, and is used by nothing else.
    unsafe { heap.add_pool(arena.at(0), BYTES) }.unwrap();
    heap
}

/// Blocks are large enough that some are copied while other threads are inside.
#[test]
fn threads_share_a_heap_and_every_block_keeps_its_contents() {
    let arena = Arena::new(BYTES);
    let heap = heap(&arena);
    let work = |seed| {
        let (mut blocks, mut rng) = (Vec::new(), SeededRng(seed));
        // (Copies are outside from 4096 bytes on.)
        let (calls, largest) = if cfg!(miri) { (10, 6000) } else { (100, 12_000) };
        let granted: usize = (0..ROUNDS)
            .map(|_| traffic::exercise(&heap, &mut blocks, &mut rng, calls, largest))
            .sum();
        blocks.into_iter().for_each(|block| traffic::free(&heap, block));
        granted
    };
    let granted: usize = thread::scope(|scope| {
        let threads = [1, 2, 3, 4].map(|seed| scope.spawn(move || work(seed)));
        threads.map(|thread| thread.join().unwrap()).iter().sum()
    });
    assert!(granted > 5 * ROUNDS, "{granted}");
    let census = heap.inspect(Tlsf::validate).unwrap();
    assert_eq!((census.used_blocks, census.free_blocks), (0, 1));
}

#[test]
fn a_call_from_inside_is_refused() {
    let arena = Arena::new(BYTES);
    let heap = heap(&arena);
    let layout = Layout::new::<[u64; 10]>();
    // SAFETY: the size is not 0.
    let block = unsafe { heap.alloc(layout) };
    heap.inspect(|_| {
        // SAFETY: live, with this layout.
        unsafe {
            assert!(heap.alloc(layout).is_null());
            assert!(heap.realloc(block, layout, 8000).is_null());
            heap.dealloc(block, layout);
        }
    });
    assert_eq!(heap.inspect(Tlsf::validate).unwrap().used_blocks, 1, "it was not freed");
    let inside = catch_unwind(AssertUnwindSafe(|| heap.inspect(|_| heap.trim())));
    assert!(inside.is_err());
    // SAFETY: live, with this layout.
    unsafe { heap.dealloc(block, layout) };
    assert_eq!(heap.inspect(Tlsf::validate).unwrap().used_blocks, 0);
}

/// The number of the thread that holds the lock must not stay behind, and a poisoned mutex is locked anyway.
#[test]
fn after_a_panic_inside_every_thread_gets_in() {
    let arena = Arena::new(BYTES);
    let heap = heap(&arena);
    let panicked = catch_unwind(AssertUnwindSafe(|| heap.inspect(|_| panic!("on purpose"))));
    assert!(panicked.is_err());
    assert_eq!(heap.inspect(Tlsf::validate).unwrap().used_blocks, 0);
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(heap.inspect(Tlsf::validate).unwrap().used_blocks, 0));
    });
}

#[test]
fn another_thread_waits_until_the_caller_has_left() {
    let arena = Arena::new(BYTES);
    let heap = heap(&arena);
    let left = AtomicBool::new(false);
    thread::scope(|scope| {
        let (inside, is_inside) = mpsc::channel();
        let (heap, left) = (&heap, &left);
        scope.spawn(move || {
            heap.inspect(|_| {
                inside.send(()).unwrap();
                thread::sleep(Duration::from_millis(50));
                left.store(true, SeqCst);
            });
        });
        is_inside.recv().unwrap();
        heap.inspect(|_| assert!(left.load(SeqCst), "two callers inside"));
    });
}
