//! The halves of reallocation, and reallocation that keeps an alignment; all numbers in words (W).

mod support;

use std::alloc::Layout;

use memoman::{CONTE_FL, WORD as W};
use support::Lab;
use support::Seen::{Free, Used};

fn conte() -> Lab<W, CONTE_FL, 32, 4> {
    Lab::new(&[1024 * W])
}

/// [4 used][5 free][3 used] and the rest; the offset of the first.
fn before_a_gap() -> (Lab<W, CONTE_FL, 32, 4>, usize) {
    let mut lab = conte();
    let [a, b, _] = lab.mallocs([4 * W, 5 * W, 3 * W]);
    lab.free(b);
    lab.payload(a).fill(7);
    (lab, a)
}

#[test]
fn growing_in_place_takes_the_needed_part_of_the_successor() {
    let (mut lab, a) = before_a_gap();
    // SAFETY: live.
    assert!(unsafe { lab.heap.try_grow_in_place(lab.live(a), 6 * W) });
    assert_eq!(lab.walk()[..2], [Used(W, 6 * W), Free(8 * W, 3 * W)]);
    assert_eq!(lab.payload(a)[..4 * W], vec![7; 4 * W]);
    lab.check();
}

#[test]
fn growing_in_place_never_moves_and_never_shrinks() {
    let (mut lab, a) = before_a_gap();
    let before = (lab.walk(), lab.lists(), lab.arena.contents());
    for (size, grows) in [(11 * W, false), (usize::MAX, false), (0, true), (4 * W, true)] {
        // SAFETY: live.
        assert_eq!(unsafe { lab.heap.try_grow_in_place(lab.live(a), size) }, grows, "{size}");
        assert_eq!((lab.walk(), lab.lists(), lab.arena.contents()), before, "{size}");
    }
}

/// (With a free successor, a grow to the size that the block has would leave the same heap in another way.)
#[test]
fn growing_in_place_to_at_most_what_the_block_has_needs_no_successor() {
    let mut lab = conte();
    let [a, _] = lab.mallocs([4 * W, 3 * W]);
    let before = (lab.walk(), lab.lists(), lab.arena.contents());
    for (size, grows) in [(4 * W, true), (4 * W - 1, true), (1, true), (4 * W + 1, false)] {
        // SAFETY: live.
        assert_eq!(unsafe { lab.heap.try_grow_in_place(lab.live(a), size) }, grows, "{size}");
        assert_eq!((lab.walk(), lab.lists(), lab.arena.contents()), before, "{size}");
    }
}

#[test]
fn shrinking_in_place_merges_the_tail_with_the_free_successor() {
    let mut lab = conte();
    let [a, b, _] = lab.mallocs([9 * W, 5 * W, 3 * W]);
    lab.free(b);
    // SAFETY: live, and nothing of the tail is used.
    assert!(unsafe { lab.heap.shrink_in_place(lab.live(a), 4 * W) });
    assert_eq!(lab.walk()[..2], [Used(W, 4 * W), Free(6 * W, 10 * W)]);
    lab.check();
}

#[test]
fn shrinking_in_place_refuses_zero_and_more_than_the_block_has() {
    let (mut lab, a) = before_a_gap();
    let before = (lab.walk(), lab.lists(), lab.arena.contents());
    for (size, shrinks) in [(0, false), (4 * W + 1, false), (usize::MAX, false), (4 * W, true)] {
        // SAFETY: live.
        assert_eq!(unsafe { lab.heap.shrink_in_place(lab.live(a), size) }, shrinks, "{size}");
        assert_eq!((lab.walk(), lab.lists(), lab.arena.contents()), before, "{size}");
    }
}

#[test]
fn an_aligned_block_that_moves_stays_aligned() {
    let mut lab = conte();
    let a = lab.memalign(32 * W, 4 * W).unwrap();
    let after = lab.malloc(600 * W).unwrap();
    lab.payload(a).fill(7);
    let moved = lab.realloc_aligned(Some(a), 32 * W, 100 * W).unwrap();
    assert!(moved != a && moved % (32 * W) == 0);
    assert_eq!(lab.payload(moved)[..4 * W], vec![7; 4 * W]);
    // Without an alignment in the layout it is lost.
    lab.free(moved);
    lab.free(after);
    let a = lab.memalign(32 * W, 4 * W).unwrap();
    lab.malloc(600 * W).unwrap();
    let forgot = lab.realloc(Some(a), 100 * W).unwrap();
    assert_ne!(forgot % (32 * W), 0);
    lab.check();
}

#[test]
fn an_aligned_realloc_stays_only_where_it_is_aligned() {
    let mut lab = conte();
    let [a, _] = lab.mallocs([40 * W, 3 * W]);
    lab.payload(a)[..8 * W].fill(7);
    assert_eq!(lab.realloc_aligned(Some(a), W, 20 * W), Some(a), "aligned to a word it is");
    let moved = lab.realloc_aligned(Some(a), 64 * W, 8 * W).unwrap();
    assert_eq!(moved % (64 * W), 0, "smaller, but not aligned: it moved");
    assert_eq!(lab.payload(moved)[..8 * W], vec![7; 8 * W]);
    assert_eq!(lab.realloc_aligned(Some(moved), 64 * W, 9 * W), Some(moved));
    lab.check();
}

#[test]
fn an_aligned_realloc_of_nothing_is_memalign_and_to_nothing_frees() {
    let mut lab = conte();
    let a = lab.realloc_aligned(None, 16 * W, 5 * W).unwrap();
    assert_eq!(a % (16 * W), 0);
    assert_eq!(lab.realloc_aligned(Some(a), 16 * W, 0), None);
    assert_eq!(lab.walk(), conte().walk());
}

#[test]
fn a_sized_free_is_a_free() {
    let mut lab = conte();
    let layout = Layout::from_size_align(5 * W, 16 * W).unwrap();
    let block = lab.heap.allocate(layout).unwrap();
    // SAFETY: just allocated with this layout.
    unsafe { lab.heap.deallocate_sized(block, layout) };
    assert_eq!(lab.walk(), conte().walk());
}
