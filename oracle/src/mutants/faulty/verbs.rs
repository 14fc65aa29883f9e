//! The verbs of blocks, below the counters.

use super::{Fault, Toy};
use crate::arena::ARENA_BYTES;
use crate::geometry::WORD;
use crate::model::sizes;

impl Toy {
    pub(super) fn fit(&self, n: usize) -> Option<usize> {
        sizes::fit(&self.g, n, self.g.min_size())
    }

    pub(super) fn search(&mut self, fit: usize) -> Option<usize> {
        let key = self.g.key(fit);
        let class = sizes::ceil(&self.g, key)?;
        let carried = class % self.g.sl == 0 && sizes::floor(&self.g, key) < class;
        let class = class - usize::from(self.has(Fault::SearchNotCarriedOver) && carried);
        self.take(class)
    }

    pub(super) fn allocate(&mut self, align: usize, n: usize) -> Option<usize> {
        if !align.is_power_of_two() {
            return None;
        }
        let fit = self.fit(n)?;
        if align <= self.g.align {
            let block = self.search(fit)?;
            return Some(self.hand_out(block, fit));
        }
        let gap_min = WORD + self.g.min_size();
        let roomy = sizes::round_up(fit.checked_add(align)?.checked_add(gap_min)?, align)?;
        let roomy = self.fit(roomy)?;
        let mut block = self.search(roomy)?;
        let payload = block + WORD;
        let up = |offset: usize| offset.next_multiple_of(align);
        let mut aligned = up(payload);
        let least = if self.has(Fault::GapBelowABlock) { gap_min - self.g.align } else { gap_min };
        if aligned > payload && aligned - payload < least {
            aligned = up(aligned + align.max(gap_min - (aligned - payload)));
        }
        if self.has(Fault::AlignedAWordShort) && align >= 256 {
            aligned -= self.g.align;
        }
        if aligned > payload {
            let gap = block;
            block = self.cut(gap, aligned - payload - WORD);
            if self.has(Fault::GapNotListed) {
                self.mark(gap, true);
            } else {
                self.release(gap);
            }
        }
        Some(self.hand_out(block, fit))
    }

    pub(super) fn reallocate(&mut self, p: usize, align: usize, n: usize) -> Option<usize> {
        let mut asked = self.fit(n);
        if self.has(Fault::HugeReallocShrinks) && n >= self.g.max() {
            asked = Some(self.g.min_size());
        }
        let fit = asked.filter(|_| align.is_power_of_two())?;
        let block = p - WORD;
        let size = self.size(block);
        if p % align == 0 && self.resize(block, fit) {
            return Some(p);
        }
        let keeps = if self.has(Fault::ReallocDropsAlignment) { 1 } else { align };
        let to = self.allocate(keeps, n)?;
        let copied = size.min(n);
        let copied = match self.fault {
            Fault::CopiesWholeWordsOnly => copied / (2 * WORD) * (2 * WORD),
            Fault::CopiesAPageAtMost => copied.min(4096),
            _ => copied,
        };
        let copied = copied.min(ARENA_BYTES.saturating_sub(p.max(to)));
        // SAFETY: both lie in the arena and so do as many bytes behind them, however wrong the blocks
        // are; they may overlap then.
        unsafe { self.arena.at(p).copy_to(self.arena.at(to), copied) };
        if !self.has(Fault::PeakMissesTheMove) {
            self.peak();
        }
        self.merge_and_release(block);
        Some(to)
    }
}
