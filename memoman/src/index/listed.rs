//! Blocks that are in a list: its head, which a search finds, and any other, which a neighbour finds.
//!
//! Both are to be removed or replaced. Until then their links stay where they are, even if an operation
//! has overwritten the header. Only `FreeLists` makes and uses them.

use crate::chain::block::FreeBlock;
use crate::index::class::SizeClass;

/// The head of the list of that class: it has no predecessor.
#[must_use]
pub(crate) struct Head<const FL: usize, const SL: usize> {
    pub(super) block: FreeBlock,
    pub(super) class: SizeClass<FL, SL>,
}

/// A block in the list of that class, anywhere in it.
#[must_use]
pub(crate) struct Listed<const FL: usize, const SL: usize> {
    pub(super) block: FreeBlock,
    pub(super) class: SizeClass<FL, SL>,
}

impl<const FL: usize, const SL: usize> Head<FL, SL> {
    #[inline]
    pub(crate) const fn block(&self) -> &FreeBlock {
        &self.block
    }

    /// # Safety
    /// The block is the head of the list of that class.
    #[inline]
    pub(crate) const unsafe fn new(block: FreeBlock, class: SizeClass<FL, SL>) -> Self {
        Self { block, class }
    }

    #[inline]
    pub(crate) fn into_parts(self) -> (FreeBlock, SizeClass<FL, SL>) {
        (self.block, self.class)
    }

    /// A head is a listed block.
    #[inline]
    pub(crate) fn into_listed(self) -> Listed<FL, SL> {
        Listed { block: self.block, class: self.class }
    }
}

impl<const FL: usize, const SL: usize> Listed<FL, SL> {
    #[inline]
    pub(crate) const fn block(&self) -> &FreeBlock {
        &self.block
    }
}
