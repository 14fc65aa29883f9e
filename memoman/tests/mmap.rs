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

/// Chunks and ranges of any length are rounded up to pages.
#[test]
fn a_chunk_that_is_no_multiple_of_a_page_is_rounded_up() {
    let least = Layout::from_size_align(1, 8).unwrap();
    let page = supplied(&mut Mmap::with(0, 0), least).0.len();
    for (chunk, pages) in [(1, 1), (page - 1, 1), (page + 1, 2), (3 * page + 8, 4)] {
        let mut mmap = Mmap::with(chunk, 9 * page - 3);
        let (first, continues) = supplied(&mut mmap, least);
        assert_eq!((first.len(), continues), (pages * page, false), "a chunk of {chunk}");
        let (second, continues) = supplied(&mut mmap, least);
        let both = (start(second), second.len(), continues);
        assert_eq!(both, (start(first) + first.len(), pages * page, true), "a chunk of {chunk}");
        // SAFETY: supplied, used by nothing else, and not used after they are taken back.
        unsafe {
            second.cast::<u8>().write_bytes(1, second.len());
            mmap.take_back(second);
            first.cast::<u8>().write_bytes(1, first.len());
            mmap.take_back(first);
        }
        let (whole, _) = supplied(&mut mmap, Layout::from_size_align(8 * page + 1, 8).unwrap());
        assert_eq!((start(whole), whole.len()), (start(first), 9 * page), "the range");
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

/// Every number is rounded, and cut down to what the system has. (With much of the second kind the system may
/// refuse the whole: of 2^63 bytes of addresses it has at most a part.)
#[test]
fn any_chunk_and_any_range_will_do() {
    let most = isize::MAX as usize;
    let numbers = [0, 1, 4095, 4096, 4097, 1 << 20, (1 << 20) + 1, most, most + 1, usize::MAX];
    for chunk in numbers {
        for range in numbers {
            let mut mmap = Mmap::with(chunk, range);
            for (bytes, at_most) in
                [(0, usize::MAX), (1, 1 << 16), (10_000, 20_000), (1 << 20, 1 << 20)]
            {
                // A page may have 16 KiB or more: then 20,000 bytes have not two pages.
                if let Some(region) = mmap.supply(layout(bytes), at_most) {
                    let memory = region.memory();
                    assert!(
                        memory.len() >= bytes && memory.len() <= at_most,
                        "{chunk} {range} {bytes}"
                    );
                    assert_eq!((start(memory) | memory.len()) % 4096, 0);
                    // SAFETY: supplied, and used by nothing else; not used after it is taken back.
                    unsafe {
                        memory.cast::<u8>().write(1);
                        memory.cast::<u8>().add(memory.len() - 1).write(1);
                        mmap.take_back(memory);
                    }
                } else {
                    assert!(at_most < 2 << 16, "{chunk} {range} {bytes}");
                }
            }
            assert_eq!(mmap.supply(layout(1), 0), None);
            assert_eq!(mmap.supply(layout(1), 4095), None);
            assert_eq!(mmap.supply(layout(most - 7), usize::MAX), None);
            assert_eq!(mmap.supply(layout(4097), 4096), None);
        }
    }
}

/// The case: 500 MiB are freed, but one block at the start of the pool is not.
#[test]
#[cfg(target_pointer_width = "64")] // Elsewhere 500 MiB are two ranges.
fn the_free_end_of_a_pool_is_given_back_while_the_pool_is_in_use() {
    let heap: LocalHeap<Mmap> = LocalHeap::with_source(Mmap::new());
    // SAFETY: the sizes are not 0; freed as allocated.
    let (allocate, free) = unsafe {
        (|size| heap.alloc(layout(size)), |block, size| heap.dealloc(block, layout(size)))
    };
    let pool = || heap.inspect(|heap| heap.pools().next()).unwrap();
    let keep = allocate(100);
    for _ in 0..2 {
        let large: Vec<_> = (0..500).map(|_| allocate(1 << 20)).collect();
        assert!(large.iter().all(|block| !block.is_null()));
        assert_eq!(heap.inspect(Tlsf::validate).unwrap().pools, 1, "the pool grew again");
        // SAFETY: ours, that long.
        large.iter().for_each(|block| unsafe { block.write_bytes(1, 5000) });
        let before = pool().bytes();
        large.into_iter().for_each(|block| free(block, 1 << 20));
        let returned = heap.trim();
        assert!(returned >= 499 << 20, "{returned}");
        assert_eq!(before - pool().bytes(), returned);
        assert!(pool().bytes() <= 1 << 16, "{:?}", pool());
        assert_eq!(heap.trim(), 0, "there is no more");
        assert_eq!(heap.inspect(Tlsf::validate).unwrap().used_blocks, 1);
    }
    free(keep, 100);
    assert!(heap.trim() > 0);
    assert_eq!(heap.inspect(|heap| heap.pools().count()), 0);
}

/// Of the pages that a process has, those of the heap are the most by far.
#[test]
#[cfg(target_os = "linux")]
fn the_pages_of_a_free_end_are_the_systems_again() {
    let resident = || {
        let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
        statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
    };
    let heap: LocalHeap<Mmap> = LocalHeap::with_source(Mmap::new());
    let bytes = 256 << 20;
    // SAFETY: the sizes are not 0; ours, that long; freed as allocated.
    unsafe {
        let _keep = heap.alloc(layout(100));
        let block = heap.alloc(layout(bytes));
        let before = resident();
        block.write_bytes(1, bytes);
        let with = resident();
        heap.dealloc(block, layout(bytes));
        heap.trim();
        // The other tests have pages at the same time.
        assert!(with > before + bytes / 2 && resident() < with - bytes / 2, "{before} {with}");
    }
}

/// The second test runs the first one in a process with a limit.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
const LIMITED: &str = "MEMOMAN_TEST_LIMITED";

#[test]
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn the_limited_process() {
    if std::env::var_os(LIMITED).is_none() {
        return;
    }
    let heap: LocalHeap<Mmap> = LocalHeap::with_source(Mmap::new());
    // SAFETY: the size is not 0.
    let granted = (0..100_000).take_while(|_| !unsafe { heap.alloc(layout(100_000)) }.is_null());
    let bytes = 100_000 * granted.count();
    let census = heap.inspect(Tlsf::validate).unwrap();
    println!("granted {} MB in {} pools", bytes / 1_000_000, census.pools);
}

/// The case: 4 GiB of addresses cannot be reserved. It ended at 4 MiB, with the table full of pools of 1 MiB.
#[test]
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn a_heap_gets_what_a_limit_of_addresses_allows() {
    for limit in [4_000_000_u64, 1_000_000] {
        let test = std::env::current_exe().unwrap();
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &format!("ulimit -v {limit}; exec \"$0\" \"$@\"")]).arg(test);
        shell.args(["--exact", "the_limited_process", "--nocapture"]).env(LIMITED, "");
        let output = shell.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let megabytes = text.split_once("granted ").unwrap().1.split_once(" MB").unwrap().0;
        // The process itself needs some.
        let least = (limit * 1024 / 1_000_000 - 150) * 7 / 8;
        assert!(megabytes.parse::<u64>().unwrap() >= least, "{limit}: {text}");
    }
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
