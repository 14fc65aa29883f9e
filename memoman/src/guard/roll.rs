//! What a pool's live blocks are, remembered in two words.

use crate::pool::BlockInfo;

/// The live blocks of a pool in two words: how many, and a sum over their mixed places and sizes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Roll {
    count: usize,
    sum: usize,
}

impl Roll {
    pub(super) const EMPTY: Self = Self { count: 0, sum: 0 };

    pub(super) fn enter(&mut self, block: BlockInfo) {
        self.count = self.count.wrapping_add(1);
        self.sum = self.sum.wrapping_add(Self::mix(block));
    }

    pub(super) fn strike(&mut self, block: BlockInfo) {
        self.count = self.count.wrapping_sub(1);
        self.sum = self.sum.wrapping_sub(Self::mix(block));
    }

    /// So that the sums of two sets of blocks agree by chance only.
    fn mix(block: BlockInfo) -> usize {
        let odd = 0x9E37_79B9_7F4A_7C15_u64 as usize;
        let half = usize::BITS / 2;
        let fold = |bits: usize| (bits ^ (bits >> half)).wrapping_mul(odd);
        fold(fold(block.payload.addr().get().wrapping_mul(odd)).wrapping_add(block.size))
    }
}
