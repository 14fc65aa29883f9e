//! Shared heaps without features: a heap behind a shared reference, and its source of pools.

mod support;
#[path = "support/traffic.rs"]
mod traffic;

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::num::NonZero;
use std::ptr::{self, NonNull};

use memoman::{CONTE_FL, LocalHeap, NoSource, PoolError, Region, Source, Tlsf, WORD};
use support::{Arena, SeededRng};

/// Supplies an arena from front to back, with `gap` bytes between regions, and counts. Regions without
/// a gap are reported as contiguous if `contiguous`.
struct Counting<'a> {
    arena: &'a Arena,
    at: usize,
    /// Least size of a region.
    chunk: usize,
    gap: usize,
    contiguous: bool,
    unit: Option<usize>,
    left: usize,
    seen: &'a Seen,
}

/// Miri is slow.
const ROUNDS: usize = if cfg!(miri) { 2 } else { 50 };
const CALLS: usize = if cfg!(miri) { 40 } else { 400 };
const LARGEST: usize = if cfg!(miri) { 600 } else { 8000 };

#[derive(Default)]
struct Seen {
    supplied: Cell<usize>,
    taken_back: Cell<usize>,
    last_taken_back: Cell<usize>,
    requested: Cell<Option<(Layout, usize)>>,
}

// SAFETY: each byte of the arena, one allocation, once; it outlives the source.
unsafe impl Source for Counting<'_> {
    fn supply(&mut self, least: Layout, most: usize) -> Option<Region> {
        self.seen.requested.set(Some((least, most)));
        let bytes = least.size().max(self.chunk);
        self.left = self.left.checked_sub(bytes + self.gap)?;
        let start = self.arena.at(self.at);
        self.at += bytes + self.gap;
        self.seen.supplied.set(self.seen.supplied.get() + bytes);
        let memory = NonNull::slice_from_raw_parts(start, bytes);
        Some(if self.contiguous { Region::Contiguous(memory) } else { Region::Separate(memory) })
    }

    unsafe fn take_back(&mut self, memory: NonNull<[u8]>) {
        self.seen.taken_back.set(self.seen.taken_back.get() + memory.len());
        self.seen.last_taken_back.set(memory.cast::<u8>().addr().get());
    }

    fn tail_unit(&self) -> Option<NonZero<usize>> {
        NonZero::new(self.unit?)
    }
}

fn counting<'a>(arena: &'a Arena, seen: &'a Seen, chunk: usize, gap: usize) -> Counting<'a> {
    Counting { arena, at: 0, chunk, gap, contiguous: true, unit: None, left: 1 << 20, seen }
}

fn alloc(heap: &impl GlobalAlloc, size: usize, align: usize) -> Option<NonNull<u8>> {
    // SAFETY: a size of 0 is requested only to be refused, as `Shared` documents.
    NonNull::new(unsafe { heap.alloc(Layout::from_size_align(size, align).unwrap()) })
}

fn random_traffic<const ALIGN: usize, const FL: usize, const SL: usize>(seed: u32) {
    let arena = Arena::new(1 << 16);
    let heap = LocalHeap::<NoSource, ALIGN, FL, SL, 2>::new();
    // SAFETY: the arena outlives the heap.
    unsafe {
        heap.add_pool(arena.at(0), 1 << 15).unwrap();
        heap.add_pool(arena.at(1 << 15), 1 << 15).unwrap();
    }
    let (mut blocks, mut rng) = (Vec::new(), SeededRng(seed));
    let mut granted = 0;
    for _ in 0..ROUNDS {
        granted += traffic::exercise(&heap, &mut blocks, &mut rng, CALLS, LARGEST);
        assert_eq!(heap.inspect(Tlsf::validate).unwrap().used_blocks, blocks.len());
    }
    assert!(granted > ROUNDS * CALLS / 4, "{granted}");
    blocks.into_iter().for_each(|block| traffic::free(&heap, block));
    let census = heap.inspect(Tlsf::validate).unwrap();
    assert_eq!((census.used_blocks, census.free_blocks), (0, 2));
}

#[test]
fn random_traffic_keeps_contents_and_alignments_and_frees_everything() {
    for seed in 1..=if cfg!(miri) { 1 } else { 5 } {
        random_traffic::<WORD, CONTE_FL, 32>(seed);
        random_traffic::<16, 12, 8>(seed);
        random_traffic::<64, 12, 4>(seed);
    }
}

#[test]
fn random_traffic_grows_a_heap_as_needed() {
    let (arena, seen) = (Arena::new(1 << 20), Seen::default());
    let heap: LocalHeap<_> = LocalHeap::with_source(counting(&arena, &seen, 4096, 0));
    let (mut blocks, mut rng) = (Vec::new(), SeededRng(1));
    for _ in 0..ROUNDS {
        traffic::exercise(&heap, &mut blocks, &mut rng, CALLS, LARGEST);
        let census = heap.inspect(Tlsf::validate).unwrap();
        assert_eq!((census.used_blocks, census.pools), (blocks.len(), 1), "one pool, growing");
    }
    blocks.into_iter().for_each(|block| traffic::free(&heap, block));
    assert_eq!(heap.inspect(Tlsf::validate).unwrap().free_blocks, 1);
    assert_eq!(seen.taken_back.get(), 0);
    assert_eq!(heap.trim(), seen.supplied.get());
    assert_eq!(seen.taken_back.get(), seen.supplied.get());
    assert_eq!(heap.trim(), 0);
}

/// As many units as possible, less what a free block needs that stays.
#[test]
fn trim_gives_the_free_end_of_a_pool_back_in_the_units_of_its_source() {
    for unit in [None, Some(1), Some(64), Some(4096), Some(1 << 15), Some(1 << 20)] {
        let (arena, seen) = (Arena::new(1 << 20), Seen::default());
        let source = Counting { unit, ..counting(&arena, &seen, 1 << 16, 0) };
        let heap: LocalHeap<_> = LocalHeap::with_source(source);
        let keep = alloc(&heap, 5000, 8).unwrap();
        let rest = heap.inspect(|heap| heap.blocks(heap.pools().next().unwrap()).last()).unwrap();
        assert!(rest.is_free && rest.size > 50_000);
        let free = rest.payload.addr().get() + Tlsf::<WORD>::BLOCK_SIZE_MIN;
        let end = rest.payload.addr().get() + rest.size + WORD;
        // (The sentinel is behind the smallest block, in front of what is given back.)
        let from = unit.map(|unit| (free + WORD).next_multiple_of(unit.max(WORD)));
        let expected = from.map_or(0, |from| end.saturating_sub(from));
        assert_eq!(heap.trim(), expected, "{unit:?}");
        assert_eq!(seen.taken_back.get(), expected);
        if expected > 0 {
            assert_eq!(Some(seen.last_taken_back.get()), from);
        }
        assert_eq!(heap.trim(), 0, "{unit:?}");
        heap.inspect(Tlsf::validate).unwrap();
        let second = alloc(&heap, 50_000, 8).unwrap();
        for (block, size) in [(keep, 5000), (second, 50_000)] {
            // SAFETY: live, with this layout.
            unsafe { heap.dealloc(block.as_ptr(), Layout::from_size_align(size, 8).unwrap()) };
        }
        heap.trim();
        assert_eq!(heap.inspect(|heap| heap.pools().count()), 0);
        assert_eq!(seen.taken_back.get(), seen.supplied.get(), "each byte once");
    }
}

/// Also what is free in front of it: only an end can be given back.
#[test]
fn a_live_block_at_the_end_of_a_pool_keeps_all_of_it() {
    let (arena, seen) = (Arena::new(1 << 20), Seen::default());
    let source = Counting { unit: Some(1), left: 4096, ..counting(&arena, &seen, 4096, 0) };
    let heap: LocalHeap<_> = LocalHeap::with_source(source);
    let mut blocks: Vec<_> = std::iter::from_fn(|| alloc(&heap, 24, 8)).collect();
    let layout = Layout::from_size_align(24, 8).unwrap();
    let last = blocks.pop().unwrap();
    // SAFETY: live, with this layout.
    let free = |block: NonNull<u8>| unsafe { heap.dealloc(block.as_ptr(), layout) };
    blocks.into_iter().for_each(free);
    assert!(heap.inspect(Tlsf::validate).unwrap().free_bytes > 3000);
    assert_eq!(heap.trim(), 0);
    free(last);
    assert_eq!(heap.trim(), 4096);
}

#[test]
fn without_memory_and_source_every_request_is_refused() {
    let heap: LocalHeap = LocalHeap::default();
    assert_eq!(alloc(&heap, 1, 1), None);
    assert_eq!(heap.inspect(|heap| heap.pools().count()), 0);
}

#[test]
fn the_source_is_called_for_exactly_enough() {
    for (size, align) in [(1, 1), (100, 8), (1000, 16), (5000, 64), (3, 4096), (100_000, 32)] {
        let (arena, seen) = (Arena::new(1 << 20), Seen::default());
        let heap: LocalHeap<_> = LocalHeap::with_source(counting(&arena, &seen, 0, WORD));
        assert!(alloc(&heap, size, align).is_some());
        let (least, most) = seen.requested.get().unwrap();
        assert_eq!((least.align(), most), (WORD, Tlsf::<WORD>::POOL_BYTES_MAX));
        assert!(least.size() <= size + size / 32 + 2 * align + 100, "{least:?}");
        heap.inspect(Tlsf::validate).unwrap();
    }
}

#[test]
fn the_source_is_not_called_for_what_no_pool_can_hold() {
    let (arena, seen) = (Arena::new(1 << 12), Seen::default());
    let heap: LocalHeap<_> = LocalHeap::with_source(counting(&arena, &seen, 0, 0));
    assert_eq!(alloc(&heap, 0, 1), None);
    assert_eq!(alloc(&heap, Tlsf::<WORD>::BLOCK_SIZE_MAX, 1), None);
    assert_eq!(alloc(&heap, isize::MAX as usize, 1), None);
    assert_eq!(seen.requested.get(), None);
}

#[test]
fn separate_regions_are_pools_of_their_own_until_the_table_is_full() {
    let (arena, seen) = (Arena::new(1 << 20), Seen::default());
    let heap = LocalHeap::<_, WORD, CONTE_FL, 32, 3>::with_source(counting(&arena, &seen, 0, 64));
    for pools in 1..=3 {
        assert!(alloc(&heap, 1000, 8).is_some());
        assert_eq!(heap.inspect(|heap| heap.pools().count()), pools);
    }
    let (supplied, before) = (seen.supplied.get(), heap.inspect(Tlsf::validate));
    assert_eq!(alloc(&heap, 1000, 8), None, "no entry for a fourth");
    assert_eq!(heap.inspect(Tlsf::validate), before);
    assert_eq!(seen.taken_back.get(), seen.supplied.get() - supplied, "the region was given back");
    drop(heap);
    assert_eq!(seen.taken_back.get(), seen.supplied.get(), "dropped: everything was");
}

/// Two Rust allocations may be adjacent; a block must not span both.
#[test]
fn adjacent_regions_that_are_separate_become_pools_of_their_own() {
    let (arena, seen) = (Arena::new(1 << 20), Seen::default());
    let source = Counting { contiguous: false, ..counting(&arena, &seen, 0, 0) };
    let heap: LocalHeap<_> = LocalHeap::with_source(source);
    let blocks = [(); 3].map(|()| alloc(&heap, 1000, 8).unwrap());
    let pools: Vec<_> = heap.inspect(|heap| heap.pools().collect());
    let [a, b, c] = pools[..].try_into().unwrap();
    let end = |pool: memoman::Pool| pool.start().addr().get() + pool.bytes();
    assert_eq!((end(a), end(b)), (b.start().addr().get(), c.start().addr().get()));
    assert_eq!(blocks.map(|block| heap.inspect(|heap| heap.pool_of(block).unwrap())), [a, b, c]);
}

#[test]
#[cfg_attr(miri, ignore = "reads millions of bytes, one by one")]
fn an_exhausted_source_refuses_the_request_and_changes_nothing() {
    let (arena, seen) = (Arena::new(1 << 20), Seen::default());
    let heap: LocalHeap<_> = LocalHeap::with_source(counting(&arena, &seen, 0, 0));
    let layout = Layout::from_size_align(400_000, 8).unwrap();
    let blocks = [(); 2].map(|()| traffic::allocate(&heap, layout, 7).unwrap());
    assert!(traffic::allocate(&heap, layout, 7).is_none());
    for mut block in blocks {
        assert!(!traffic::resize(&heap, &mut block, 900_000));
        traffic::free(&heap, block);
    }
    heap.inspect(Tlsf::validate).unwrap();
}

#[test]
fn a_block_grows_into_memory_fetched_for_it() {
    let (arena, seen) = (Arena::new(1 << 20), Seen::default());
    let heap: LocalHeap<_> = LocalHeap::with_source(counting(&arena, &seen, 0, 0));
    let layout = Layout::from_size_align(1000, 8).unwrap();
    // SAFETY: live, with this layout.
    unsafe {
        let block = heap.alloc(layout);
        assert_eq!(heap.realloc(block, layout, 50_000), block, "the pool was lengthened behind it");
    }
}

#[test]
fn a_pool_is_lengthened_only_as_far_as_a_pool_can_be() {
    type Small<S> = LocalHeap<S, WORD, 8, 4, 4>;
    let (arena, seen) = (Arena::new(1 << 20), Seen::default());
    let heap: Small<_> = Small::with_source(counting(&arena, &seen, 0, 0));
    while alloc(&heap, 64 * WORD, 1).is_some() {}
    let census = heap.inspect(Tlsf::validate).unwrap();
    assert_eq!(census.pools, 4, "neighbours, but pools of their own");
    assert!(census.used_bytes > 3 * Tlsf::<WORD, 8, 4>::POOL_BYTES_MAX);
    assert!(seen.taken_back.get() > 0);
}

#[test]
fn added_pools_and_pools_of_the_source_are_distinguished() {
    let (arena, given, seen) = (Arena::new(1 << 20), Arena::new(4096), Seen::default());
    let heap: LocalHeap<_> = LocalHeap::with_source(counting(&arena, &seen, 0, 0));
    // SAFETY: the arena outlives the heap.
    let own = unsafe { heap.add_pool(given.at(0), 4096) }.unwrap();
    let block = alloc(&heap, 10_000, 8).unwrap();
    let [_, supplied] = heap.inspect(|heap| heap.pools().collect::<Vec<_>>()).try_into().unwrap();
    assert!(supplied.contains(block));
    assert_eq!(heap.remove_pool(supplied), Err(PoolError::Unknown));
    assert_eq!(heap.trim(), 0, "it is in use");
    assert_eq!(heap.remove_pool(own).unwrap().len(), 4096);
    // SAFETY: live.
    unsafe { heap.dealloc(block.as_ptr(), Layout::from_size_align(10_000, 8).unwrap()) };
    assert_eq!(heap.trim(), supplied.bytes());
    assert_eq!(heap.inspect(|heap| heap.pools().count()), 0);
    assert!(alloc(&heap, 10_000, 8).is_some(), "it can grow again");
    drop(heap);
    assert_eq!(seen.taken_back.get(), seen.supplied.get(), "each region once");
}

#[test]
fn a_caller_that_is_inside_already_is_refused() {
    let arena = Arena::new(4096);
    let heap: LocalHeap = LocalHeap::new();
    // SAFETY: the arena outlives the heap.
    unsafe { heap.add_pool(arena.at(0), 4096) }.unwrap();
    let block = alloc(&heap, 100, 8).unwrap();
    let layout = Layout::from_size_align(100, 8).unwrap();
    heap.inspect(|_| {
        assert_eq!(alloc(&heap, 100, 8), None);
        // SAFETY: live, with this layout, and not used afterwards.
        unsafe {
            assert_eq!(heap.realloc(block.as_ptr(), layout, 200), ptr::null_mut());
            heap.dealloc(block.as_ptr(), layout);
        }
    });
    let census = heap.inspect(Tlsf::validate).unwrap();
    assert_eq!(census.used_blocks, 1, "what was freed inside is lost, not broken");
    let panic = std::panic::AssertUnwindSafe(|| heap.inspect(|_| heap.trim()));
    assert!(std::panic::catch_unwind(panic).is_err());
    assert!(alloc(&heap, 100, 8).is_some(), "a panic inside lets others in again");
}

#[test]
fn a_heap_moves_without_its_blocks() {
    let arena = Arena::new(4096);
    let heap: LocalHeap = LocalHeap::new();
    // SAFETY: the arena outlives the heap.
    unsafe { heap.add_pool(arena.at(0), 4096) }.unwrap();
    let block = traffic::allocate(&heap, Layout::new::<[u64; 9]>(), 9).unwrap();
    let moved = Box::new(heap);
    traffic::free(&*moved, block);
    // SAFETY: the closure resets a heap that has no blocks.
    unsafe { moved.with_heap(|heap| heap.reset()) };
    assert_eq!(moved.inspect(Tlsf::validate).unwrap().free_blocks, 1);
}

/// The whole `Shared` is its control: exclusion, source and table of supplied pools, too.
#[test]
fn a_pool_over_any_word_of_a_shared_heap_is_refused() {
    let arena = Arena::new(1 << 15);
    let heap = arena.at(1 << 14).cast::<LocalHeap>();
    // SAFETY: arena memory, aligned and used by nothing else.
    let heap = unsafe {
        heap.write(LocalHeap::new());
        heap.as_ref()
    };
    for inside in (0..size_of::<LocalHeap>()).step_by(if cfg!(miri) { 64 } else { 1 } * WORD) {
        // SAFETY: refused for its numbers.
        let result = unsafe { heap.add_pool(arena.at((1 << 14) + inside), 512) };
        assert_eq!(result, Err(PoolError::OverlapsControl), "{inside}");
    }
    // SAFETY: arena memory, used by nothing else.
    unsafe { heap.add_pool(arena.at((1 << 14) + size_of::<LocalHeap>()), 512) }.unwrap();
}
