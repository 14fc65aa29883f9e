//! What goes wrong in lists, bits and the search.

use super::HardFault;
use crate::geometry::WORD;
use crate::model::sizes;
use crate::mutants::faulty::tlsf::{FaultyTlsf, NONE};

/// The length of a list at which a length of six bits is 0.
const LONG: usize = 1 << 6;

impl FaultyTlsf {
    /// A block of this key is listed one list too low.
    pub(in crate::mutants::faulty) fn is_listed_below(&self, class: usize, key: usize) -> bool {
        self.has_hard(HardFault::LeastSizeListedBelow)
            && self.g.sl >= 16
            && class % self.g.sl == self.g.sl - 1
            && (1 << 17..1 << 18).contains(&key)
            && sizes::least_key(&self.g, class) == key
    }

    /// The list has as many blocks as make a length of six bits 0.
    pub(in crate::mutants::faulty) fn is_long(&self, class: usize) -> bool {
        self.has_hard(HardFault::LongListLosesALink)
            && class >= self.g.sl
            && self.length(class) == LONG
    }

    /// How many blocks a list has.
    pub(in crate::mutants::faulty) fn length(&self, class: usize) -> usize {
        let mut length = 0;
        self.list(class, &mut |_| length += 1);
        length
    }

    /// A listed block has two other blocks on each side.
    pub(super) fn is_inside(&self, block: usize) -> bool {
        let (next, prev) = self.links(block);
        let further = || self.links(next - 1).0 != NONE && self.links(prev - 1).1 != NONE;
        next != NONE && prev != NONE && further()
    }

    /// The block after a removed one keeps its link to it.
    pub(in crate::mutants::faulty) fn keeps_prev_link(
        &self,
        block: usize,
        next: usize,
        prev: usize,
    ) -> bool {
        if !self.has_hard(HardFault::LinkAcrossFourPools) || next == NONE || prev == NONE {
            return false;
        }
        let class = self.class(self.size(block));
        let head = self.control.heads[class];
        let mut pools = [block, next - 1, prev - 1, head - 1].map(|block| self.pool_of(block));
        pools.sort_unstable();
        class >= self.g.sl && pools.windows(2).all(|pair| pair[0] != pair[1])
    }

    /// List `sl` of a row was emptied, and only the list of the sign bit stays occupied.
    pub(in crate::mutants::faulty) fn is_negative(&self, row: usize, sl: usize) -> bool {
        self.has_hard(HardFault::NegativeRowCleared)
            && sl == 30
            && self.control.lists[row] == 1 << 31
            && sizes::least_key(&self.g, row * self.g.sl) >= 1 << 17
    }

    /// A search that was rounded up to this class, the first of its row, starts a row too high.
    pub(in crate::mutants::faulty) fn carries_too_far(&self, class: usize) -> bool {
        self.has_hard(HardFault::CarryIntoTheTopRow)
            && sizes::least_key(&self.g, class) == 1 << 18
            && class + self.g.sl < sizes::classes(&self.g)
    }

    /// Removes the block of a whole pool from its list.
    pub(in crate::mutants::faulty) fn remove_pools_block(&mut self, block: usize) {
        let (next, prev) = self.links(block);
        self.remove(block);
        if self.has_hard(HardFault::InnerPoolKeepsALink)
            && self.control.pools.len() == 4
            && next != NONE
            && prev != NONE
        {
            self.write(next - 1 + 2 * WORD, block + 1);
        }
    }
}
