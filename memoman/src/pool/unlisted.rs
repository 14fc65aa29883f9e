//! Unlisted pools: pools of a heap that are not in its table (feature `internals`).
//!
//! The table is how a heap knows which memory is its own. TLSF 3.1 has no table, and so no limit to the
//! number of pools. A heap that needs more than its table has entries keeps, of those beyond, their
//! number and the addresses that they lie between: an [`UnlistedPools`].
//!
//! The only module with a `cfg` for them. Without the feature there are none, and no code is left.

use crate::chain::block::Block;
#[cfg(feature = "internals")]
use crate::geometry::{Geometry, WORD};
#[cfg(feature = "internals")]
use crate::pool::Pool;
#[cfg(feature = "internals")]
use core::ptr::NonNull;

/// The pools of one heap that are not in its table: how many, and between which addresses (feature
/// `internals`).
///
/// A plain value that the owner of the heap keeps beside it, for
/// [`Tlsf::add_unlisted_pool`](crate::Tlsf::add_unlisted_pool) and the functions that need it. A
/// [`Guarded`](crate#features) heap keeps its own.
#[cfg(feature = "internals")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnlistedPools {
    count: usize,
    /// Address of the first byte of the lowest pool, and of the byte behind the highest, of all that
    /// were added since there was none.
    lowest: usize,
    end: usize,
}

#[cfg(feature = "internals")]
impl UnlistedPools {
    /// No pool: the value for a new heap, and for one that was reset.
    pub const NONE: Self = Self { count: 0, lowest: usize::MAX, end: 0 };

    /// How many there are.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(memoman::UnlistedPools::NONE.count(), 0);
    /// ```
    #[must_use]
    pub const fn count(self) -> usize {
        self.count
    }

    /// Returns whether an unlisted pool may contain this address. `false` is certain.
    ///
    /// # Examples
    /// ```
    /// use core::ptr::NonNull;
    /// assert!(!memoman::UnlistedPools::NONE.may_contain(NonNull::dangling()));
    /// ```
    #[must_use]
    pub fn may_contain(self, ptr: NonNull<u8>) -> bool {
        (self.lowest..self.end).contains(&ptr.addr().get())
    }

    pub(crate) fn add(&mut self, pool: Pool) {
        self.count += 1;
        self.lowest = self.lowest.min(pool.addr());
        self.end = self.end.max(pool.addr() + pool.bytes());
    }

    pub(crate) fn remove_one(&mut self) {
        self.count -= 1;
        if self.count == 0 {
            *self = Self::NONE;
        }
    }

    /// The block with its header at an address, and the most bytes that its payload can have, if an
    /// unlisted pool may have a block there. Reads no memory.
    pub(crate) fn block<const ALIGN: usize, const FL: usize, const SL: usize>(
        self,
        addr: usize,
    ) -> Option<(Block, usize)> {
        let payload = addr.wrapping_add(WORD);
        let fits = addr >= self.lowest
            && addr < self.end
            && payload & (ALIGN - 1) == 0
            // Behind the block, a sentinel at least.
            && self.end - addr >= Geometry::<ALIGN, FL, SL>::MIN_BLOCK + WORD;
        if !fits {
            return None;
        }
        // SAFETY: not null, because an unlisted pool begins at or below it; aligned, as just checked.
        let block = unsafe { Block::exposed(addr) };
        Some((block, self.end - WORD - payload))
    }
}

/// Without feature `internals`: no heap has an unlisted pool.
#[cfg(not(feature = "internals"))]
#[derive(Clone, Copy)]
pub(crate) struct UnlistedPools;

#[cfg(not(feature = "internals"))]
impl UnlistedPools {
    pub(crate) const NONE: Self = Self;

    pub(crate) const fn count(self) -> usize {
        0
    }

    pub(crate) const fn block<const ALIGN: usize, const FL: usize, const SL: usize>(
        self,
        _addr: usize,
    ) -> Option<(Block, usize)> {
        None
    }
}
