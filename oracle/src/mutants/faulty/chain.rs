//! Address order: splitting, merging, and the flags and back links of neighbours.

use super::fault::Fault;
use super::tlsf::{FREE, FaultyTlsf, PREV_FREE};
use crate::geometry::WORD;

impl FaultyTlsf {
    /// Marks a block free and lists it.
    pub(super) fn release(&mut self, block: usize) {
        self.mark(block, true);
        self.insert(block);
    }

    /// Sets a block's state: its own flag, and PREV_FREE and the back link of the block after it.
    pub(super) fn mark(&mut self, block: usize, free: bool) {
        self.set_flag(block, FREE, free);
        let next = self.next(block);
        if free && self.has(Fault::BackLinkOfTheSentinelNotWritten) && self.size(next) == 0 {
            self.set_flag(next, PREV_FREE, true);
            return;
        }
        if free && !self.has(Fault::BackLinkNotWritten) {
            self.write(next - WORD, block);
        }
        let omits = match free {
            true => self.has(Fault::PrevFreeNotSet) && self.size(next) == 0,
            false => self.has(Fault::PrevFreeNotCleared) && self.size(block) == self.g.min_size(),
        };
        if !omits {
            self.set_flag(next, PREV_FREE, free);
        }
        if self.has(Fault::WritesPrevFreeOfTheNextPool) && self.size(next) == 0 {
            let edge = next + WORD;
            if self.control.pools.iter().any(|pool| pool.0 == edge) {
                self.set_flag(edge + self.g.align - WORD, PREV_FREE, free);
            }
        }
        if free && self.has(Fault::SentinelFreed) && self.size(next) == 0 {
            self.set_flag(next, FREE, true);
        }
    }

    /// `[ block: size ]` → `[ block: fit ][ rest ]`. The rest is a used block, not listed.
    pub(super) fn cut(&mut self, block: usize, fit: usize) -> usize {
        let left = self.size(block) - fit - WORD;
        self.set_size(block, fit);
        let rest = block + WORD + fit;
        let left = match self.has(Fault::RestShorterByAGranule) && left > 8 * self.g.align {
            true => left - self.g.align,
            false => left,
        };
        self.write(rest, left);
        rest
    }

    /// The rest of a block of `size` bytes after `fit` bytes is large enough for a block.
    pub(super) fn splits(&self, size: usize, fit: usize) -> bool {
        let least = match self.has(Fault::SplitOmitsTheHeader) {
            true => self.g.min_size(),
            false => self.g.min_size() + WORD,
        };
        size >= fit + least
    }

    /// Marks an unlisted block used and returns its payload. The bytes beyond `fit` become a free block
    /// if they are enough for one.
    pub(super) fn prepare_used(&mut self, block: usize, fit: usize) -> usize {
        let size = self.size(block);
        if self.splits(size, fit) {
            let rest = self.cut(block, fit);
            if self.has(Fault::SmallestRestLeavesPrevFree) && self.size(rest) == self.g.min_size() {
                self.set_flag(rest, FREE, true);
                self.insert(rest);
            } else if self.has(Fault::RestInTheListOfTheWhole) && self.class(size) % self.g.sl == 1
            {
                let left = self.size(rest);
                self.set_size(rest, size);
                self.insert(rest);
                self.set_size(rest, left);
                self.mark(rest, true);
            } else {
                self.release(rest);
            }
        }
        self.mark(block, false);
        block + WORD
    }

    /// Merges a block with its free successor.
    pub(super) fn absorb_next(&mut self, block: usize) {
        let next = self.next(block);
        if !(self.has(Fault::AbsorbedStaysListed) && self.size(next) >= self.g.small()) {
            self.remove(next);
        }
        let both = self.size(block) + WORD + self.size(next);
        let both = match self.has(Fault::MergeOmitsTheHeader) && both > 512 {
            true => both - WORD,
            false => both,
        };
        self.set_size(block, both);
    }

    /// Merges a used block with its free neighbours and lists it.
    pub(super) fn merge_and_release(&mut self, mut block: usize) {
        if self.releases_wrongly(block) {
            return;
        }
        let next = self.next(block);
        let absorbs_used = match self.has(Fault::MergesAUsedSuccessor) {
            true => self.size(next) == self.g.min_size(),
            false => false,
        };
        if self.is_free(next) {
            self.absorb_next(block);
        } else if absorbs_used {
            let both = self.size(block) + WORD + self.size(next);
            self.set_size(block, both);
        }
        if self.has(Fault::MergesAcrossPools) && self.size(self.next(block)) == 0 {
            let edge = self.next(block) + WORD;
            let other = edge + self.g.align - WORD;
            let adjoins = self.control.pools.iter().any(|pool| pool.0 == edge);
            if adjoins && self.is_free(other) {
                self.remove(other);
                let both = other + WORD + self.size(other) - block - WORD;
                self.set_size(block, both);
            }
        }
        if self.read(block) & PREV_FREE != 0 {
            let prev = self.prev(block);
            let equal = next != self.next(block) && self.size(prev) == self.size(next);
            if !(self.has(Fault::EqualNeighbourStaysListed) && equal) {
                self.remove(prev);
            }
            let both = self.size(prev) + WORD + self.size(block);
            self.set_size(prev, both);
            block = prev;
        }
        self.release(block);
    }

    /// Splits off the bytes that a resized block does not need.
    pub(super) fn trim(&mut self, block: usize, fit: usize) {
        if !self.splits(self.size(block), fit) {
            return;
        }
        let tail = self.cut(block, fit);
        if self.tail_takes_the_place(tail) {
            return;
        }
        if self.is_free(self.next(tail)) && !self.has(Fault::TailNotMerged) {
            self.absorb_next(tail);
        }
        match self.has(Fault::TailNotListed) {
            true => self.mark(tail, true),
            false => self.release(tail),
        }
    }

    /// Resizes a block to `fit` bytes in its place. Returns false if its neighbours do not allow it.
    pub(super) fn resize(&mut self, block: usize, fit: usize) -> bool {
        let size = self.size(block);
        if fit > size {
            let next = self.next(block);
            let available = match self.has(Fault::GrowCountsTheHeaderTwice) {
                true => size + 2 * WORD + self.size(next),
                false => size + WORD + self.size(next),
            };
            if !self.is_free(next) || available < fit {
                return false;
            }
            let at_the_end = self.size(self.next(next)) == 0;
            self.absorb_next(block);
            if available == fit {
                self.grow_exactly(block, size, at_the_end);
            }
            if !(self.has(Fault::ExactGrowKeepsPrevFree) && available == fit) {
                self.mark(block, false);
            }
        }
        self.trim(block, fit);
        true
    }
}
