//! The table of a heap's pools, in order of addition.

use core::ops::Range;

use crate::chain::block::Block;
use crate::cost::{touch, touch_all};
use crate::geometry::{Geometry, WORD};
use crate::pool::{Pool, PoolError};

/// A place in a pool where a header can be.
pub(crate) struct Located {
    pub(crate) block: Block,
    /// Index of the pool.
    pub(crate) pool: usize,
    /// Bytes from the pool's start.
    pub(crate) offset: usize,
    /// Bytes from the payload to the sentinel.
    pub(crate) room: usize,
}

/// The pools of one heap, in order of addition.
pub(crate) struct PoolTable<const POOLS: usize> {
    pools: [Option<Pool>; POOLS],
    len: usize,
}

impl<const POOLS: usize> PoolTable<POOLS> {
    pub(crate) const EMPTY: Self = Self { pools: [None; POOLS], len: 0 };

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = Pool> + Clone + '_ {
        self.pools[..self.len].iter().flatten().copied().inspect(|_| touch())
    }

    /// A copy of the table, to iterate over while the heap changes.
    pub(crate) const fn all(&self) -> [Option<Pool>; POOLS] {
        self.pools
    }

    /// Refuses a pool that overlaps another, or for which no entry is free.
    pub(crate) fn admits(&self, pool: Pool) -> Result<(), PoolError> {
        self.spared_by(pool)?;
        if self.len == POOLS { Err(PoolError::TableFull) } else { Ok(()) }
    }

    /// Refuses a pool that overlaps one of the table.
    pub(crate) fn spared_by(&self, pool: Pool) -> Result<(), PoolError> {
        match self.iter().find(|other| other.overlaps(pool)) {
            Some(other) => Err(PoolError::Overlaps(other)),
            None => Ok(()),
        }
    }

    /// Adds a pool that [`Self::admits`] has not refused.
    ///
    /// # Safety
    /// The pool's memory is the heap's, and is laid out before the next read of it.
    pub(crate) unsafe fn push(&mut self, pool: Pool) {
        touch();
        self.pools[self.len] = Some(pool);
        self.len += 1;
    }

    /// Replaces a pool by one of another length, unless that overlaps another pool.
    ///
    /// # Safety
    /// The memory of the new pool is the heap's, and its sentinel is written before the next read of it.
    pub(crate) unsafe fn replace(&mut self, old: Pool, new: Pool) -> Result<(), PoolError> {
        if let Some(other) = self.iter().find(|&other| other != old && other.overlaps(new)) {
            return Err(PoolError::Overlaps(other));
        }
        let mut entries = self.pools.iter_mut().inspect(|_| touch());
        let own = entries.find(|own| **own == Some(old)).ok_or(PoolError::Unknown)?;
        *own = Some(new);
        Ok(())
    }

    /// Addresses between which the pools of the table lie.
    pub(crate) fn span(&self) -> Range<usize> {
        let lowest = self.iter().map(Pool::addr).min().unwrap_or(0);
        let end = self.iter().map(|pool| pool.addr() + pool.bytes()).max().unwrap_or(0);
        lowest..end
    }

    /// Whether an address lies in a pool of the table.
    pub(crate) fn holds(&self, addr: usize) -> bool {
        self.iter().any(|pool| addr.wrapping_sub(pool.addr()) < pool.bytes())
    }

    pub(crate) fn find(&self, pool: Pool) -> Result<Pool, PoolError> {
        self.iter().find(|&own| own == pool).ok_or(PoolError::Unknown)
    }

    /// The block at an address, if a header and a smallest payload can be there. Reads no pool memory.
    pub(crate) fn locate<const ALIGN: usize, const FL: usize, const SL: usize>(
        &self,
        addr: usize,
    ) -> Option<Located> {
        let first = Geometry::<ALIGN, FL, SL>::FIRST_HEADER;
        self.iter().enumerate().find_map(|(index, pool)| {
            let offset = addr.wrapping_sub(pool.addr());
            let end = Geometry::<ALIGN, FL, SL>::sentinel(pool);
            let fits = offset >= first
                && offset < end
                && end - offset >= Geometry::<ALIGN, FL, SL>::MIN_BLOCK
                && (offset - first) % ALIGN == 0;
            if !fits {
                return None;
            }
            // SAFETY: `offset` is inside the pool and aligned to a word.
            let block = unsafe { Block::at(pool.start(), offset) };
            Some(Located { block, pool: index, offset, room: end - offset - WORD })
        })
    }

    /// Removes a pool; those added later move up.
    pub(crate) fn remove(&mut self, pool: Pool) {
        let Some(index) = self.iter().position(|own| own == pool) else { return };
        touch_all(self.len - index);
        self.pools[index..self.len].rotate_left(1);
        self.len -= 1;
        self.pools[self.len] = None;
    }
}
