//! Reallocations that move a block of a shared heap: a large one is copied while other callers are admitted,
//! and is placed as if they were not.

mod support;
#[path = "support/traffic.rs"]
mod traffic;

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::ptr::NonNull;

use memoman::{BlockInfo, Exclusion, LocalHeap, NoSource, Shared, Tlsf, WORD};
use support::{Arena, SeededRng};

const BYTES: usize = 1 << 17;

thread_local! {
    /// How often this thread has entered a heap.
    static ENTERED: Cell<usize> = const { Cell::new(0) };
    /// Called before it enters the next time, while no caller is inside.
    static BEFORE: Cell<Option<fn()>> = const { Cell::new(None) };
}

/// For one thread, which it observes.
struct Observed<const FROM: usize>(Cell<bool>);

// SAFETY: not Sync, and refuses a caller that is inside.
unsafe impl<const FROM: usize> Exclusion for Observed<FROM> {
    #[allow(clippy::declare_interior_mutable_const)]
    const FREE: Self = Self(Cell::new(false));
    const COPY_OUTSIDE_FROM: usize = FROM;

    fn exclusively<T>(&self, f: impl FnOnce() -> T) -> Option<T> {
        if self.0.get() {
            return None;
        }
        ENTERED.set(ENTERED.get() + 1);
        if let Some(before) = BEFORE.take() {
            before();
        }
        self.0.set(true);
        let result = f();
        self.0.set(false);
        Some(result)
    }
}

type Heap<const FROM: usize> = Shared<Observed<FROM>, Tlsf<WORD, 16, 8, 1>>;

fn heap<const FROM: usize>(arena: &Arena) -> Heap<FROM> {
    let heap = Heap::new();
    // SAFETY: the arena outlives the heap, and is used by nothing else.
    unsafe { heap.add_pool(arena.at(0), BYTES) }.unwrap();
    heap
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

/// How often a heap is entered for a reallocation from `old` to `new` bytes, with a block behind it in which
/// it could grow if `in_place`.
fn entered(old: usize, new: usize, in_place: bool) -> usize {
    let arena = Arena::new(BYTES);
    let heap = heap::<4096>(&arena);
    // SAFETY: the sizes are not 0; live, with these layouts.
    unsafe {
        let block = heap.alloc(layout(old));
        let behind = heap.alloc(layout(new));
        let _last = heap.alloc(layout(100));
        if in_place {
            heap.dealloc(behind, layout(new));
        }
        let before = ENTERED.get();
        let moved = heap.realloc(block, layout(old), new);
        assert_eq!(moved == block, in_place || new <= old);
        ENTERED.get() - before
    }
}

#[test]
fn a_heap_is_entered_twice_only_to_copy_many_bytes() {
    assert_eq!(entered(5000, 8000, false), 2);
    assert_eq!(entered(4096, 8000, false), 2);
    assert_eq!(entered(4095 - WORD, 8000, false), 1, "few bytes are copied inside");
    assert_eq!(entered(5000, 8000, true), 1, "it grew in place");
    assert_eq!(entered(5000, 4000, false), 1, "it shrank");
}

/// Between the two entries both blocks are live, and another caller may allocate.
#[test]
fn another_caller_is_admitted_while_a_block_is_copied() {
    thread_local! {
        static HEAP: Heap<4096> = const { Heap::new() };
        static SEEN: Cell<usize> = const { Cell::new(0) };
    }
    let arena = Arena::new(BYTES);
    HEAP.with(|heap| {
        // SAFETY: the heap is not used after the arena; the sizes are not 0; live, with these layouts.
        unsafe {
            heap.add_pool(arena.at(0), BYTES).unwrap();
            let block = heap.alloc(layout(10_000));
            block.write_bytes(7, 10_000);
            let _other = heap.alloc(layout(100));
            // Before the first entry this sets what is called before the second.
            BEFORE.set(Some(|| {
                BEFORE.set(Some(|| {
                    HEAP.with(|heap| {
                        SEEN.set(heap.inspect(Tlsf::validate).unwrap().used_blocks);
                        assert!(!heap.alloc(layout(20_000)).is_null());
                    });
                }));
            }));
            let moved = heap.realloc(block, layout(10_000), 20_000);
            assert_eq!(SEEN.get(), 3, "the old one, the new one, and the other");
            assert!(moved != block && !moved.is_null());
            let bytes = NonNull::slice_from_raw_parts(NonNull::new(moved).unwrap(), 10_000);
            assert!(bytes.as_ref().iter().all(|&byte| byte == 7));
            assert_eq!(heap.inspect(Tlsf::validate).unwrap().used_blocks, 3);
        }
    });
}

/// All blocks after random calls, some of which move large blocks.
fn walk(heap: &impl GlobalAlloc, inspect: impl FnOnce() -> Vec<BlockInfo>) -> Vec<(usize, bool)> {
    let (mut blocks, mut rng) = (Vec::new(), SeededRng(3));
    let (rounds, largest) = if cfg!(miri) { (1, 600) } else { (100, 12_000) };
    for _ in 0..rounds {
        traffic::exercise(heap, &mut blocks, &mut rng, 40, largest);
    }
    let walk = inspect().iter().map(|block| (block.size, block.is_free)).collect();
    blocks.into_iter().for_each(|block| traffic::free(heap, block));
    walk
}

#[test]
fn blocks_are_placed_as_if_the_copy_was_inside() {
    let arenas = [Arena::new(BYTES), Arena::new(BYTES), Arena::new(BYTES)];
    let inside = LocalHeap::<NoSource, WORD, 16, 8, 1>::new();
    // SAFETY: the arena outlives the heap, and is used by nothing else.
    unsafe { inside.add_pool(arenas[0].at(0), BYTES) }.unwrap();
    let all = |heap: &Tlsf<WORD, 16, 8, 1>| heap.blocks(heap.pools().next().unwrap()).collect();
    let expected = walk(&inside, || inside.inspect(all));
    let outside = heap::<0>(&arenas[1]);
    assert_eq!(walk(&outside, || outside.inspect(all)), expected);
    let large = heap::<4096>(&arenas[2]);
    assert_eq!(walk(&large, || large.inspect(all)), expected);
    #[cfg(feature = "stats")]
    {
        let stats = inside.inspect(Tlsf::stats);
        assert!(cfg!(miri) || stats.largest_request > 8000);
        assert_eq!(outside.inspect(Tlsf::stats), stats);
        assert_eq!(large.inspect(Tlsf::stats), stats);
    }
}
