//! The set of a pool's live blocks, in two words.

use crate::check::fingerprint::{Fingerprint, mix};
use crate::pool::walk::BlockInfo;

/// The set of the places and sizes of a pool's live blocks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct LiveFingerprint(Fingerprint);

impl LiveFingerprint {
    pub(super) const EMPTY: Self = Self(Fingerprint::EMPTY);

    pub(super) fn add(&mut self, block: BlockInfo) {
        self.0.add(Self::word(block));
    }

    pub(super) fn remove(&mut self, block: BlockInfo) {
        self.0.remove(Self::word(block));
    }

    /// Place and size in one word: no two blocks of a size have the same.
    fn word(block: BlockInfo) -> usize {
        mix(block.payload.addr().get()).wrapping_add(block.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::fingerprint::unmix;

    #[test]
    fn a_fingerprint_of_one_live_block_gives_its_place() {
        for addr in (3..usize::BITS).flat_map(|bit| [1 << bit, usize::MAX << bit]) {
            let payload = core::ptr::NonNull::new(core::ptr::without_provenance_mut(addr)).unwrap();
            for size in [24, 4096, usize::MAX / 2] {
                let mut live = LiveFingerprint::EMPTY;
                live.add(BlockInfo { payload, size, is_free: false });
                assert_eq!(unmix(live.0.only().wrapping_sub(size)), addr);
            }
        }
    }
}
