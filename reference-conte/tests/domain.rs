//! Calls for which the C code is not defined: their effect, and that the safe methods panic.

use reference_conte::{Conte, ConteCall, Row, SecondLevel};

const W: usize = size_of::<usize>();
const SL: SecondLevel = SecondLevel::Sl32;
const BYTES: usize = 1 << 16;

/// A pool of 4096 bytes with one live block of 64 words: its payload.
fn with_block() -> (Conte, usize) {
    let mut conte = Conte::new(SL, BYTES, BYTES);
    assert!(conte.add_pool(0, 4096));
    let block = conte.malloc(64 * W).expect("a block");
    (conte, block)
}

fn walk(conte: &Conte) -> Vec<Row> {
    let mut rows = Vec::new();
    conte.walk(0, &mut rows);
    rows
}

#[test]
fn b1_a_wrapping_malloc_returns_a_minimal_block() {
    let (mut conte, _) = with_block();
    for size in [usize::MAX, usize::MAX - W + 2] {
        assert!(!conte.admits(&ConteCall::Malloc { size }));
        assert!(!conte.admits(&ConteCall::Realloc { current: None, size }));
        // SAFETY: a minimal block is taken from the pool; the heap stays sound.
        let block = unsafe { conte.outside_domain().malloc(size) }.expect("C succeeds");
        assert_eq!(conte.usable_size(block), 3 * W);
    }
    assert!(conte.check());
}

#[test]
fn b2_a_realloc_of_the_maximum_is_refused_by_lvgls_copy() {
    let (mut conte, block) = with_block();
    let (max, before) = (Conte::block_size_max(SL), walk(&conte));
    for size in [max - W + 1, max, usize::MAX - W + 1] {
        assert!(!conte.admits(&ConteCall::Realloc { current: Some(block), size }));
        // SAFETY: refused before anything is written.
        let result = unsafe { conte.outside_domain().realloc(Some(block), size) };
        assert_eq!(result, None);
        assert_eq!(walk(&conte), before);
        assert!(conte.admits(&ConteCall::Free { offset: block }), "still live");
    }
    assert!(conte.admits(&ConteCall::Realloc { current: Some(block), size: max - W }));
    assert_eq!(conte.realloc(Some(block), max - W), None);
}

#[test]
fn b3_a_wrapping_realloc_shrinks_to_the_minimum_and_reports_success() {
    let (mut conte, block) = with_block();
    let size = usize::MAX;
    assert!(!conte.admits(&ConteCall::Realloc { current: Some(block), size }));
    // SAFETY: the tail is given back as any shrinking realloc does; the heap stays sound.
    let result = unsafe { conte.outside_domain().realloc(Some(block), size) };
    assert_eq!(result, Some(block));
    assert_eq!(conte.usable_size(block), 3 * W);
    assert!(conte.check());
}

#[test]
fn b4_a_wrapping_memalign_returns_a_block_too_small_or_misaligned() {
    let (mut conte, _) = with_block();
    assert!(!conte.admits(&ConteCall::Memalign { align: 64, size: usize::MAX }));
    // SAFETY: a minimal block is taken from the pool; the heap stays sound.
    let small = unsafe { conte.outside_domain().memalign(64, usize::MAX) }.expect("C succeeds");
    assert_eq!(conte.usable_size(small), 3 * W);

    let align = 1 << (usize::BITS - 1);
    assert!(!conte.admits(&ConteCall::Memalign { align, size: 8 }));
    // SAFETY: the gap is too large to cut, so a block is taken whole; the heap stays sound.
    let misaligned = unsafe { conte.outside_domain().memalign(align, 8) }.expect("C succeeds");
    assert_ne!((conte.arena_base().addr() + misaligned) % align, 0);
    assert!(conte.check());
}

#[test]
fn memalign_is_admitted_up_to_the_last_sum_that_does_not_wrap() {
    let (mut conte, _) = with_block();
    let top = 1 << (usize::BITS - 1);
    assert!(conte.admits(&ConteCall::Memalign { align: top / 2, size: 8 }));
    assert_eq!(conte.memalign(top / 2, 8), None);
    // Size 0 and sizes from the maximum on are refused before the sum is used.
    for size in [0, Conte::block_size_max(SL)] {
        assert!(conte.admits(&ConteCall::Memalign { align: top, size }));
        assert_eq!(conte.memalign(top, size), None);
    }
    // Alignments up to a word are malloc.
    for align in [1, 2, W] {
        assert!(conte.memalign(align, 8).is_some());
    }
    for align in [0, 3, 48, usize::MAX] {
        assert!(!conte.admits(&ConteCall::Memalign { align, size: 8 }), "B5: {align}");
    }
}

#[test]
fn pools_of_the_maximum_outside_or_overlapping_are_not_admitted() {
    let mut conte = Conte::new(SL, BYTES, BYTES);
    let max = Conte::block_size_max(SL);
    let admits = |conte: &Conte, offset, bytes| conte.admits(&ConteCall::AddPool { offset, bytes });
    for bytes in [max + 2 * W, max + 3 * W - 1] {
        assert!(!admits(&conte, 0, bytes), "B6: the payload is exactly max");
    }
    assert!(admits(&conte, 0, max + 3 * W), "refused by C");
    assert!(!admits(&conte, 0, BYTES + 1), "B8: longer than the arena");
    assert!(!admits(&conte, BYTES, 512), "B8: after the arena");
    assert!(!admits(&conte, usize::MAX - W + 1, 512), "B8: before the arena");
    assert!(conte.add_pool(1024, 512));
    for (offset, bytes) in [(1024, 512), (1024 - W, 512), (1024 + W, 64), (0, BYTES), (1528, 64)] {
        assert!(!admits(&conte, offset, bytes), "B10: {offset}, {bytes}");
    }
    assert!(admits(&conte, 0, 1024) && admits(&conte, 1536, BYTES - 1536), "neighbours");
    assert!(admits(&conte, 1025, 512), "refused by C: misaligned");
    assert!(admits(&conte, 1024, 2 * W), "refused by C: too small");
}

#[test]
fn only_a_present_pool_that_is_one_free_block_may_be_removed() {
    let (mut conte, block) = with_block();
    assert!(!conte.admits(&ConteCall::RemovePool { offset: 0 }), "busy");
    assert!(!conte.admits(&ConteCall::RemovePool { offset: W }), "absent");
    conte.free(block);
    assert!(conte.admits(&ConteCall::RemovePool { offset: 0 }));
    conte.remove_pool(0);
    assert!(!conte.admits(&ConteCall::RemovePool { offset: 0 }), "twice");
}

#[test]
fn only_live_payloads_may_be_freed() {
    let (mut conte, block) = with_block();
    for offset in [0, block + 1, block + W, BYTES, usize::MAX] {
        assert!(!conte.admits(&ConteCall::Free { offset }), "{offset}");
        assert!(!conte.admits(&ConteCall::Realloc { current: Some(offset), size: 8 }), "{offset}");
    }
    let moved = conte.realloc(Some(block), 4096 - 10 * W);
    assert_eq!(moved, Some(block), "grown in place");
    conte.free(block);
    assert!(!conte.admits(&ConteCall::Free { offset: block }), "twice");
}

#[test]
fn a_check_of_a_damaged_heap_returns_false_and_does_not_abort() {
    let (mut conte, block) = with_block();
    assert!(conte.check() && conte.check_pool(0) && conte.occupancy_agrees());
    // The header of the free block behind, one word before its payload: marked as used.
    let rest = walk(&conte)[1].offset;
    assert_eq!(rest, block + 65 * W);
    // SAFETY: inside the arena and aligned; the checks only read.
    let header = unsafe { conte.arena_base().add(rest - W).cast::<usize>() };
    // SAFETY: as above.
    unsafe { header.write(header.read() & !1) };
    assert!(!conte.check());
    assert!(conte.occupancy_agrees());
    // SAFETY: as above.
    unsafe { header.write(header.read() | 3) };
    assert!(!conte.check_pool(0));
    conte.reset();
    assert!(conte.check());
}

#[test]
#[should_panic = "not defined for this call: Malloc"]
fn malloc_outside_the_domain_panics() {
    with_block().0.malloc(usize::MAX);
}

#[test]
#[should_panic = "not defined for this call: Memalign"]
fn memalign_outside_the_domain_panics() {
    with_block().0.memalign(24, 8);
}

#[test]
#[should_panic = "not defined for this call: Realloc"]
fn realloc_outside_the_domain_panics() {
    let (mut conte, block) = with_block();
    conte.realloc(Some(block), Conte::block_size_max(SL));
}

#[test]
#[should_panic = "not defined for this call: Free"]
fn a_double_free_panics() {
    let (mut conte, block) = with_block();
    conte.free(block);
    conte.free(block);
}

#[test]
#[should_panic = "not defined for this call: AddPool"]
fn an_overlapping_pool_panics() {
    with_block().0.add_pool(2048, 4096);
}

#[test]
#[should_panic = "not defined for this call: RemovePool"]
fn removing_a_busy_pool_panics() {
    with_block().0.remove_pool(0);
}

#[test]
#[should_panic = "no pool at offset 64"]
fn walking_an_absent_pool_panics() {
    with_block().0.walk(64, &mut Vec::new());
}

#[test]
#[should_panic = "no live block at offset 0"]
fn the_usable_size_of_no_block_panics() {
    with_block().0.usable_size(0);
}

#[test]
#[should_panic = "the mapping is defined below"]
fn the_mapping_of_the_maximum_panics() {
    Conte::floor(SL, Conte::block_size_max(SL));
}
