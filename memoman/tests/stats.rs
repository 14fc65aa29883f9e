//! Feature `stats`: each counter against a hand count. (The lockstep and law Census of `validate` check
//! that they equal a walk after any call.) Numbers in words (W).
#![cfg(feature = "stats")]

mod support;

use std::alloc::{GlobalAlloc, Layout};
use std::ptr::NonNull;

use memoman::{CONTE_FL, LocalHeap, Region, Source, Stats, Tlsf, WORD as W};
use support::{Arena, Lab};

fn conte() -> Lab<W, CONTE_FL, 32, 4> {
    Lab::new(&[1024 * W])
}

/// (used blocks, used words, peak words, free blocks, free words, largest request, failures)
fn numbers(stats: Stats) -> [usize; 7] {
    [
        stats.used_blocks,
        stats.used_bytes / W,
        stats.peak_used_bytes / W,
        stats.free_blocks,
        stats.free_bytes / W,
        stats.largest_request,
        stats.failures,
    ]
}

#[test]
fn a_fresh_pool_is_one_free_block_and_no_request_was_made() {
    assert_eq!(numbers(conte().heap.stats()), [0, 0, 0, 1, 1022, 0, 0]);
}

#[test]
fn blocks_and_bytes_follow_malloc_and_free() {
    let mut lab = conte();
    let [a, b] = lab.mallocs([10 * W, 20 * W]);
    assert_eq!(numbers(lab.heap.stats()), [2, 30, 30, 1, 990, 20 * W, 0]);
    lab.free(a);
    assert_eq!(numbers(lab.heap.stats()), [1, 20, 30, 2, 1000, 20 * W, 0]);
    lab.free(b);
    assert_eq!(numbers(lab.heap.stats()), [0, 0, 30, 1, 1022, 20 * W, 0]);
}

#[test]
fn a_realloc_that_moves_has_both_blocks_for_a_moment() {
    let mut lab = conte();
    let [a, _] = lab.mallocs([10 * W, 5 * W]);
    lab.realloc(Some(a), 20 * W).unwrap();
    assert_eq!(numbers(lab.heap.stats())[..3], [2, 25, 35]);
}

#[test]
fn a_realloc_in_place_changes_the_bytes_alone() {
    let mut lab = conte();
    let a = lab.malloc(10 * W).unwrap();
    assert_eq!(lab.realloc(Some(a), 20 * W), Some(a));
    assert_eq!(numbers(lab.heap.stats())[..5], [1, 20, 20, 1, 1001]);
    assert_eq!(lab.realloc(Some(a), 5 * W), Some(a));
    assert_eq!(numbers(lab.heap.stats())[..5], [1, 5, 20, 1, 1016]);
}

#[test]
fn refusals_are_failures_and_count_for_the_largest_request() {
    let mut lab = conte();
    let a = lab.malloc(10 * W).unwrap();
    assert_eq!(lab.malloc(usize::MAX), None);
    assert_eq!(lab.memalign(16 * W, 2000 * W), None);
    assert_eq!(lab.realloc(Some(a), 2000 * W), None);
    // A request of 0 bytes is not counted.
    assert_eq!(lab.malloc(0), None);
    assert_eq!(numbers(lab.heap.stats()), [1, 10, 10, 1, 1011, usize::MAX, 3]);
}

#[test]
fn pools_add_and_remove_their_free_blocks() {
    let mut lab = Lab::<W, CONTE_FL, 32, 4>::new(&[64 * W, 64 * W]);
    assert_eq!(numbers(lab.heap.stats())[3..5], [2, 124]);
    let pool = lab.heap.pools().next().unwrap();
    let (pool, _) = lab.heap.shrink_pool(pool, 4 * W).unwrap();
    assert_eq!(numbers(lab.heap.stats())[3..5], [2, 120]);
    lab.heap.remove_pool(pool).unwrap();
    assert_eq!(numbers(lab.heap.stats())[3..5], [1, 62]);
}

#[test]
fn a_reset_clears_peak_and_failures() {
    let mut lab = conte();
    lab.mallocs([10 * W, 20 * W]);
    lab.malloc(usize::MAX);
    lab.reset();
    assert_eq!(lab.heap.stats(), conte().heap.stats());
}

/// An arena's first half, then its second.
struct Halves<'a>(&'a Arena, usize);

// SAFETY: each half once.
unsafe impl Source for Halves<'_> {
    fn supply(&mut self, _least: Layout, _most: usize) -> Option<Region> {
        self.1 += 1;
        let start = (self.1 <= 2).then(|| self.0.at((self.1 - 1) * 512 * W))?;
        Some(Region::Separate(NonNull::slice_from_raw_parts(start, 512 * W)))
    }

    unsafe fn take_back(&mut self, _memory: NonNull<[u8]>) {}
}

#[test]
fn a_request_that_was_granted_after_growth_is_no_failure_and_a_refused_one_is_one() {
    let arena = Arena::new(1024 * W);
    let heap: LocalHeap<Halves<'_>> = LocalHeap::with_source(Halves(&arena, 0));
    let failures = || heap.inspect(Tlsf::stats).failures;
    let layout = |words| Layout::array::<usize>(words).unwrap();
    // SAFETY: the sizes are not 0, and each block is live, with its layout.
    unsafe {
        let block = heap.alloc(layout(300));
        assert!(!block.is_null());
        assert_eq!(failures(), 0, "the source was called");
        let block = heap.realloc(block, layout(300), 400 * W);
        assert!(!block.is_null());
        let other = heap.alloc(layout(400));
        assert!(!other.is_null());
        assert_eq!(failures(), 0, "and again");
        assert!(heap.alloc(layout(400)).is_null());
        assert_eq!(failures(), 1, "the source has no more");
        assert!(heap.realloc(block, layout(400), 600 * W).is_null());
        assert_eq!(failures(), 2);
        assert!(heap.alloc(layout(100_000)).is_null());
        assert_eq!(failures(), 3);
    }
    assert_eq!(heap.inspect(Tlsf::stats).largest_request, 100_000 * W);
}
