//! Blocks at a chosen place: espressif's additions to TLSF 3.1, without their faults.

use crate::call::Events;
use crate::model::chain::{Block, Place};
use crate::model::heap::Model;
use crate::model::rules::Rules;
use crate::model::sizes;

impl<R: Rules> Model<R> {
    /// As [`memalign`](Self::memalign), but not the block's first byte is at a multiple of `align`: byte
    /// number `offset` is, rounded up to ALIGN. With an offset, a free block stays in front.
    ///
    /// ```text
    /// [ free: size                                                 ]
    /// [ lead: free ][ used: fit … | offset |                ][ rest ]
    ///                                      ^ multiple of align
    /// ```
    pub fn memalign_offset(&mut self, align: usize, offset: usize, n: usize) -> Option<usize> {
        let g = self.geometry;
        let offset = sizes::round_up(offset, g.align)?;
        if offset == 0 || align <= g.align {
            return self.memalign(align, n);
        }
        self.events = Events::default();
        if !align.is_power_of_two() {
            return None;
        }
        let fit = self.rules.fit(&g, n)?;
        let least = self.rules.gap_min(&g);
        // Above a word: the last of the leads, which are `least` and each multiple of ALIGN behind, up to one
        // for each residue. With ALIGN = word the fork searches as without an offset.
        let roomy = match g.align == g.word {
            true => self.rules.roomy_fit(&g, fit, align)?,
            false => self.rules.fit(&g, fit.checked_add(least - g.align)?.checked_add(align)?)?,
        };
        let block = self.take(roomy)?;
        let payload = self.chain[block].offset;
        // Only what is left of the offset beyond whole multiples decides.
        let is_aligned = |lead: &usize| (payload + lead + offset % align) % align == 0;
        let lead = (least..).step_by(g.align).find(is_aligned).expect("one in `align` bytes");
        let block = self.cut_front(block, lead);
        Some(self.hand_out(block, fit))
    }

    /// A block that contains the `n` bytes from `at` on, if they lie in one free block.
    ///
    /// It starts at the last multiple of ALIGN up to `at` for which the bytes in front are none or a block,
    /// and the bytes behind a block.
    pub fn malloc_at(&mut self, at: usize, n: usize) -> Option<usize> {
        self.events = Events::default();
        let g = self.geometry;
        let block = self.free_around(at, at.checked_add(n).filter(|_| n > 0)?)?;
        let Block { offset: first, size, .. } = self.chain[block];
        let (least, min) = (self.rules.gap_min(&g), self.rules.min_size(&g));
        let fits = |start: &usize| {
            *start == first || (start - first >= least && first + size - start >= min)
        };
        let start = (first..at + 1).step_by(g.align).rev().find(fits)?;
        let fit = self.rules.fit(&g, at + n - start)?;
        self.lists.remove(first);
        self.chain[block].free = false;
        let block = if start > first { self.cut_front(block, start - first) } else { block };
        Some(self.hand_out(block, fit))
    }

    /// The free block whose payload contains these bytes.
    fn free_around(&self, from: usize, to: usize) -> Option<Place> {
        let holds = |block: &Block| {
            block.free && block.offset <= from && from < to && to <= block.offset + block.size
        };
        let mut blocks = self.chain.pools().iter().flat_map(|pool| &pool.blocks);
        self.chain.find(blocks.find(|block| holds(block))?.offset)
    }

    /// The largest request that a free block of `size` bytes serves, whatever else is in its list: the
    /// least size of its class. In the first row, where a class is one size, a request's size. 0 for 0; a size
    /// that no block can have counts as the largest.
    pub fn fit_size(&mut self, size: usize) -> usize {
        let g = self.geometry;
        let size = size.min(g.max_size());
        let Some(fit) = self.rules.fit(&g, size) else { return 0 };
        let key = g.key(size);
        if key < g.small() {
            return fit;
        }
        let range = 1 << (key.ilog2() - g.sl.ilog2());
        sizes::round_down(key, range) - g.key(0)
    }
}
