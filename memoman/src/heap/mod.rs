//! The heap and its verbs: allocate, deallocate. Each reads as a few calls in the words of the
//! other rooms. `resize` has those that change a block's size, `memory` those of whole pools,
//! `survey` those that only look.

mod counted;
pub(crate) mod error;
mod inspect;
mod pools;
mod resize;
mod sizing;

use core::alloc::Layout;
use core::ptr::NonNull;

use crate::chain::block::{FreeBlock, UsedBlock};
use crate::chain::span::Span;
use crate::geometry::{CONTE_FL, Fit, Geometry, WORD};
use crate::index::FreeLists;
use crate::pool::table::PoolTable;
use crate::stats::Tally;

/// A TLSF heap: constant-time allocation from pools of memory that it is given.
///
/// With the default parameters it places every block where TLSF 3.1 places it.
///
/// | parameter | meaning | default | bounds |
/// |---|---|---|---|
/// | `ALIGN` | alignment of every payload, bytes | a word | power of two, a word to 4096 |
/// | `FL` | first-level rows: one per power of two of sizes | 25 (24 on 32-bit) | `FL + log2(SL * ALIGN)` at most the bits of an address |
/// | `SL` | second-level lists per row | 32 | 4, 8, 16, 32 |
/// | `POOLS` | pools it can have at a time | 4 | at least 1 |
///
/// Blocks are smaller than `2^(FL - 1 + log2(SL * ALIGN))` bytes. A wrong combination does not
/// compile.
///
/// The control holds no pointer to itself: it may be moved, and [`Tlsf::new`] is `const`, fit for
/// a `static`. It is [`Send`], not [`Sync`]: every verb takes `&mut self`.
pub struct Tlsf<
    const ALIGN: usize = WORD,
    const FL: usize = CONTE_FL,
    const SL: usize = 32,
    const POOLS: usize = 4,
> {
    pub(crate) lists: FreeLists<ALIGN, FL, SL>,
    pub(crate) pools: PoolTable<POOLS>,
    /// Nothing without feature `stats`.
    pub(crate) tally: Tally,
}

// SAFETY: it owns its pools, and nothing in it or in them is tied to a thread.
unsafe impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize> Send
    for Tlsf<ALIGN, FL, SL, POOLS>
{
}

/// Allocating.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Tlsf<ALIGN, FL, SL, POOLS>
{
    /// Allocates for a layout: [`Tlsf::malloc`], or [`Tlsf::memalign`] above ALIGN.
    #[inline]
    pub fn allocate(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        if layout.align() <= ALIGN {
            self.malloc(layout.size())
        } else {
            self.memalign(layout.align(), layout.size())
        }
    }

    /// Allocates `size` bytes aligned to ALIGN: `None` for 0, for a size above
    /// [`Tlsf::BLOCK_SIZE_MAX`], and when no list holds a block that surely fits. Mirrors
    /// `tlsf_malloc`. O(1).
    #[inline]
    pub fn malloc(&mut self, size: usize) -> Option<NonNull<u8>> {
        let block = Geometry::<ALIGN, FL, SL>::fit(size).and_then(|fit| self.allocate_fit(fit));
        self.tally.request(size, block.is_some());
        block
    }

    /// Allocates `size` bytes at a multiple of `align`: also `None` when `align` is not a power of
    /// two. Mirrors `tlsf_memalign`. O(1).
    ///
    /// The search is for `size + align` and a block more, so it can fail where the plain one
    /// succeeds; what it does not need goes back at once.
    #[inline]
    pub fn memalign(&mut self, align: usize, size: usize) -> Option<NonNull<u8>> {
        let fit = Geometry::<ALIGN, FL, SL>::fit(size).filter(|_| align.is_power_of_two());
        let block = fit.and_then(|fit| self.allocate_aligned(align, fit));
        self.tally.request(size, block.is_some());
        block
    }

    /// Takes a block back and merges it with its free neighbours. Mirrors `tlsf_free`. O(1).
    ///
    /// # Safety
    /// `ptr` was handed out by this heap and not freed since. It is dead afterwards.
    ///
    /// Only its address counts: the block is accessed with the provenance of its pool. So the pointer may
    /// be one that a `Box`, a `Vec` or a reference has narrowed to the bytes in use.
    #[inline]
    pub unsafe fn deallocate(&mut self, ptr: NonNull<u8>) {
        // SAFETY: the caller's.
        let mut span = Span::of_used(unsafe { UsedBlock::from_payload(ptr) });
        self.tally.taken_back(span.size());
        let next = span.free_next();
        if let Some(prev) = span.free_prev() {
            if let Some((next, _)) = next {
                // SAFETY: Membership: the successor is free, so it is listed.
                unsafe {
                    let next = self.lists.listed(next);
                    span.absorb_next(&self.remove(next));
                }
            }
            // SAFETY: Membership: the predecessor is free, so it is listed; sealing leaves its links.
            unsafe {
                let prev = self.lists.listed(prev);
                span.absorb_prev(prev.block());
                self.replace(prev, span.seal_free());
            }
        } else if let Some((next, _)) = next {
            // SAFETY: Membership: the successor is free, so it is listed; sealing leaves its links.
            unsafe {
                let next = self.lists.listed(next);
                span.absorb_next(next.block());
                self.replace(next, span.seal_free());
            }
        } else {
            // SAFETY: Membership: the block was used, so it is in no list.
            unsafe { self.insert(span.seal_free()) };
        }
    }

    /// Takes a block back whose layout is known: [`Tlsf::deallocate`], which needs no such help.
    /// Debug builds check that the block can hold the layout.
    ///
    /// # Safety
    /// As [`Tlsf::deallocate`]; and `layout` is what the block was last asked for.
    #[inline]
    pub unsafe fn deallocate_sized(&mut self, ptr: NonNull<u8>, layout: Layout) {
        debug_assert!(ptr.addr().get() & (layout.align() - 1) == 0, "freed with another alignment");
        // SAFETY: the caller's.
        unsafe {
            debug_assert!(layout.size() <= self.usable_size(ptr), "freed with a larger size");
            self.deallocate(ptr);
        }
    }

    /// Bytes that a block can hold: at least what was asked for. Mirrors `tlsf_block_size`.
    ///
    /// # Safety
    /// `ptr` was handed out by this heap and not freed since.
    #[inline]
    #[must_use]
    pub unsafe fn usable_size(&self, ptr: NonNull<u8>) -> usize {
        // SAFETY: the caller's.
        unsafe { UsedBlock::from_payload(ptr) }.header().size()
    }

    #[inline]
    pub(crate) fn allocate_fit(&mut self, fit: Fit) -> Option<NonNull<u8>> {
        let found = self.lists.find(fit)?;
        // SAFETY: Class: the head has at least `fit` bytes. Membership: it is free and listed; the
        // rest begins behind its links.
        unsafe {
            let (payload, rest) = self.cut_and_seal(Span::of_free(found.block()), fit);
            match rest {
                Some(rest) => self.replace_head(found, rest),
                None => _ = self.take(found),
            }
            Some(payload)
        }
    }

    /// `align` is a power of two.
    #[inline]
    pub(crate) fn allocate_aligned(&mut self, align: usize, fit: Fit) -> Option<NonNull<u8>> {
        if align <= ALIGN {
            return self.allocate_fit(fit);
        }
        let search = Geometry::<ALIGN, FL, SL>::fit_aligned(fit, align)?;
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

impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize> Default
    for Tlsf<ALIGN, FL, SL, POOLS>
{
    fn default() -> Self {
        Self::new()
    }
}
