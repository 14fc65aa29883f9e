//! Allocation and free, by hand from CONTE.md: W = 8, one pool of 4096 bytes at 0 unless said.

use super::*;

#[test]
fn a_pool_is_one_free_block_and_two_words_of_overhead() {
    let model: Model = with_pool(W8, 4096);
    assert_eq!(blocks(&model, 0), [(8, 4080, FREE)]);
    // 4080: f = 11, sl = (4080 >> 6) − 32 = 31, fl = 11 − 8 + 1 = 4.
    assert_eq!(model.lists().collect::<Vec<_>>(), [(4 * 32 + 31, 8)]);
    assert!(model.is_whole(0));
}

#[test]
fn the_least_block_is_three_words() {
    let mut model: Model = with_pool(W8, 4096);
    assert_eq!(model.malloc(1), Some(8));
    assert_eq!(model.usable_size(8), 24);
    assert_eq!(blocks(&model, 0), [(8, 24, USED), (40, 4048, FREE)]);
    assert!(model.events().split && !model.is_whole(0));
    assert_eq!(model.malloc(25), Some(40));
    assert_eq!(blocks(&model, 0)[1..], [(40, 32, USED), (80, 4008, FREE)]);
}

#[test]
fn the_same_in_words_of_four_bytes() {
    let mut model: Model = with_pool(W4, 4096);
    assert_eq!(blocks(&model, 0), [(4, 4088, FREE)]);
    assert_eq!(model.malloc(1), Some(4));
    assert_eq!(model.malloc(13), Some(20));
    assert_eq!(blocks(&model, 0), [(4, 12, USED), (20, 16, USED), (40, 4052, FREE)]);
    // small = 128; 4052: f = 11, sl = (4052 >> 6) − 32 = 31, fl = 11 − 7 + 1 = 5.
    assert_eq!(model.lists().collect::<Vec<_>>(), [(5 * 32 + 31, 40)]);
    assert_eq!(model.memalign(64, 10), Some(64));
    assert_eq!(blocks(&model, 0)[2..], [(40, 20, FREE), (64, 12, USED), (80, 4012, FREE)]);
    model.free(20);
    assert_eq!(blocks(&model, 0)[1], (20, 40, FREE));
}

#[test]
fn above_a_word_payloads_are_aligned_and_the_first_header_is_shifted() {
    let a32 = Geometry { name: "a32", align: 32, ..W8 };
    let mut model: Model = with_pool(a32, 4096 + 31);
    // 4096 − 32 − 8.
    assert_eq!(blocks(&model, 0), [(32, 4056, FREE)]);
    assert_eq!(model.malloc(24), Some(32));
    assert_eq!(model.malloc(25), Some(64));
    assert_eq!(model.malloc(1), Some(128));
    assert_eq!(
        blocks(&model, 0),
        [(32, 24, USED), (64, 56, USED), (128, 24, USED), (160, 3928, FREE)]
    );
}

#[test]
fn a_remainder_below_four_words_stays_in_the_block() {
    // The free block has 24 + 8 + 24 bytes: one request of 24 leaves exactly a block, one of 32
    // leaves nothing that can be one.
    let mut model: Model = with_pool(W8, 16 + 56);
    assert_eq!(model.malloc(24), Some(8));
    assert_eq!(blocks(&model, 0), [(8, 24, USED), (40, 24, FREE)]);
    model.free(8);
    assert_eq!(model.malloc(32), Some(8));
    assert_eq!(blocks(&model, 0), [(8, 56, USED)]);
    assert!(!model.events().split);
}

#[test]
fn lists_are_last_in_first_out() {
    let mut model: Model = with_pool(W8, 4096);
    let p: Vec<_> = (0..6).map(|_| model.malloc(24).unwrap()).collect();
    for i in [0, 4, 2] {
        model.free(p[i]);
    }
    assert_eq!(listed(&model), [p[2], p[4], p[0], p[5] + 32]);
    assert_eq!(model.malloc(24), Some(p[2]));
    assert_eq!(model.malloc(24), Some(p[4]));
    assert_eq!(model.malloc(24), Some(p[0]));
    assert_eq!(model.malloc(24), Some(p[5] + 32));
}

#[test]
fn free_absorbs_the_free_neighbours_on_both_sides() {
    let mut model: Model = with_pool(W8, 4096);
    let p: Vec<_> = (0..4).map(|_| model.malloc(24).unwrap()).collect();
    model.free(p[0]);
    assert!(!model.events().merged_prev && !model.events().merged_next);
    model.free(p[2]);
    model.free(p[1]);
    assert!(model.events().merged_prev && model.events().merged_next);
    assert_eq!(blocks(&model, 0)[..2], [(8, 24 + 32 + 32, FREE), (p[3], 24, USED)]);
    model.free(p[3]);
    assert!(model.is_whole(0));
}

#[test]
fn a_search_rounds_up_so_a_block_of_exactly_that_size_may_be_passed_over() {
    // From 512 on classes are 16 wide: 520 is listed in 512..528, the search for it starts at 528.
    let mut model: Model = with_pool(W8, 16 + 520);
    assert_eq!(model.largest_free(), 520);
    assert_eq!(model.largest_fit(), 512);
    assert_eq!(model.malloc(513), None);
    assert_eq!(model.malloc(512), Some(8));
}

#[test]
fn an_aligned_payload_in_place_has_no_gap() {
    let mut model: Model = Model::new(W8);
    model.add_pool(56, 1024).unwrap();
    assert_eq!(model.memalign(64, 40), Some(64));
    assert_eq!(blocks(&model, 56), [(64, 40, USED), (112, 1008 - 48, FREE)]);
    assert!(!model.events().gap && model.events().split);
}

#[test]
fn a_gap_too_small_for_a_block_moves_on_to_the_next_aligned_place() {
    let mut model: Model = Model::new(W8);
    model.add_pool(40, 1024).unwrap();
    // Payload 48: the gap to 64 is 16 < 32, so on by max(32 − 16, 64), to 128.
    assert_eq!(model.memalign(64, 40), Some(128));
    assert_eq!(blocks(&model, 40), [(48, 72, FREE), (128, 40, USED), (176, 1008 - 80 - 48, FREE)]);
    assert!(model.events().gap);
}

#[test]
fn a_small_gap_at_a_small_alignment_moves_on_by_what_it_lacks() {
    let mut model: Model = with_pool(W8, 1024);
    // Payload 8, align 16: the gap is 8 < 32, so on by max(24, 16) from 16 to 40, up to 48.
    assert_eq!(model.memalign(16, 24), Some(48));
    assert_eq!(blocks(&model, 0), [(8, 32, FREE), (48, 24, USED), (80, 936, FREE)]);
}

#[test]
fn a_big_gap_becomes_a_block_of_its_own_which_is_inserted_first() {
    // fit 40, so the search is for 40 + 32 + 32 = 104, up to 128: 104 bytes are too few.
    let mut model: Model = with_pool(W8, 16 + 104);
    assert_eq!(model.memalign(32, 40), None);
    let mut model: Model = with_pool(W8, 512);
    assert_eq!(model.memalign(64, 24), Some(64));
    assert_eq!(blocks(&model, 0), [(8, 48, FREE), (64, 24, USED), (96, 408, FREE)]);
    // Gap and tail in one class: the tail, inserted last, is its head.
    let mut model: Model = with_pool(W8, 16 + 144);
    assert_eq!(model.memalign(64, 32), Some(64));
    assert_eq!(blocks(&model, 0), [(8, 48, FREE), (64, 32, USED), (104, 48, FREE)]);
    assert_eq!(listed(&model), [104, 8]);
}

#[test]
fn every_alignment_that_is_no_power_of_two_is_refused() {
    let mut model: Model = with_pool(W8, 4096);
    for align in [0, 3, 6, 12, 24, usize::MAX, usize::MAX - 7, (1 << 30) + 8] {
        assert_eq!(model.memalign(align, 8), None);
    }
    for align in [1, 2, 4, 8] {
        let mut as_malloc: Model = with_pool(W8, 4096);
        assert_eq!(as_malloc.memalign(align, 100), Some(8));
    }
    assert_eq!(model.memalign(1 << (usize::BITS - 1), 8), None);
    assert_eq!(model.memalign(64, 0), None);
    assert!(model.is_whole(0));
}
