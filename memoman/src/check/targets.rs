//! Where the links of free blocks lead, as a set: in a sound heap, to each free block of the table's pools
//! once.

use crate::check::fingerprint::Fingerprint;
use crate::pool::table::PoolTable;
use crate::pool::unlisted::UnlistedPools;

/// The addresses that the links seen so far lead to.
pub(super) struct Targets<
    'a,
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
> {
    pools: &'a PoolTable<POOLS>,
    unlisted: UnlistedPools,
    pub(super) found: Fingerprint,
}

impl<'a, const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Targets<'a, ALIGN, FL, SL, POOLS>
{
    pub(super) const fn new(pools: &'a PoolTable<POOLS>, unlisted: UnlistedPools) -> Self {
        Self { pools, unlisted, found: Fingerprint::EMPTY }
    }

    /// Adds the link to `to` that the block at `from` holds, or the head of a list (0).
    ///
    /// A link that leads out of the table's pools is followed to where the list enters them again, or
    /// ends. So what is added is as if the blocks of unlisted pools were in no list. It ends on cycles,
    /// because a block that is reached twice has a wrong prev link one of the two times.
    ///
    /// # Safety
    /// The unlisted pools are those of the heap, if it has some.
    pub(super) unsafe fn add(&mut self, mut from: usize, mut to: usize) {
        while to != 0 {
            if self.unlisted.count() == 0 || self.pools.holds(to) {
                return self.found.add(to);
            }
            let block = self.unlisted.block::<ALIGN, FL, SL>(to);
            // SAFETY: the caller's: the links of a free block of an unlisted pool.
            let links = block.map(|(block, _)| unsafe { (block.word(1), block.word(2)) });
            match links {
                Some((next, prev)) if prev == from => (from, to) = (to, next),
                // The walk over the lists finds it.
                _ => return self.found.add(to),
            }
        }
    }
}
