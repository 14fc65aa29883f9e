//! Adding and removing memory: pools, buffers with the control inside, several pools at once.

mod support;

use std::ptr::NonNull;

use memoman::{CONTE_FL, Law, Place, Tlsf, Violation, WORD as W};
use support::Seen::Free;
use support::{Arena, Lab};

type Conte = Lab<W, CONTE_FL, 32, 4>;

const POOL: usize = 512 * W;

#[test]
fn adjacent_pools_never_merge() {
    let mut lab = Conte::new(&[POOL, POOL]);
    let blocks: Vec<_> = std::iter::from_fn(|| lab.malloc(20 * W)).collect();
    assert!(blocks.iter().any(|&at| at < POOL) && blocks.iter().any(|&at| at > POOL));
    for at in blocks {
        lab.free(at);
        lab.check();
    }
    assert_eq!(lab.walk(), [Free(W, POOL - 2 * W), Free(POOL + W, POOL - 2 * W)]);
}

#[test]
fn a_removed_pool_is_returned_whole_and_serves_no_more() {
    let mut lab = Conte::new(&[POOL, 2 * POOL]);
    let pools: Vec<_> = lab.heap.pools().collect();
    let memory = lab.heap.remove_pool(pools[1]).unwrap();
    assert_eq!((memory.cast(), memory.len()), (lab.arena.at(POOL), 2 * POOL));
    assert_eq!(lab.walk(), [Free(W, POOL - 2 * W)]);
    assert_eq!(lab.heap.blocks(pools[1]).count(), 0);
    lab.check();
    assert_eq!(lab.malloc(POOL), None);
}

#[test]
fn bytes_beyond_the_last_granule_are_returned_with_their_pool() {
    for odd in 1..W {
        let mut lab = Conte::over(POOL + W);
        let pool = lab.add_pool(0, POOL + odd).unwrap();
        assert_eq!(lab.heap.remove_pool(pool).unwrap().len(), POOL + odd);
    }
}

#[test]
fn a_reset_leaves_removed_pools_alone() {
    for removed in 0..4 {
        let mut lab = Conte::new(&[POOL; 4]);
        let pool = lab.heap.pools().nth(removed).unwrap();
        lab.heap.remove_pool(pool).unwrap();
        let own = removed * POOL..(removed + 1) * POOL;
        // SAFETY: the memory is the test's again.
        unsafe { pool.start().write_bytes(7, POOL) };
        lab.reset();
        assert!(lab.arena.contents()[own].iter().all(|&byte| byte == 7), "pool {removed}");
        assert_eq!(lab.check().free_blocks, 3);
    }
}

#[test]
fn a_removed_pool_can_come_back_or_go_elsewhere() {
    let mut lab = Conte::new(&[POOL]);
    let pool = lab.heap.pools().next().unwrap();
    for _ in 0..3 {
        lab.heap.remove_pool(pool).unwrap();
        assert_eq!((lab.malloc(1), lab.check().pools), (None, 0));
        assert_eq!(lab.add_pool(0, POOL), Ok(pool));
        assert_eq!(lab.walk(), [Free(W, POOL - 2 * W)]);
    }
    lab.heap.remove_pool(pool).unwrap();
    lab.heap = Tlsf::new();
    lab.add_pool(W, POOL - W).unwrap();
    assert_eq!(lab.malloc(1), Some(2 * W));
}

#[test]
fn pools_keep_their_order_of_addition_when_one_leaves() {
    let mut lab = Conte::new(&[POOL; 4]);
    let pools: Vec<_> = lab.heap.pools().collect();
    assert!(
        pools
            .iter()
            .map(|pool| lab.arena.offset_of(pool.start()))
            .eq([0, 1, 2, 3].map(|i| i * POOL))
    );
    lab.heap.remove_pool(pools[1]).unwrap();
    assert!(lab.heap.pools().eq([pools[0], pools[2], pools[3]]));
    assert_eq!(lab.add_pool(POOL, POOL), Ok(pools[1]));
    assert!(lab.heap.pools().eq([pools[0], pools[2], pools[3], pools[1]]));
    assert!(lab.heap.pools().rev().eq([pools[1], pools[3], pools[2], pools[0]]));
    lab.check();
}

#[test]
fn a_pool_contains_its_bytes_and_no_others() {
    let lab = Conte::new(&[POOL, POOL]);
    let pools: Vec<_> = lab.heap.pools().collect();
    for (offset, inside) in [(0, [true, false]), (POOL - 1, [true, false]), (POOL, [false, true])] {
        let ptr = lab.arena.at(offset);
        assert_eq!([pools[0].contains(ptr), pools[1].contains(ptr)], inside, "{offset}");
    }
    assert!(!pools[1].contains(lab.arena.at(2 * POOL)));
}

/// A buffer that holds its own control.
#[test]
fn a_pool_is_validated_by_itself_and_named_by_its_place_in_the_table() {
    let mut lab = Lab::<W, 12, 4, 3>::new(&[20 * W, 30 * W, 40 * W]);
    let pools: Vec<_> = lab.heap.pools().collect();
    let block = lab.malloc(5 * W).unwrap();
    let census = |pool| lab.heap.validate_pool(pool).unwrap();
    let sizes = pools.iter().map(|&pool| {
        let census = census(pool).unwrap();
        (census.pools, census.used_bytes + census.free_bytes + census.used_blocks * W)
    });
    assert!(sizes.eq([(1, 18 * W), (1, 28 * W), (1, 38 * W)]));
    // Damage is seen in its pool, and in no other.
    let old = lab.arena.poke(block - W, 0);
    for (index, &pool) in pools.iter().enumerate() {
        let offset = (block - W).wrapping_sub(lab.arena.offset_of(pool.start()));
        let place = Place::Block { pool: index, offset };
        let damaged = pool.contains(lab.arena.at(block));
        let found = lab.heap.validate_pool(pool).unwrap().map(drop);
        let tiling = Err(Violation::new(Law::Tiling, place));
        assert_eq!(found, if damaged { tiling } else { Ok(()) });
    }
    lab.arena.restore(block - W, old);
    let other = Lab::<W, 12, 4, 3>::new(&[20 * W]);
    assert_eq!(lab.heap.validate_pool(other.heap.pools().next().unwrap()), None);
}

fn in_place<const ALIGN: usize, const FL: usize, const SL: usize>() {
    let arena = Arena::new(1 << 16);
    // SAFETY: the arena's memory, used by nothing else until it is dropped.
    let heap: &mut Tlsf<ALIGN, FL, SL> =
        unsafe { Tlsf::init_in_place(arena.at(0), 1 << 16) }.unwrap();
    let control = Tlsf::<ALIGN, FL, SL>::control_size();
    assert_eq!(NonNull::from(&mut *heap).cast(), arena.at(0), "the control is the buffer's start");
    let pool = heap.pools().next().unwrap();
    assert_eq!((arena.offset_of(pool.start()), pool.bytes()), (control, (1 << 16) - control));
    let blocks: Vec<_> = std::iter::from_fn(|| heap.malloc(100)).collect();
    assert_eq!(arena.offset_of(blocks[0]), control + ALIGN);
    assert_eq!(heap.validate().unwrap().used_blocks, blocks.len());
    for block in blocks {
        assert_eq!(arena.offset_of(block) % ALIGN, 0);
        // SAFETY: live until now.
        unsafe { block.write_bytes(0xFF, heap.usable_size(block)) };
        // SAFETY: as above.
        unsafe { heap.deallocate(block) };
    }
    let census = heap.validate().unwrap();
    assert_eq!((census.used_blocks, census.free_blocks), (0, 1));
    assert_eq!(census.free_bytes, (1 << 16) - control - ALIGN - W);
}

#[test]
fn a_buffer_holds_its_control_and_then_the_pool() {
    in_place::<W, CONTE_FL, 32>();
    in_place::<16, 16, 16>();
    in_place::<64, 12, 8>();
    in_place::<4096, 8, 4>();
}

#[test]
fn a_heap_in_place_may_be_moved_out_of_its_buffer() {
    let arena = Arena::new(1 << 16);
    // SAFETY: the arena's memory, used by nothing else until it is dropped.
    let in_place = unsafe { Tlsf::<W, CONTE_FL, 32, 4>::init_in_place(arena.at(0), 1 << 16) };
    let in_place = in_place.unwrap();
    let a = in_place.malloc(100).unwrap();
    let mut moved = std::mem::take(in_place);
    let b = moved.malloc(100).unwrap();
    // SAFETY: both are live, and of the heap that moved.
    unsafe {
        moved.deallocate(a);
        moved.deallocate(b);
    }
    assert_eq!(moved.validate().unwrap().free_blocks, 1);
    assert_eq!(in_place.validate().unwrap().pools, 0);
}
