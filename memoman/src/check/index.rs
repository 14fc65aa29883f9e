//! Size order: *Occupancy*, then list by list *Links*, *Membership*, *Class*; then *Membership* of all
//! free blocks.
//!
//! A stored link is compared, and followed only if a free block of a sound chain begins there: the bytes
//! elsewhere may be a payload that is not initialised. In a sound heap the heads and the next links
//! together lead to each free block once, which two [`Fingerprint`]s show. Only if these differ, each
//! link is looked up in the chain, to find the one at fault. A block of an unlisted pool is in no chain:
//! the words around it must agree with its header.
//!
//! Ends on cycles, because a block that is reached twice has a wrong prev link one of the two times.

use crate::chain::block::{Block, Link};
use crate::check::chain::{Chains, has_block};
use crate::check::missing::unlisted_free_block;
use crate::check::targets::{Beyond, Targets};
use crate::check::unlisted;
use crate::geometry::Geometry;
use crate::index::FreeLists;
use crate::law::{Census, Law, Place, Violation};
use crate::pool::table::{Located, PoolTable};

/// Checks the lists against the chains of all pools of the table, which are sound. Returns what the chains
/// hold, and the free blocks of unlisted pools.
///
/// # Safety
/// `chains` has walked all pools of the table and found no violation, and `targets` has the links that
/// it reported. Its unlisted pools as for [`heap`](crate::check::heap).
pub(super) unsafe fn check<
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
>(
    lists: &FreeLists<ALIGN, FL, SL>,
    pools: &PoolTable<POOLS>,
    chains: &Chains,
    mut targets: Targets<'_, ALIGN, FL, SL, POOLS>,
) -> Result<Census, Violation> {
    // SAFETY: the caller's.
    unsafe { add_heads(lists, &mut targets) };
    let mut census = chains.census;
    census.pools += targets.beyond.count();
    let links_lead_to_free = targets.found == chains.free;
    let (free, beyond) = (chains.free.count(), targets.beyond);
    let mut index = Index { lists, pools, beyond, free, listed: 0, links_lead_to_free, census };
    index.check()?;
    Ok(index.census)
}

/// Adds the blocks that the heads of lists with a set bit lead to.
///
/// # Safety
/// As [`Targets::add`].
unsafe fn add_heads<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>(
    lists: &FreeLists<ALIGN, FL, SL>,
    targets: &mut Targets<'_, ALIGN, FL, SL, POOLS>,
) {
    let (occupied, heads) = lists.levels();
    for (bits, heads) in occupied.levels().1.iter().zip(heads) {
        let mut bits = bits & (u32::MAX >> (u32::BITS - SL as u32));
        while bits != 0 {
            if let Some(head) = heads[bits.trailing_zeros() as usize] {
                // SAFETY: the caller's.
                unsafe { targets.add(0, head.addr()) };
            }
            bits &= bits - 1;
        }
    }
}

struct Index<'a, const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize> {
    lists: &'a FreeLists<ALIGN, FL, SL>,
    pools: &'a PoolTable<POOLS>,
    beyond: Beyond<'a, ALIGN, FL, SL, POOLS>,
    /// The number of free blocks that the chains hold.
    free: usize,
    /// Blocks of these pools found in lists so far.
    listed: usize,
    /// Heads and next links lead to each free block once, and nowhere else.
    links_lead_to_free: bool,
    /// What the chains hold, and the free blocks of unlisted pools found so far.
    census: Census,
}

impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Index<'_, ALIGN, FL, SL, POOLS>
{
    fn check(&mut self) -> Result<(), Violation> {
        let (occupied, heads) = self.lists.levels();
        let (first, second) = occupied.levels();
        if first >> FL != 0 {
            let row = FL + (first >> FL).trailing_zeros() as usize;
            return Err(Violation { law: Law::Occupancy, place: Place::List { row, list: 0 } });
        }
        for row in 0..FL {
            let bits = second[row];
            if (first >> row) & 1 != usize::from(bits != 0) {
                return Err(Violation { law: Law::Occupancy, place: Place::List { row, list: 0 } });
            }
            Self::row_occupancy(row, bits, &heads[row])?;
            let mut bits = bits;
            while bits != 0 {
                let list = bits.trailing_zeros() as usize;
                self.list(row, list, heads[row][list])?;
                bits &= bits - 1;
            }
        }
        // The blocks listed are free, and none was found twice.
        if self.listed == self.free {
            return Ok(());
        }
        // SAFETY: chains and lists were just found sound.
        let place = unsafe { unlisted_free_block(self.lists, self.pools) };
        Err(Violation { law: Law::Membership, place })
    }

    /// Each head against its bit.
    fn row_occupancy(row: usize, bits: u32, heads: &[Link; SL]) -> Result<(), Violation> {
        // Most rows are empty: one pass that a compiler turns into a few wide ORs.
        if bits == 0 && heads.iter().fold(0, |any, head| any | head.map_or(0, Block::addr)) == 0 {
            return Ok(());
        }
        let held = heads
            .iter()
            .enumerate()
            .fold(0, |m, (list, head)| m | (u32::from(head.is_some()) << list));
        if bits == held {
            return Ok(());
        }
        let list = (bits ^ held).trailing_zeros() as usize;
        Err(Violation { law: Law::Occupancy, place: Place::List { row, list } })
    }

    /// One list: Links, Membership, Class.
    fn list(&mut self, row: usize, list: usize, head: Link) -> Result<(), Violation> {
        let mut prev = 0;
        let mut from = Place::List { row, list };
        let mut next = head.map_or(0, Block::addr);
        while next != 0 {
            // A link to anything but a block is reported at the block or list that holds the link.
            let Some((block, room, here)) = self.find(next) else {
                return Err(Violation { law: Law::Links, place: from });
            };
            let is_unlisted = matches!(here, Place::Unlisted { .. });
            // SAFETY: Tiling, checked: a block's header.
            let header = unsafe { block.header() };
            if !header.is_free() {
                return Err(Violation { law: Law::Membership, place: here });
            }
            // SAFETY: Membership, checked: a free block's links are initialised.
            let (next_link, prev_link) = unsafe { (block.word(1), block.word(2)) };
            if prev_link != prev {
                return Err(Violation { law: Law::Links, place: here });
            }
            if !is_unlisted && self.listed == self.free {
                return Err(Violation { law: Law::Membership, place: here });
            }
            let size = header.size();
            let legal = Geometry::<ALIGN, FL, SL>::is_block_size(size) && size <= room;
            if !legal || Self::class(size) != row * SL + list {
                return Err(Violation { law: Law::Class, place: here });
            }
            if is_unlisted {
                // SAFETY: the caller's of `check`, for the unlisted pools.
                let sound = unsafe { unlisted::free::<ALIGN, FL, SL>(block, header, room) };
                sound.map_err(|law| Violation { law, place: here })?;
                self.census.free_blocks += 1;
                self.census.free_bytes = self.census.free_bytes.saturating_add(size);
                self.census.largest_free = self.census.largest_free.max(size);
            } else {
                self.listed += 1;
            }
            (prev, from, next) = (next, here, next_link);
        }
        Ok(())
    }

    /// The block at an address, the most bytes that its payload can have, and its place.
    fn find(&self, addr: usize) -> Option<(Block, usize, Place)> {
        if let Some((block, room)) = self.beyond.block(addr) {
            return Some((block, room, Place::Unlisted { addr }));
        }
        let found = self.pools.locate::<ALIGN, FL, SL>(addr)?;
        let Located { block, pool, offset, room } = found;
        let is_block = self.links_lead_to_free || self.is_block(&found);
        is_block.then_some((block, room, Place::Block { pool, offset }))
    }

    #[cold]
    fn is_block(&self, found: &Located) -> bool {
        let pool = self.pools.iter().nth(found.pool);
        // SAFETY: Tiling, checked: `check` requires sound chains.
        pool.is_some_and(|pool| unsafe { has_block::<ALIGN, FL, SL>(pool, found.offset) })
    }

    fn class(size: usize) -> usize {
        Geometry::<ALIGN, FL, SL>::class_of_key(Geometry::<ALIGN, FL, SL>::key(size))
    }
}
