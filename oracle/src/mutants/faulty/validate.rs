//! The faulty TLSF's own check of the laws. It follows a link only after it has found that the link
//! leads to a free block.

use memoman::{Law, Place, Violation};

use super::tlsf::{FREE, FaultyTlsf, NONE, PREV_FREE};
use crate::counters::Census;
use crate::geometry::WORD;
use crate::model::{Block, sizes};

impl FaultyTlsf {
    /// Returns the census, or the first law that is broken.
    pub(super) fn check_laws(&self) -> Result<Census, Violation> {
        let mut census = Census::default();
        // Free blocks in address order, and whether each was found in a list.
        let mut free = Vec::new();
        for (pool, &(mem, bytes)) in self.control.pools.iter().enumerate() {
            self.check_pool(pool, mem, bytes, &mut |block| {
                census.add(block.size, block.free);
                if block.free {
                    free.push((block.offset - WORD, false));
                }
            })?;
        }
        free.sort_unstable();
        for (row, classes) in self.rows() {
            let has_bits = self.control.rows >> row & 1 != 0 || self.control.lists[row] != 0;
            if has_bits || self.is_occupied(&classes) {
                classes.into_iter().try_for_each(|class| self.check_list(class, &mut free))?;
            }
        }
        match free.iter().find(|(_, is_listed)| !is_listed) {
            Some(&(block, _)) => Err(self.at(Law::Membership, block)),
            None => Ok(census),
        }
    }

    fn check_pool(
        &self,
        pool: usize,
        mem: usize,
        bytes: usize,
        visit: &mut dyn FnMut(Block),
    ) -> Result<(), Violation> {
        let broken = |law, block: usize| {
            Err(Violation::new(law, Place::Block { pool, offset: block - mem }))
        };
        let sentinel = mem + sizes::round_down(bytes, self.g.align) - WORD;
        let mut block = mem + self.g.align - WORD;
        let mut prev_free = None;
        loop {
            let header = self.read(block);
            let (size, is_free) = (self.size(block), header & FREE != 0);
            if (header & PREV_FREE != 0) != prev_free.is_some() {
                return broken(Law::Mirror, block);
            }
            if prev_free.is_some_and(|prev| self.prev(block) != prev) {
                return broken(Law::BackLink, block);
            }
            if block == sentinel {
                let is_sentinel = size == 0 && !is_free;
                return if is_sentinel { Ok(()) } else { broken(Law::Sentinel, block) };
            }
            let is_valid = size >= self.g.min_size() && (size + WORD) % self.g.align == 0;
            if !is_valid || size > sentinel - block - WORD {
                return broken(Law::Tiling, block);
            }
            if is_free && prev_free.is_some() {
                return broken(Law::Coalesced, block);
            }
            visit(Block { offset: block + WORD, size, free: is_free });
            prev_free = is_free.then_some(block);
            block += WORD + size;
        }
    }

    fn check_list(&self, class: usize, free: &mut [(usize, bool)]) -> Result<(), Violation> {
        let (row, list) = (class / self.g.sl, class % self.g.sl);
        let mut prev = NONE;
        let mut link = self.control.heads[class];
        let bits = (self.control.rows >> row & 1 != 0, self.control.lists[row] >> list & 1 != 0);
        if bits.1 != (link != NONE) || bits.1 && !bits.0 || bits.0 && self.control.lists[row] == 0 {
            return Err(Violation::new(Law::Occupancy, Place::List { row, list }));
        }
        while link != NONE {
            let block = link - 1;
            match free.binary_search(&(block, false)) {
                Ok(at) => free[at].1 = true,
                Err(_) => {
                    return Err(Violation::new(Law::Links, Place::List { row, list }));
                }
            }
            if self.read(block + 2 * WORD) != prev {
                return Err(self.at(Law::Links, block));
            }
            if self.class(self.size(block)) != class {
                return Err(self.at(Law::Class, block));
            }
            prev = link;
            link = self.read(block + WORD);
        }
        Ok(())
    }

    fn at(&self, law: Law, block: usize) -> Violation {
        let mut pools = self.control.pools.iter().enumerate();
        let holds =
            |pool: &(usize, &(usize, usize))| (pool.1.0..pool.1.0 + pool.1.1).contains(&block);
        let place = match pools.find(holds) {
            Some((pool, &(mem, _))) => Place::Block { pool, offset: block - mem },
            None => Place::Heap,
        };
        Violation::new(law, place)
    }
}
