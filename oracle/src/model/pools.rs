//! The operations on whole pools. A refusal changes nothing.

use std::fmt;

use crate::call::Events;
use crate::model::chain::{Block, Place, Pool};
use crate::model::heap::Model;
use crate::model::rules::Rules;
use crate::model::sizes;

/// Why a pool was not added, removed, extended or shrunk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// It does not start at a multiple of ALIGN.
    Misaligned,
    /// It ends beyond the address space.
    OutOfRange,
    /// Its payload would be below the least block, or there is nothing to gain or give back.
    TooSmall,
    /// Its payload would be too large for one block.
    TooLarge,
    /// A pool that is present has some of its bytes.
    Overlap,
    /// No pool starts there.
    Unknown,
    /// Something is allocated in it.
    Busy {
        /// Payload of the first block that prevents it.
        offset: usize,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misaligned => f.write_str("the pool is misaligned"),
            Self::OutOfRange => f.write_str("the pool ends beyond the address space"),
            Self::TooSmall => f.write_str("too few bytes"),
            Self::TooLarge => f.write_str("more bytes than one block can have"),
            Self::Overlap => f.write_str("the bytes are in a pool already"),
            Self::Unknown => f.write_str("no such pool"),
            Self::Busy { offset } => write!(f, "the block at {offset:#x} is in use"),
        }
    }
}

impl std::error::Error for Refusal {}

impl<R: Rules> Model<R> {
    /// Makes `bytes` at `mem`, rounded down to ALIGN, one free block with a sentinel behind it. The
    /// bytes cut off by rounding are the pool's, too: no other pool may have them.
    pub fn add_pool(&mut self, mem: usize, bytes: usize) -> Result<(), Refusal> {
        self.events = Events::default();
        let g = self.geometry;
        if mem % g.align != 0 {
            return Err(Refusal::Misaligned);
        }
        mem.checked_add(bytes).ok_or(Refusal::OutOfRange)?;
        let size = self.pool_payload(sizes::round_down(bytes, g.align))?;
        if self.chain.overlaps(mem, mem + bytes, None) {
            return Err(Refusal::Overlap);
        }
        let offset = mem + g.align;
        self.chain.add(Pool { mem, bytes, blocks: vec![Block { offset, size, free: true }] });
        let class = self.rules.floor(&g, g.key(size));
        self.lists.insert(class, offset, self.rules.inserts_at());
        Ok(())
    }

    /// Forgets the pool at `mem`, which must be one free block; the bytes it had.
    pub fn remove_pool(&mut self, mem: usize) -> Result<usize, Refusal> {
        self.events = Events::default();
        let pool = self.chain.pool(mem).ok_or(Refusal::Unknown)?;
        let blocks = &self.chain.pools()[pool].blocks;
        if !self.chain.pools()[pool].is_whole() {
            let in_the_way = blocks.iter().find(|block| !block.free).unwrap_or(&blocks[0]);
            return Err(Refusal::Busy { offset: in_the_way.offset });
        }
        self.lists.remove(blocks[0].offset);
        Ok(self.chain.remove(pool).bytes)
    }

    /// Adds the `more` bytes, rounded down to ALIGN, that follow the pool at `mem`; the bytes it
    /// has now.
    ///
    /// ```text
    /// [ last, used ][sentinel] more …   →   [ last, used ][ free: more − W ][sentinel]
    /// [ last, free ][sentinel] more …   →   [ last, free: size + more     ][sentinel]
    /// ```
    pub fn extend_pool(&mut self, mem: usize, more: usize) -> Result<usize, Refusal> {
        self.events = Events::default();
        let g = self.geometry;
        let (pool, last) = self.last_block(mem)?;
        let bytes = sizes::round_down(self.chain.pools()[pool].bytes, g.align);
        let end = mem + bytes;
        end.checked_add(more).ok_or(Refusal::OutOfRange)?;
        let more = sizes::round_down(more, g.align);
        if more == 0 {
            return Err(Refusal::TooSmall);
        }
        self.pool_payload(bytes + more)?;
        if self.chain.overlaps(end, end + more, Some(pool)) {
            return Err(Refusal::Overlap);
        }
        let joins = self.rules.merges_prev(self.chain[last]);
        // Only a gain that must stand alone must be a block by itself.
        if !joins && more < g.word + self.rules.min_size(&g) {
            return Err(Refusal::TooSmall);
        }
        // The old sentinel is the header of what is gained.
        let gained = Block { offset: end, size: more - g.word, free: true };
        self.chain.pool_mut(pool).blocks.push(gained);
        self.chain.pool_mut(pool).bytes = bytes + more;
        if joins {
            self.absorb_last(last);
        } else {
            self.insert(Place { at: last.at + 1, ..last });
        }
        Ok(bytes + more)
    }

    /// Takes `less` bytes, rounded up to ALIGN, off the end of the pool at `mem`, where its last
    /// block must be free and stay one; the bytes it has now.
    pub fn shrink_pool(&mut self, mem: usize, less: usize) -> Result<usize, Refusal> {
        self.events = Events::default();
        let g = self.geometry;
        let (pool, last) = self.last_block(mem)?;
        let Block { offset, size, free } = self.chain[last];
        if !free {
            return Err(Refusal::Busy { offset });
        }
        let less = sizes::round_up(less, g.align).ok_or(Refusal::TooSmall)?;
        let left = size.checked_sub(less).ok_or(Refusal::TooSmall)?;
        if less == 0 || left < self.rules.min_size(&g) {
            return Err(Refusal::TooSmall);
        }
        self.lists.remove(offset);
        self.chain[last].size = left;
        let bytes = sizes::round_down(self.chain.pools()[pool].bytes, g.align) - less;
        self.chain.pool_mut(pool).bytes = bytes;
        self.insert(last);
        Ok(bytes)
    }

    /// The payload of a pool of `bytes`, which must be able to be one block.
    fn pool_payload(&mut self, bytes: usize) -> Result<usize, Refusal> {
        let g = self.geometry;
        let size = sizes::pool_payload(&g, bytes).ok_or(Refusal::TooSmall)?;
        if size < self.rules.min_size(&g) {
            return Err(Refusal::TooSmall);
        }
        if g.key(size) >= g.max() {
            return Err(Refusal::TooLarge);
        }
        Ok(size)
    }

    fn last_block(&self, mem: usize) -> Result<(usize, Place), Refusal> {
        let pool = self.chain.pool(mem).ok_or(Refusal::Unknown)?;
        let at = self.chain.pools()[pool].blocks.len() - 1;
        Ok((pool, Place { pool, at }))
    }

    /// `[ last ][ gained ]` → `[ last + W + gained ]`, listed anew.
    fn absorb_last(&mut self, last: Place) {
        self.lists.remove(self.chain[last].offset);
        self.events.merged_prev = true;
        self.chain.absorb_next(last, self.geometry.word);
        self.insert(last);
    }
}
