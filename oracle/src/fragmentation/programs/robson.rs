//! Robson's program: the worst requests for any allocator that does not move blocks.
//!
//! J. M. Robson, *Bounds for some functions concerning dynamic storage allocation*, JACM 21(3),
//! 1974. With never more than M words live, in blocks of 1, 2, 4 … n words, it makes every
//! allocator use `M (log2(n) / 2 + 1) - n + 1` words:
//!
//! ```text
//! allocate M blocks of 1 word; f = 0
//! for i in 1 ..= log2(n):
//!     f = f or f + 2^(i-1), the one that blocks more space
//!     free each block that has no word at an address of f modulo 2^i
//!     allocate blocks of 2^i words until M words are live
//! ```
//!
//! Each block that stays prevents a range of `2^i` words from holding a block of that size. The program is an
//! adversary: what it frees depends on where blocks were placed, so the requests differ between
//! allocators.

use std::collections::VecDeque;

use super::{Event, EventSource};
use crate::fragmentation::live_blocks::LiveBlocks;
use crate::geometry::WORD;

/// A word of the paper: the least block with its header, in bytes. A request is a power of two of these
/// words minus the allocator's header, so that blocks tile as in the paper.
const UNIT: usize = 4 * WORD;

/// The least ratio of bytes in use to live bytes, with at most `live` words live and `largest` in a block.
pub fn robson_bound(live: usize, largest: usize) -> f64 {
    let (live, largest) = (live as f64, largest as f64);
    (live * (largest.log2() / 2.0 + 1.0) - largest + 1.0) / live
}

/// Robson's program. Each step ends in a sample, which has the step's block size in units as its label.
pub struct Robson {
    header: usize,
    /// M, in units.
    most: usize,
    /// n, in units.
    largest: usize,
    /// The block size of this step, in units.
    size: usize,
    /// f, in units.
    offset: usize,
    live: Vec<usize>,
    live_units: usize,
    free_ids: Vec<usize>,
    queue: VecDeque<Event>,
    started: bool,
}

impl Robson {
    /// A word of the paper, in bytes.
    pub const UNIT: usize = UNIT;

    /// The program with at most `most` live bytes, including headers, in blocks of at most `largest` bytes.
    pub fn new(header: usize, most: usize, largest: usize) -> Self {
        Self {
            header,
            most: most / UNIT,
            largest: largest / UNIT,
            size: 1,
            offset: 0,
            live: Vec::new(),
            live_units: 0,
            free_ids: Vec::new(),
            queue: VecDeque::new(),
            started: false,
        }
    }

    /// The start and size of a block with its header, in units.
    fn units(&self, id: usize, blocks: &LiveBlocks) -> (usize, usize) {
        let at = blocks.get(id);
        (at.offset / UNIT, (at.bytes + self.header) / UNIT)
    }

    /// Whether block `id` has a word at an address that is `f` modulo `size`.
    fn occupies(&self, id: usize, f: usize, blocks: &LiveBlocks) -> bool {
        let (start, units) = self.units(id, blocks);
        (self.size + f - start % self.size) % self.size < units
    }

    /// The words that blocks with such a word prevent from use, beyond their own.
    fn wasted(&self, f: usize, blocks: &LiveBlocks) -> usize {
        let blocking = self.live.iter().filter(|&&id| self.occupies(id, f, blocks));
        blocking.map(|&id| self.size.saturating_sub(self.units(id, blocks).1)).sum()
    }

    fn step(&mut self, blocks: &LiveBlocks) {
        self.size *= 2;
        let [here, there] = [self.offset, self.offset + self.size / 2];
        let stay = self.wasted(here, blocks) >= self.wasted(there, blocks);
        self.offset = if stay { here } else { there };
        let (kept, freed): (Vec<_>, Vec<_>) =
            self.live.iter().partition(|&&id| self.occupies(id, self.offset, blocks));
        for &id in &freed {
            self.live_units -= self.units(id, blocks).1;
            self.queue.push_back(Event::Free { id });
        }
        self.live = kept;
        self.free_ids.extend(freed);
    }

    fn fill(&mut self) {
        while self.live_units + self.size <= self.most {
            let id = self.free_ids.pop().unwrap_or(self.live.len());
            self.live.push(id);
            self.live_units += self.size;
            self.queue.push_back(Event::Malloc { id, size: self.size * UNIT - self.header });
        }
        self.queue.push_back(Event::Sample { label: self.size });
    }
}

impl EventSource for Robson {
    fn next(&mut self, blocks: &LiveBlocks) -> Option<Event> {
        if self.queue.is_empty() {
            if self.started && self.size >= self.largest {
                return None;
            }
            if self.started {
                self.step(blocks);
            }
            self.started = true;
            self.fill();
        }
        self.queue.pop_front()
    }
}
