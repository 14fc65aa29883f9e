//! Changing a block's size: in place, by moving, and the edge cases; all numbers in words (W).

mod support;

use memoman::{CONTE_FL, WORD as W};
use support::Lab;
use support::Seen::{Free, Used};

fn conte() -> Lab<W, CONTE_FL, 32, 4> {
    Lab::new(&[1024 * W])
}

#[test]
fn realloc_of_none_is_malloc() {
    let mut lab = conte();
    assert_eq!(lab.realloc(None, 5 * W), Some(W));
    assert_eq!(lab.realloc(None, 0), None);
    assert_eq!(lab.check().used_blocks, 1);
}

#[test]
fn realloc_to_zero_frees() {
    let mut lab = conte();
    let at = lab.malloc(5 * W).unwrap();
    assert_eq!(lab.realloc(Some(at), 0), None);
    assert_eq!(lab.walk(), conte().walk());
}

#[test]
fn a_block_grows_into_its_free_successor() {
    let mut lab = conte();
    let a = lab.malloc(4 * W).unwrap();
    lab.payload(a).fill(7);
    assert_eq!(lab.realloc(Some(a), 10 * W), Some(a));
    assert_eq!(lab.walk(), [Used(W, 10 * W), Free(12 * W, (1024 - 13) * W)]);
    assert_eq!(lab.payload(a)[..4 * W], vec![7; 4 * W]);
}

#[test]
fn a_block_takes_the_whole_successor_when_less_than_a_block_would_be_left() {
    for (size, rest) in [(6, Some(3)), (7, None), (10, None)] {
        let mut lab = conte();
        let [a, b, _] = lab.mallocs([4 * W, 5 * W, 3 * W]);
        lab.free(b);
        assert_eq!(lab.realloc(Some(a), size * W), Some(a));
        match rest {
            Some(rest) => {
                assert_eq!(lab.walk()[..2], [Used(W, size * W), Free((size + 2) * W, rest * W)]);
            }
            None => assert_eq!(lab.walk()[..2], [Used(W, 10 * W), Used(12 * W, 3 * W)]),
        }
        lab.check();
    }
}

#[test]
fn a_block_moves_with_its_content_if_its_successor_is_used_or_too_small() {
    for free_behind in [false, true] {
        let mut lab = conte();
        let [a, b, _] = lab.mallocs([4 * W, 5 * W, 3 * W]);
        for (index, byte) in lab.payload(a).iter_mut().enumerate() {
            *byte = index as u8;
        }
        if free_behind {
            lab.free(b);
        }
        // Behind a, b and the guard: 4 + 5 + 3 words, each with its header.
        assert_eq!(lab.realloc(Some(a), 11 * W), Some(16 * W));
        let expected: Vec<u8> = (0..4 * W as u8).collect();
        assert_eq!(lab.payload(16 * W)[..4 * W], expected);
        let hole = if free_behind { 10 } else { 4 };
        assert_eq!(lab.walk()[0], Free(W, hole * W), "the old block is free, and merged");
        lab.check();
    }
}

#[test]
fn the_new_block_is_found_before_the_old_one_is_freed() {
    // Freed first, a and the hole in front of it would hold the request.
    let mut lab = conte();
    let [hole, a, _] = lab.mallocs([6 * W, 6 * W, 3 * W]);
    lab.free(hole);
    let moved = lab.realloc(Some(a), 12 * W).unwrap();
    assert!(moved > a);
    assert_eq!(lab.walk()[0], Free(W, 13 * W));
}

#[test]
fn a_block_that_cannot_grow_is_untouched() {
    let mut lab = conte();
    let [a, _] = lab.mallocs([4 * W, 3 * W]);
    lab.payload(a).fill(7);
    let before = (lab.walk(), lab.lists(), lab.arena.contents());
    assert_eq!(lab.realloc(Some(a), 1020 * W), None);
    assert_eq!((lab.walk(), lab.lists(), lab.arena.contents()), before);
    lab.check();
}

#[test]
fn a_block_shrinks_in_place_if_four_words_become_free() {
    for (size, cut) in [(11, false), (9, false), (8, true), (4, true), (1, true)] {
        let mut lab = conte();
        let [a, _] = lab.mallocs([12 * W, 3 * W]);
        lab.payload(a).fill(7);
        assert_eq!(lab.realloc(Some(a), size * W), Some(a));
        if cut {
            let kept = size.max(3);
            let expected = [Used(W, kept * W), Free((kept + 2) * W, (11 - kept) * W)];
            assert_eq!(lab.walk()[..2], expected);
        } else {
            assert_eq!(lab.walk()[0], Used(W, 12 * W), "{size}");
        }
        assert_eq!(lab.payload(a)[..size * W], vec![7; size * W]);
        lab.check();
    }
}

#[test]
fn the_tail_of_a_shrunk_block_merges_with_its_free_successor() {
    let mut lab = conte();
    let [a, b, _] = lab.mallocs([12 * W, 6 * W, 3 * W]);
    lab.free(b);
    assert_eq!(lab.realloc(Some(a), 4 * W), Some(a));
    assert_eq!(lab.walk()[..3], [Used(W, 4 * W), Free(6 * W, 14 * W), Used(21 * W, 3 * W)]);
    lab.check();
}

#[test]
fn the_same_size_changes_nothing() {
    let mut lab = conte();
    let [a, _] = lab.mallocs([12 * W, 3 * W]);
    let before = (lab.walk(), lab.lists(), lab.arena.contents());
    assert_eq!(lab.realloc(Some(a), 12 * W), Some(a));
    assert_eq!((lab.walk(), lab.lists(), lab.arena.contents()), before);
}

#[test]
fn a_block_that_moves_keeps_align_but_not_the_alignment_of_memalign() {
    let mut lab = Lab::<16, 16, 32, 1>::new(&[4096]);
    let a = lab.memalign(256, 100).unwrap();
    let guard = lab.malloc(500).unwrap();
    assert_eq!((a % 256, guard > a), (0, true));
    let moved = lab.realloc(Some(a), 300).unwrap();
    assert!(moved > guard && moved % 16 == 0 && moved % 256 != 0);
    lab.check();
}
