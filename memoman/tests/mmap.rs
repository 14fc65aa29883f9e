//! Pools from the operating system.
#![cfg(any(unix, windows))]

mod support;
#[path = "support/traffic.rs"]
mod traffic;

use std::alloc::{GlobalAlloc, Layout};
use std::ptr::NonNull;

use memoman::{CONTE_FL, LocalHeap, Mmap, Region, Source, Tlsf, WORD};
use support::SeededRng;

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

fn page() -> Layout {
    Layout::from_size_align(4096, WORD).unwrap()
}

fn start(memory: NonNull<[u8]>) -> usize {
    memory.cast::<u8>().addr().get()
}

/// Memory, and whether it is reported as contiguous.
fn supplied(mmap: &mut Mmap, least: Layout) -> (NonNull<[u8]>, bool) {
    match mmap.supply(least, usize::MAX).unwrap() {
        Region::Separate(memory) => (memory, false),
        Region::Contiguous(memory) => (memory, true),
    }
}

#[test]
fn random_traffic_works_on_pages_of_the_system() {
    let heap: LocalHeap<Mmap> = LocalHeap::with_source(Mmap::with(1 << 16, 1 << 28));
    let (mut blocks, mut rng) = (Vec::new(), SeededRng(1));
    for _ in 0..50 {
        let granted = traffic::exercise(&heap, &mut blocks, &mut rng, 400, 100_000);
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
fn a_range_that_is_used_up_is_followed_by_another_until_the_table_is_full() {
    type Two<S> = LocalHeap<S, WORD, CONTE_FL, 32, 2>;
    let heap: Two<_> = Two::with_source(Mmap::with(1 << 14, 1 << 16));
    // SAFETY: the size is not 0.
    let granted = (0..100).filter(|_| !unsafe { heap.alloc(layout(10_000)) }.is_null()).count();
    assert!((10..14).contains(&granted), "{granted} of 10,000 bytes in two ranges of 64 KiB");
    assert_eq!(heap.inspect(Tlsf::validate).unwrap().pools, 2);
}

#[test]
fn memory_taken_back_at_the_end_is_supplied_again() {
    let mut mmap = Mmap::with(0, 1 << 20);
    let least = Layout::from_size_align(10_000, 4096).unwrap();
    let ((a, continues), (b, b_continues)) =
        (supplied(&mut mmap, least), supplied(&mut mmap, least));
    assert_eq!((start(b), continues, b_continues), (start(a) + a.len(), false, true));
    // SAFETY: supplied, and used by nothing else; `b` is not used after it is taken back.
    unsafe {
        b.cast::<u8>().write_bytes(1, b.len());
        mmap.take_back(b);
        let again = supplied(&mut mmap, least);
        assert_eq!(again, (b, true));
        assert_eq!(b.cast::<u8>().read(), 0, "fresh");
        mmap.take_back(a);
        mmap.take_back(b);
        let (other, _) = supplied(&mut mmap, least);
        other.cast::<u8>().write_bytes(1, other.len());
        mmap.take_back(other);
    }
}

#[test]
fn a_range_can_be_supplied_and_taken_back_any_number_of_times() {
    let mut mmap = Mmap::with(0, 1 << 20);
    let (first, _) = supplied(&mut mmap, page());
    for _ in 0..100 {
        let (last, continues) = supplied(&mut mmap, page());
        assert_eq!((start(last), continues), (start(first) + first.len(), true));
        // SAFETY: supplied, and not used.
        unsafe { mmap.take_back(last) };
    }
}

/// The system may place mappings side by side; each is a range of its own.
#[test]
fn no_range_continues_another() {
    let mut mmap = Mmap::with(0, 0);
    for _ in 0..100 {
        assert!(!supplied(&mut mmap, page()).1);
    }
}

/// The unmapped memory may belong to another mapping, which ends where the next region begins.
#[test]
fn no_region_continues_one_that_was_taken_back() {
    let mut mmap = Mmap::with(0, 1 << 20);
    let [a, b, c, d] = [(); 4].map(|()| supplied(&mut mmap, page()).0);
    // SAFETY: supplied, and not used.
    let mut take_back = |memory| unsafe { mmap.take_back(memory) };
    take_back(b);
    take_back(d);
    let (again, continues) = supplied(&mut mmap, page());
    assert_eq!((again, continues), (d, true), "c is live, behind the hole");
    // SAFETY: as above.
    let mut take_back = |memory| unsafe { mmap.take_back(memory) };
    take_back(d);
    take_back(c);
    let (again, continues) = supplied(&mut mmap, page());
    assert_eq!((again, continues), (c, false), "before it there is the hole");
    // SAFETY: as above.
    unsafe { mmap.take_back(a) };
}

/// Two blocks at a time, each too long for what is left of a range: a new range each time.
#[test]
#[cfg(target_os = "linux")]
fn used_up_ranges_are_unmapped() {
    let mappings = || std::fs::read_to_string("/proc/self/maps").unwrap().lines().count();
    let heap: LocalHeap<Mmap> = LocalHeap::with_source(Mmap::with(1 << 12, 1 << 16));
    // SAFETY: the sizes are not 0; freed as allocated.
    let (allocate, free) =
        unsafe { (|| heap.alloc(layout(40_000)), |block| heap.dealloc(block, layout(40_000))) };
    let (mut block, before) = (allocate(), mappings());
    for _ in 0..3000 {
        let next = allocate();
        assert!(!next.is_null());
        free(std::mem::replace(&mut block, next));
        assert!(heap.trim() > 0);
    }
    // The other tests map hundreds at the same time.
    assert!(mappings() < before + 1000, "{before} mappings became {}", mappings());
    free(block);
}

#[test]
fn whole_pages_are_supplied_and_no_more_than_a_pool_can_have() {
    let least = |bytes| Layout::from_size_align(bytes, 8).unwrap();
    // A page may have up to 64 KiB.
    let page = supplied(&mut Mmap::with(0, 0), least(1)).0.len();
    for most in [page, page + 1, 5 * page - 1, 5 * page, 5 * page + page / 2] {
        let mut mmap = Mmap::with(8 * page, 64 * page);
        let memory = mmap.supply(least(100), most).unwrap().memory();
        assert_eq!(memory.len(), most / page * page, "at most {most}");
    }
}

#[test]
fn memory_that_the_system_does_not_have_is_refused() {
    let mut mmap = Mmap::new();
    let least = |bytes, align| Layout::from_size_align(bytes, align).unwrap();
    assert_eq!(mmap.supply(least(10_000, 8), 8191), None, "no whole pages fit");
    assert_eq!(mmap.supply(least(10_000, 1 << 30), usize::MAX), None, "no such page");
    assert_eq!(mmap.supply(least(isize::MAX as usize - 7, 8), usize::MAX), None);
    assert_eq!(supplied(&mut mmap, least(100, 8)).0.len(), 1 << 20, "the source still works");
}

/// Without unmapping, the system would run out of addresses: a range is, on 64-bit, 1 TiB of 128.
/// (src/source/windows.rs tests the same.)
#[test]
#[cfg(unix)]
fn dropped_sources_unmap_their_ranges() {
    for _ in 0..1000 {
        let mut mmap = Mmap::with(0, 1 << (usize::BITS * 5 / 8));
        let [(a, _), (b, continues)] = [(); 2].map(|()| supplied(&mut mmap, page()));
        assert!(continues && start(b) == start(a) + a.len(), "they are of one range");
        // SAFETY: supplied, and not used.
        unsafe {
            mmap.take_back(a);
            mmap.take_back(b);
        }
    }
}
