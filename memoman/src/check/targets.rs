//! Where the links of free blocks lead: blocks of unlisted pools; and, as a set, blocks of the table's
//! pools, to each of which one link leads in a sound heap.

use core::ops::Range;

use crate::chain::block::Block;
use crate::check::fingerprint::Fingerprint;
use crate::pool::table::PoolTable;
use crate::pool::unlisted::UnlistedPools;

/// The unlisted pools of a heap, beside its table.
pub(super) struct Beyond<
    'a,
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
> {
    pools: &'a PoolTable<POOLS>,
    unlisted: UnlistedPools,
    /// Addresses between which the pools of the table lie.
    table: Range<usize>,
}

impl<'a, const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Beyond<'a, ALIGN, FL, SL, POOLS>
{
    pub(super) fn new(pools: &'a PoolTable<POOLS>, unlisted: UnlistedPools) -> Self {
        let table = if unlisted.count() == 0 { 0..0 } else { pools.span() };
        Self { pools, unlisted, table }
    }

    /// The number of unlisted pools.
    pub(super) const fn count(&self) -> usize {
        self.unlisted.count()
    }

    /// The block at an address that is in no pool of the table, and the most bytes that its payload can
    /// have, if an unlisted pool may have a block there.
    pub(super) fn block(&self, addr: usize) -> Option<(Block, usize)> {
        let found = self.unlisted.block::<ALIGN, FL, SL>(addr)?;
        let listed = self.table.contains(&addr) && self.pools.holds(addr);
        if listed { None } else { Some(found) }
    }
}

/// The addresses that the links seen so far lead to.
pub(super) struct Targets<
    'a,
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
> {
    pub(super) beyond: Beyond<'a, ALIGN, FL, SL, POOLS>,
    pub(super) found: Fingerprint,
}

impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Targets<'_, ALIGN, FL, SL, POOLS>
{
    /// Adds the link to `to` that the block at `from` holds, or the head of a list (0).
    ///
    /// A link to a block of an unlisted pool is followed to where the list enters a pool of the table, or
    /// ends. So what is added is as if the blocks of unlisted pools were in no list. It ends on cycles,
    /// because a block that is reached twice has a wrong prev link one of the two times.
    ///
    /// # Safety
    /// The unlisted pools are those of the heap, if it has some.
    pub(super) unsafe fn add(&mut self, mut from: usize, mut to: usize) {
        while to != 0 {
            // SAFETY: the caller's: the links of a free block of an unlisted pool.
            let links =
                self.beyond.block(to).map(|(block, _)| unsafe { (block.word(1), block.word(2)) });
            match links {
                Some((next, prev)) if prev == from => (from, to) = (to, next),
                // In the table; or wrong, which the walk over the lists finds.
                _ => return self.found.add(to),
            }
        }
    }
}
