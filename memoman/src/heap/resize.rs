//! Changing the size of a block: in place where the block and a free successor allow it, by moving
//! it where they do not.

use core::alloc::Layout;
use core::ptr::NonNull;

use crate::chain::block::UsedBlock;
use crate::chain::span::Span;
use crate::geometry::{Fit, Geometry, WORD};
use crate::heap::Tlsf;

/// A reallocation, up to the copy of a block that moves.
#[derive(Clone, Copy, Debug)]
pub enum Resized {
    /// The block has its new size, at this place.
    Done(NonNull<u8>),
    /// `to` is the new block. The first `bytes` of `from` are still to be copied there, and `from` is still to
    /// be freed: both are live.
    Moving {
        /// The old block.
        from: NonNull<u8>,
        /// The new block.
        to: NonNull<u8>,
        /// The bytes to copy.
        bytes: usize,
    },
}

/// Changing the size of a block.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Tlsf<ALIGN, FL, SL, POOLS, SEARCH>
{
    /// Changes the size of a block: in place where the block and a free successor allow it, else by
    /// moving it.
    ///
    /// Returns the block, aligned to `new.align()`, with its first bytes as they were, up to the
    /// smaller of both sizes. `None` means that the request was refused and the block is as it was:
    /// it is live, at its place, and every byte is unchanged. A size of 0 is refused.
    ///
    /// Mirrors `tlsf_realloc` of a block to a size that is not 0. A block stays in place only if it
    /// is aligned to `new.align()`. A block that moves goes to where [`Tlsf::allocate`] places the
    /// layout; TLSF 3.1 loses an alignment when a block moves.
    ///
    /// # Safety
    /// `ptr` was returned by this heap and not freed since; as for [`Tlsf::deallocate`], only its
    /// address counts. If a block is returned, the caller uses the result and no longer `ptr`, even if
    /// both have the same address: only the result may access the whole block.
    ///
    /// # Complexity
    /// O(1) in place; a move searches as [`Tlsf::allocate`], and copies the smaller of both sizes.
    ///
    /// # Examples
    /// ```
    /// # use core::alloc::Layout;
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// let mut heap = memoman::Heap::new();
    /// heap.add_static_pool(buffer)?;
    /// let block = heap.malloc(100).expect("the pool is empty");
    /// // SAFETY: a live block of this heap; only the result is used afterwards.
    /// let grown = unsafe { heap.reallocate(block, Layout::new::<[u8; 200]>()) };
    /// assert_eq!(grown, Some(block), "the block grew in place");
    /// // SAFETY: a live block of this heap, which stays live as the request is refused.
    /// assert_eq!(unsafe { heap.reallocate(block, Layout::new::<[u8; 5000]>()) }, None);
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[inline]
    #[must_use = "the block may have moved, or be as it was"]
    pub unsafe fn reallocate(&mut self, ptr: NonNull<u8>, new: Layout) -> Option<NonNull<u8>> {
        let fit = Geometry::<ALIGN, FL, SL>::fit(new.size());
        // SAFETY: the caller's.
        let block = fit.and_then(|fit| unsafe { self.resize(ptr, new.align(), fit) });
        self.tally.request(new.size(), block.is_some());
        block
    }

    /// Makes a block hold at least `size` bytes without moving it, and returns whether it does.
    ///
    /// It never shrinks a block. `false` means that nothing was changed.
    ///
    /// # Safety
    /// `ptr` was returned by this heap and not freed since. The bytes that the block gains may be
    /// accessed through the pointer that was returned, not through one that was narrowed.
    ///
    /// # Complexity
    /// O(1).
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// let mut heap = memoman::Heap::new();
    /// heap.add_static_pool(buffer)?;
    /// let block = heap.malloc(100).expect("the pool is empty");
    /// // SAFETY: a live block of this heap.
    /// unsafe {
    ///     assert!(heap.try_grow_in_place(block, 2000), "the rest of the pool is behind it");
    ///     assert!(!heap.try_grow_in_place(block, 5000), "the pool is smaller");
    /// }
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[inline]
    #[must_use = "the block may be too small"]
    pub unsafe fn try_grow_in_place(&mut self, ptr: NonNull<u8>, size: usize) -> bool {
        // SAFETY: the caller's.
        let span = Span::of_used(unsafe { UsedBlock::from_payload(ptr) });
        size <= span.size()
            || Geometry::<ALIGN, FL, SL>::fit(size)
                // SAFETY: Tiling: the span is a live block's.
                .is_some_and(|fit| unsafe { self.grow(span, fit) }.is_some())
    }

    /// Frees what a block has beyond `size` bytes, if that can be a block. Returns whether `size` was
    /// valid: not 0, and at most what the block has.
    ///
    /// # Safety
    /// `ptr` was returned by this heap and not freed since. The caller does not use the bytes beyond
    /// `size` afterwards.
    ///
    /// # Complexity
    /// O(1).
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// let mut heap = memoman::Heap::new();
    /// heap.add_static_pool(buffer)?;
    /// let block = heap.malloc(1000).expect("the pool is empty");
    /// // SAFETY: a live block of this heap.
    /// unsafe {
    ///     assert!(heap.shrink_in_place(block, 96));
    ///     assert_eq!(heap.usable_size(block), 96);
    /// }
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[inline]
    #[must_use = "`false` means that the block is as it was"]
    pub unsafe fn shrink_in_place(&mut self, ptr: NonNull<u8>, size: usize) -> bool {
        // SAFETY: the caller's.
        let span = Span::of_used(unsafe { UsedBlock::from_payload(ptr) });
        match Geometry::<ALIGN, FL, SL>::fit(size).filter(|fit| fit.bytes() <= span.size()) {
            // SAFETY: Tiling: the span is a live block's, with that many bytes.
            Some(fit) => unsafe { self.shrink(span, fit) },
            None => return false,
        }
        true
    }

    /// [`Tlsf::reallocate`] without the copy and the deallocation of a block that moves, for a caller that
    /// gives the heap to others while it copies.
    ///
    /// # Safety
    /// As [`Tlsf::reallocate`].
    #[inline]
    pub(crate) unsafe fn reallocate_but_copy(
        &mut self,
        ptr: NonNull<u8>,
        new: Layout,
    ) -> Option<Resized> {
        let fit = Geometry::<ALIGN, FL, SL>::fit(new.size());
        // SAFETY: the caller's.
        let resized = fit.and_then(|fit| unsafe { self.resize_but_copy(ptr, new.align(), fit) });
        self.tally.request(new.size(), resized.is_some());
        resized
    }

    /// # Safety
    /// `ptr` is a live block's; `align` is a power of two.
    #[inline]
    unsafe fn resize(&mut self, ptr: NonNull<u8>, align: usize, fit: Fit) -> Option<NonNull<u8>> {
        // SAFETY: the caller's.
        match unsafe { self.resize_but_copy(ptr, align, fit) }? {
            Resized::Done(block) => Some(block),
            Resized::Moving { from, to, bytes } => {
                // SAFETY: both blocks are live and distinct, and hold that many bytes.
                unsafe {
                    to.copy_from_nonoverlapping(from, bytes);
                    self.deallocate(from);
                }
                Some(to)
            }
        }
    }

    /// # Safety
    /// `ptr` is a live block's; `align` is a power of two.
    #[inline]
    unsafe fn resize_but_copy(
        &mut self,
        ptr: NonNull<u8>,
        align: usize,
        fit: Fit,
    ) -> Option<Resized> {
        // SAFETY: the caller's: a live block.
        let span = Span::of_used(unsafe { UsedBlock::from_payload(ptr) });
        // From here on with the pool's provenance: the block may be longer than what was requested.
        // SAFETY: Tiling: a live block's header.
        let ptr = unsafe { span.start().payload() };
        let old = span.size();
        if align <= ALIGN || ptr.addr().get() & (align - 1) == 0 {
            if fit.bytes() <= old {
                // SAFETY: Tiling: the span is a live block's, with that many bytes.
                unsafe { self.shrink(span, fit) };
                return Some(Resized::Done(ptr));
            }
            // SAFETY: Tiling: the span is a live block's.
            if let Some(grown) = unsafe { self.grow(span, fit) } {
                return Some(Resized::Done(grown));
            }
        }
        // SAFETY: the caller's: `align` is a power of two.
        let to = unsafe { self.allocate_aligned(align, fit) }?;
        Some(Resized::Moving { from: ptr, to, bytes: old.min(fit.bytes()) })
    }

    /// Absorbs the successor, if that makes the block large enough.
    ///
    /// # Safety
    /// The span is a live block's.
    #[inline]
    unsafe fn grow(&mut self, mut span: Span, fit: Fit) -> Option<NonNull<u8>> {
        let (next, more) = span.free_next()?;
        if span.size() + WORD + more < fit.bytes() {
            return None;
        }
        self.tally.taken_back(span.size());
        // SAFETY: Membership: the successor is free, so it is listed. It leaves its list first: the
        // rest may begin where its links are.
        unsafe {
            let next = self.lists.listed(next);
            span.absorb_next(&self.remove(next));
            let (payload, rest) = self.cut_and_seal(span, fit);
            if let Some(rest) = rest {
                self.insert(rest);
            }
            Some(payload)
        }
    }

    /// Cuts off what a block does not need, if that can be a block, and merges it with a free
    /// successor.
    ///
    /// # Safety
    /// The span is a live block's, with at least `fit` bytes.
    #[inline]
    unsafe fn shrink(&mut self, mut span: Span, fit: Fit) {
        let old = span.size();
        // SAFETY: Tiling: the caller's, the cut is inside the span.
        let rest = unsafe { span.cut(fit.bytes(), Geometry::<ALIGN, FL, SL>::MIN_BLOCK) };
        let Some(mut rest) = rest else { return };
        self.tally.taken_back(old);
        self.tally.handed_out(fit.bytes());
        let next = rest.free_next();
        // SAFETY: Membership: a free successor is listed, and sealing leaves its links; the rest is in
        // no list.
        unsafe {
            let Some((next, _)) = next else {
                span.seal_used();
                return self.insert(rest.seal_free());
            };
            let next = self.lists.listed(next);
            rest.absorb_next(next.block());
            span.seal_used();
            self.replace(next, rest.seal_free());
        }
    }
}
