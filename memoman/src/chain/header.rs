//! The one word in front of every payload: its size, and two flags in the low bits.
//!
//! A plain value without pointers. Sizes are multiples of a word, so the two low bits are free for
//! flags on 32-bit and 64-bit alike.

const FREE: usize = 1;
const PREV_FREE: usize = 2;
const FLAGS: usize = FREE | PREV_FREE;

/// A header word, unpacked only by this type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Header(usize);

impl Header {
    /// The used block of size 0 that ends a pool whose last block is free.
    pub(crate) const SENTINEL_AFTER_FREE: Self = Self(PREV_FREE);

    /// Law *Coalesced*: the block before a free one is used, so PREV_FREE is clear.
    #[inline]
    pub(crate) const fn free(size: usize) -> Self {
        Self(size | FREE)
    }

    #[inline]
    pub(crate) const fn used(size: usize, prev_free: bool) -> Self {
        Self(size | if prev_free { PREV_FREE } else { 0 })
    }

    #[inline]
    pub(crate) const fn size(self) -> usize {
        self.0 & !FLAGS
    }

    #[inline]
    pub(crate) const fn is_free(self) -> bool {
        self.0 & FREE != 0
    }

    #[inline]
    pub(crate) const fn is_prev_free(self) -> bool {
        self.0 & PREV_FREE != 0
    }

    #[inline]
    pub(crate) const fn with_prev_free(self) -> Self {
        Self(self.0 | PREV_FREE)
    }

    #[inline]
    pub(crate) const fn with_prev_used(self) -> Self {
        Self(self.0 & !PREV_FREE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_and_size_do_not_touch_each_other() {
        for size in [0, 24, 4096, usize::MAX & !FLAGS] {
            for prev_free in [false, true] {
                let header = Header::used(size, prev_free);
                assert_eq!((header.size(), header.is_free()), (size, false));
                assert_eq!(header.is_prev_free(), prev_free);
                assert_eq!(header.with_prev_free(), Header::used(size, true));
                assert_eq!(header.with_prev_used(), Header::used(size, false));
            }
            let header = Header::free(size);
            assert_eq!(
                (header.size(), header.is_free(), header.is_prev_free()),
                (size, true, false)
            );
        }
    }
}
