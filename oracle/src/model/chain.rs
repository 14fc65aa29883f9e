//! Address order: the pools, and in each its blocks, which cover it without a gap.
//!
//! Both are sorted vectors with binary search. At the tens of blocks of a fuzz run that is several
//! times faster than a `BTreeMap`, neighbours are the elements beside each other, and a walk is a
//! slice. This file does not depend on sizes, classes or lists.

use std::ops::{Index, IndexMut};

/// One block of a pool, as all columns report theirs. The word before its payload is its header.
pub use crate::allocator::Row as Block;

/// One pool and its blocks, without the sentinel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pool {
    /// Where it starts, as it was added.
    pub mem: usize,
    /// Its length, as given.
    pub bytes: usize,
    /// In address order, never empty.
    pub blocks: Vec<Block>,
}

impl Pool {
    /// The first byte behind it.
    pub const fn end(&self) -> usize {
        self.mem + self.bytes
    }

    /// Nothing is allocated in it: it is one free block.
    pub fn is_whole(&self) -> bool {
        matches!(self.blocks[..], [Block { free: true, .. }])
    }
}

/// Which block: an index into the pools, and one into that pool's blocks. Valid until a block before
/// it is inserted or removed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) pool: usize,
    pub(super) at: usize,
}

#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Chain {
    pools: Vec<Pool>,
}

impl Chain {
    pub(super) fn clear(&mut self) {
        self.pools.clear();
    }

    /// In address order.
    pub(super) fn pools(&self) -> &[Pool] {
        &self.pools
    }

    /// The pool that was added at `mem`.
    pub(super) fn pool(&self, mem: usize) -> Option<usize> {
        self.pools.binary_search_by_key(&mem, |pool| pool.mem).ok()
    }

    pub(super) fn pool_mut(&mut self, pool: usize) -> &mut Pool {
        &mut self.pools[pool]
    }

    pub(super) fn add(&mut self, pool: Pool) {
        let at = self.pools.partition_point(|other| other.mem < pool.mem);
        self.pools.insert(at, pool);
    }

    pub(super) fn remove(&mut self, pool: usize) -> Pool {
        self.pools.remove(pool)
    }

    /// Some pool, other than `own`, has a byte in `mem..end`.
    pub(super) fn overlaps(&self, mem: usize, end: usize, own: Option<usize>) -> bool {
        let has = |pool: &Pool| pool.mem < end && mem < pool.end();
        self.pools.iter().enumerate().any(|(number, pool)| Some(number) != own && has(pool))
    }

    /// The block whose payload starts at `offset`.
    #[inline]
    pub(super) fn find(&self, offset: usize) -> Option<Place> {
        let pool = self.pools.partition_point(|pool| pool.mem <= offset).checked_sub(1)?;
        let blocks = &self.pools[pool].blocks;
        let at = blocks.binary_search_by_key(&offset, |block| block.offset).ok()?;
        Some(Place { pool, at })
    }

    #[inline]
    pub(super) fn prev(&self, place: Place) -> Option<Block> {
        Some(self.pools[place.pool].blocks[place.at.checked_sub(1)?])
    }

    /// The successor; none if that is the sentinel.
    #[inline]
    pub(super) fn next(&self, place: Place) -> Option<Block> {
        self.pools[place.pool].blocks.get(place.at + 1).copied()
    }

    /// `[ size ]` → `[ fit ][ free: size − fit − W ]`; the second one.
    ///
    /// Saturating, because a mutant of the rules may cut more bytes than there are: then the
    /// comparison finds it, not a panic here.
    #[inline]
    pub(super) fn cut(&mut self, place: Place, fit: usize, word: usize) -> Place {
        let blocks = &mut self.pools[place.pool].blocks;
        let this = &mut blocks[place.at];
        let offset = this.offset + fit + word;
        let size = this.size.saturating_sub(fit + word);
        this.size = fit;
        blocks.insert(place.at + 1, Block { offset, size, free: true });
        Place { at: place.at + 1, ..place }
    }

    /// `[prev][this]` → `[prev + W + this]`.
    #[inline]
    pub(super) fn absorb_prev(&mut self, this: Place, word: usize) -> Place {
        let prev = Place { at: this.at - 1, ..this };
        self.absorb_next(prev, word);
        prev
    }

    /// `[this][next]` → `[this + W + next]`.
    #[inline]
    pub(super) fn absorb_next(&mut self, this: Place, word: usize) {
        let blocks = &mut self.pools[this.pool].blocks;
        let next = blocks.remove(this.at + 1);
        blocks[this.at].size += word + next.size;
    }
}

impl Index<Place> for Chain {
    type Output = Block;

    #[inline]
    fn index(&self, place: Place) -> &Block {
        &self.pools[place.pool].blocks[place.at]
    }
}

impl IndexMut<Place> for Chain {
    #[inline]
    fn index_mut(&mut self, place: Place) -> &mut Block {
        &mut self.pools[place.pool].blocks[place.at]
    }
}
