//! The free block that is in no list: sought only when the lists hold fewer blocks than are free.

use crate::chain::block::{Block, Link};
use crate::geometry::{Geometry, WORD};
use crate::index::FreeLists;
use crate::law::Place;
use crate::pool::Pool;
use crate::pool::table::PoolTable;

/// The place of the first free block, by pool and offset, that no list holds; [`Place::Heap`] if there is
/// none.
///
/// No mark can be set on a block that is found in a list. So it compares two counts of free blocks below
/// an offset, in the chain and in the lists, and halves the range in which they begin to differ.
///
/// # Safety
/// All chains and all lists were found sound, and each listed block of a pool of the table is one of its
/// free blocks.
#[cold]
pub(super) unsafe fn unlisted_free_block<
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
>(
    lists: &FreeLists<ALIGN, FL, SL>,
    pools: &PoolTable<POOLS>,
) -> Place {
    let heads = lists.levels().1.as_flattened();
    for (number, pool) in pools.iter().enumerate() {
        let misses_below = |offset| {
            // SAFETY: the caller's.
            unsafe {
                free_below::<ALIGN, FL, SL>(pool, offset) != listed_below(heads, pool, offset)
            }
        };
        let (mut equal, mut differs) = (0, pool.bytes());
        if !misses_below(differs) {
            continue;
        }
        while differs - equal > 1 {
            let middle = equal + (differs - equal) / 2;
            if misses_below(middle) { differs = middle } else { equal = middle }
        }
        return Place::Block { pool: number, offset: equal };
    }
    Place::Heap
}

/// Free blocks of the pool's chain whose headers lie below the offset.
///
/// # Safety
/// As [`unlisted_free_block`].
unsafe fn free_below<const ALIGN: usize, const FL: usize, const SL: usize>(
    pool: Pool,
    offset: usize,
) -> usize {
    let end = Geometry::<ALIGN, FL, SL>::sentinel(pool).min(offset);
    let (mut at, mut count) = (Geometry::<ALIGN, FL, SL>::FIRST_HEADER, 0);
    while at < end {
        // SAFETY: Tiling, checked: a block ends where the next begins, up to the sentinel.
        let header = unsafe { Block::at(pool.start(), at).header() };
        count += usize::from(header.is_free());
        at += WORD + header.size();
    }
    count
}

/// Blocks in lists whose headers lie below the offset in the pool.
///
/// # Safety
/// As [`unlisted_free_block`].
unsafe fn listed_below(heads: &[Link], pool: Pool, offset: usize) -> usize {
    let mut count = 0;
    for head in heads {
        let mut link = *head;
        while let Some(block) = link {
            count += usize::from(block.addr().wrapping_sub(pool.start().addr().get()) < offset);
            // SAFETY: Membership, checked: a listed block is free, and has links.
            link = unsafe { block.next_slot().read() };
        }
    }
    count
}
