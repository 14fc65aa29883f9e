//! The queries of a model, which change nothing.

use crate::call::Events;
use crate::counters::Census;
use crate::geometry::Geometry;
use crate::model::chain::{Block, Pool};
use crate::model::heap::Model;
use crate::model::rules::Rules;
use crate::model::sizes;

impl<R: Rules> Model<R> {
    /// The configuration it was made with.
    pub fn geometry(&self) -> Geometry {
        self.geometry
    }

    /// What the last operation did on its way.
    pub fn events(&self) -> Events {
        self.events
    }

    /// The pools, in address order.
    pub fn pools(&self) -> &[Pool] {
        self.chain.pools()
    }

    /// The blocks of the pool at `mem` in address order, without the sentinel; of no pool, none.
    pub fn walk(&self, mem: usize) -> &[Block] {
        self.chain.pool(mem).map_or(&[], |pool| &self.chain.pools()[pool].blocks)
    }

    /// There is a pool at `mem`, and it is one free block.
    pub fn is_whole(&self, mem: usize) -> bool {
        self.chain.pool(mem).is_some_and(|pool| self.chain.pools()[pool].is_whole())
    }

    /// The free blocks as (class = fl × SL + sl, payload offset): classes ascend, and each list
    /// runs from its head on.
    pub fn lists(&self) -> impl DoubleEndedIterator<Item = (usize, usize)> + '_ {
        self.lists.iter()
    }

    /// The block, used or free, with its payload at `p`.
    pub fn block(&self, p: usize) -> Option<Block> {
        self.chain.find(p).map(|place| self.chain[place])
    }

    /// The first used block behind the one at `p`, in its pool.
    pub fn next_used(&self, p: usize) -> Option<Block> {
        let place = self.chain.find(p)?;
        let behind = &self.chain.pools()[place.pool].blocks[place.at + 1..];
        behind.iter().find(|block| !block.free).copied()
    }

    /// The last used block before the one at `p`, in its pool.
    pub fn prev_used(&self, p: usize) -> Option<Block> {
        let place = self.chain.find(p)?;
        let before = &self.chain.pools()[place.pool].blocks[..place.at];
        before.iter().rfind(|block| !block.free).copied()
    }

    /// Payload of the largest free block, 0 if there is none. A request of so many bytes can
    /// fail: see [`largest_fit`](Self::largest_fit).
    pub fn largest_free(&self) -> usize {
        let top = self.lists.top();
        let largest = self.lists.iter().rev().take_while(|&(class, _)| Some(class) == top);
        largest.filter_map(|(_, p)| self.block(p)).map(|block| block.size).max().unwrap_or(0)
    }

    /// The largest `n` for which [`malloc`](Self::malloc) succeeds now, 0 if none does.
    ///
    /// A search that starts at the highest occupied class still succeeds, and the largest key that
    /// starts there is the least one of that class. A bounded search finds more in that class: what the
    /// largest of its first blocks holds. (The right formulas, whatever the rules.)
    pub fn largest_fit(&self) -> usize {
        let g = &self.geometry;
        let Some(top) = self.lists.top() else { return 0 };
        let near = self.lists.of(top).take(g.search);
        let near = near.filter_map(|offset| self.block(offset)).map(|block| block.size).max();
        // A key is the size, or size + word: key(0) apart.
        let least = sizes::least_key(g, top).saturating_sub(g.key(0));
        let size = near.map_or(least, |near| near.max(least));
        if size < g.min_size() { 0 } else { size }
    }

    /// Counts the blocks by walking all pools.
    pub fn census(&self) -> Census {
        let mut census = Census::default();
        for block in self.chain.pools().iter().flat_map(|pool| &pool.blocks) {
            census.add(block.size, block.free);
        }
        census
    }
}
