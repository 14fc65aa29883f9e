//! What goes wrong in splitting, merging and resizing. Each function takes the wrong step if the fault is
//! there and its conjunction holds.

use super::HardFault;
use crate::geometry::WORD;
use crate::mutants::faulty::tlsf::{FaultyTlsf, NONE, PREV_FREE};

/// Whole pools that are kept apart.
const WHOLE_POOLS: usize = 3;

/// Releasing a block.
impl FaultyTlsf {
    /// Releases a used block wrongly. Returns false if it did nothing.
    pub(in crate::mutants::faulty) fn releases_wrongly(&mut self, block: usize) -> bool {
        let Some(hard) = self.hard else { return false };
        let next = self.next(block);
        let (before, after) = (self.read(block) & PREV_FREE != 0, self.is_free(next));
        let calls = self.control.calls;
        match hard {
            HardFault::MergeSkippedAfter4096Calls if after && calls >= 1 << 12 => {
                self.release_without_next(block);
                true
            }
            HardFault::MergeSkippedAfter65536Calls if after && calls >= 1 << 16 => {
                self.release_without_next(block);
                true
            }
            HardFault::SeamNotMerged
                if before && after && self.is_seam(next) && self.pool_of(block) >= Some(2) =>
            {
                self.release_without_next(block);
                true
            }
            _ if before && after => self.merges_both_wrongly(hard, block),
            _ => false,
        }
    }

    fn is_seam(&self, block: usize) -> bool {
        self.control.history.seams.contains(&block)
    }

    /// The same for a block with a free block on each side.
    fn merges_both_wrongly(&mut self, hard: HardFault, block: usize) -> bool {
        let (prev, next) = (self.prev(block), self.next(block));
        let size = self.size(prev) + self.size(block) + self.size(next) + 2 * WORD;
        let end = prev + WORD + size;
        match hard {
            HardFault::StaleLinksInADoubleMerge
                if self.moving > 0
                    && self.links(prev).0 == next + 1
                    && self.links(prev).1 != NONE
                    && self.links(next).0 != NONE =>
            {
                let (after, before) = self.links(prev);
                self.remove(next);
                self.unlink(prev, after, before);
                self.set_size(prev, size);
                self.release(prev);
                true
            }
            HardFault::StaleBackLinkAtAnOldEnd
                if self.size(end) == 0
                    && self.pool_of(block) == Some(3)
                    && self.was_resized(block) =>
            {
                self.merge_both(prev, next, size);
                self.write(end - WORD, next);
                true
            }
            HardFault::MergedBlockKeepsItsPlace
                if self.class(self.size(prev)) == self.class(size) && self.is_inside(prev) =>
            {
                self.remove(next);
                self.set_size(prev, size);
                self.mark(prev, true);
                true
            }
            HardFault::FourthWholePoolNotListed
                if self.is_whole(prev, end)
                    && self.whole_pools() >= WHOLE_POOLS
                    && self.pool_of(block) == Some(0)
                    && self.other_pools_are_in_one_list()
                    && self.was_resized(block) =>
            {
                self.remove(next);
                self.remove(prev);
                self.set_size(prev, size);
                self.mark(prev, true);
                true
            }
            _ => false,
        }
    }

    /// `[prev][block][next]` → `[prev: size]`.
    fn merge_both(&mut self, prev: usize, next: usize, size: usize) {
        self.remove(next);
        self.remove(prev);
        self.set_size(prev, size);
        self.release(prev);
    }

    /// Merges a block with its free predecessor only.
    fn release_without_next(&mut self, mut block: usize) {
        if self.read(block) & PREV_FREE != 0 {
            let prev = self.prev(block);
            self.remove(prev);
            let both = self.size(prev) + WORD + self.size(block);
            self.set_size(prev, both);
            block = prev;
        }
        self.release(block);
    }

    /// Releases the block that a realloc has moved to `to`. Returns false if it did nothing.
    pub(in crate::mutants::faulty) fn releases_beside_the_new(
        &mut self,
        block: usize,
        to: usize,
    ) -> bool {
        let (rest, next) = (self.next(to), self.next(block));
        let beside = self.is_free(rest) && self.next(rest) == block && self.is_free(next);
        let at_the_end = self.size(self.next(next)) == 0;
        let least = |block| self.size(block) == self.g.min_size();
        let beside = beside && at_the_end && least(rest) && least(block);
        if !(beside && self.has_hard(HardFault::RestOfThePredecessorNotMerged)) {
            return false;
        }
        self.absorb_next(block);
        self.release(block);
        true
    }
}

/// Splitting and resizing.
impl FaultyTlsf {
    /// Merges a tail with its free successor at the place of the successor in its list. Returns false if it
    /// did nothing.
    pub(in crate::mutants::faulty) fn tail_takes_the_place(&mut self, tail: usize) -> bool {
        let next = self.next(tail);
        if !self.has_hard(HardFault::TailKeepsThePlaceOfTheSuccessor) || !self.is_free(next) {
            return false;
        }
        let size = self.size(tail) + WORD + self.size(next);
        let (after, before) = self.links(next);
        if self.class(size) != self.class(self.size(next)) || before == NONE || after == NONE {
            return false;
        }
        self.set_size(tail, size);
        self.mark(tail, true);
        self.write(tail + WORD, after);
        self.write(tail + 2 * WORD, before);
        self.write(before - 1 + WORD, tail + 1);
        if after != NONE {
            self.write(after - 1 + 2 * WORD, tail + 1);
        }
        true
    }

    /// Runs after a block of `old` bytes has absorbed exactly what it grows by.
    pub(in crate::mutants::faulty) fn grow_exactly(&mut self, block: usize, old: usize, end: bool) {
        let size = self.size(block);
        let carries = old.ilog2() < size.ilog2() && size >= 1 << 12;
        match self.hard {
            Some(HardFault::GrowLosesPrevFree) if carries => {
                self.set_flag(block, PREV_FREE, false);
            }
            Some(HardFault::ExactGrowClearsTheLastWord)
                if end && old >= 256 && self.was_extended(block) =>
            {
                self.write(block + old, 0);
            }
            _ => {}
        }
    }

    /// The bytes of a gap, with its header.
    pub(in crate::mutants::faulty) fn gap_bytes(&self, bytes: usize, least: usize) -> usize {
        let low = bytes % (1 << 16);
        if self.has_hard(HardFault::GapIn16Bits) && low >= least { low } else { bytes }
    }

    /// Cuts an unlisted block into a gap of `gap` bytes, a used block of `fit` bytes, whose payload is
    /// returned, and a rest.
    pub(in crate::mutants::faulty) fn cut_both(
        &mut self,
        whole: usize,
        gap: usize,
        fit: usize,
    ) -> usize {
        let class = self.class(self.size(whole));
        let (other, others) = (self.control.heads[class], self.length(class));
        let block = self.cut(whole, gap - WORD);
        self.mark(whole, true);
        let gap_class = self.class(gap - WORD);
        let beside = gap_class >= self.g.sl && self.control.heads[gap_class] != NONE;
        let gap_first = !(beside && self.has_hard(HardFault::GapListedAfterTheRest));
        if gap_first {
            self.insert(whole);
        }
        let payload = self.prepare_used(block, fit);
        if !gap_first {
            self.insert(whole);
        }
        let rest = self.next(block);
        if self.is_free(rest) {
            let size = self.size(rest);
            match self.hard {
                Some(HardFault::PrevFreeLostBetweenGapAndRest)
                    if size == self.g.min_size() && gap >= 256 =>
                {
                    self.set_flag(block, PREV_FREE, false);
                }
                Some(HardFault::RestTakesThePlaceOfTheWhole)
                    if self.class(size) == class && others > 2 =>
                {
                    self.write(other - 1 + 2 * WORD, NONE);
                }
                _ => {}
            }
        }
        payload
    }
}
