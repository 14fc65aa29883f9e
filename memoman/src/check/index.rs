//! Size order: *Occupancy*, then list by list *Links*, *Membership*, *Class*; then *Membership* of all
//! free blocks.
//!
//! A stored link is compared, and followed only if a free block of a sound chain begins there: the bytes
//! elsewhere may be a payload that is not initialised. In a sound heap the heads and the next links
//! together lead to each free block once, which two [`Fingerprint`]s show. Only if these differ, each
//! link is looked up in the chain, to find the one at fault.
//!
//! Ends on cycles, because a block that is reached twice has a wrong prev link one of the two times.

use crate::chain::block::{Block, Link};
use crate::check::chain::{Chains, has_block};
use crate::check::fingerprint::Fingerprint;
use crate::geometry::Geometry;
use crate::index::FreeLists;
use crate::law::{Law, Place, Violation};
use crate::pool::table::{Located, PoolTable};

/// Checks the lists against the chains of all pools of the table, which are sound.
///
/// # Safety
/// `chains` has walked all pools of the table and found no violation.
pub(super) unsafe fn check<
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
>(
    lists: &FreeLists<ALIGN, FL, SL>,
    pools: &PoolTable<POOLS>,
    chains: &Chains,
) -> Result<(), Violation> {
    let mut index = Index { lists, pools, free: chains.free, listed: 0, links_lead_to_free: false };
    index.links_lead_to_free = index.targets(chains.next) == chains.free;
    index.check()
}

struct Index<'a, const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize> {
    lists: &'a FreeLists<ALIGN, FL, SL>,
    pools: &'a PoolTable<POOLS>,
    /// The free blocks that the chains hold.
    free: Fingerprint,
    /// Blocks found in lists so far.
    listed: usize,
    /// Heads and next links lead to each free block once, and nowhere else.
    links_lead_to_free: bool,
}

impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Index<'_, ALIGN, FL, SL, POOLS>
{
    /// Adds the blocks that the heads of lists with a set bit lead to.
    fn targets(&self, mut targets: Fingerprint) -> Fingerprint {
        let (occupied, heads) = self.lists.levels();
        for (bits, heads) in occupied.levels().1.iter().zip(heads) {
            let mut bits = bits & (u32::MAX >> (u32::BITS - SL as u32));
            while bits != 0 {
                if let Some(head) = heads[bits.trailing_zeros() as usize] {
                    targets.add(head.addr());
                }
                bits &= bits - 1;
            }
        }
        targets
    }

    fn check(&mut self) -> Result<(), Violation> {
        let (occupied, heads) = self.lists.levels();
        let (first, second) = occupied.levels();
        if first >> FL != 0 {
            return Err(Violation { law: Law::Occupancy, place: Place::Heap });
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
        if self.listed == self.free.count() {
            Ok(())
        } else {
            Err(Violation { law: Law::Membership, place: Place::Heap })
        }
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
            let Some(Located { block, pool, offset, room }) = self.find(next) else {
                return Err(Violation { law: Law::Links, place: from });
            };
            let here = Place::Block { pool, offset };
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
            if self.listed == self.free.count() {
                return Err(Violation { law: Law::Membership, place: here });
            }
            let size = header.size();
            let legal = Geometry::<ALIGN, FL, SL>::is_block_size(size) && size <= room;
            if !legal || Self::class(size) != row * SL + list {
                return Err(Violation { law: Law::Class, place: here });
            }
            self.listed += 1;
            (prev, from, next) = (next, here, next_link);
        }
        Ok(())
    }

    /// The block at an address.
    fn find(&self, addr: usize) -> Option<Located> {
        let found = self.pools.locate::<ALIGN, FL, SL>(addr)?;
        if self.links_lead_to_free || self.is_block(&found) { Some(found) } else { None }
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
