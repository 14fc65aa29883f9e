//! Whole pools: W = 8 unless said.

use super::*;
use crate::model::Refusal;

#[test]
fn a_refused_pool_says_why() {
    let mut model: Model = with_pool(W8, 4096);
    let before = model.clone();
    let refusals = [
        (4096 + 4, 4096, Refusal::Misaligned),
        (usize::MAX - 7, 64, Refusal::OutOfRange),
        (8192, usize::MAX, Refusal::OutOfRange),
        (8192, 0, Refusal::TooSmall),
        (8192, 15, Refusal::TooSmall),
        (8192, 39, Refusal::TooSmall),
        (8192, W8.max() + 16, Refusal::TooLarge),
        (0, 4096, Refusal::Overlap),
        (4088, 64, Refusal::Overlap),
    ];
    for (mem, bytes, refusal) in refusals {
        assert_eq!(model.add_pool(mem, bytes), Err(refusal), "{mem} {bytes}");
        assert_eq!(model, before);
    }
    model.add_pool(8192, 40).unwrap();
    assert_eq!(blocks(&model, 8192), [(8200, 24, FREE)]);
    model.add_pool(8192 + 40, W8.max() + 15).unwrap();
    assert_eq!(model.largest_free(), W8.max() - 8);
}

#[test]
fn adjacent_pools_never_merge_and_do_not_depend_on_the_order_of_adding() {
    let mut model: Model = with_pool(W8, 1024);
    model.add_pool(2048, 1024).unwrap();
    model.add_pool(1024, 1024).unwrap();
    assert_eq!(model.pools().iter().map(|pool| pool.mem).collect::<Vec<_>>(), [0, 1024, 2048]);
    assert_eq!(listed(&model), [1032, 2056, 8]);
    let p: Vec<_> = (0..3).map(|_| model.malloc(900).unwrap()).collect();
    assert_eq!(p, [1032, 2056, 8]);
    for p in p {
        model.free(p);
    }
    assert!([0, 1024, 2048].into_iter().all(|mem| model.is_whole(mem)));
}

#[test]
fn only_a_pool_that_is_one_free_block_can_be_removed() {
    let mut model: Model = with_pool(W8, 1024 + 7);
    model.add_pool(2048, 1024).unwrap();
    assert_eq!(model.remove_pool(2048), Ok(1024));
    assert_eq!(model.remove_pool(2048), Err(Refusal::Unknown));
    let p = model.malloc(40).unwrap();
    let q = model.malloc(40).unwrap();
    model.free(p);
    assert_eq!(model.remove_pool(0), Err(Refusal::Busy { offset: q }));
    assert_eq!(model.remove_pool(8), Err(Refusal::Unknown));
    model.free(q);
    assert_eq!(model.remove_pool(0), Ok(1024 + 7));
    assert_eq!(model, Model::new(W8));
}

#[test]
fn an_extended_pool_is_the_larger_pool() {
    for g in geometries() {
        let (first, more) = (16 * g.align, 24 * g.align);
        let mut model: Model = with_pool(g, first);
        assert_eq!(model.extend_pool(0, more + g.align - 1), Ok(first + more), "{}", g.name);
        assert_eq!(model, with_pool(g, first + more));
        assert!(model.events().merged_prev);
        // And back again.
        assert_eq!(model.shrink_pool(0, more - g.align + 1), Ok(first));
        assert_eq!(model, with_pool(g, first));
    }
}

#[test]
fn behind_a_used_block_the_old_sentinel_becomes_a_header() {
    let mut model: Model = with_pool(W8, 16 + 56);
    assert_eq!(model.malloc(56), Some(8));
    assert_eq!(model.extend_pool(0, 31), Err(Refusal::TooSmall));
    assert_eq!(model.extend_pool(0, 32), Ok(104));
    assert_eq!(blocks(&model, 0), [(8, 56, USED), (72, 24, FREE)]);
    // A free last block takes anything that is a granule.
    assert_eq!(model.extend_pool(0, 7), Err(Refusal::TooSmall));
    assert_eq!(model.extend_pool(0, 8), Ok(112));
    assert_eq!(blocks(&model, 0), [(8, 56, USED), (72, 32, FREE)]);
    model.free(8);
    assert_eq!(model, with_pool(W8, 112));
}

#[test]
fn a_pool_is_extended_only_over_what_is_free_and_to_what_a_block_can_be() {
    let tiny = Geometry { name: "tiny", sl: 4, max_log2: 12, ..W8 };
    let mut model: Model = with_pool(tiny, 1024);
    model.add_pool(2048, 1024).unwrap();
    let before = model.clone();
    assert_eq!(model.extend_pool(0, 1032), Err(Refusal::Overlap));
    assert_eq!(model.extend_pool(8, 64), Err(Refusal::Unknown));
    assert_eq!(model.extend_pool(2048, usize::MAX), Err(Refusal::OutOfRange));
    assert_eq!(model.extend_pool(2048, 4096 + 16 - 1024), Err(Refusal::TooLarge));
    assert_eq!(model, before);
    assert_eq!(model.extend_pool(0, 1024), Ok(2048));
    assert_eq!(model.extend_pool(2048, 4096 + 8 - 1024), Ok(4104));
    assert_eq!(blocks(&model, 2048), [(2056, 4088, FREE)]);
}

#[test]
fn a_pool_shrinks_only_by_what_its_last_block_can_spare() {
    let mut model: Model = with_pool(W8, 1024);
    let p = model.malloc(40).unwrap();
    let before = model.clone();
    assert_eq!(model.walk(0)[1].size, 960);
    for less in [0, 960 - 24 + 1, 960, 4096, usize::MAX] {
        assert_eq!(model.shrink_pool(0, less), Err(Refusal::TooSmall));
        assert_eq!(model, before);
    }
    assert_eq!(model.shrink_pool(0, 960 - 24), Ok(88));
    assert_eq!(blocks(&model, 0), [(8, 40, USED), (56, 24, FREE)]);
    assert_eq!(model.malloc(24), Some(56));
    assert_eq!(model.shrink_pool(0, 8), Err(Refusal::Busy { offset: 56 }));
    assert_eq!(model.shrink_pool(8, 8), Err(Refusal::Unknown));
    // What was given back is another pool's now.
    model.add_pool(88, 936).unwrap();
    model.free(p);
}

#[test]
fn refusals_read_as_sentences() {
    assert_eq!(Refusal::Busy { offset: 72 }.to_string(), "the block at 0x48 is in use");
    assert_eq!(Refusal::Unknown.to_string(), "no such pool");
}
