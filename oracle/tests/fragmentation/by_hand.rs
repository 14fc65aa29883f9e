//! Figures of small heaps, computed by hand: 1,024 bytes; requests of 100, 24 and 200 bytes; then the second
//! block is freed.

#[cfg(target_pointer_width = "64")]
use oracle::fragmentation::heap::HeapCensus;
use oracle::fragmentation::heap::HeapUnderStudy;
use oracle::fragmentation::summary::rank;

#[cfg(target_pointer_width = "64")]
use crate::peer;

/// The censuses before and after the free.
#[cfg(target_pointer_width = "64")]
fn censuses(name: &str) -> [HeapCensus; 2] {
    let mut heap = (peer(name).heap)(1024);
    let [_, middle, _] = [100, 24, 200].map(|size| heap.malloc(size).expect("enough free bytes"));
    let before = heap.census();
    // SAFETY: the block is live and has that size.
    unsafe { heap.free(middle, 24) };
    [before, heap.census()]
}

#[cfg(target_pointer_width = "64")]
fn near(value: f64, expected: f64) -> bool {
    (value - expected).abs() < 1e-12
}

#[test]
#[cfg(target_pointer_width = "64")]
fn memoman_and_the_c_code_in_a_kibibyte() {
    for name in ["memoman", "conte"] {
        let [before, after] = censuses(name);
        // Blocks of 104, 24 and 200 bytes with a header each. The first header is the first word of the pool,
        // the sentinel is the last.
        let taken = (8 + 104) + (8 + 24) + (8 + 200);
        let free_taken = 1024 - 8 - taken;
        let free = free_taken - 8;
        assert_eq!((taken, free), (352, 656));
        let census = HeapCensus {
            used_blocks: 3,
            taken,
            free,
            free_taken,
            largest_free: free,
            // 656 = 41 * 16 is the least size of its list, so the whole block can be found.
            max_allocatable: 656,
            overhead: 8,
        };
        assert_eq!(before, census, "{name}");
        assert!(near(before.internal_fragmentation(324), 28.0 / 352.0), "{name}");
        assert!(near(before.external_fragmentation(), 0.0), "{name}");

        let (taken, free, free_taken) = (taken - 32, free + 24, free_taken + 32);
        assert_eq!(
            after,
            HeapCensus { used_blocks: 2, taken, free, free_taken, ..census },
            "{name}"
        );
        assert!(near(after.internal_fragmentation(300), 20.0 / 320.0), "{name}");
        assert!(near(after.external_fragmentation(), 24.0 / 680.0), "{name}");
    }
}

#[test]
#[cfg(target_pointer_width = "64")]
fn with_fewer_lists_less_of_the_largest_block_is_found() {
    for name in ["memoman-sl4", "conte-sl4"] {
        let [before, _] = censuses(name);
        // The least size of the list of 656 is 5 * 128.
        assert_eq!((before.largest_free, before.max_allocatable), (656, 640), "{name}");
        assert!(near(before.external_fragmentation(), 16.0 / 656.0), "{name}");
    }
}

#[test]
#[cfg(target_pointer_width = "64")]
fn rlsf_and_talc_in_a_kibibyte() {
    // rlsf: headers of 16 bytes, block sizes in multiples of 32, a sentinel of 32.
    let [before, after] = censuses("rlsf");
    let (taken, free_taken) = (128 + 64 + 224, 1024 - 32 - (128 + 64 + 224));
    let census = HeapCensus {
        used_blocks: 3,
        taken,
        free: free_taken - 16,
        free_taken,
        largest_free: free_taken - 16,
        max_allocatable: free_taken - 16,
        overhead: 32,
    };
    assert_eq!(before, census);
    assert_eq!(
        after,
        HeapCensus {
            used_blocks: 2,
            taken: taken - 64,
            free: census.free + 48,
            free_taken: free_taken + 64,
            ..census
        }
    );

    // talc: tags of 8 bytes, block sizes in multiples of 32; the tag before the first block is not in the pool.
    let [before, after] = censuses("talc");
    let (taken, free_taken) = (128 + 32 + 224, 1024 - (128 + 32 + 224));
    let census = HeapCensus {
        used_blocks: 3,
        taken,
        free: free_taken - 8,
        free_taken,
        largest_free: free_taken - 8,
        max_allocatable: free_taken - 8,
        overhead: 0,
    };
    assert_eq!(before, census);
    assert_eq!(
        after,
        HeapCensus {
            used_blocks: 2,
            taken: taken - 32,
            free: census.free + 24,
            free_taken: free_taken + 32,
            ..census
        }
    );
}

#[test]
fn a_census_changes_no_later_result() {
    for peer in oracle::fragmentation::peers::PEERS {
        let run = |with_census: bool| -> Vec<Option<usize>> {
            let mut heap: Box<dyn HeapUnderStudy> = (peer.heap)(1 << 16);
            let mut placed = Vec::new();
            let mut offsets = Vec::new();
            for number in 0..400_usize {
                let size = 16 + number * 7919 % 900;
                let offset = heap.malloc(size);
                offsets.push(offset);
                placed.extend(offset.map(|offset| (offset, size)));
                if placed.len() > 40 {
                    let (offset, size) = placed.swap_remove(number * 31 % 40);
                    // SAFETY: the block is live and has that size.
                    unsafe { heap.free(offset, size) };
                }
                if with_census {
                    assert_eq!(heap.census(), heap.census(), "{}", peer.name);
                }
            }
            offsets
        };
        assert_eq!(run(true), run(false), "{}", peer.name);
    }
}

#[test]
fn ranks_are_nearest_ranks() {
    let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
    assert_eq!([50, 95, 100].map(|p| rank(&hundred, p)), [Some(50.0), Some(95.0), Some(100.0)]);
    assert_eq!([50, 95, 100].map(|p| rank(&[7.0, 9.0], p)), [Some(7.0), Some(9.0), Some(9.0)]);
    assert_eq!(rank(&[], 50), None);
}
