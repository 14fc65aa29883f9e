//! B1 to B5: sizes that overflow, and numbers that are not alignments. The C code accepts all of them.

use memoman::WORD as W;
use reference_conte::{Conte, SecondLevel};

use crate::sides::{MAX, both, both_with, unchanged};

/// Sizes that overflow to 0 when they are rounded up to a word.
const WRAPPING: [usize; 3] = [usize::MAX - W + 2, usize::MAX - 1, usize::MAX];

#[test]
fn b01_malloc_near_size_max_hands_out_a_minimal_block() {
    let (mut c, mut ours) = both(4096);
    for size in WRAPPING {
        // SAFETY: a minimal block is taken from the pool; the heap stays sound.
        let block = unsafe { c.outside_domain().malloc(size) }.expect("C succeeds");
        assert_eq!(c.usable_size(block), 3 * W, "of {size} bytes");
        assert_eq!(unchanged(&mut ours, |ours| ours.malloc(size)), None);
    }
    assert!(c.check() && c.check_pool(0), "and the C checks pass");
}

#[test]
fn b02_realloc_near_the_limit_frees_the_live_block_and_returns_it() {
    for size in [MAX - W + 1, MAX, isize::MAX as usize, usize::MAX - W + 1] {
        let (mut c, mut ours, block) = both_with(4096, 64 * W);
        // SAFETY: the block's header has size 0 afterwards; its payload becomes a free block of the pool.
        let result = unsafe { c.outside_domain().realloc(Some(block), size) };
        assert_eq!(result, Some(block), "C succeeds");
        assert_eq!(c.usable_size(block), 0);
        assert!(c.check() && c.check_pool(0), "and the C checks pass");
        assert_eq!(c.malloc(1), Some(block + W), "a second owner inside the live block");

        assert_eq!(unchanged(&mut ours, |ours| ours.realloc(Some(block), size)), None);

        // LVGL's copy has repaired this.
        let mut lvgl = Conte::new(SecondLevel::Sl32, 8192, 1 << 16);
        assert!(lvgl.add_pool(0, 4096));
        assert_eq!(lvgl.malloc(64 * W), Some(block));
        // SAFETY: refused before anything is written.
        assert_eq!(unsafe { lvgl.outside_domain().realloc(Some(block), size) }, None);
        assert_eq!(lvgl.usable_size(block), 64 * W);
    }
}

#[test]
fn b03_realloc_near_size_max_shrinks_and_reports_success() {
    for size in WRAPPING {
        let (mut c, mut ours, block) = both_with(4096, 64 * W);
        // SAFETY: the tail is freed, as by any shrinking realloc; the heap stays sound.
        let result = unsafe { c.outside_domain().realloc(Some(block), size) };
        assert_eq!(result, Some(block), "C succeeds");
        assert_eq!(c.usable_size(block), 3 * W, "of {size} bytes");
        assert_eq!(unchanged(&mut ours, |ours| ours.realloc(Some(block), size)), None);
    }
}

#[test]
fn b04_memalign_of_a_size_that_wraps_hands_out_a_minimal_block() {
    let (mut c, mut ours) = both(4096);
    for size in WRAPPING {
        // SAFETY: a minimal block is taken from the pool; the heap stays sound.
        let block = unsafe { c.outside_domain().memalign(64, size) }.expect("C succeeds");
        // It is aligned.
        assert_eq!((c.arena_base().addr() + block) % 64, 0);
        assert_eq!(c.usable_size(block), 3 * W, "of {size} bytes");
        assert_eq!(unchanged(&mut ours, |ours| ours.memalign(64, size)), None);
    }
    assert!(c.check() && c.check_pool(0), "and the C checks pass");
}

#[test]
fn b04_memalign_to_half_the_address_space_is_misaligned() {
    let (mut c, mut ours) = both(4096);
    let align = 1 << (usize::BITS - 1);
    // SAFETY: the gap is too large to split off, so C takes a block as malloc does.
    let block = unsafe { c.outside_domain().memalign(align, 8) }.expect("C succeeds");
    assert_ne!((c.arena_base().addr() + block) % align, 0);
    assert_eq!(unchanged(&mut ours, |ours| ours.memalign(align, 8)), None);
}

#[test]
fn b05_a_number_that_is_not_an_alignment_is_accepted() {
    let (mut c, mut ours) = both(1 << 15);
    let base = c.arena_base().addr();
    // 0 divides nothing; the first payloads of a pool at 0 are not multiples of the others.
    for (align, size) in [(0, 8), (3, 8), (5, 24), (24, 40), (48, 8), (1000, 8)] {
        let mut misaligned = false;
        for _ in 0..8 {
            // SAFETY: offsets are multiples of a word, and blocks are split only where space is left.
            let block = unsafe { c.outside_domain().memalign(align, size) }.expect("C succeeds");
            misaligned |= align == 0 || (base + block) % align != 0;
        }
        assert!(misaligned, "align {align}");
        assert_eq!(unchanged(&mut ours, |ours| ours.memalign(align, size)), None);
    }
}
