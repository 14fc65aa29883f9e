//! The set of a pool's live blocks, in two words.

use crate::pool::walk::BlockInfo;

/// The live blocks of a pool in two words: how many, and a sum over their mixed places and sizes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct LiveFingerprint {
    count: usize,
    sum: usize,
}

impl LiveFingerprint {
    pub(super) const EMPTY: Self = Self { count: 0, sum: 0 };

    pub(super) fn add(&mut self, block: BlockInfo) {
        self.count = self.count.wrapping_add(1);
        self.sum = self.sum.wrapping_add(Self::mix(block));
    }

    pub(super) fn remove(&mut self, block: BlockInfo) {
        self.count = self.count.wrapping_sub(1);
        self.sum = self.sum.wrapping_sub(Self::mix(block));
    }

    /// Mixes place and size, so that the sums of two sets of blocks agree by chance only.
    fn mix(block: BlockInfo) -> usize {
        let odd = 0x9E37_79B9_7F4A_7C15_u64 as usize;
        let half = usize::BITS / 2;
        let fold = |bits: usize| (bits ^ (bits >> half)).wrapping_mul(odd);
        fold(fold(block.payload.addr().get().wrapping_mul(odd)).wrapping_add(block.size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Given the size, mixing can be undone: no two blocks of a size give the same number, and every
    /// bit depends on all of an address.
    #[test]
    fn a_fingerprint_of_one_block_identifies_it() {
        let odd = 0x9E37_79B9_7F4A_7C15_u64 as usize;
        let inverse = crate::check::audit::inverse_of(odd);
        let undone = |sum: usize| {
            let folded = sum.wrapping_mul(inverse);
            folded ^ (folded >> (usize::BITS / 2))
        };
        for addr in (3..usize::BITS).flat_map(|bit| [1 << bit, usize::MAX << bit]) {
            let payload = core::ptr::NonNull::new(core::ptr::without_provenance_mut(addr)).unwrap();
            for size in [24, 4096, usize::MAX / 2] {
                let mut live = LiveFingerprint::EMPTY;
                live.add(BlockInfo { payload, size, is_free: false });
                let mixed = undone(undone(live.sum).wrapping_sub(size)).wrapping_mul(inverse);
                assert_eq!((live.count, mixed), (1, addr));
            }
        }
    }
}
