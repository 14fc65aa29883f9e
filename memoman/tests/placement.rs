//! Where blocks go: the policies of TLSF 3.1, by example. W is a word; every block has one in
//! front of its payload.

mod support;

use std::alloc::Layout;
use std::ptr::NonNull;

use memoman::{Tlsf, WORD as W};
use support::Arena;

/// Bytes of [`heap`]'s pool.
const POOL: usize = 1024 * W;

/// A heap with one pool of 1,024 words.
fn heap() -> (Arena, Tlsf) {
    let arena = Arena::new(POOL);
    let mut heap = Tlsf::new();
    // SAFETY: the arena outlives every use of the heap.
    unsafe { heap.add_pool(arena.at(0), POOL) }.unwrap();
    (arena, heap)
}

/// (payload offset, size, free) of every block.
fn offsets(heap: &Tlsf, arena: &Arena) -> Vec<(usize, usize, bool)> {
    let blocks = heap.pools().flat_map(|pool| heap.blocks(pool));
    blocks.map(|block| (arena.offset_of(block.payload), block.size, block.is_free)).collect()
}

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

fn take(heap: &mut Tlsf, size: usize) -> NonNull<u8> {
    heap.malloc(size).expect("there is room")
}

/// Frees a block that the test does not use any more.
fn give<const A: usize, const F: usize, const S: usize, const P: usize>(
    heap: &mut Tlsf<A, F, S, P>,
    block: NonNull<u8>,
) {
    // SAFETY: every test gives back what it took, once.
    unsafe { heap.deallocate(block) }
}

#[test]
fn the_first_payload_lies_one_word_into_the_pool() {
    let (arena, mut heap) = heap();
    let block = take(&mut heap, 1);
    assert_eq!(arena.offset_of(block), W);
    // SAFETY: live.
    assert_eq!(unsafe { heap.usable_size(block) }, 3 * W);
}

#[test]
fn blocks_follow_each_other_with_one_word_between() {
    let (arena, mut heap) = heap();
    let sizes = [3 * W, 5 * W, 4 * W];
    let at: Vec<usize> = sizes.map(|size| arena.offset_of(take(&mut heap, size))).into();
    assert_eq!(at, [W, 5 * W, 11 * W]);
}

#[test]
fn a_block_is_cut_exactly_when_the_rest_can_be_a_block() {
    // A hole of 10 words; asking for 6 leaves 4 = header and least payload, asking for 7 does not.
    for (ask, usable) in [(6 * W, 6 * W), (7 * W, 10 * W)] {
        let (_arena, mut heap) = heap();
        let hole = take(&mut heap, 10 * W);
        let _fence = take(&mut heap, W);
        // Everything else is taken, so that the search ends in the hole.
        while heap.malloc(10 * W).is_some() {}
        while heap.malloc(W).is_some() {}
        give(&mut heap, hole);
        let block = take(&mut heap, ask);
        assert_eq!(block, hole);
        // SAFETY: live.
        assert_eq!(unsafe { heap.usable_size(block) }, usable);
    }
}

#[test]
fn lists_are_last_in_first_out() {
    let (_arena, mut heap) = heap();
    let blocks: Vec<_> = (0..6).map(|_| take(&mut heap, 5 * W)).collect();
    // Every second one, so that none merges.
    for &at in &[0, 2, 4] {
        give(&mut heap, blocks[at]);
    }
    for at in [4, 2, 0] {
        assert_eq!(take(&mut heap, 5 * W), blocks[at]);
    }
}

#[test]
fn free_neighbours_become_one_block() {
    for (order, merges) in [([0, 1, 2], "successive"), ([2, 1, 0], "backward"), ([0, 2, 1], "both")]
    {
        let (arena, mut heap) = heap();
        let blocks: Vec<_> = (0..4).map(|_| take(&mut heap, 5 * W)).collect();
        for at in order {
            give(&mut heap, blocks[at]);
        }
        let pool = heap.pools().next().unwrap();
        let first = heap.blocks(pool).next().unwrap();
        assert!(first.is_free, "{merges}");
        assert_eq!((arena.offset_of(first.payload), first.size), (W, 17 * W), "{merges}");
        heap.validate().unwrap();
    }
}

#[test]
fn memalign_gives_back_the_gap_in_front_and_the_tail() {
    let (arena, mut heap) = heap();
    let align = 32 * W;
    let block = heap.allocate(layout(5 * W, align)).unwrap();
    assert_eq!(arena.offset_of(block), 32 * W);
    let seen = offsets(&heap, &arena);
    assert_eq!(&seen[..2], [(W, 30 * W, true), (32 * W, 5 * W, false)]);
    assert_eq!(seen.len(), 3);
    give(&mut heap, block);
    assert_eq!(offsets(&heap, &arena), [(W, 1022 * W, true)]);
}

#[test]
fn a_gap_too_small_for_a_block_moves_on_to_the_next_boundary() {
    let (arena, mut heap) = heap();
    // The free block's payload lies one word behind a boundary of 2 W … so the gap is one word,
    // and the aligned place must be at least 4 W behind the payload.
    let block = heap.allocate(layout(3 * W, 2 * W)).unwrap();
    assert_eq!(arena.offset_of(block), 6 * W);
    assert_eq!(offsets(&heap, &arena)[0], (W, 4 * W, true));
}

#[test]
fn realloc_grows_into_a_free_successor_and_gives_back_the_rest() {
    let (arena, mut heap) = heap();
    let block = take(&mut heap, 5 * W);
    let next = take(&mut heap, 20 * W);
    let _fence = take(&mut heap, W);
    give(&mut heap, next);
    // SAFETY: live.
    let grown = unsafe { heap.reallocate(block, layout(9 * W, 1)) };
    assert_eq!(grown, Some(block));
    assert_eq!(&offsets(&heap, &arena)[..2], [(W, 9 * W, false), (11 * W, 16 * W, true)]);
    heap.validate().unwrap();
}

#[test]
fn realloc_moves_when_the_successor_is_in_the_way_and_keeps_the_content() {
    let (arena, mut heap) = heap();
    let block = take(&mut heap, 5 * W);
    let _fence = take(&mut heap, W);
    // SAFETY: 5 W bytes are ours; afterwards `moved` holds them.
    unsafe {
        block.write_bytes(0xA5, 5 * W);
        let moved = heap.reallocate(block, layout(40 * W, 1)).unwrap();
        assert_eq!(arena.offset_of(moved), 11 * W);
        let content = std::slice::from_raw_parts(moved.as_ptr(), 5 * W);
        assert!(content.iter().all(|&byte| byte == 0xA5));
    }
    assert_eq!(offsets(&heap, &arena)[0], (W, 5 * W, true));
}

#[test]
fn a_tail_that_realloc_cuts_off_merges_with_what_is_behind() {
    let (arena, mut heap) = heap();
    let block = take(&mut heap, 20 * W);
    // SAFETY: live.
    assert_eq!(unsafe { heap.reallocate(block, layout(5 * W, 1)) }, Some(block));
    assert_eq!(offsets(&heap, &arena), [(W, 5 * W, false), (7 * W, 1016 * W, true)]);
}

#[test]
fn realloc_to_no_bytes_is_refused_and_the_block_stays() {
    let (arena, mut heap) = heap();
    let block = take(&mut heap, 5 * W);
    let before = offsets(&heap, &arena);
    // SAFETY: live, and stays so.
    assert_eq!(unsafe { heap.reallocate(block, layout(0, 1)) }, None);
    assert_eq!(offsets(&heap, &arena), before);
}

#[test]
fn adjacent_pools_never_merge() {
    let arena = Arena::new(128 * W);
    let mut heap: Tlsf = Tlsf::new();
    let (low, high) = (arena.at(0), arena.at(64 * W));
    // SAFETY: two halves of a arena that outlives the heap.
    let pools =
        unsafe { [heap.add_pool(low, 64 * W).unwrap(), heap.add_pool(high, 64 * W).unwrap()] };
    let blocks = [take(&mut heap, 40 * W), take(&mut heap, 40 * W)];
    // The pool that came last is the head of the list.
    assert!(pools[1].contains(blocks[0]) && pools[0].contains(blocks[1]));
    for block in blocks {
        give(&mut heap, block);
    }
    assert_eq!(heap.validate().unwrap().free_blocks, 2);
    assert_eq!(heap.malloc(70 * W), None);
}

#[test]
fn a_removed_pool_is_the_callers_again_and_may_come_back() {
    let (arena, mut heap) = heap();
    let pool = heap.pools().next().unwrap();
    let memory = heap.remove_pool(pool).unwrap();
    assert_eq!((memory.cast::<u8>(), memory.len()), (arena.at(0), POOL));
    assert_eq!((heap.malloc(1), heap.pools().count()), (None, 0));
    // SAFETY: it is ours, and goes back.
    unsafe { heap.add_pool(memory.cast(), memory.len()) }.unwrap();
    assert_eq!(arena.offset_of(take(&mut heap, 1)), W);
}

#[test]
fn after_reset_the_same_calls_get_the_same_addresses() {
    let (_arena, mut heap) = heap();
    let run = |heap: &mut Tlsf| -> Vec<_> {
        (1..40).map(|n| heap.allocate(layout(n * 7, if n % 3 == 0 { 64 } else { 1 }))).collect()
    };
    let first = run(&mut heap);
    // SAFETY: nothing of the first run is used afterwards.
    unsafe { heap.reset() };
    assert_eq!(run(&mut heap), first);
}

#[test]
fn the_control_may_be_moved_between_calls() {
    let (_arena, mut heap) = heap();
    let blocks: Vec<_> = (0..8).map(|n| take(&mut heap, (n + 1) * 3 * W)).collect();
    let mut moved = Box::new(heap);
    for block in blocks {
        give(&mut *moved, block);
        moved.validate().unwrap();
    }
    assert_eq!(moved.validate().unwrap().free_blocks, 1);
}

#[test]
fn a_control_and_its_first_pool_share_one_arena() {
    type Small = Tlsf<W, 12, 4, 1>;
    let bytes = Small::control_size() + 64 * W;
    let arena = Arena::new(bytes);
    // SAFETY: the arena outlives the heap and is used by it alone.
    let heap = unsafe { Small::init_in_place(arena.at(0), bytes) }.unwrap();
    let block = heap.malloc(1).unwrap();
    assert_eq!(arena.offset_of(block), Small::control_size() + W);
    assert_eq!(heap.validate().unwrap().free_bytes, (64 - 2 - 3 - 1) * W);
}

#[test]
fn free_blocks_come_by_class_and_in_list_order() {
    let (arena, mut heap) = heap();
    let blocks: Vec<_> = [5, 1, 5, 1, 9, 1].map(|n| take(&mut heap, n * W)).into();
    for at in [0, 4, 2] {
        give(&mut heap, blocks[at]);
    }
    let listed: Vec<_> =
        heap.free_blocks().take(3).map(|(class, b)| (class, arena.offset_of(b.payload))).collect();
    let at = |n: usize| arena.offset_of(blocks[n]);
    assert_eq!(listed, [(5, at(2)), (5, at(0)), (9, at(4))]);
}
