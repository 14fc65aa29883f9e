//! B14 to B18: promises of the interface that do not hold, and limits that it does not mention. All calls
//! are in the C code's domain, except B17's and B18's moved control.

use std::alloc::Layout;
use std::ffi::c_int;
use std::mem;

use memoman::{Tlsf, WORD as W};
use reference_conte::Conte;
use reference_conte::upstream::{SMALL, UPSTREAM, WIDE};

use crate::sides::{SMALL_FL, at, both};
use crate::support::{Arena, FILL, Lab};

#[test]
fn b14_most_sizes_that_were_granted_are_refused_after_a_free() {
    let bytes = 2048 * W;
    let mut c = Conte::upstream(bytes, 1 << 16);
    let mut refused = 0;
    for size in (1..=1024).map(|words| words * W) {
        c.reset();
        assert!(c.add_pool(0, bytes));
        let mut ours = Lab::<W, { memoman::CONTE_FL }, 32, 1>::new(&[bytes]);
        let block = c.malloc(size).expect("a fresh pool");
        assert_eq!(ours.malloc(size), Some(block));
        for filler in [64 * W, 4 * W, 1] {
            while let Some(filled) = c.malloc(filler) {
                assert_eq!(ours.malloc(filler), Some(filled));
            }
            assert_eq!(ours.malloc(filler), None);
        }
        c.free(block);
        ours.free(block);
        // Both refuse. Only memoman can report the largest size that would succeed.
        let most = ours.heap.max_allocatable();
        let again = c.malloc(size);
        refused += usize::from(again.is_none());
        assert_eq!(again.is_some(), size <= most);
        if again.is_none() {
            assert_eq!((c.malloc(most + 1), ours.malloc(most + 1)), (None, None));
            assert_eq!((c.malloc(most), ours.malloc(most)), (Some(block), Some(block)));
        }
    }
    assert_eq!(refused, 832);
}

#[test]
fn b14_the_largest_block_size_is_not_allocatable() {
    let arena = Arena::new(1 << 18);
    // SAFETY: a constant.
    let max = unsafe { (SMALL.block_size_max)() };
    // SAFETY: control and pool lie in the arena.
    let grants = unsafe {
        let tlsf = (SMALL.create)(at(&arena, 0));
        assert!(!(SMALL.add_pool)(tlsf, at(&arena, 1 << 16), max - W + 2 * W).is_null());
        [max, max - W].map(|size| !(SMALL.malloc)(tlsf, size).is_null())
    };
    assert_eq!(grants, [false; 2], "though a block of max - W is free");

    type Small = Tlsf<W, SMALL_FL, 32, 1>;
    assert_eq!(Small::BLOCK_SIZE_MAX, max - W, "a size that a block can have");
    let mut ours = Lab::<W, SMALL_FL, 32, 1>::new(&[max - W + 2 * W]);
    let most = ours.heap.max_allocatable();
    assert!(most < max - W && ours.malloc(most + 1).is_none() && ours.malloc(most).is_some());
}

#[test]
fn b15_payloads_are_not_aligned_as_max_align_t_is() {
    let (mut c, _) = both(4096);
    let max_align = 16;
    let blocks = [1, 2, 3].map(|n| c.malloc(n * max_align).expect("space is left"));
    assert!(blocks.iter().any(|block| (c.arena_base().addr() + block) % max_align != 0));

    let mut ours = Lab::<16, 16, 32, 1>::new(&[4096]);
    for size in 1..40 {
        let block = ours.malloc(size).expect("space is left");
        assert_eq!(ours.arena.addr(block) % max_align, 0);
    }
}

#[test]
fn b16_realloc_that_moves_a_block_loses_its_alignment() {
    let (mut c, mut ours) = both(512 * W);
    let align = 32 * W;
    let aligned = c.memalign(align, 8 * W).expect("space is left");
    c.malloc(40 * W).expect("space is left behind it");
    let moved = c.realloc(Some(aligned), 60 * W).expect("space is left elsewhere");
    assert_eq!((c.arena_base().addr() + aligned) % align, 0);
    assert_ne!((c.arena_base().addr() + moved) % align, 0);

    // memoman keeps the alignment of the new layout.
    assert_eq!(ours.memalign(align, 8 * W), Some(aligned));
    ours.malloc(40 * W).expect("space is left behind it");
    let (old, size) = (ours.live(aligned), ours.usable(aligned));
    // SAFETY: live; its old offset is not used again.
    let new = unsafe { ours.heap.reallocate(old, Layout::from_size_align(60 * W, align).unwrap()) };
    let new = new.expect("space is left elsewhere");
    assert_eq!((new != old, new.addr().get() % align), (true, 0));
    // SAFETY: a live block, filled by the copy.
    let payload = unsafe { core::slice::from_raw_parts(new.as_ptr(), size) };
    assert!(payload.iter().all(|&byte| byte == FILL), "with its bytes");
    assert!(ours.heap.validate().is_ok());
}

#[test]
fn b17_a_wide_mapping_searches_below_the_request() {
    // A size one word above a power of two must be searched for above the list of the power itself. C's
    // `1 << 31` of an int, from 2^36 on, is right by chance; `1 << 32`, from 2^37 on, is 1.
    let class = |mapping: unsafe extern "C" fn(usize, *mut c_int, *mut c_int), size| {
        let (mut row, mut list) = (0, 0);
        // SAFETY: writes the two numbers.
        unsafe { mapping(size, &raw mut row, &raw mut list) };
        (row, list)
    };
    if W == 8 {
        let size = 1_usize.wrapping_shl(37);
        assert_eq!(class(WIDE.ceil, size + W), class(WIDE.floor, size), "blocks too small for it");
        let sound = size / 4;
        assert!(class(WIDE.ceil, sound + W) > class(WIDE.floor, sound));
    }

    const WIDEST: usize = usize::BITS as usize - W.trailing_zeros() as usize - 5;
    type Wide = Tlsf<W, WIDEST, 32, 1>;
    for log2 in 5 + W.trailing_zeros()..usize::BITS - 1 {
        let size = 1 << log2;
        assert_eq!(Wide::search_class(size), Wide::class_of(size), "2^{log2}");
        assert_eq!(Wide::search_class(size + W), Wide::class_of(size).map(|class| class + 1));
    }
}

/// (LVGL's copy has `printf` compiled out: that C links it cannot be shown here.)
#[test]
fn b18_a_control_that_moved_hands_out_its_old_place() {
    let arena = Arena::new(1 << 16);
    let (old, new, pool) = (0, 1 << 14, 1 << 15);
    // C leaves the size of the block that ends its lists unset. With another value, C does worse.
    arena.poke(old + W, 0);
    // SAFETY: both controls and the pool lie in the arena; what is handed out is not written.
    let (first, second) = unsafe {
        let tlsf = (UPSTREAM.create)(at(&arena, old));
        assert!(!(UPSTREAM.add_pool)(tlsf, at(&arena, pool), 64 * W).is_null());
        let moved = at(&arena, new);
        moved.cast::<u8>().copy_from_nonoverlapping(tlsf.cast(), (UPSTREAM.size)());
        ((UPSTREAM.malloc)(moved, 62 * W), (UPSTREAM.malloc)(moved, 62 * W))
    };
    assert_eq!(first.addr(), arena.addr(pool + W));
    assert_eq!(second.addr(), arena.addr(old + 2 * W), "a block in the old control");

    let (_, mut ours) = both(64 * W);
    let mut moved = Box::new(mem::take(&mut ours.heap));
    assert_ne!((&raw const *moved).addr(), (&raw const ours.heap).addr());
    let first = moved.malloc(62 * W).map(|ptr| ours.arena.offset_of(ptr));
    assert_eq!((first, moved.malloc(62 * W)), (Some(W), None));
    assert_eq!(moved.validate().map(|census| census.used_blocks), Ok(1));
}
