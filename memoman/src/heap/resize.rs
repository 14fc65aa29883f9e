//! Changing the size of a block: in place where the block and a free successor allow it, by moving
//! it where they do not.

use core::ptr::NonNull;

use crate::chain::block::UsedBlock;
use crate::chain::span::Span;
use crate::geometry::{Fit, Geometry, WORD};
use crate::heap::Tlsf;

/// Changing the size of a block.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Tlsf<ALIGN, FL, SL, POOLS>
{
    /// Changes the size of a block, in place where the block and a free successor allow it, else
    /// by moving it. Mirrors `tlsf_realloc`, edge cases included:
    ///
    /// - `None` is [`Tlsf::malloc`];
    /// - `size` 0 frees the block and returns `None`;
    /// - otherwise `None` means that the block is where it was, untouched.
    ///
    /// A block that moves is aligned to ALIGN only; [`Tlsf::reallocate_aligned`] keeps more. O(1),
    /// and the copy when it moves.
    ///
    /// # Safety
    /// `ptr` was handed out by this heap and not freed since; as for [`Tlsf::deallocate`], only its
    /// address counts. It is dead afterwards if there is a result or `size` is 0. The result may access
    /// the whole block, even where it has the same address.
    #[inline]
    pub unsafe fn reallocate(
        &mut self,
        ptr: Option<NonNull<u8>>,
        size: usize,
    ) -> Option<NonNull<u8>> {
        // SAFETY: the caller's.
        unsafe { self.reallocate_aligned(ptr, ALIGN, size) }
    }

    /// [`Tlsf::reallocate`] for a block that is aligned to `align`, or shall be from now on: it stays
    /// in place only if it is, and moves as [`Tlsf::memalign`] would place it. An `align` that is
    /// not a power of two is refused. TLSF 3.1 has no such call: its `tlsf_realloc` forgets.
    ///
    /// # Safety
    /// As [`Tlsf::reallocate`].
    #[inline]
    pub unsafe fn reallocate_aligned(
        &mut self,
        ptr: Option<NonNull<u8>>,
        align: usize,
        size: usize,
    ) -> Option<NonNull<u8>> {
        let Some(ptr) = ptr else { return self.memalign(align, size) };
        if size == 0 {
            // SAFETY: the caller's.
            unsafe { self.deallocate(ptr) };
            return None;
        }
        let fit = Geometry::<ALIGN, FL, SL>::fit(size).filter(|_| align.is_power_of_two());
        // SAFETY: the caller's.
        let block = fit.and_then(|fit| unsafe { self.resize(ptr, align, fit) });
        self.tally.request(size, block.is_some());
        block
    }

    /// Makes a block hold at least `size` bytes without moving it: whether it does now. It never
    /// shrinks; `false` means that nothing was changed. O(1).
    ///
    /// # Safety
    /// `ptr` was handed out by this heap and not freed since. The bytes that it gains can be accessed
    /// through the pointer that was handed out, not through one that was narrowed.
    #[inline]
    pub unsafe fn try_grow_in_place(&mut self, ptr: NonNull<u8>, size: usize) -> bool {
        // SAFETY: the caller's.
        let span = Span::of_used(unsafe { UsedBlock::from_payload(ptr) });
        size <= span.size()
            || Geometry::<ALIGN, FL, SL>::fit(size)
                // SAFETY: Tiling: the span is a live block's.
                .is_some_and(|fit| unsafe { self.grow(span, fit) }.is_some())
    }

    /// Gives back what a block has beyond `size` bytes, as far as that can be a block: whether
    /// `size` was one to shrink to, that is, not 0 and not more than the block has. O(1).
    ///
    /// # Safety
    /// `ptr` was handed out by this heap and not freed since. What lies beyond `size` is lost.
    #[inline]
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

    /// # Safety
    /// `ptr` is a live block's; `align` is a power of two.
    #[inline]
    unsafe fn resize(&mut self, ptr: NonNull<u8>, align: usize, fit: Fit) -> Option<NonNull<u8>> {
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
                return Some(ptr);
            }
            // SAFETY: Tiling: the span is a live block's.
            if let Some(grown) = unsafe { self.grow(span, fit) } {
                return Some(grown);
            }
        }
        let new = self.allocate_aligned(align, fit)?;
        // SAFETY: both blocks are live and distinct, and hold that many bytes.
        unsafe {
            new.copy_from_nonoverlapping(ptr, old.min(fit.bytes()));
            self.deallocate(ptr);
        }
        Some(new)
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
