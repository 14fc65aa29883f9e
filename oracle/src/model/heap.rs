//! The operations on blocks: malloc, memalign, free, realloc, and growing and shrinking in place.

use crate::call::Events;
use crate::geometry::Geometry;
use crate::model::chain::{Block, Chain, Place};
use crate::model::lists::FreeLists;
use crate::model::realloc::Realloc;
use crate::model::rules::{Conte31, Rules};

/// The specification of one allocator, under the rules `R`.
///
/// Two models are equal when their heaps are: geometry, pools, blocks and the order of the free
/// lists. The events of the last operation and the state of the rules do not count.
#[derive(Clone, Debug)]
pub struct Model<R: Rules = Conte31> {
    pub(super) geometry: Geometry,
    pub(super) chain: Chain,
    pub(super) lists: FreeLists,
    pub(super) rules: R,
    pub(super) events: Events,
}

impl<R: Rules> Model<R> {
    /// An allocator without a pool.
    pub fn new(geometry: Geometry) -> Self {
        Self {
            geometry,
            chain: Chain::default(),
            lists: FreeLists::default(),
            rules: R::default(),
            events: Events::default(),
        }
    }

    /// Forgets every block and every pool: equal to a new one, and so are its rules.
    pub fn reset(&mut self) {
        self.chain.clear();
        self.lists.clear();
        self.rules = R::default();
        self.events = Events::default();
    }

    /// A block of at least `n` bytes; none if `n` is 0 or no listed block is surely large enough.
    pub fn malloc(&mut self, n: usize) -> Option<usize> {
        self.events = Events::default();
        self.allocate(n)
    }

    /// As [`malloc`](Self::malloc), at a multiple of `align`; none unless that is a power of two.
    ///
    /// ```text
    /// [ free: size                                  ]
    /// [ gap: gap − W ][ used: fit ][ rest: the tail ]
    /// ```
    pub fn memalign(&mut self, align: usize, n: usize) -> Option<usize> {
        self.events = Events::default();
        if !align.is_power_of_two() {
            return None;
        }
        if align <= self.geometry.align {
            return self.allocate(n);
        }
        let fit = self.rules.fit(&self.geometry, n)?;
        let roomy = self.rules.roomy_fit(&self.geometry, fit, align)?;
        let mut block = self.take(roomy)?;
        let payload = self.chain[block].offset;
        let gap = self.rules.aligned(&self.geometry, payload, align).saturating_sub(payload);
        if gap > 0 {
            block = self.cut_front(block, gap);
        }
        Some(self.hand_out(block, fit))
    }

    /// Frees the block at `p`.
    ///
    /// # Panics
    ///
    /// If `p` is not the payload of a used block: the caller decides what such a call means, see
    /// [`block`](Self::block).
    pub fn free(&mut self, p: usize) {
        self.events = Events::default();
        self.release(p);
    }

    /// Gives the block at `p` a new size, in its place if possible.
    ///
    /// # Panics
    ///
    /// As [`free`](Self::free).
    pub fn realloc(&mut self, p: Option<usize>, n: usize) -> Realloc {
        self.realloc_aligned(p, 1, n)
    }

    /// As [`realloc`](Self::realloc), at a multiple of `align` from now on: a block that is not at one
    /// moves.
    ///
    /// # Panics
    ///
    /// As [`free`](Self::free).
    pub fn realloc_aligned(&mut self, p: Option<usize>, align: usize, n: usize) -> Realloc {
        self.events = Events::default();
        let Some(p) = p else {
            return self.memalign(align, n).map_or(Realloc::Refused, Realloc::Allocated);
        };
        if n == 0 {
            self.release(p);
            return Realloc::Freed;
        }
        let Some(fit) = self.rules.fit(&self.geometry, n) else {
            return Realloc::Refused;
        };
        if !align.is_power_of_two() {
            return Realloc::Refused;
        }
        let size = self.usable_size(p);
        let stays = p % align == 0 && self.resize(p, fit);
        if stays { Realloc::InPlace(p) } else { self.relocate(p, align, size, n) }
    }

    /// Grows the block at `p` to at least `n` bytes without moving it, and returns whether it has them.
    /// It never shrinks.
    ///
    /// # Panics
    ///
    /// As [`free`](Self::free).
    pub fn grow_in_place(&mut self, p: usize, n: usize) -> bool {
        self.events = Events::default();
        let size = self.usable_size(p);
        n <= size || self.rules.fit(&self.geometry, n).is_some_and(|fit| self.resize(p, fit))
    }

    /// Shrinks the block at `p` to `n` bytes, and returns whether it did: `n` must be a size, and at
    /// most the present one.
    ///
    /// # Panics
    ///
    /// As [`free`](Self::free).
    pub fn shrink_in_place(&mut self, p: usize, n: usize) -> bool {
        self.events = Events::default();
        let size = self.usable_size(p);
        match self.rules.fit(&self.geometry, n) {
            Some(fit) if n <= size => self.resize(p, fit),
            _ => false,
        }
    }

    /// Bytes that the owner of the block at `p` may use.
    ///
    /// # Panics
    ///
    /// If `p` is not the payload of a used block.
    pub fn usable_size(&self, p: usize) -> usize {
        self.chain[self.used(p)].size
    }

    /// Resizes the block at `p` to `fit` bytes without moving it, if possible.
    fn resize(&mut self, p: usize, fit: usize) -> bool {
        let block = self.used(p);
        let size = self.chain[block].size;
        if fit > size {
            let next = self.chain.next(block);
            if !self.rules.grows_in_place(&self.geometry, size, next, fit) {
                return false;
            }
            self.absorb_next(block);
        }
        self.trim(block, fit);
        self.events.in_place = true;
        true
    }

    fn allocate(&mut self, n: usize) -> Option<usize> {
        let fit = self.rules.fit(&self.geometry, n)?;
        let block = self.take(fit)?;
        Some(self.hand_out(block, fit))
    }

    fn release(&mut self, p: usize) {
        let mut block = self.used(p);
        self.chain[block].free = true;
        if self.rules.merges_next_first() {
            self.merge_next(block);
            block = self.merge_prev(block);
        } else {
            block = self.merge_prev(block);
            self.merge_next(block);
        }
        self.insert(block);
    }

    fn relocate(&mut self, p: usize, align: usize, size: usize, n: usize) -> Realloc {
        let align = self.rules.moved_align(align);
        let Some(to) = self.memalign(align, n) else {
            return Realloc::Refused;
        };
        let copied = self.rules.copied(size, n);
        self.release(p);
        self.events.moved = true;
        Realloc::Moved { to, copied }
    }

    /// Removes a block from its list for `fit` bytes, and marks it used: by a bounded search, one of the
    /// list of `fit` itself; else the head of the first list in which every block holds it.
    pub(super) fn take(&mut self, fit: usize) -> Option<Place> {
        let offset = match self.near(fit) {
            Some(near) => {
                self.lists.remove(near);
                near
            }
            None => {
                let class = self.rules.ceil(&self.geometry, self.geometry.key(fit))?;
                self.lists.take(class)?
            }
        };
        let block = self.chain.find(offset).expect("Membership: a listed block is in a pool");
        self.chain[block].free = false;
        Some(block)
    }

    /// What a bounded search finds.
    fn near(&mut self, fit: usize) -> Option<usize> {
        if self.geometry.search == 0 {
            return None;
        }
        let class = self.rules.floor(&self.geometry, self.geometry.key(fit));
        let size = |offset| self.block(offset).map_or(0, |block| block.size);
        let list: Vec<_> = self.lists.of(class).map(|offset| (offset, size(offset))).collect();
        let sizes: Vec<_> = list.iter().map(|&(_, size)| size).collect();
        let nth = self.rules.near(&self.geometry, &sizes, fit)?;
        Some(list[nth].0)
    }

    /// Cuts off what a new block does not need; its neighbour is not free, so there is no merge.
    pub(super) fn hand_out(&mut self, block: Place, fit: usize) -> usize {
        let Block { offset, size, .. } = self.chain[block];
        if self.rules.splits(&self.geometry, size, fit) {
            let rest = self.cut(block, fit);
            self.insert(rest);
        }
        offset
    }

    /// Cuts off what a resized block does not need; here the neighbour may be free.
    fn trim(&mut self, block: Place, fit: usize) {
        if self.rules.trims(&self.geometry, self.chain[block].size, fit) {
            let tail = self.cut(block, fit);
            if self.chain.next(tail).is_some_and(|next| self.rules.tail_merges(next)) {
                self.absorb_next(tail);
            }
            self.insert(tail);
        }
    }

    /// `[ used: size ]` → `[ used: fit ][ free: size − fit − W ]`; the second one.
    fn cut(&mut self, block: Place, fit: usize) -> Place {
        self.events.split = true;
        self.chain.cut(block, fit, self.geometry.word)
    }

    /// `[ used: size ]` → `[ free, listed: gap − W ][ used: size − gap ]`; the second one.
    pub(super) fn cut_front(&mut self, block: Place, gap: usize) -> Place {
        self.events.gap = true;
        let word = self.geometry.word;
        let rest = self.chain.cut(block, gap.saturating_sub(word), word);
        self.chain[block].free = true;
        self.chain[rest].free = false;
        self.insert(block);
        rest
    }

    /// `[prev][this]` → `[prev]`, if the rules say so; the block that `this` is part of.
    fn merge_prev(&mut self, this: Place) -> Place {
        match self.chain.prev(this) {
            Some(prev) if self.rules.merges_prev(prev) => {
                self.lists.remove(prev.offset);
                self.events.merged_prev = true;
                self.chain.absorb_prev(this, self.geometry.word)
            }
            _ => this,
        }
    }

    /// `[this][next]` → `[this]`, if the rules say so.
    fn merge_next(&mut self, this: Place) {
        if self.chain.next(this).is_some_and(|next| self.rules.merges_next(next)) {
            self.absorb_next(this);
        }
    }

    fn absorb_next(&mut self, this: Place) {
        if let Some(next) = self.chain.next(this) {
            self.lists.remove(next.offset);
            self.events.merged_next = true;
            self.chain.absorb_next(this, self.geometry.word);
        }
    }

    pub(super) fn insert(&mut self, block: Place) {
        let Block { offset, size, .. } = self.chain[block];
        let class = self.rules.floor(&self.geometry, self.geometry.key(size));
        self.lists.insert(class, offset, self.rules.inserts_at());
    }

    pub(super) fn used(&self, p: usize) -> Place {
        match self.chain.find(p) {
            Some(block) if !self.chain[block].free => block,
            _ => panic!("no used block has its payload at {p:#x}"),
        }
    }
}

impl<R: Rules> PartialEq for Model<R> {
    fn eq(&self, other: &Self) -> bool {
        self.geometry == other.geometry && self.chain == other.chain && self.lists == other.lists
    }
}

impl<R: Rules> Eq for Model<R> {}
