//! Results of TLSF 3.1 inside its domain, worked out by hand from its formulas.

use std::thread;

use reference_conte::{Conte, ConteCall, Listed, Row, SecondLevel};

/// Bytes of a word: TLSF 3.1's alignment and its overhead per block.
const W: usize = size_of::<usize>();
const MIB: usize = 1 << 20;

fn conte(sl: SecondLevel) -> Conte {
    Conte::new(sl, MIB, MIB)
}

fn with_pool(sl: SecondLevel, bytes: usize) -> Conte {
    let mut conte = conte(sl);
    assert!(conte.add_pool(0, bytes));
    conte
}

fn walk(conte: &Conte, pool: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    conte.walk(pool, &mut rows);
    rows
}

fn lists(conte: &Conte) -> Vec<Listed> {
    let mut rows = Vec::new();
    conte.free_lists(&mut rows);
    rows
}

fn used(offset: usize, size: usize) -> Row {
    Row { offset, size, free: false }
}

fn free(offset: usize, size: usize) -> Row {
    Row { offset, size, free: true }
}

/// The class of a free block. tests/geometry.rs compares it with the published formula.
fn class(sl: SecondLevel, size: usize) -> usize {
    let (row, list) = Conte::floor(sl, size);
    row * sl.count() + list
}

fn assert_sound(conte: &Conte) {
    assert!(conte.check());
    assert!(conte.occupancy_agrees());
}

#[test]
fn every_operation_returns_the_offsets_worked_out_by_hand() {
    for sl in SecondLevel::ALL {
        let mut conte = with_pool(sl, 4096);
        assert_eq!(walk(&conte, 0), [free(W, 4096 - 2 * W)]);

        let (a, b) = (conte.malloc(1), conte.malloc(10 * W));
        assert_eq!((a, b), (Some(W), Some(5 * W)));
        // The next payload would be 16 W = 128 or 64: the gap to 256 becomes a free block.
        let c = conte.memalign(256, 8 * W);
        assert_eq!(c, Some(256));
        assert_eq!(conte.usable_size(5 * W), 10 * W);
        let tail = 256 + 9 * W;
        assert_eq!(
            walk(&conte, 0),
            [
                used(W, 3 * W),
                used(5 * W, 10 * W),
                free(16 * W, 256 - 17 * W),
                used(256, 8 * W),
                free(tail, 4096 - W - tail),
            ]
        );
        let listed = |offset, size| Listed { class: class(sl, size), offset };
        assert_eq!(lists(&conte), [listed(16 * W, 256 - 17 * W), listed(tail, 4096 - W - tail)]);
        assert_sound(&conte);

        // Grows into the gap. The rest of the gap is a free block.
        assert_eq!(conte.realloc(b, 20 * W), b);
        assert_eq!(conte.usable_size(5 * W), 20 * W);
        assert_eq!(walk(&conte, 0)[2], free(26 * W, 256 - 27 * W));
        conte.free(W);
        // Moves to the tail. The old block merges with both neighbours.
        let moved = conte.realloc(b, 200 * W);
        assert_eq!(moved, Some(tail));
        assert_eq!(walk(&conte, 0)[..2], [free(W, 256 - 2 * W), used(256, 8 * W)]);
        // Shrinks in place. The remainder merges with the free tail.
        assert_eq!(conte.realloc(moved, 10 * W), moved);
        assert_eq!(walk(&conte, 0)[3], free(tail + 11 * W, 4096 - W - (tail + 11 * W)));
        assert_sound(&conte);
        assert!(conte.check_pool(0));

        // Size 0 is free; a null block is malloc.
        assert_eq!(conte.realloc(c, 0), None);
        assert_eq!(walk(&conte, 0)[0], free(W, tail - 2 * W));
        assert_eq!(conte.realloc(None, 5), Some(W));
        conte.free(W);
        conte.free(tail);
        assert_eq!(walk(&conte, 0), [free(W, 4096 - 2 * W)]);
        conte.remove_pool(0);
        assert_eq!(lists(&conte), []);
        assert_sound(&conte);
    }
}

#[test]
fn classes_count_across_rows_of_lists() {
    let mut conte = with_pool(SecondLevel::Sl32, 512 * W);
    assert_eq!(conte.malloc(1), Some(W));
    // In words, 506 = 0b111111_010: row 8 − 5 + 1 = 4, list 63 − 32 = 31, at both widths.
    assert_eq!(walk(&conte, 0)[1], free(5 * W, 506 * W));
    assert_eq!(lists(&conte), [Listed { class: 4 * 32 + 31, offset: 5 * W }]);
}

#[test]
fn lists_are_last_in_first_out() {
    let mut conte = with_pool(SecondLevel::Sl16, 4096);
    let blocks: Vec<usize> = (0..6).map(|_| conte.malloc(4 * W).expect("a block")).collect();
    for first in [0, 4, 2] {
        conte.free(blocks[first]);
    }
    let order: Vec<usize> = lists(&conte).iter().map(|row| row.offset).collect();
    assert_eq!(order[..3], [blocks[2], blocks[4], blocks[0]]);
    assert_eq!(conte.malloc(4 * W), Some(blocks[2]));
}

#[test]
fn a_realloc_that_moves_carries_the_bytes_along() {
    let mut conte = with_pool(SecondLevel::Sl32, 4096);
    let block = conte.malloc(3 * W).expect("a block");
    conte.malloc(1).expect("a block");
    let base = conte.arena_base();
    // SAFETY: the payload of a live block.
    unsafe { base.add(block).write_bytes(0xA5, 3 * W) };
    let moved = conte.realloc(Some(block), 400).expect("a block");
    assert_ne!(moved, block);
    // SAFETY: the payload of a live block, filled by the copy.
    let bytes = unsafe { core::slice::from_raw_parts(base.add(moved), 3 * W) };
    assert!(bytes.iter().all(|&byte| byte == 0xA5));
}

#[test]
fn pools_are_refused_by_their_numbers_and_found_again_by_their_offset() {
    let mut conte = conte(SecondLevel::Sl8);
    // Misaligned; below the overhead (C's subtraction wraps); below the least block; too large.
    for (offset, bytes) in [(1, 512), (0, 0), (0, 2 * W - 1), (0, 5 * W - 1), (0, usize::MAX)] {
        assert!(conte.admits(&ConteCall::AddPool { offset, bytes }), "{offset}, {bytes}");
        assert!(!conte.add_pool(offset, bytes), "{offset}, {bytes}");
    }
    assert!(conte.add_pool(0, 512));
    assert!(conte.add_pool(512, 5 * W));
    assert!(conte.add_pool(MIB - 1024, 1024 - 1));
    assert_eq!(walk(&conte, 512), [free(512 + W, 3 * W)]);
    assert_eq!(walk(&conte, MIB - 1024), [free(MIB - 1024 + W, 1024 - 3 * W)]);
    assert_eq!(lists(&conte).len(), 3);
    conte.remove_pool(512);
    assert_eq!(lists(&conte).len(), 2);
    assert!(conte.add_pool(512, 512));
    assert_sound(&conte);
}

#[test]
fn requests_that_cannot_be_met_are_refused() {
    let mut conte = with_pool(SecondLevel::Sl4, 4096);
    let before = walk(&conte, 0);
    let max = Conte::block_size_max(SecondLevel::Sl4);
    for size in [0, 4096, max - 1, max, usize::MAX - W + 1] {
        assert_eq!(conte.malloc(size), None);
        assert_eq!(conte.memalign(64, size), None);
        assert_eq!(conte.realloc(None, size), None);
    }
    assert_eq!(walk(&conte, 0), before);
}

#[test]
fn walks_and_lists_append_more_rows_than_were_reserved() {
    let mut conte = with_pool(SecondLevel::Sl32, MIB);
    let blocks: Vec<usize> = (0..1000).map(|_| conte.malloc(1).expect("a block")).collect();
    blocks.iter().step_by(2).for_each(|&block| conte.free(block));
    let mut rows = vec![used(7, 7)];
    conte.walk(0, &mut rows);
    assert_eq!(rows.len(), 1 + 1000 + 1);
    assert_eq!(rows[..3], [used(7, 7), free(W, 3 * W), used(5 * W, 3 * W)]);
    assert_eq!(lists(&conte).len(), 500 + 1);
}

#[test]
fn a_reset_instance_returns_what_a_fresh_one_returns() {
    let script = |conte: &mut Conte| {
        assert!(conte.add_pool(256, 8192));
        let blocks: Vec<_> = (1..40).map(|n| conte.malloc(n * 5)).collect();
        blocks.iter().flatten().step_by(3).for_each(|&block| conte.free(block));
        (blocks, walk(conte, 256), lists(conte))
    };
    let mut conte = conte(SecondLevel::Sl32);
    let fresh = script(&mut conte);
    conte.reset();
    assert_eq!(lists(&conte), []);
    assert!(!conte.admits(&ConteCall::Free { offset: fresh.0[1].expect("a block") }));
    assert_eq!(script(&mut conte), fresh);
}

#[test]
fn instances_move_between_threads_and_do_not_share() {
    let workers = SecondLevel::ALL.map(|sl| {
        let mut conte = with_pool(sl, 4096);
        thread::spawn(move || {
            let block = conte.malloc(100);
            assert_sound(&conte);
            block
        })
    });
    for worker in workers {
        assert_eq!(worker.join().expect("the worker ends"), Some(W));
    }
}
