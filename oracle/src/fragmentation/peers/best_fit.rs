//! Exact best fit: the smallest free block that holds the request, of all of them, and of several the one at
//! the lowest address. No allocator: blocks are numbers, and a search takes as long as there are blocks. Header,
//! rounding, splitting and merging are TLSF 3.1's, so that a difference is due to the search.

use crate::fragmentation::heap::{HeapCensus, HeapUnderStudy};
use crate::geometry::WORD;

/// Least payload of a block.
const LEAST: usize = 3 * WORD;

struct Block {
    offset: usize,
    size: usize,
    free: bool,
}

struct BestFit {
    /// In address order.
    blocks: Vec<Block>,
    /// What rounding leaves of the pool, and the sentinel.
    overhead: usize,
}

pub(super) fn new(bytes: usize) -> Box<dyn HeapUnderStudy> {
    let size = bytes / WORD * WORD - 2 * WORD;
    let blocks = vec![Block { offset: WORD, size, free: true }];
    Box::new(BestFit { blocks, overhead: bytes - size - WORD })
}

impl BestFit {
    fn find(&self, offset: usize) -> usize {
        self.blocks.binary_search_by_key(&offset, |block| block.offset).expect("a block")
    }

    /// The block absorbs the one behind it, if both are free.
    fn merge(&mut self, index: usize) {
        if let [this, next, ..] = &mut self.blocks[index..] {
            if this.free && next.free {
                this.size += WORD + next.size;
                self.blocks.remove(index + 1);
            }
        }
    }
}

impl HeapUnderStudy for BestFit {
    fn malloc(&mut self, size: usize) -> Option<usize> {
        let fit = size.next_multiple_of(WORD).max(LEAST);
        let fitting = self.blocks.iter().enumerate();
        let fitting = fitting.filter(|(_, block)| block.free && block.size >= fit);
        let index = fitting.min_by_key(|(_, block)| block.size)?.0;
        let block = &mut self.blocks[index];
        block.free = false;
        let offset = block.offset;
        if let Some(rest) = block.size.checked_sub(fit + WORD).filter(|&rest| rest >= LEAST) {
            block.size = fit;
            let rest = Block { offset: offset + fit + WORD, size: rest, free: true };
            self.blocks.insert(index + 1, rest);
        }
        Some(offset)
    }

    unsafe fn free(&mut self, offset: usize, _: usize) {
        let index = self.find(offset);
        self.blocks[index].free = true;
        self.merge(index);
        if index > 0 {
            self.merge(index - 1);
        }
    }

    unsafe fn realloc(&mut self, offset: usize, size: usize, new: usize) -> Option<usize> {
        // Moves always: the places are numbers, so nothing is copied.
        let moved = self.malloc(new)?;
        // SAFETY: the caller's.
        unsafe { self.free(offset, size) };
        Some(moved)
    }

    fn census(&mut self) -> HeapCensus {
        let mut census = HeapCensus { overhead: self.overhead, ..HeapCensus::default() };
        for block in &self.blocks {
            if block.free {
                census.free += block.size;
                census.free_taken += WORD + block.size;
                census.largest_free = census.largest_free.max(block.size);
            } else {
                census.used_blocks += 1;
                census.taken += WORD + block.size;
            }
        }
        HeapCensus { max_allocatable: census.largest_free, ..census }
    }
}
