//! The free lists, with the counters kept: each change that the operations make in the index, and what
//! it means for the `Tally`. Without feature `stats` these are the index's functions.

use crate::chain::block::FreeBlock;
use crate::heap::Tlsf;
use crate::index::listed::{Head, Listed};

impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Tlsf<ALIGN, FL, SL, POOLS, SEARCH>
{
    /// # Safety
    /// As [`FreeLists::insert`](crate::index::FreeLists::insert).
    #[inline]
    pub(super) unsafe fn insert(&mut self, block: FreeBlock) {
        self.tally.listed(block.size());
        // SAFETY: Membership: the caller's, the block is in no list.
        unsafe { self.lists.insert(block) };
    }

    /// # Safety
    /// As [`FreeLists::remove`](crate::index::FreeLists::remove).
    #[inline]
    pub(super) unsafe fn remove(&mut self, old: Listed<FL, SL>) -> FreeBlock {
        self.tally.unlisted(old.block().size());
        // SAFETY: Links: the caller's, the block has them.
        unsafe { self.lists.remove(old) }
    }

    /// # Safety
    /// As [`FreeLists::replace`](crate::index::FreeLists::replace).
    #[inline]
    pub(super) unsafe fn replace(&mut self, old: Listed<FL, SL>, new: FreeBlock) {
        self.tally.unlisted(old.block().size());
        self.tally.listed(new.size());
        // SAFETY: Links, Membership: the caller's, for the old block and the new.
        unsafe { self.lists.replace(old, new) };
    }

    /// # Safety
    /// As [`FreeLists::take`](crate::index::FreeLists::take).
    #[inline]
    pub(super) unsafe fn take(&mut self, head: Head<FL, SL>) -> FreeBlock {
        self.tally.unlisted(head.block().size());
        // SAFETY: Links: the caller's, the head has them.
        unsafe { self.lists.take(head) }
    }

    /// # Safety
    /// As [`FreeLists::replace_head`](crate::index::FreeLists::replace_head).
    #[inline]
    pub(super) unsafe fn replace_head(&mut self, head: Head<FL, SL>, new: FreeBlock) {
        self.tally.unlisted(head.block().size());
        self.tally.listed(new.size());
        // SAFETY: Links, Membership: the caller's, for the old head and the new.
        unsafe { self.lists.replace_head(head, new) };
    }
}
