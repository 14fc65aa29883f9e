//! The exact edges of each policy, block by block: rounding, merging, gaps of memalign, and
//! what a refusal leaves. (placement.rs has the overview.)
//!
//! All numbers are in words (W) and hold on 32-bit and 64-bit alike: with ALIGN = W, TLSF has the same
//! lists at both widths. Offsets are those of payloads; a block's header is the word in front of it.

mod support;

use std::sync::Mutex;

use memoman::{CONTE_FL, PoolError, Tlsf, WORD as W};
use support::Lab;
use support::Seen::{Free, Used};

/// TLSF 3.1 at its defaults.
type Conte = Lab<W, CONTE_FL, 32, 4>;

const POOL: usize = 1024 * W;

fn conte() -> Conte {
    Lab::new(&[POOL])
}

/// A heap whose one free block has exactly this payload.
fn conte_of(payload: usize) -> Conte {
    Lab::new(&[payload + 2 * W])
}

#[test]
fn a_fresh_pool_is_one_free_block_between_a_header_and_a_sentinel() {
    assert_eq!(conte().walk(), [Free(W, POOL - 2 * W)]);
    let mut odd = Conte::over(POOL);
    odd.add_pool(0, POOL - 1).unwrap();
    assert_eq!(odd.walk(), [Free(W, POOL - 3 * W)], "rounded down to a word");
}

#[test]
fn a_request_is_rounded_up_to_words_and_to_at_least_three() {
    for (request, size) in [(1, 3), (W, 3), (3 * W, 3), (3 * W + 1, 4), (4 * W, 4), (4 * W + 1, 5)]
    {
        let mut lab = conte();
        let at = lab.malloc(request).unwrap();
        assert_eq!(lab.usable(at), size * W, "{request}");
    }
    assert_eq!(conte().malloc(0), None);
}

#[test]
fn a_rest_of_four_words_becomes_a_block_and_one_of_three_stays() {
    let mut lab = conte_of((10 + 4) * W);
    lab.malloc(10 * W).unwrap();
    assert_eq!(lab.walk(), [Used(W, 10 * W), Free(12 * W, 3 * W)]);
    let mut lab = conte_of((10 + 3) * W);
    lab.malloc(10 * W).unwrap();
    assert_eq!(lab.walk(), [Used(W, 13 * W)]);
}

#[test]
fn a_request_takes_the_hole_of_its_class_before_a_larger_one() {
    let mut lab = conte();
    let [five, _, six, _] = lab.mallocs([5 * W, 3 * W, 6 * W, 3 * W]);
    lab.free(five);
    lab.free(six);
    assert_eq!(lab.malloc(6 * W), Some(six));
    assert_eq!(lab.malloc(4 * W), Some(five), "the next class up that is not empty");
    assert_eq!(lab.usable(five), 5 * W);
}

#[test]
fn a_freed_block_among_used_ones_stays_as_it_is() {
    let mut lab = conte();
    let [_, b, _] = lab.mallocs([5 * W; 3]);
    lab.free(b);
    assert_eq!(lab.walk()[..3], [Used(W, 5 * W), Free(7 * W, 5 * W), Used(13 * W, 5 * W)]);
    lab.check();
}

#[test]
fn a_freed_block_merges_with_the_free_one_before_or_behind_or_both() {
    for order in [&[0, 1][..], &[1, 0], &[0, 2, 1]] {
        let mut lab = conte();
        let blocks = lab.mallocs([5 * W; 4]);
        for &index in order {
            lab.free(blocks[index]);
        }
        let merged = 6 * order.len() - 1;
        let expected = [Free(W, merged * W), Used((merged + 2) * W, 5 * W)];
        assert_eq!(lab.walk()[..2], expected, "{order:?}");
        assert_eq!(lab.check().free_blocks, 2);
    }
}

#[test]
fn freeing_everything_leaves_the_pool_as_added() {
    let mut lab = conte();
    for at in lab.mallocs([3 * W, 9 * W, 70 * W, W]) {
        lab.free(at);
    }
    assert_eq!((lab.walk(), lab.lists()), (conte().walk(), conte().lists()));
}

#[test]
fn a_full_heap_refuses_and_is_unchanged() {
    let mut lab = conte_of(20 * W);
    lab.malloc(10 * W).unwrap();
    let before = (lab.walk(), lab.lists(), lab.arena.contents());
    assert_eq!((lab.malloc(10 * W), lab.memalign(4 * W, 5 * W)), (None, None));
    assert_eq!((lab.walk(), lab.lists(), lab.arena.contents()), before);
    assert_eq!(lab.malloc(9 * W), Some(12 * W));
}

/// From a free payload at word `from`, memalign finds the word `to`.
fn memalign_gap(from: usize, align: usize, to: usize) -> Conte {
    let mut lab = conte();
    if from > 1 {
        // A payload from 1 to `from` - 1, where the next header lies.
        lab.malloc((from - 2) * W).unwrap();
    }
    assert_eq!(lab.memalign(align * W, 4 * W), Some(to * W));
    lab.check();
    lab
}

#[test]
fn memalign_on_an_aligned_payload_leaves_no_gap() {
    let lab = memalign_gap(16, 16, 16);
    assert_eq!(lab.walk()[..2], [Used(W, 14 * W), Used(16 * W, 4 * W)]);
}

#[test]
fn memalign_makes_the_gap_a_free_block_from_four_words_on() {
    let lab = memalign_gap(1, 16, 16);
    assert_eq!(lab.walk()[..2], [Free(W, 14 * W), Used(16 * W, 4 * W)]);
    let lab = memalign_gap(12, 16, 16);
    assert_eq!(lab.walk()[1..3], [Free(12 * W, 3 * W), Used(16 * W, 4 * W)]);
}

#[test]
fn memalign_moves_on_from_a_gap_too_small_for_a_block() {
    // Three words short of 16: by the alignment, to 32.
    let lab = memalign_gap(13, 16, 32);
    assert_eq!(lab.walk()[1..3], [Free(13 * W, 18 * W), Used(32 * W, 4 * W)]);
    // One word short of 2: by the three that make a block of the gap, to 5, which aligns to 6.
    let lab = memalign_gap(1, 2, 6);
    assert_eq!(lab.walk()[..2], [Free(W, 4 * W), Used(6 * W, 4 * W)]);
}

#[test]
fn memalign_up_to_align_is_malloc() {
    let (mut a, mut b) = (conte(), conte());
    for align in [1, 2, W] {
        assert_eq!(a.memalign(align, 5 * W), b.malloc(5 * W));
    }
    assert_eq!(a.walk(), b.walk());
}

#[test]
fn memalign_searches_for_the_worst_gap_and_may_be_refused_where_the_block_fits() {
    // The gap is 15 words and the block 4, but 4 + 16 + 4 are searched for, rounded up to 32.
    assert_eq!(conte_of(31 * W).memalign(16 * W, 4 * W), None);
    assert_eq!(conte_of(32 * W).memalign(16 * W, 4 * W), Some(16 * W));
}

#[test]
fn after_reset_several_pools_return_the_same_offsets_again() {
    let mut lab = Conte::new(&[POOL, 512 * W, POOL]);
    let fresh = (lab.walk(), lab.lists());
    let sizes = [3 * W, 900 * W, 40 * W, 500 * W, W];
    let first = lab.mallocs(sizes);
    lab.free(first[2]);
    lab.reset();
    lab.check();
    assert_eq!((lab.walk(), lab.lists()), fresh);
    assert_eq!(lab.mallocs(sizes), first);
}

#[test]
fn a_heap_that_moves_before_every_call_returns_the_same_as_one_that_stays() {
    let (mut still, mut moved) = (conte(), conte());
    for step in 1..40 {
        let other = Box::new(std::mem::take(&mut moved.heap));
        assert_eq!(moved.heap.pools().count(), 0, "left empty");
        moved.heap = *other;
        assert_eq!(moved.malloc(step * W), still.malloc(step * W));
        if step % 3 == 0 {
            let at = still.malloc(step).unwrap();
            assert_eq!(moved.malloc(step), Some(at));
            still.free(at);
            moved.free(at);
        }
    }
    moved.check();
    assert_eq!((moved.walk(), moved.lists()), (still.walk(), still.lists()));
}

#[test]
fn a_static_heap_takes_a_static_buffer_from_its_first_aligned_byte() {
    static HEAP: Mutex<Tlsf> = Mutex::new(Tlsf::new());
    let mut heap = HEAP.lock().unwrap();
    assert_eq!(heap.malloc(1), None);
    let buffer = Box::leak(vec![0_usize; 64].into_boxed_slice()).as_mut_ptr();
    let start = buffer.addr();
    // SAFETY: the buffer without its first byte, used by nothing else.
    let bytes = unsafe { std::slice::from_raw_parts_mut(buffer.byte_add(1).cast(), 64 * W - 1) };
    let pool = heap.add_static_pool(bytes).unwrap();
    assert_eq!((pool.start().addr().get(), pool.bytes()), (start + W, 63 * W));
    let payload = heap.malloc(1).unwrap();
    assert_eq!(payload.addr().get(), start + 2 * W);
    assert_eq!(heap.remove_pool(pool), Err(PoolError::Busy(payload)));
}
