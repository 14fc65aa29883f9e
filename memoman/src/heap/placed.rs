//! Blocks at a chosen place (feature `internals`): a multiple of an alignment inside the block, or a given
//! address. For the C library's functions of espressif's fork of TLSF.

use core::alloc::Layout;
use core::ptr::NonNull;

use crate::chain::block::Block;
use crate::geometry::{Fit, Geometry, WORD};
use crate::heap::Tlsf;

/// Blocks at a chosen place (feature `internals`).
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Tlsf<ALIGN, FL, SL, POOLS, SEARCH>
{
    /// Allocates a block for a layout so that its byte number `offset`, not its first, is at a multiple of
    /// the layout's alignment. The size of the layout includes the bytes in front of that.
    ///
    /// `offset` is rounded up to ALIGN. With an alignment up to ALIGN this is [`Tlsf::malloc`], with an offset
    /// of 0 [`Tlsf::allocate`]. Returns `None` where these do, and for an offset that cannot be rounded up.
    /// Mirrors `tlsf_memalign_offs` of espressif's fork.
    ///
    /// With ALIGN = WORD the search is for as many bytes as without an offset, above for up to ALIGN bytes
    /// more. The block is never the whole free block: with
    /// an offset above 0, a free block is left in front of it, also if it would be aligned without.
    ///
    /// # Complexity
    /// O(1).
    ///
    /// # Examples
    /// ```
    /// # use core::alloc::Layout;
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// let mut heap = memoman::Heap::new();
    /// heap.add_static_pool(buffer)?;
    /// // A header of 16 bytes, then 100 bytes at a multiple of 64.
    /// let layout = Layout::from_size_align(16 + 100, 64).unwrap();
    /// let block = heap.allocate_offset(layout, 16).expect("the pool is empty");
    /// assert_eq!((block.addr().get() + 16) % 64, 0);
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[must_use = "a block that is dropped cannot be freed"]
    pub fn allocate_offset(&mut self, layout: Layout, offset: usize) -> Option<NonNull<u8>> {
        let fit = Geometry::<ALIGN, FL, SL>::fit(layout.size());
        let offset = offset.checked_next_multiple_of(ALIGN);
        // SAFETY: the alignment of a Layout is a power of two.
        let place = |(fit, offset)| unsafe { self.allocate_ahead(layout.align(), fit, offset) };
        let block = fit.zip(offset).and_then(place);
        self.tally.request(layout.size(), block.is_some());
        block
    }

    /// Allocates a block that contains the `size` bytes from `ptr` on.
    ///
    /// They must lie in one free block of a pool of the table. The block starts at `ptr` rounded down to
    /// ALIGN if what is in front can be a free block, and what is behind a block of its own; else at the
    /// last place before for which that holds, at the earliest where the free block starts. The rest behind
    /// is cut off as [`Tlsf::malloc`] does. Returns the block; or `None` if `size` is 0, or if not all of the
    /// bytes are free. Mirrors `tlsf_malloc_addr` of espressif's fork, which knows one pool.
    ///
    /// # Complexity
    /// O(POOLS + blocks of the pool).
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// use memoman::WORD;
    /// let mut heap = memoman::Heap::new();
    /// let pool = heap.add_static_pool(buffer)?;
    /// let place = pool.start().map_addr(|addr| addr.saturating_add(100 * WORD));
    /// assert_eq!(heap.allocate_at(place, 200), Some(place));
    /// assert_eq!(heap.allocate_at(place, 200), None, "it is not free any more");
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[must_use = "a block that is dropped cannot be freed"]
    pub fn allocate_at(&mut self, ptr: NonNull<u8>, size: usize) -> Option<NonNull<u8>> {
        let found = self.free_around(ptr, size);
        // SAFETY: Membership: a free block, so it is listed; the cut is inside.
        let block = found.map(|(block, lead, fit)| unsafe {
            let found = self.lists.listed(block);
            self.carve(found, lead, fit)
        });
        self.tally.request(size, block.is_some());
        block
    }

    /// Returns the largest request that a free block of `size` bytes serves for certain: `size` rounded
    /// down to the first size of its class. Mirrors `tlsf_fit_size` of espressif's fork.
    ///
    /// In the first row, where each class has one size, `size` is rounded up as a request is. 0 for 0; a size
    /// above [`Tlsf::BLOCK_SIZE_MAX`] counts as that.
    ///
    /// # Examples
    /// ```
    /// use memoman::{Heap, WORD};
    /// assert_eq!(Heap::fit_size(1000 * WORD), 992 * WORD);
    /// assert_eq!(Heap::fit_size(992 * WORD), 992 * WORD);
    /// assert_eq!(Heap::fit_size(5 * WORD), 5 * WORD);
    /// ```
    #[must_use]
    pub const fn fit_size(size: usize) -> usize {
        let most = Self::BLOCK_SIZE_MAX;
        let size = if size < most { size } else { most };
        let Some(fit) = Geometry::<ALIGN, FL, SL>::fit(size) else { return 0 };
        let class = Geometry::<ALIGN, FL, SL>::class_of_key(Geometry::<ALIGN, FL, SL>::key(size));
        if class < SL {
            return fit.bytes();
        }
        let key = Geometry::<ALIGN, FL, SL>::least_key(class / SL, class % SL);
        key - Geometry::<ALIGN, FL, SL>::key(0)
    }

    /// # Safety
    /// `align` is a power of two, and `offset` a multiple of ALIGN.
    unsafe fn allocate_ahead(
        &mut self,
        align: usize,
        fit: Fit,
        offset: usize,
    ) -> Option<NonNull<u8>> {
        if align <= ALIGN {
            return self.allocate_fit(fit);
        }
        let search = Geometry::<ALIGN, FL, SL>::fit_ahead(fit, align, offset)?;
        let found = match self.near(search) {
            Some(near) => near,
            None => self.lists.find(search)?.into_listed(),
        };
        // SAFETY: Class: the head has room for the lead and `fit` bytes behind it.
        unsafe {
            let payload = found.block().place().payload().addr().get();
            let lead = Geometry::<ALIGN, FL, SL>::lead(payload, align, offset);
            Some(self.carve(found, lead, fit))
        }
    }

    /// The free block that contains `size` bytes from `ptr` on, the bytes to cut off in front, and the size
    /// of the block to hand out.
    fn free_around(&self, ptr: NonNull<u8>, size: usize) -> Option<(Block, usize, Fit)> {
        let addr = ptr.addr().get();
        let from = addr & !(ALIGN - 1);
        let to = addr.checked_add(size)?;
        let found = self.blocks(self.pool_of(ptr)?);
        let found = found.take_while(|block| block.payload.addr().get() <= from).last()?;
        let payload = found.payload.addr().get();
        let end = payload + found.size;
        if !found.is_free || size == 0 || from >= end || to > end {
            return None;
        }
        let start = from.min(end - Self::BLOCK_SIZE_MIN);
        let lead = match start - payload {
            lead if lead >= Geometry::<ALIGN, FL, SL>::MIN_BLOCK => lead,
            _ => 0,
        };
        let fit = Geometry::<ALIGN, FL, SL>::fit(to - (payload + lead))?;
        // SAFETY: from the walk: a block's payload.
        Some((unsafe { Block::from_payload(found.payload) }, lead, fit))
    }
}

impl<const ALIGN: usize, const FL: usize, const SL: usize> Geometry<ALIGN, FL, SL> {
    /// The size to search for so that each block of it holds `fit` bytes behind its [`Self::lead`]: the
    /// largest is that in front of the first multiple that is a smallest block away.
    const fn fit_ahead(fit: Fit, align: usize, offset: usize) -> Option<Fit> {
        if ALIGN == WORD || offset == 0 {
            return Self::fit_aligned(fit, align);
        }
        Self::longer(fit, Self::MIN_BLOCK - ALIGN + align)
    }

    /// Bytes from `payload` to where a block is cut, so that `offset` bytes behind that a multiple of
    /// `align` lies: 0, or enough for a free block. With an offset it is never 0.
    ///
    /// ```text
    /// payload          cut         multiple of align
    ///    | lead >= MIN_BLOCK | offset |
    /// ```
    const fn lead(payload: usize, align: usize, offset: usize) -> usize {
        if offset == 0 {
            return Self::gap(payload, align);
        }
        let lead = payload.wrapping_add(offset).wrapping_neg() & (align - 1);
        if lead >= Self::MIN_BLOCK {
            return lead;
        }
        lead + (Self::MIN_BLOCK - lead).next_multiple_of(align)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::CONTE_FL;

    type Word = Geometry<WORD, CONTE_FL, 32>;

    /// Law of espressif's `tlsf_memalign_offs`: the first multiple of `align` at or behind the payload, if
    /// it is far enough for `offset` and a smallest block; else the first that is, behind it.
    fn naive(payload: usize, align: usize, offset: usize) -> usize {
        let first = payload.next_multiple_of(align);
        if first == payload && offset == 0 {
            return 0;
        }
        let far_enough = |aligned: &usize| aligned - payload >= Word::MIN_BLOCK + offset;
        let aligned = (0..).map(|n| first + n * align).find(far_enough).unwrap();
        aligned - offset - payload
    }

    #[test]
    fn a_lead_is_that_of_the_fork_and_never_more_than_the_search_leaves() {
        for align in [2, 4, 16, 64, 512].map(|granules| granules * WORD) {
            for offset in (0..3 * align).step_by(WORD).chain([1 << 20]) {
                for payload in (8 * align..9 * align).step_by(WORD) {
                    let lead = Word::lead(payload, align, offset);
                    assert_eq!(lead, naive(payload, align, offset), "{payload} {align} {offset}");
                    assert!(lead < Word::MIN_BLOCK + align);
                }
            }
        }
    }

    /// Above a word: the search is for the largest lead of all residues.
    fn searches_are_tight<const ALIGN: usize>() {
        type A<const ALIGN: usize> = Geometry<ALIGN, 12, 16>;
        let fit = A::<ALIGN>::fit(1000).unwrap();
        for align in [2, 4, 32].map(|granules| granules * ALIGN) {
            for offset in (ALIGN..=3 * align).step_by(ALIGN) {
                let payloads = (align..2 * align).step_by(ALIGN);
                let leads = payloads.map(|payload| A::<ALIGN>::lead(payload, align, offset));
                let largest = leads.inspect(|&lead| assert!(lead >= A::<ALIGN>::MIN_BLOCK)).max();
                let found = A::<ALIGN>::fit_ahead(fit, align, offset).unwrap();
                assert_eq!(Some(found.bytes() - fit.bytes()), largest, "{ALIGN} {align} {offset}");
            }
        }
    }

    #[test]
    fn above_a_word_the_search_leaves_room_for_each_lead_and_for_no_more() {
        searches_are_tight::<{ 2 * WORD }>();
        searches_are_tight::<{ 4 * WORD }>();
        searches_are_tight::<64>();
        searches_are_tight::<4096>();
    }

    #[test]
    fn no_offset_is_too_large() {
        let most = !(WORD - 1);
        assert_eq!((Word::lead(4096, 64, most).wrapping_add(4096).wrapping_add(most)) % 64, 0);
    }
}
