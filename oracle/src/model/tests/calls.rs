//! realloc, neighbours, equality and reset, by hand: W = 8, one pool of 4096 bytes at 0.

use super::*;
use crate::call::Events;
use crate::counters::Census;
use crate::model::{Conte31, Realloc, Rules as _};

/// Blocks of 40 bytes, one after the other from 8 on, 48 apart.
fn row(n: usize) -> Model {
    let mut model: Model = with_pool(W8, 4096);
    for i in 0..n {
        assert_eq!(model.malloc(40), Some(8 + 48 * i));
    }
    model
}

#[test]
fn realloc_of_nothing_is_malloc_and_to_nothing_is_free() {
    let mut model = row(1);
    assert_eq!(model.realloc(None, 40), Realloc::Allocated(56));
    assert_eq!(model.realloc(None, 0), Realloc::Refused);
    assert_eq!(model.realloc(None, 1 << 20), Realloc::Refused);
    assert_eq!(model.realloc(Some(8), 0), Realloc::Freed);
    assert_eq!(model.realloc(Some(56), 0), Realloc::Freed);
    assert!(model.is_whole(0));
    assert_eq!(Realloc::Freed.payload(), None);
    assert_eq!(Realloc::Allocated(56).payload(), Some(56));
}

#[test]
fn realloc_within_the_block_changes_nothing() {
    let mut model = row(3);
    let before = model.clone();
    for n in [33, 40, 9, 1] {
        // 40 − 32 would have to leave four words; the successor being free or not is no matter.
        assert_eq!(model.realloc(Some(56), n), Realloc::InPlace(56));
        assert_eq!(model, before);
    }
    assert_eq!(model.events(), Events { in_place: true, ..Events::default() });
}

#[test]
fn a_shrinking_realloc_cuts_its_tail_off() {
    let mut model = row(0);
    assert_eq!(model.malloc(400), Some(8));
    assert_eq!(model.malloc(40), Some(416));
    assert_eq!(model.realloc(Some(8), 368), Realloc::InPlace(8));
    assert_eq!(blocks(&model, 0)[..2], [(8, 368, USED), (384, 24, FREE)]);
    assert!(model.events().split && !model.events().merged_next);
}

#[test]
fn the_tail_of_a_shrinking_realloc_absorbs_the_free_successor() {
    let mut model = row(0);
    assert_eq!(model.malloc(400), Some(8));
    assert_eq!(model.realloc(Some(8), 368), Realloc::InPlace(8));
    assert_eq!(blocks(&model, 0), [(8, 368, USED), (384, 4080 - 376, FREE)]);
    assert!(model.events().split && model.events().merged_next);
}

#[test]
fn a_growing_realloc_absorbs_the_free_successor_and_cuts() {
    let mut model = row(4);
    model.free(56);
    // 40 + 8 + 40 = 88: all of it for 88 down to 57, and for 56 there is a tail of 24.
    let mut whole = model.clone();
    assert_eq!(whole.realloc(Some(8), 88), Realloc::InPlace(8));
    assert_eq!(blocks(&whole, 0)[..2], [(8, 88, USED), (104, 40, USED)]);
    assert_eq!(whole.lists().count(), 1);
    assert!(whole.events().merged_next && whole.events().in_place && !whole.events().split);
    assert_eq!(model.realloc(Some(8), 56), Realloc::InPlace(8));
    assert_eq!(blocks(&model, 0)[..3], [(8, 56, USED), (72, 24, FREE), (104, 40, USED)]);
    assert_eq!(listed(&model), [72, 200]);
}

#[test]
fn a_realloc_that_cannot_grow_moves_and_copies_what_there_was() {
    let mut model = row(4);
    model.free(56);
    assert_eq!(model.realloc(Some(8), 89), Realloc::Moved { to: 200, copied: 40 });
    assert!(model.events().moved && model.events().merged_next);
    assert_eq!(blocks(&model, 0)[..2], [(8, 88, FREE), (104, 40, USED)]);
    // Beside a used block, no byte is free.
    assert_eq!(model.realloc(Some(104), 41), Realloc::Moved { to: 8, copied: 40 });
}

#[test]
fn a_realloc_that_finds_no_room_leaves_the_block_alone() {
    let mut model = row(4);
    let before = model.clone();
    let max = W8.max();
    for n in [4096, max - 9, max - 8, max, usize::MAX - 8, usize::MAX - 7, usize::MAX] {
        assert_eq!(model.realloc(Some(8), n), Realloc::Refused);
        assert_eq!(model, before);
        assert_eq!(model.events(), Events::default());
    }
}

#[test]
fn the_last_block_of_a_pool_grows_up_to_the_sentinel_only() {
    let mut model: Model = with_pool(W8, 16 + 520);
    // malloc's search rounds up, past this very block; growing in place needs no search.
    assert_eq!(model.malloc(520), None);
    assert_eq!(model.malloc(100), Some(8));
    assert_eq!(model.realloc(Some(8), 520), Realloc::InPlace(8));
    assert_eq!(blocks(&model, 0), [(8, 520, USED)]);
    assert_eq!(model.realloc(Some(8), 521), Realloc::Refused);
    assert_eq!(model.lists().count(), 0);
    assert_eq!((model.largest_free(), model.largest_fit()), (0, 0));
}

#[test]
fn neighbours_skip_what_is_free() {
    let mut model = row(5);
    model.free(56);
    model.free(152);
    assert_eq!(model.prev_used(8), None);
    assert_eq!(model.next_used(8).unwrap().offset, 104);
    assert_eq!(model.prev_used(104).unwrap().offset, 8);
    assert_eq!(model.next_used(104).unwrap().offset, 200);
    assert_eq!(model.next_used(200), None);
    assert_eq!(model.next_used(9), None);
    assert!(model.block(56).unwrap().free && model.block(57).is_none());
    let census =
        Census { used_blocks: 3, used_bytes: 120, free_blocks: 3, free_bytes: 4080 - 240 + 80 };
    assert_eq!(model.census(), census);
}

#[test]
fn a_reset_model_equals_a_new_one() {
    let mut model = row(5);
    model.free(56);
    model.reset();
    assert_eq!(model, Model::new(W8));
    assert_eq!(model.geometry(), W8);
    assert_eq!(model.malloc(1), None);
    assert!(model.walk(0).is_empty());
    model.add_pool(0, 4096).unwrap();
    assert_eq!(model.malloc(40), Some(8));
}

#[test]
#[should_panic(expected = "no used block has its payload at 0x8")]
fn a_double_free_is_the_callers_to_prevent() {
    let mut model = row(2);
    model.free(8);
    model.free(8);
}

/// Every gap of every residue: the search is for the largest of them above a word, and for more with ALIGN
/// of a word.
#[test]
fn a_roomy_fit_is_the_least_with_room_for_every_gap_above_a_word() {
    for g in geometries() {
        for align in (1..8).map(|log2| g.align << log2) {
            let payloads = (align..2 * align).step_by(g.align);
            let gap = |payload| Conte31.aligned(&g, payload, align) - payload;
            let largest = payloads.map(gap).max().unwrap();
            for n in [1, g.align, 1000] {
                let fit = Conte31.fit(&g, n).unwrap();
                let Some(roomy) = Conte31.roomy_fit(&g, fit, align) else {
                    assert!(g.key(fit + largest + align) >= g.max());
                    continue;
                };
                assert!(roomy >= fit + largest, "{}: {n} at {align}", g.name);
                assert!(g.align == g.word || roomy == fit + largest, "{}: {n} at {align}", g.name);
            }
        }
    }
}
