//! Allocate and reallocate, without the counters.

use super::fault::Fault;
use super::hard::HardFault;
use super::tlsf::FaultyTlsf;
use crate::geometry::WORD;
use crate::model::sizes;

impl FaultyTlsf {
    /// The block size for a request of `n` bytes.
    pub(super) fn fit(&self, n: usize) -> Option<usize> {
        sizes::fit(&self.g, n, self.g.min_size())
    }

    /// The first block of the class that a search for `fit` bytes starts at, or of a class above.
    pub(super) fn search(&mut self, fit: usize) -> Option<usize> {
        let key = self.g.key(fit);
        let class = sizes::ceil(&self.g, key)?;
        let next_row = class % self.g.sl == 0 && sizes::floor(&self.g, key) < class;
        let class = class - usize::from(self.has(Fault::SearchNotCarriedOver) && next_row);
        let carried = next_row && self.carries_too_far(class);
        self.take(class + if carried { self.g.sl } else { 0 })
    }

    pub(super) fn allocate(&mut self, align: usize, n: usize) -> Option<usize> {
        if !align.is_power_of_two() {
            return None;
        }
        let fit = self.fit(n)?;
        if align <= self.g.align {
            let block = self.search(fit)?;
            return Some(self.prepare_used(block, fit));
        }
        let gap_min = WORD + self.g.min_size();
        let padded = self.padded(fit, align, gap_min)?;
        let mut block = self.search(padded)?;
        let payload = block + WORD;
        let up = |offset: usize| offset.next_multiple_of(align);
        let mut aligned = up(payload);
        let accepted =
            if self.has(Fault::GapSmallerThanABlock) { gap_min - self.g.align } else { gap_min };
        if aligned > payload && aligned - payload < accepted {
            aligned = up(aligned + align.max(gap_min - (aligned - payload)));
        }
        if self.has(Fault::AlignedAGranuleShort) && align >= 256 {
            aligned -= self.g.align;
        }
        let rounded_again = self.has_hard(HardFault::AlignedMoveLeavesAGap) && self.moving > 0;
        let again = up(payload + gap_min);
        let has_space = again + fit <= payload + self.size(block);
        if rounded_again && aligned == payload && align >= 512 && has_space {
            aligned = again;
        }
        if aligned > payload {
            let gap = block;
            let bytes = self.gap_bytes(aligned - payload, gap_min);
            if self.hard.is_some() && bytes == aligned - payload {
                return Some(self.cut_both(gap, bytes, fit));
            }
            block = self.cut(gap, bytes - WORD);
            if self.has(Fault::GapNotListed) {
                self.mark(gap, true);
            } else {
                self.release(gap);
            }
        }
        Some(self.prepare_used(block, fit))
    }

    /// What the search for an aligned block is for: as TLSF 3.1, or with ALIGN above a word for the largest
    /// gap. A gap is a multiple of ALIGN then, and one that is too short for a block grows by `align`.
    fn padded(&self, fit: usize, align: usize, gap_min: usize) -> Option<usize> {
        if self.g.align == WORD {
            let most = fit.checked_add(align)?.checked_add(gap_min)?;
            return self.fit(sizes::round_up(most, align)?);
        }
        let too_short = sizes::round_down(gap_min - 1, self.g.align);
        let largest = if too_short == 0 { align - self.g.align } else { align + too_short };
        self.fit(fit.checked_add(largest)?)
    }

    pub(super) fn reallocate(&mut self, p: usize, align: usize, n: usize) -> Option<usize> {
        let mut fit = self.fit(n);
        if self.has(Fault::HugeReallocShrinks) && n >= self.g.max() {
            fit = Some(self.g.min_size());
        }
        let fit = fit.filter(|_| align.is_power_of_two())?;
        let block = p - WORD;
        if p % align == 0 && self.resize(block, fit) {
            return Some(p);
        }
        let requested = if self.has(Fault::ReallocDropsAlignment) { 1 } else { align };
        self.moving = self.size(block);
        let to = self.relocate(block, requested, n);
        self.moving = 0;
        to
    }

    /// Moves a block, and returns its new payload.
    fn relocate(&mut self, block: usize, align: usize, n: usize) -> Option<usize> {
        let (p, size) = (block + WORD, self.size(block));
        let to = self.allocate(align, n)?;
        let copied = size.min(n);
        let copied = match self.fault {
            Fault::CopiesWholePairsOfWords => copied / (2 * WORD) * (2 * WORD),
            Fault::CopiesAPageAtMost => copied.min(4096),
            _ if self.has_hard(HardFault::CopyLengthIn17Bits) => copied % (1 << 17),
            _ => copied,
        };
        let copied = copied.min(self.arena.bytes().saturating_sub(p.max(to)));
        // SAFETY: `copied` was limited so that both ranges lie in the arena, even if a block is wrong;
        // the ranges may overlap then.
        unsafe { self.arena.at(p).copy_to(self.arena.at(to), copied) };
        if !self.has(Fault::PeakOmitsTheMove) {
            self.update_peak();
        }
        if !self.releases_beside_the_new(block, to - WORD) {
            self.merge_and_release(block);
        }
        Some(to)
    }
}
