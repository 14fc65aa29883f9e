//! The constants of the four builds, and their mapping against the published formula.

use reference_conte::{Conte, SecondLevel};

/// Bytes of a word: TLSF 3.1's alignment and its overhead per block.
const W: usize = size_of::<usize>();

/// The published mapping, not written as in the C code.
fn naive_class(sl: SecondLevel, size: usize) -> usize {
    let (sl, small) = (sl.count(), sl.count() * W);
    if size < small {
        return size / W;
    }
    let step = (1 << size.ilog2()) / sl;
    let row = (size.ilog2() - small.ilog2() + 1) as usize;
    row * sl + (size / step - sl)
}

#[test]
fn four_builds_coexist_each_with_its_own_geometry() {
    let max_log2 = if W == 8 { 32 } else { 30 };
    for sl in SecondLevel::ALL {
        let rows = max_log2 - (sl.count() * W).ilog2() as usize + 1;
        assert_eq!(Conte::first_level_count(sl), rows);
        assert_eq!(Conte::block_size_max(sl), 1 << max_log2);
        assert_eq!(Conte::block_size_min(sl), 3 * W);
        assert_eq!(Conte::pool_overhead(sl), 2 * W);
        assert_eq!(Conte::alloc_overhead(sl), W);
        assert_eq!(Conte::align(sl), W);
        // Null block, bitmaps of 32 bits, list heads; aligned to a word.
        let control = (4 * W + 4 * (1 + rows)).next_multiple_of(W) + rows * sl.count() * W;
        assert_eq!(Conte::control_bytes(sl), control);
        assert_eq!(SecondLevel::of_count(sl.count()), Some(sl));
    }
    assert_eq!(SecondLevel::of_count(64), None);
}

#[test]
fn the_default_control_has_upstreams_size() {
    let upstreams = if W == 8 { 6_536 } else { 3_188 };
    assert_eq!(Conte::control_bytes(SecondLevel::Sl32), upstreams);
}

#[test]
fn floor_and_ceil_are_the_published_mapping() {
    for sl in SecondLevel::ALL {
        let flat = |(row, list)| row * sl.count() + list;
        let max = Conte::block_size_max(sl);
        let edges = (4..max.ilog2()).flat_map(|log2| (0..64).map(move |by| (1 << log2) + by * W));
        for size in (0..20_000).chain(edges).chain([max - W, max - 1]) {
            let class = naive_class(sl, size);
            assert_eq!(flat(Conte::floor(sl, size)), class, "{sl:?}, size {size}");
            // The least class in which every block holds the size. Small classes have one size.
            let starts_class = size == 0 || naive_class(sl, size - 1) < class;
            let small = size < sl.count() * W;
            let ceil = if small || starts_class { class } else { class + 1 };
            assert_eq!(flat(Conte::ceil(sl, size)), ceil, "{sl:?}, size {size}");
        }
    }
}
