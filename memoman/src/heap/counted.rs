//! The free lists, with the counters kept: each change of the index that the operations make, and what it
//! means for [`Tally`](crate::stats::Tally). Without feature `stats` these are the index's functions.

use crate::chain::block::FreeBlock;
use crate::heap::Tlsf;
use crate::index::Listed;

impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Tlsf<ALIGN, FL, SL, POOLS>
{
    /// [`FreeLists::insert`](crate::index::FreeLists::insert).
    #[inline]
    pub(super) fn insert(&mut self, block: FreeBlock) {
        self.tally.listed(block.size());
        self.lists.insert(block);
    }

    /// [`FreeLists::remove`](crate::index::FreeLists::remove).
    #[inline]
    pub(super) fn remove(&mut self, old: Listed<FL, SL>) -> FreeBlock {
        self.tally.unlisted(old.block().size());
        self.lists.remove(old)
    }

    /// [`FreeLists::replace`](crate::index::FreeLists::replace).
    #[inline]
    pub(super) fn replace(&mut self, old: Listed<FL, SL>, new: FreeBlock) {
        self.tally.unlisted(old.block().size());
        self.tally.listed(new.size());
        self.lists.replace(old, new);
    }

    /// [`FreeLists::take`](crate::index::FreeLists::take).
    #[inline]
    pub(super) fn take(&mut self, head: Listed<FL, SL>) -> FreeBlock {
        self.tally.unlisted(head.block().size());
        self.lists.take(head)
    }

    /// [`FreeLists::replace_head`](crate::index::FreeLists::replace_head).
    #[inline]
    pub(super) fn replace_head(&mut self, head: Listed<FL, SL>, new: FreeBlock) {
        self.tally.unlisted(head.block().size());
        self.tally.listed(new.size());
        self.lists.replace_head(head, new);
    }
}
