//! Every decision that TLSF 3.1 takes, one function each.
//!
//! The default bodies are the specification. A mutant overrides one of them and is otherwise the
//! same allocator: a planted bug, with which the harness is measured. Dispatch is static, so the
//! indirection costs no time. Rules may keep state (a bug in every seventh free); only operations
//! use them, never a query.

use std::fmt::Debug;

use crate::geometry::Geometry;
use crate::model::chain::Block;
use crate::model::sizes;

/// The rules of TLSF 3.1, generalised to ALIGN ≥ word.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Conte31;

impl Rules for Conte31 {}

/// An end of a free list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The head, which is also where blocks are taken.
    Front,
    /// The tail.
    Back,
}

/// The decisions of an allocator. In all of them `g` is the geometry, and sizes are payloads.
pub trait Rules: Clone + Debug + Default + Send {
    /// The least payload of a block.
    #[inline]
    fn min_size(&mut self, g: &Geometry) -> usize {
        g.min_size()
    }

    /// The block size for a request of `n` bytes; none refuses it.
    #[inline]
    fn fit(&mut self, g: &Geometry, n: usize) -> Option<usize> {
        let min = self.min_size(g);
        sizes::fit(g, n, min)
    }

    /// The class that a free block of this key is inserted into.
    #[inline]
    fn floor(&mut self, g: &Geometry, key: usize) -> usize {
        sizes::floor(g, key)
    }

    /// The class at which the search for this key starts; none refuses it.
    #[inline]
    fn ceil(&mut self, g: &Geometry, key: usize) -> Option<usize> {
        sizes::ceil(g, key)
    }

    /// Which block of the list that `fit` itself falls into a bounded search takes, by the sizes of that
    /// list from its head on: of the first `g.search`, the first that holds it. None goes on with the search
    /// that starts at [`Rules::ceil`].
    #[inline]
    fn near(&mut self, g: &Geometry, sizes: &[usize], fit: usize) -> Option<usize> {
        sizes.iter().take(g.search).position(|&size| size >= fit)
    }

    /// Where in its list a block is inserted: lists are LIFO.
    #[inline]
    fn inserts_at(&mut self) -> End {
        End::Front
    }

    /// A block of `size` that was taken for `fit` is cut: the rest can be a block.
    #[inline]
    fn splits(&mut self, g: &Geometry, size: usize, fit: usize) -> bool {
        size >= fit + g.word + self.min_size(g)
    }

    /// The same question where realloc has kept the block in its place.
    #[inline]
    fn trims(&mut self, g: &Geometry, size: usize, fit: usize) -> bool {
        self.splits(g, size, fit)
    }

    /// The tail that realloc cuts off absorbs its successor.
    #[inline]
    fn tail_merges(&mut self, next: Block) -> bool {
        next.free
    }

    /// A freed block is absorbed by its predecessor. Also decides whether what a pool gains at
    /// its end joins the last block.
    #[inline]
    fn merges_prev(&mut self, prev: Block) -> bool {
        prev.free
    }

    /// A freed block absorbs its successor.
    #[inline]
    fn merges_next(&mut self, next: Block) -> bool {
        next.free
    }

    /// The successor is absorbed before the predecessor. No reply shows the order: a
    /// check that fails on this mutant is wrong.
    #[inline]
    fn merges_next_first(&mut self) -> bool {
        false
    }

    /// The least distance between a block's payload and an aligned one carved out of it: the gap
    /// must hold a block.
    #[inline]
    fn gap_min(&mut self, g: &Geometry) -> usize {
        g.word + self.min_size(g)
    }

    /// The block size to search for, so that the block contains `fit` bytes at a multiple of `align`
    /// for any gap.
    ///
    /// ALIGN = word: TLSF 3.1's, which is more than the largest gap. Above, exactly that: the gaps are the
    /// multiples of the granule below `align`, and one that is too short for a block grows by `align`.
    #[inline]
    fn roomy_fit(&mut self, g: &Geometry, fit: usize, align: usize) -> Option<usize> {
        if g.align == g.word {
            let most = fit.checked_add(align)?.checked_add(self.gap_min(g))?;
            let n = sizes::round_up(most, align)?;
            return self.fit(g, n);
        }
        let longest_too_short = sizes::round_down(self.gap_min(g).saturating_sub(1), g.align);
        let largest_gap = match longest_too_short {
            0 => align - g.align,
            short => align.checked_add(short)?,
        };
        self.fit(g, fit.checked_add(largest_gap)?)
    }

    /// The aligned payload inside the block at `payload`: in its place, or far enough behind.
    #[inline]
    fn aligned(&mut self, g: &Geometry, payload: usize, align: usize) -> usize {
        let up = |offset| sizes::round_up(offset, align).expect("it lies inside the block taken");
        let aligned = up(payload);
        let gap = aligned - payload;
        let gap_min = self.gap_min(g);
        if gap == 0 || gap >= gap_min {
            return aligned;
        }
        up(aligned + align.max(gap_min - gap))
    }

    /// A block of `size` grows to `fit` by absorbing `next`; none there is the sentinel.
    #[inline]
    fn grows_in_place(
        &mut self,
        g: &Geometry,
        size: usize,
        next: Option<Block>,
        fit: usize,
    ) -> bool {
        next.is_some_and(|next| next.free && size + g.word + next.size >= fit)
    }

    /// The alignment of a block that an aligned realloc moves.
    #[inline]
    fn moved_align(&mut self, align: usize) -> usize {
        align
    }

    /// The bytes that a moving realloc copies from a block of `size` for a request of `n`.
    #[inline]
    fn copied(&mut self, size: usize, n: usize) -> usize {
        size.min(n)
    }
}
