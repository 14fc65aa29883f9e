//! Pools that grow and shrink at their end, for which TLSF 3.1 has no call.

mod support;

use memoman::{Pool, PoolError, Tlsf, WORD as W};
use support::Arena;

/// A heap whose one pool is the first 64 words of an arena of 256.
fn heap() -> (Arena, Tlsf, Pool) {
    let arena = Arena::new(256 * W);
    let mut heap = Tlsf::new();
    // SAFETY: the arena outlives every use of the heap.
    let pool = unsafe { heap.add_pool(arena.at(0), 64 * W) }.unwrap();
    (arena, heap, pool)
}

/// (payload offset, size, free) of every block.
fn blocks(heap: &Tlsf, arena: &Arena) -> Vec<(usize, usize, bool)> {
    let blocks = heap.pools().flat_map(|pool| heap.blocks(pool));
    blocks.map(|block| (arena.offset_of(block.payload), block.size, block.is_free)).collect()
}

#[test]
fn new_memory_joins_a_free_last_block() {
    let (arena, mut heap, pool) = heap();
    // SAFETY: the words behind the pool are the arena's.
    let pool = unsafe { heap.extend_pool(pool, 36 * W + 3) }.unwrap();
    assert_eq!(pool.bytes(), 100 * W);
    assert_eq!(blocks(&heap, &arena), [(W, 98 * W, true)]);
    heap.validate().unwrap();
}

#[test]
fn new_memory_behind_a_live_block_is_a_block_of_its_own() {
    let (arena, mut heap, pool) = heap();
    // The request is more than half of the pool, so the block is the only one that fits.
    heap.malloc(62 * W).unwrap();
    // SAFETY: the words behind the pool are the arena's.
    unsafe {
        let refused = heap.extend_pool(pool, 3 * W);
        assert_eq!(refused, Err(PoolError::TooSmall { least: 4 * W }));
        heap.extend_pool(pool, 4 * W).unwrap();
    }
    assert_eq!(blocks(&heap, &arena), [(W, 62 * W, false), (64 * W, 3 * W, true)]);
    heap.validate().unwrap();
}

#[test]
fn a_pool_returns_memory_of_a_free_last_block() {
    let (arena, mut heap, pool) = heap();
    heap.malloc(10 * W).unwrap();
    // The free end has 51 words; three must stay.
    let refused = heap.shrink_pool(pool, 49 * W);
    assert_eq!(refused, Err(PoolError::TooLarge { most: 48 * W }));
    let (pool, memory) = heap.shrink_pool(pool, 48 * W - 1).unwrap();
    assert_eq!((arena.offset_of(memory.cast()), memory.len()), (16 * W, 48 * W));
    assert_eq!(pool.bytes(), 16 * W);
    assert_eq!(blocks(&heap, &arena), [(W, 10 * W, false), (12 * W, 3 * W, true)]);
    heap.validate().unwrap();
}

#[test]
fn a_free_last_block_shrinks_to_a_least_block_and_no_further() {
    for live in 1..40 {
        let (_arena, mut heap, pool) = heap();
        heap.malloc(live * W).unwrap();
        let end = heap.blocks(pool).last().unwrap();
        let most = end.size - 3 * W;
        assert_eq!(heap.shrink_pool(pool, most + 1), Err(PoolError::TooLarge { most }));
        let (pool, memory) = heap.shrink_pool(pool, most).unwrap();
        assert_eq!((memory.len(), heap.blocks(pool).last().unwrap().size), (most, 3 * W));
    }
}

#[test]
fn a_pool_that_ends_in_a_live_block_keeps_its_end() {
    // One block, and two: the last one is named.
    for sizes in [&[62][..], &[20, 41]] {
        let (arena, mut heap, pool) = heap();
        let blocks: Vec<_> = sizes.iter().map(|size| heap.malloc(size * W).unwrap()).collect();
        let before = arena.contents();
        assert_eq!(heap.shrink_pool(pool, W), Err(PoolError::Busy(blocks[sizes.len() - 1])));
        assert_eq!(arena.contents(), before);
    }
}

#[test]
fn a_pool_does_not_grow_into_another() {
    let (arena, mut heap, low) = heap();
    // SAFETY: the arena's, and apart from the first pool; the extension is refused.
    unsafe {
        let high = heap.add_pool(arena.at(100 * W), 64 * W).unwrap();
        let before = arena.contents();
        assert_eq!(heap.extend_pool(low, 37 * W), Err(PoolError::Overlaps(high)));
        assert_eq!(arena.contents(), before);
        assert!(heap.extend_pool(low, 36 * W).is_ok(), "up to it, it may");
    }
    heap.validate().unwrap();
}

#[test]
fn a_pool_is_known_by_its_present_length() {
    let (_arena, mut heap, old) = heap();
    // SAFETY: the words behind the pool are the arena's.
    let new = unsafe { heap.extend_pool(old, 16 * W) }.unwrap();
    assert_eq!(heap.remove_pool(old), Err(PoolError::Unknown));
    assert_eq!(heap.remove_pool(new).map(|memory| memory.len()), Ok(80 * W));
}
