//! The parameters: every extreme that compiles works, and the sizes are those of the front page.
//! (Combinations that must not compile are `compile_fail` examples in docs/sizes.md.)

mod support;

use memoman::{CONTE_FL, Tlsf, WORD as W};
use support::Lab;

/// A heap of this configuration that fills up, empties, and obeys every law on the way.
fn works<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>() {
    let least = Tlsf::<ALIGN, FL, SL, POOLS>::POOL_BYTES_MIN;
    let most = Tlsf::<ALIGN, FL, SL, POOLS>::POOL_BYTES_MAX & !(ALIGN - 1);
    let bytes = most.min(least + 60 * ALIGN);
    let mut lab = Lab::<ALIGN, FL, SL, POOLS>::new(&vec![bytes; POOLS]);
    let fresh = lab.walk();
    let blocks: Vec<_> = std::iter::from_fn(|| lab.malloc(1)).collect();
    assert!(blocks.len() >= POOLS, "{} blocks", blocks.len());
    assert!(blocks.iter().all(|at| at % ALIGN == 0));
    lab.check();
    for at in blocks {
        lab.free(at);
        lab.check();
    }
    assert_eq!(lab.walk(), fresh);
}

#[test]
fn every_extreme_of_the_parameters_works() {
    works::<W, CONTE_FL, 32, 4>();
    // The least and the largest alignment, each with the fewest and the most lists.
    works::<W, 2, 4, 1>();
    works::<W, 2, 32, 1>();
    works::<4096, 2, 4, 1>();
    works::<4096, 2, 32, 1>();
    works::<W, { usize::BITS as usize - W.trailing_zeros() as usize - 2 }, 4, 1>();
    works::<W, { usize::BITS as usize - W.trailing_zeros() as usize - 5 }, 32, 1>();
    works::<4096, { usize::BITS as usize - 12 - 2 }, 4, 1>();
    works::<4096, { usize::BITS as usize - 12 - 5 }, 32, 1>();
    works::<W, 8, 8, 40>();
    works::<16, 10, 16, 3>();
}

/// The largest pool is one block of the largest size; in place, a block can grow to all of it.
fn largest<const ALIGN: usize, const FL: usize, const SL: usize>(log2: u32) {
    let shift = if ALIGN == W { 0 } else { W };
    let largest = Tlsf::<ALIGN, FL, SL, 1>::BLOCK_SIZE_MAX;
    assert_eq!(largest, (1 << log2) - ALIGN - shift, "2^(FL - 1 + log2(SL * ALIGN)), less a step");
    let bytes = Tlsf::<ALIGN, FL, SL, 1>::POOL_BYTES_MAX;
    let mut lab = Lab::<ALIGN, FL, SL, 1>::over(bytes);
    lab.add_pool(0, bytes).unwrap();
    assert_eq!(lab.check().largest_free, largest);
    let at = lab.malloc(1);
    assert_eq!(lab.realloc(at, largest), at);
    assert_eq!((lab.check().free_blocks, lab.usable(at.unwrap())), (0, largest));
}

#[test]
fn the_largest_pool_is_one_block_of_the_largest_size() {
    largest::<W, 2, 4>(3 + W.trailing_zeros());
    largest::<W, 8, 32>(12 + W.trailing_zeros());
    largest::<16, 5, 8>(11);
    largest::<64, 3, 32>(13);
}

#[test]
fn the_least_pool_is_one_block_of_the_least_size() {
    fn least<const ALIGN: usize>(size: usize) {
        let bytes = Tlsf::<ALIGN, 8, 8, 1>::POOL_BYTES_MIN;
        assert_eq!(Tlsf::<ALIGN, 8, 8, 1>::BLOCK_SIZE_MIN, size);
        let mut lab = Lab::<ALIGN, 8, 8, 1>::new(&[bytes]);
        assert_eq!(lab.check().largest_free, size);
        assert_eq!(lab.malloc(size), Some(ALIGN));
        assert_eq!(lab.check().free_blocks, 0);
    }
    least::<W>(3 * W);
    least::<64>(64 - W);
    least::<4096>(4096 - W);
}

#[test]
fn overheads_are_those_of_tlsf_3_1() {
    assert_eq!(Tlsf::<W>::ALIGN, W);
    assert_eq!(Tlsf::<W>::ALLOC_OVERHEAD, W);
    assert_eq!(Tlsf::<W>::POOL_OVERHEAD, 2 * W);
    assert_eq!(Tlsf::<W>::BLOCK_SIZE_MIN, 3 * W);
    assert_eq!(Tlsf::<W>::CLASSES, CONTE_FL * 32);
    // FL_INDEX_MAX is 32, or 30 on 32-bit.
    assert_eq!(Tlsf::<W>::BLOCK_SIZE_MAX, (1 << if W == 8 { 32 } else { 30 }) - W);
}

#[test]
fn a_4_kib_pool_takes_a_control_of_less_than_400_bytes() {
    const FL: usize = if W == 8 { 8 } else { 9 };
    type Small = Tlsf<W, FL, 4, 1>;
    const { assert!(Small::POOL_BYTES_MAX >= 4096) };
    // Counters, a feature, take seven words of them.
    assert!(Small::control_size() <= 400, "{}", Small::control_size());
    let mut lab = Lab::<W, FL, 4, 1>::new(&[4096]);
    assert_eq!(lab.malloc(1), Some(W));
}

/// A line of the table on the crate's front page.
fn row<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>(
    heap: &str,
) -> String {
    type T<const A: usize, const F: usize, const S: usize, const P: usize> = Tlsf<A, F, S, P>;
    // Counters take seven words more.
    let counters = if cfg!(feature = "stats") { 7 * W } else { 0 };
    let control = (size_of::<T<ALIGN, FL, SL, POOLS>>() - counters).next_multiple_of(ALIGN);
    let most = T::<ALIGN, FL, SL, POOLS>::POOL_BYTES_MAX as u64;
    let (unit, name) = [(60, "EiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")]
        .into_iter()
        .find(|&(unit, _)| most >> unit > 0)
        .unwrap();
    format!(
        "| {heap} | {control} | {} {name} | {} | {} | {} |\n",
        most >> unit,
        T::<ALIGN, FL, SL, POOLS>::POOL_OVERHEAD,
        T::<ALIGN, FL, SL, POOLS>::BLOCK_SIZE_MIN,
        T::<ALIGN, FL, SL, POOLS>::WASTE_MAX,
    )
}

#[cfg(target_pointer_width = "64")]
fn table() -> String {
    [
        row::<W, CONTE_FL, 32, 4>("`Tlsf`, the geometry of TLSF 3.1"),
        row::<W, 26, 16, 4>("`Tlsf<WORD, 26, 16>`, the same limit"),
        row::<W, 28, 4, 4>("`Tlsf<WORD, 28, 4>`, the same limit"),
        row::<16, CONTE_FL, 32, 4>("`Tlsf<16>`"),
        row::<32, CONTE_FL, 32, 4>("`Tlsf<32>`"),
        row::<64, CONTE_FL, 32, 4>("`Tlsf<64>`"),
        row::<W, 56, 32, 4>("`Tlsf<WORD, 56>`, as wide as an address"),
        row::<W, 16, 8, 1>("`Tlsf<WORD, 16, 8, 1>`"),
        row::<W, 12, 8, 1>("`Tlsf<WORD, 12, 8, 1>`"),
        row::<W, 8, 4, 1>("`Tlsf<WORD, 8, 4, 1>`"),
        row::<16, 8, 4, 1>("`Tlsf<16, 8, 4, 1>`"),
    ]
    .concat()
}

#[cfg(target_pointer_width = "32")]
fn table() -> String {
    [
        row::<W, CONTE_FL, 32, 4>("`Tlsf`, the geometry of TLSF 3.1"),
        row::<W, 27, 4, 4>("`Tlsf<WORD, 27, 4>`, the same limit"),
        row::<16, 23, 32, 4>("`Tlsf<16, 23>`, as wide as an address"),
        row::<64, 21, 32, 4>("`Tlsf<64, 21>`, as wide as an address"),
        row::<W, 16, 8, 1>("`Tlsf<WORD, 16, 8, 1>`"),
        row::<W, 9, 4, 1>("`Tlsf<WORD, 9, 4, 1>`"),
        row::<16, 8, 4, 1>("`Tlsf<16, 8, 4, 1>`"),
    ]
    .concat()
}

#[test]
fn the_front_page_has_this_table_of_sizes() {
    let page = include_str!("../docs/sizes.md");
    let table = table();
    assert!(page.contains(&table), "put this into docs/sizes.md:\n{table}");
}

#[test]
fn the_table_of_features_in_lib_rs_has_those_of_the_manifest() {
    let (_, manifest) = include_str!("../Cargo.toml").split_once("[features]\n").unwrap();
    let mut features: Vec<_> = manifest
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| Some(line.split_once(" = ")?.0))
        .collect();
    let (_, page) = include_str!("../src/lib.rs").split_once("//! | feature | adds |").unwrap();
    let mut rows: Vec<_> = page
        .lines()
        .skip(2)
        .map_while(|line| Some(line.strip_prefix("//! | `")?.split_once('`')?.0))
        .collect();
    // Cargo sorts the features of a package.
    rows.sort_unstable();
    features.sort_unstable();
    assert_eq!(rows, features);
}
