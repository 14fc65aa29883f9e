//! The live blocks of a heap under study, by number: what was requested, and where the allocator put
//! it. The allocator is not queried. Each placement is checked: aligned, inside the pool, disjoint from
//! all others.

use crate::geometry::WORD;
use crate::shadow::{Placed, ShadowHeap};

/// A live block: its number is its key, its bytes are those requested.
pub type Block = Placed<usize>;

/// The live blocks of a heap, by number.
#[derive(Debug)]
pub struct LiveBlocks {
    heap_bytes: usize,
    by_id: Vec<Option<Block>>,
    shadow: ShadowHeap<usize>,
    peak_live: usize,
    footprint: usize,
}

impl LiveBlocks {
    /// No live blocks in a pool of that many bytes.
    pub fn new(heap_bytes: usize) -> Self {
        let (by_id, shadow) = (Vec::new(), ShadowHeap::default());
        Self { heap_bytes, by_id, shadow, peak_live: 0, footprint: 0 }
    }

    /// Bytes of the pool.
    pub fn heap_bytes(&self) -> usize {
        self.heap_bytes
    }

    /// Bytes requested and not freed.
    pub fn live_bytes(&self) -> usize {
        self.shadow.bytes()
    }

    /// Blocks allocated and not freed.
    pub fn live_blocks(&self) -> usize {
        self.shadow.len()
    }

    /// The most bytes that were live at a time.
    pub fn peak_live(&self) -> usize {
        self.peak_live
    }

    /// The highest end of a payload so far, from the pool's start.
    pub fn footprint(&self) -> usize {
        self.footprint
    }

    /// The live block `id`.
    ///
    /// # Panics
    /// If it is not live, which is an error of the program.
    pub fn get(&self, id: usize) -> Block {
        self.by_id.get(id).copied().flatten().unwrap_or_else(|| panic!("block {id} is not live"))
    }

    /// Records an allocated block.
    ///
    /// # Errors
    /// What is wrong with its placement.
    ///
    /// # Panics
    /// If a block of that number is live already, which is an error of the program.
    pub fn insert(&mut self, block: Block) -> Result<(), String> {
        let Block { offset, bytes, key: id } = block;
        if offset % WORD != 0 {
            return Err(format!(
                "{bytes} bytes at offset {offset}, which is not aligned to a word"
            ));
        }
        if offset >= self.heap_bytes || bytes > self.heap_bytes - offset {
            return Err(format!("{bytes} bytes at offset {offset}, outside the heap"));
        }
        if self.shadow.overlap(offset, bytes).is_some() {
            return Err(format!("{bytes} bytes at offset {offset}, which overlap a live block"));
        }
        if self.by_id.len() <= id {
            self.by_id.resize(id + 1, None);
        }
        assert!(self.by_id[id].is_none(), "block {id} is live already");
        self.by_id[id] = Some(block);
        self.shadow.insert(block);
        self.peak_live = self.peak_live.max(self.live_bytes());
        self.footprint = self.footprint.max(block.end());
        Ok(())
    }

    /// Records that block `id` was freed.
    ///
    /// # Panics
    /// If it was not live, which is an error of the program.
    pub fn remove(&mut self, id: usize) -> Block {
        let block = self.get(id);
        self.by_id[id] = None;
        self.shadow.remove(block.offset);
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_aligned_disjoint_blocks_inside_the_pool_are_accepted() {
        let mut blocks = LiveBlocks::new(4096);
        let at = |key, offset, bytes| Block { offset: offset * WORD, bytes, key };
        blocks.insert(at(0, 2, 100 * WORD)).expect("free");
        for (place, why) in [
            (Block { offset: 1, bytes: 1, key: 1 }, "not aligned"),
            (at(1, 4096 / WORD, 1), "outside"),
            (at(1, 200, 4096), "outside"),
            (at(1, 0, 2 * WORD + 1), "overlap"),
            (at(1, 101, 1), "overlap"),
            (at(1, 64, 1), "overlap"),
        ] {
            let message = blocks.insert(place).expect_err(why);
            assert!(message.contains(why), "{message}");
        }
        blocks.insert(at(1, 0, 2 * WORD)).expect("free, before block 0");
        blocks.insert(at(2, 102, 8)).expect("free, after block 0");
        assert_eq!(blocks.remove(0), at(0, 2, 100 * WORD));
        blocks.insert(at(0, 2, 100 * WORD)).expect("free again");
        assert_eq!((blocks.live_blocks(), blocks.footprint()), (3, 102 * WORD + 8));
    }
}
