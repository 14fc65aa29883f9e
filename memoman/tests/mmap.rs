//! Pools from the operating system.
#![cfg(unix)]

mod support;
#[path = "support/traffic.rs"]
mod traffic;

use std::alloc::{GlobalAlloc, Layout};
use std::ptr::NonNull;

use memoman::{CONTE_FL, LocalHeap, Mmap, Source, Tlsf, WORD};
use support::Dice;

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

fn page() -> Layout {
    Layout::from_size_align(4096, WORD).unwrap()
}

fn start(region: NonNull<[u8]>) -> usize {
    region.cast::<u8>().addr().get()
}

#[test]
fn random_traffic_lives_on_the_systems_pages() {
    let heap: LocalHeap<Mmap> = LocalHeap::with_source(Mmap::with(1 << 16, 1 << 28));
    let (mut blocks, mut dice) = (Vec::new(), Dice(1));
    for _ in 0..50 {
        let granted = traffic::exercise(&heap, &mut blocks, &mut dice, 400, 100_000);
        assert!(granted > 0);
        let census = heap.inspect(Tlsf::validate).unwrap();
        assert_eq!((census.used_blocks, census.pools), (blocks.len(), 1));
    }
    blocks.into_iter().for_each(|block| traffic::free(&heap, block));
    assert!(heap.trim() > 0);
    assert_eq!(heap.inspect(|heap| heap.pools().count()), 0);
}

#[test]
fn every_request_is_granted_that_a_pool_can_hold() {
    let heap: LocalHeap<Mmap> = LocalHeap::with_source(Mmap::with(0, 0));
    for size in [1, 100_000, 10_000_000] {
        // SAFETY: the size is not 0.
        assert!(!unsafe { heap.alloc(layout(size)) }.is_null(), "{size}");
    }
    assert_eq!(heap.inspect(|heap| heap.pools().count()), 3, "a range each");
    heap.inspect(Tlsf::validate).unwrap();
}

#[test]
fn a_range_used_up_is_followed_by_another_as_far_as_the_table_goes() {
    type Two<S> = LocalHeap<S, WORD, CONTE_FL, 32, 2>;
    let heap: Two<_> = Two::with_source(Mmap::with(1 << 14, 1 << 16));
    // SAFETY: the size is not 0.
    let granted = (0..100).filter(|_| !unsafe { heap.alloc(layout(10_000)) }.is_null()).count();
    assert!((10..14).contains(&granted), "{granted} of 10,000 bytes in two ranges of 64 KiB");
    assert_eq!(heap.inspect(Tlsf::validate).unwrap().pools, 2);
}

#[test]
fn what_is_taken_back_at_the_end_is_supplied_again() {
    let mut mmap = Mmap::with(0, 1 << 20);
    let least = Layout::from_size_align(10_000, 4096).unwrap();
    let mut supply = || mmap.supply(least, usize::MAX).unwrap();
    let (a, b) = (supply(), supply());
    assert_eq!(start(b), start(a) + a.len(), "the next one continues the last");
    // SAFETY: supplied, and used by nobody else; `b` is used no more once taken back.
    unsafe {
        b.cast::<u8>().write_bytes(1, b.len());
        mmap.take_back(b);
        let again = mmap.supply(least, usize::MAX).unwrap();
        assert_eq!(again, b);
        assert_eq!(again.cast::<u8>().read(), 0, "fresh");
        mmap.take_back(a);
        mmap.take_back(again);
        let other = mmap.supply(least, usize::MAX).unwrap();
        other.cast::<u8>().write_bytes(1, other.len());
        mmap.take_back(other);
    }
}

#[test]
fn a_range_wears_out_by_no_number_of_returns() {
    let mut mmap = Mmap::with(0, 1 << 20);
    let first = mmap.supply(page(), usize::MAX).unwrap();
    for _ in 0..100 {
        let last = mmap.supply(page(), usize::MAX).unwrap();
        assert_eq!(start(last), start(first) + first.len());
        // SAFETY: supplied, and not used.
        unsafe { mmap.take_back(last) };
    }
}

/// A heap would make one pool of them.
#[test]
fn no_range_begins_where_another_ends() {
    let mut mmap = Mmap::with(0, 0);
    let regions = [(); 100].map(|()| mmap.supply(page(), usize::MAX).unwrap());
    for region in regions {
        let end = start(region) + region.len();
        assert!(regions.iter().all(|&other| start(other) != end));
    }
}

#[test]
fn what_cannot_be_had_is_refused() {
    let mut mmap = Mmap::new();
    let least = |bytes, align| Layout::from_size_align(bytes, align).unwrap();
    assert_eq!(mmap.supply(least(10_000, 8), 8191), None, "no whole pages fit");
    assert_eq!(mmap.supply(least(10_000, 1 << 30), usize::MAX), None, "no such page");
    assert_eq!(mmap.supply(least(isize::MAX as usize - 7, 8), usize::MAX), None);
    assert_eq!(mmap.supply(least(100, 8), 4 << 20).unwrap().len(), 1 << 20, "it goes on");
}

/// The system would run out of addresses: each range is, on 64-bit, 1 TiB of 128.
#[test]
fn ranges_come_and_go() {
    for _ in 0..1000 {
        let mut mmap = Mmap::with(0, 1 << (usize::BITS * 5 / 8));
        let [a, b] = [(); 2].map(|()| mmap.supply(page(), usize::MAX).unwrap());
        assert_eq!(start(b), start(a) + a.len(), "they are of one range");
        // SAFETY: supplied, and not used.
        unsafe {
            mmap.take_back(a);
            mmap.take_back(b);
        }
    }
}
