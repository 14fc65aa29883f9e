//! Address order: cutting, merging, and what neighbours know of each other.

use super::{FREE, Fault, PREV_FREE, Toy};
use crate::geometry::WORD;

impl Toy {
    /// Marks a block free, tells the one behind it, and lists it.
    pub(super) fn release(&mut self, block: usize) {
        self.mark(block, true);
        self.insert(block);
    }

    /// A block's state, and what the one behind it knows of it.
    pub(super) fn mark(&mut self, block: usize, free: bool) {
        self.flag(block, FREE, free);
        let next = self.next(block);
        if free && self.has(Fault::BackLinkOfTheLastIsOld) && self.size(next) == 0 {
            self.flag(next, PREV_FREE, true);
            return;
        }
        if free && !self.has(Fault::BackLinkNotWritten) {
            self.write(next - WORD, block);
        }
        let forgets = match free {
            true => self.has(Fault::PrevFreeNotSet) && self.size(next) == 0,
            false => self.has(Fault::PrevFreeNotCleared) && self.size(block) == self.g.min_size(),
        };
        if !forgets {
            self.flag(next, PREV_FREE, free);
        }
        if self.has(Fault::TellsTheNextPool) && self.size(next) == 0 {
            let edge = next + WORD;
            if self.control.pools.iter().any(|pool| pool.0 == edge) {
                self.flag(edge + self.g.align - WORD, PREV_FREE, free);
            }
        }
        if free && self.has(Fault::SentinelFreed) && self.size(next) == 0 {
            self.flag(next, FREE, true);
        }
    }

    /// `[ block: size ]` → `[ block: fit ][ rest ]`; the rest is a block, not yet listed.
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

    pub(super) fn splits(&self, size: usize, fit: usize) -> bool {
        let least = match self.has(Fault::SplitsForAHeaderLess) {
            true => self.g.min_size(),
            false => self.g.min_size() + WORD,
        };
        size >= fit + least
    }

    /// Cuts off what a block taken for `fit` does not need.
    pub(super) fn hand_out(&mut self, block: usize, fit: usize) -> usize {
        let size = self.size(block);
        if self.splits(size, fit) {
            let rest = self.cut(block, fit);
            if self.has(Fault::LeastRestTellsNobody) && self.size(rest) == self.g.min_size() {
                self.flag(rest, FREE, true);
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

    pub(super) fn absorb_next(&mut self, block: usize) {
        let next = self.next(block);
        if !(self.has(Fault::AbsorbedStaysListed) && self.size(next) >= self.g.small()) {
            self.remove(next);
        }
        let both = self.size(block) + WORD + self.size(next);
        let both = match self.has(Fault::MergeForgetsTheHeader) && both > 512 {
            true => both - WORD,
            false => both,
        };
        self.set_size(block, both);
    }

    /// Merges a used block with its free neighbours and lists it.
    pub(super) fn merge_and_release(&mut self, mut block: usize) {
        let next = self.next(block);
        let behind = match self.has(Fault::MergesAUsedSuccessor) {
            true => self.size(next) == self.g.min_size(),
            false => false,
        };
        if self.is_free(next) {
            self.absorb_next(block);
        } else if behind {
            let both = self.size(block) + WORD + self.size(next);
            self.set_size(block, both);
        }
        if self.has(Fault::MergesOverThePoolsEdge) && self.size(self.next(block)) == 0 {
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
            let twins = next != self.next(block) && self.size(prev) == self.size(next);
            if !(self.has(Fault::TwinStaysListed) && twins) {
                self.remove(prev);
            }
            let both = self.size(prev) + WORD + self.size(block);
            self.set_size(prev, both);
            block = prev;
        }
        self.release(block);
    }

    /// Cuts off what a resized block does not need.
    pub(super) fn trim(&mut self, block: usize, fit: usize) {
        if !self.splits(self.size(block), fit) {
            return;
        }
        let tail = self.cut(block, fit);
        if self.is_free(self.next(tail)) && !self.has(Fault::TailStaysApart) {
            self.absorb_next(tail);
        }
        match self.has(Fault::TailNotListed) {
            true => self.mark(tail, true),
            false => self.release(tail),
        }
    }

    /// Whether the block has `fit` bytes now, and is where it was.
    pub(super) fn resize(&mut self, block: usize, fit: usize) -> bool {
        let size = self.size(block);
        if fit > size {
            let next = self.next(block);
            let room = match self.has(Fault::GrowsByTheHeaderTwice) {
                true => size + 2 * WORD + self.size(next),
                false => size + WORD + self.size(next),
            };
            if !self.is_free(next) || room < fit {
                return false;
            }
            self.absorb_next(block);
            if !(self.has(Fault::GrowsExactlyAndTellsNobody) && room == fit) {
                self.mark(block, false);
            }
        }
        self.trim(block, fit);
        true
    }
}
