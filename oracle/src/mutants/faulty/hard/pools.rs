//! What goes wrong in pools.

use super::HardFault;
use crate::geometry::WORD;
use crate::mutants::faulty::tlsf::{FaultyTlsf, History};

impl FaultyTlsf {
    /// The number of the pool that holds a block.
    pub(super) fn pool_of(&self, block: usize) -> Option<usize> {
        let holds = |&(mem, bytes): &(usize, usize)| (mem..mem + bytes).contains(&block);
        self.control.pools.iter().position(holds)
    }

    /// The pool that holds a block was extended.
    pub(super) fn was_extended(&self, block: usize) -> bool {
        let pool = self.pool_of(block).map(|pool| self.control.pools[pool].0);
        pool.is_some_and(|mem| self.control.history.extended.contains(&mem))
    }

    /// The pool that holds a block was shrunk and extended.
    pub(in crate::mutants::faulty) fn was_resized(&self, block: usize) -> bool {
        let pool = self.pool_of(block).map(|pool| self.control.pools[pool].0);
        self.was_extended(block)
            && pool.is_some_and(|mem| self.control.history.shrunk.contains(&mem))
    }

    /// A block that starts at `block` and ends at `end` is the whole of its pool.
    pub(super) fn is_whole(&self, block: usize, end: usize) -> bool {
        let starts = |pool: &(usize, usize)| pool.0 + self.g.align - WORD == block;
        self.control.pools.iter().any(starts) && self.size(end) == 0
    }

    /// The number of pools that are one free block.
    pub(super) fn whole_pools(&self) -> usize {
        let first = |mem: usize| mem + self.g.align - WORD;
        let is_whole = |&&(mem, _): &&(usize, usize)| {
            self.is_free(first(mem)) && self.size(self.next(first(mem))) == 0
        };
        self.control.pools.iter().filter(is_whole).count()
    }

    /// The first blocks of all pools but the first one belong to one list.
    pub(super) fn other_pools_are_in_one_list(&self) -> bool {
        let first = |mem: usize| self.class(self.size(mem + self.g.align - WORD));
        let mut lists = self.control.pools.iter().skip(1).map(|pool| first(pool.0));
        let list = lists.next();
        lists.all(|other| Some(other) == list)
    }

    /// An extension of `more` bytes behind a used block is refused as too small.
    pub(in crate::mutants::faulty) fn extension_is_too_small(
        &self,
        mem: usize,
        more: usize,
    ) -> bool {
        self.has_hard(HardFault::LeastExtensionRefused)
            && self.control.history.shrunk.contains(&mem)
            && more == WORD + self.g.min_size()
    }

    /// The last pool takes the entry of a removed one.
    pub(in crate::mutants::faulty) fn last_takes_the_entry(&self, removed: usize) -> bool {
        let pools = &self.control.pools;
        self.has_hard(HardFault::LastPoolTakesTheEntry)
            && removed == 0
            && pools.len() == 4
            && pools[3].1 > pools[0].1
    }

    /// The size of a last block that joins `more` bytes.
    pub(in crate::mutants::faulty) fn extended_size(&self, size: usize, more: usize) -> usize {
        let carries = self.has_hard(HardFault::ExtensionIn18Bits) && size < 1 << 18;
        if carries { (size + more) % (1 << 18) } else { size + more }
    }

    /// The bytes at the end of the pool at `start` that a new pool may overlap. A pool that is resized, `own`,
    /// sees them.
    pub(in crate::mutants::faulty) fn unseen_end(&self, start: usize, own: Option<usize>) -> usize {
        let unseen = self.has_hard(HardFault::EndOfAnExtendedPoolUnseen)
            && own.is_none()
            && self.control.history.shrunk.contains(&start)
            && self.control.history.extended.contains(&start);
        if unseen { self.g.align } else { 0 }
    }
}

impl History {
    /// A pool was extended; if its last block was used, behind that block by a block with this header.
    pub(in crate::mutants::faulty) fn extend(&mut self, mem: usize, gained: Option<usize>) {
        self.extended.push(mem);
        self.seams.extend(gained.filter(|_| self.shrunk.contains(&mem)));
    }

    /// A pool was removed.
    pub(in crate::mutants::faulty) fn forget(&mut self, mem: usize, end: usize) {
        self.shrunk.retain(|&pool| pool != mem);
        self.extended.retain(|&pool| pool != mem);
        self.seams.retain(|seam| !(mem..end).contains(seam));
    }
}
