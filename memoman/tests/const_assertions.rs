//! The parameters: every corner that compiles works, and the sizes are those of the front page.
//! (What must not compile stands in the crate's documentation, as `compile_fail` examples.)

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
fn every_corner_of_the_parameters_works() {
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
    assert!(Small::control_size() <= 400, "{}", Small::control_size());
    let mut lab = Lab::<W, FL, 4, 1>::new(&[4096]);
    assert_eq!(lab.malloc(1), Some(W));
}

#[cfg(target_pointer_width = "64")]
#[test]
fn the_sizes_on_the_front_page_are_right() {
    assert_eq!(Tlsf::<W>::control_size(), 6584);
    assert_eq!(Tlsf::<16>::control_size(), 6592);
    assert_eq!(Tlsf::<64>::control_size(), 6592);
    assert_eq!(Tlsf::<W, 16, 8, 1>::control_size(), 1120);
    assert_eq!(Tlsf::<W, 8, 4, 1>::control_size(), 320);
    assert_eq!(Tlsf::<W, 8, 4, 1>::POOL_BYTES_MAX >> 10, 4);
    let most = [Tlsf::<W>::POOL_BYTES_MAX, Tlsf::<16>::POOL_BYTES_MAX, Tlsf::<64>::POOL_BYTES_MAX];
    assert_eq!(most.map(|bytes| bytes >> 30), [4, 8, 32]);
    assert_eq!(Tlsf::<W, 16, 8, 1>::POOL_BYTES_MAX >> 20, 2);
    assert_eq!((Tlsf::<16>::POOL_OVERHEAD, Tlsf::<16>::BLOCK_SIZE_MIN), (24, 24));
    assert_eq!((Tlsf::<64>::POOL_OVERHEAD, Tlsf::<64>::BLOCK_SIZE_MIN), (72, 56));
}
