//! Size order: the lists and the two levels of bits.

use std::ops::Range;

use super::fault::Fault;
use super::tlsf::{FaultyTlsf, NONE};
use crate::arena::SMALL_BYTES;
use crate::geometry::WORD;
use crate::model::sizes;

impl FaultyTlsf {
    /// The class in which a free block of `size` bytes is listed.
    pub(super) fn class(&self, size: usize) -> usize {
        let key = self.g.key(size);
        let class = sizes::floor(&self.g, key);
        let exact = class > 2 * self.g.sl && sizes::least_key(&self.g, class) == key;
        let below =
            exact && self.g.align > WORD && self.has(Fault::ExactSizeListedBelowForWideAligns);
        class - usize::from(below || self.is_listed_below(class, key))
    }

    /// Inserts a free block into its list.
    pub(super) fn insert(&mut self, block: usize) {
        let mut class = self.class(self.size(block));
        if self.has(Fault::InsertsIntoTheListBelow) && class % self.g.sl == self.g.sl - 1 {
            class -= 1;
        }
        let (fl, sl) = (class / self.g.sl, class % self.g.sl);
        let head = self.control.heads[class];
        if self.has(Fault::ThirdBlockGoesToTheTail) && head != NONE {
            let second = self.read(head - 1 + WORD);
            if second != NONE && self.read(second - 1 + WORD) == NONE {
                self.write(second - 1 + WORD, block + 1);
                self.write(block + WORD, NONE);
                self.write(block + 2 * WORD, second);
                return;
            }
        }
        self.write(block + WORD, head);
        self.write(block + 2 * WORD, NONE);
        if head != NONE && !self.has(Fault::OldHeadHasNoPrev) && !self.is_long(class) {
            self.write(head - 1 + 2 * WORD, block + 1);
        }
        self.control.heads[class] = block + 1;
        let first_of_row = self.control.lists[fl] == 0;
        if !(self.has(Fault::SecondLevelBitNotSet) && !first_of_row && sl == self.g.sl / 2) {
            self.control.lists[fl] |= 1 << sl;
        }
        if !(self.has(Fault::FirstLevelBitNotSet) && fl > 2 && sl == self.g.sl - 1) {
            self.control.rows |= 1 << fl;
        }
        if self.has(Fault::BitOfTheRowBelow) && fl > 0 && first_of_row {
            self.control.rows |= 1 << (fl - 1);
        }
    }

    /// Removes a free block from its list.
    pub(super) fn remove(&mut self, block: usize) {
        let (next, prev) = self.links(block);
        self.unlink(block, next, prev);
    }

    /// Next and prev link of a listed block.
    pub(super) fn links(&self, block: usize) -> (usize, usize) {
        (self.read(block + WORD), self.read(block + 2 * WORD))
    }

    /// Removes a free block with these links from its list.
    pub(super) fn unlink(&mut self, block: usize, next: usize, prev: usize) {
        let class = self.class(self.size(block));
        let (fl, sl) = (class / self.g.sl, class % self.g.sl);
        let is_inner =
            || self.read(prev - 1 + 2 * WORD) != NONE && self.read(next - 1 + WORD) != NONE;
        let keeps = prev != NONE
            && next != NONE
            && match self.fault {
                Fault::NextKeepsItsPrev => true,
                Fault::InnerNextKeepsItsPrev => is_inner(),
                _ => false,
            };
        let keeps = keeps || self.keeps_prev_link(block, next, prev);
        if next != NONE && !keeps {
            self.write(next - 1 + 2 * WORD, prev);
        }
        if prev != NONE && !(self.has(Fault::PrevKeepsItsNext) && next == NONE) {
            self.write(prev - 1 + WORD, next);
        }
        if self.control.heads[class] != block + 1 {
            return;
        }
        self.control.heads[class] = next;
        if next != NONE {
            return;
        }
        if self.has(Fault::StaleSecondLevelBit) && sl == 0 && fl > 0 {
            return;
        }
        self.control.lists[fl] &= !(1 << sl);
        let empties = match self.has(Fault::RowClearedTooSoon) {
            true => self.control.lists[fl] >> sl == 0,
            false => self.control.lists[fl] == 0 || self.is_negative(fl, sl),
        };
        if empties && !(self.has(Fault::StaleFirstLevelBit) && fl > 1) {
            self.control.rows &= !(1 << fl);
        }
    }

    /// All rows, each with its classes.
    pub(super) fn rows(&self) -> impl DoubleEndedIterator<Item = (usize, Range<usize>)> + use<> {
        let sl = self.g.sl;
        (0..self.control.heads.len() / sl).map(move |row| (row, row * sl..(row + 1) * sl))
    }

    /// Whether one of these lists has a block. There is no branch for each list: the coverage of a fuzzer counts
    /// branches, and those of empty lists took most of the time of a search.
    pub(super) fn is_occupied(&self, classes: &Range<usize>) -> bool {
        self.control.heads[classes.clone()].iter().fold(NONE, |any, head| any | head) != NONE
    }

    /// Visits the blocks of a list from its head. Ends even if the list has a cycle.
    pub(super) fn list(&self, class: usize, visit: &mut dyn FnMut(usize)) {
        let mut link = self.control.heads[class];
        for _ in 0..SMALL_BYTES / WORD {
            if link == NONE {
                return;
            }
            visit(link - 1);
            link = self.read(link - 1 + WORD);
        }
    }

    /// Removes and returns the head of the first occupied list at or above `class`.
    pub(super) fn take(&mut self, class: usize) -> Option<usize> {
        let (fl, sl) = (class / self.g.sl, class % self.g.sl);
        let here = self.control.lists[fl] >> sl << sl;
        let (fl, list) = if here != 0 {
            (fl, here)
        } else {
            let skips = self.has(Fault::RowAboveSkipped) && self.control.lists[fl] != 0;
            let from = fl as u32 + 1 + u32::from(skips);
            let above = self.control.rows & usize::MAX.checked_shl(from).unwrap_or(0);
            if above == 0 {
                return None;
            }
            let row = above.trailing_zeros() as usize;
            (row, self.control.lists[row])
        };
        let sl = list.trailing_zeros() as usize % 32;
        let head = self.control.heads[fl * self.g.sl + sl];
        (head != NONE).then(|| {
            self.remove(head - 1);
            head - 1
        })
    }
}
