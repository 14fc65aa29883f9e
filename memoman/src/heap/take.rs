//! From a free block to a used one: the head of the list that the search finds, whole or cut.

use core::ptr::NonNull;

use crate::chain::block::{Block, FreeBlock};
use crate::chain::span::Span;
use crate::geometry::{Fit, Geometry};
use crate::heap::Tlsf;
use crate::index::class::SizeClass;
use crate::index::listed::Head;

impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Tlsf<ALIGN, FL, SL, POOLS, SEARCH>
{
    /// A block of at least `fit` bytes; `None` if no list at or above its class has one.
    ///
    /// Inlined, except where the compiler optimises for size: there, all callers share one copy.
    #[cfg_attr(small_code, inline(never))]
    #[cfg_attr(not(small_code), inline)]
    pub(crate) fn allocate_fit(&mut self, fit: Fit) -> Option<NonNull<u8>> {
        if let Some(near) = self.near(fit) {
            // SAFETY: Membership: `near` is listed, and has at least `fit` bytes.
            return Some(unsafe { self.carve(near, 0, fit) });
        }
        let found = self.lists.find(fit)?;
        let span = Span::of_free(found.block());
        // SAFETY: Class: the head has at least `fit` bytes. Membership: it is free and listed.
        unsafe {
            if span.is_longer(fit.bytes(), Geometry::<ALIGN, FL, SL>::MIN_BLOCK) {
                let (block, class) = found.into_parts();
                return Some(self.split(block.place(), block.size(), class, fit));
            }
            self.tally.handed_out(span.size());
            self.take(found);
            Some(span.seal_used().payload())
        }
    }

    /// Gives the caller the first `fit` bytes of the head of the list of `class`; the rest is a free block.
    ///
    /// Not inlined: the path that takes a block whole then needs so few registers that it saves none. The
    /// arguments are numbers, which fit into registers.
    ///
    /// # Safety
    /// The block at `place` is that head, of `size` bytes: enough for `fit` and a least block.
    #[inline(never)]
    unsafe fn split(
        &mut self,
        place: Block,
        size: usize,
        class: SizeClass<FL, SL>,
        fit: Fit,
    ) -> NonNull<u8> {
        // SAFETY: the caller's. The rest begins behind the links of the head.
        unsafe {
            core::hint::assert_unchecked(
                size >= fit.bytes() + Geometry::<ALIGN, FL, SL>::MIN_BLOCK,
            );
            let found = Head::new(FreeBlock::new(place, size), class);
            let (payload, rest) = self.cut_and_seal(Span::of_free(found.block()), fit);
            self.replace_head(found, rest.unwrap_unchecked());
            payload
        }
    }

    /// As [`Self::allocate_fit`], with a payload at a multiple of `align`; `None` also if the search for both is
    /// beyond the largest block.
    ///
    /// # Safety
    /// `align` is a power of two.
    #[inline]
    pub(crate) unsafe fn allocate_aligned(
        &mut self,
        align: usize,
        fit: Fit,
    ) -> Option<NonNull<u8>> {
        if align <= ALIGN {
            return self.allocate_fit(fit);
        }
        let search = Geometry::<ALIGN, FL, SL>::fit_aligned(fit, align)?;
        if let Some(near) = self.near(search) {
            let payload = near.block().place();
            // SAFETY: Membership: `near` is listed, and has room for the gap and `fit` bytes behind it.
            unsafe {
                let gap = Geometry::<ALIGN, FL, SL>::gap(payload.payload().addr().get(), align);
                return Some(self.carve(near, gap, fit));
            }
        }
        let found = self.lists.find(search)?;
        // SAFETY: Class: the head has room for the gap and `fit` bytes behind it. Membership: it is free
        // and listed until replaced or taken; the rest is in no list.
        unsafe {
            let mut span = Span::of_free(found.block());
            let gap = Geometry::<ALIGN, FL, SL>::gap(span.start().payload().addr().get(), align);
            if gap > 0 {
                let lead = span.cut_front(gap);
                self.replace(found.into_listed(), lead.seal_free());
            } else {
                self.take(found);
            }
            let (payload, rest) = self.cut_and_seal(span, fit);
            if let Some(rest) = rest {
                self.insert(rest);
            }
            Some(payload)
        }
    }

    /// Gives the caller the first `fit` bytes of a span; the rest, if it can be a block, is free, and
    /// in no list yet.
    ///
    /// # Safety
    /// The span has at least `fit` bytes, and no list needs a word from the first behind these on.
    #[inline]
    pub(crate) unsafe fn cut_and_seal(
        &mut self,
        mut span: Span,
        fit: Fit,
    ) -> (NonNull<u8>, Option<FreeBlock>) {
        // SAFETY: Tiling: the caller's, the cut is inside the span; the rest is sealed last.
        unsafe {
            let rest = span.cut(fit.bytes(), Geometry::<ALIGN, FL, SL>::MIN_BLOCK);
            self.tally.handed_out(span.size());
            let used = span.seal_used();
            (used.payload(), rest.map(|rest| rest.seal_free()))
        }
    }
}
