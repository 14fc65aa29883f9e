//! A run of bytes in registers, between being one block and being another.
//!
//! A verb reads a block into a [`Span`], grows it over its neighbours, cuts it, and writes each
//! resulting header once, by sealing it. Lists are not known here: who absorbs a free neighbour takes
//! it out of its list, at the latest before something is sealed where its links are.
//!
//! ```text
//! absorb_prev   [prev free][ this ][next]   →  [    this    ][next]
//! absorb_next   [prev][ this ][next free]   →  [prev][    this    ]
//! cut           [prev][      this       ]   →  [prev][ this ][rest]
//! cut_front     [prev][      this       ]   →  [prev][lead][ this ]
//! ```

use crate::chain::block::{Block, FreeBlock, UsedBlock};
use crate::chain::header::Header;
use crate::geometry::WORD;

/// One block's worth of bytes whose header is not written yet.
pub(crate) struct Span {
    start: Block,
    /// Payload bytes, behind the header at `start`.
    size: usize,
    /// The block in front is free.
    prev_free: bool,
    /// The header behind this span says PREV_FREE already (or will be written later, saying what
    /// is right): whether sealing has to touch it.
    next_says_free: bool,
}

impl Span {
    #[inline]
    pub(crate) fn of_used(block: UsedBlock) -> Self {
        let header = block.header();
        Self {
            start: block.place(),
            size: header.size(),
            prev_free: header.is_prev_free(),
            next_says_free: false,
        }
    }

    /// Laws *Coalesced* and *Mirror* tell the flags without a read.
    #[inline]
    pub(crate) fn of_free(block: &FreeBlock) -> Self {
        Self { start: block.place(), size: block.size(), prev_free: false, next_says_free: true }
    }

    /// What a pool gains at its end: from its old sentinel on, up to a new one that is written.
    pub(crate) const fn gained(start: Block, size: usize, prev_free: bool) -> Self {
        Self { start, size, prev_free, next_says_free: true }
    }

    /// Gives up bytes at the end, where a new sentinel is written.
    pub(crate) const fn shorten(&mut self, less: usize) {
        self.size -= less;
    }

    #[inline]
    pub(crate) const fn size(&self) -> usize {
        self.size
    }

    #[inline]
    pub(crate) const fn start(&self) -> Block {
        self.start
    }

    /// The free block in front, if there is one; still in its list.
    #[inline]
    pub(crate) fn free_prev(&self) -> Option<Block> {
        // SAFETY: BackLink: PREV_FREE is set, so the word in front is valid.
        self.prev_free.then(|| unsafe { self.start.prev_phys() })
    }

    /// The block behind.
    #[inline]
    pub(crate) fn next(&self) -> Block {
        // SAFETY: Tiling: a header lies behind every payload, the sentinel's at the latest.
        unsafe { self.start.after(self.size) }
    }

    /// The free block behind and its size, if there is one; still in its list.
    #[inline]
    pub(crate) fn free_next(&self) -> Option<(Block, usize)> {
        let next = self.next();
        // SAFETY: Tiling, as above.
        let header = unsafe { next.header() };
        header.is_free().then_some((next, header.size()))
    }

    #[inline]
    pub(crate) fn absorb_prev(&mut self, prev: &FreeBlock) {
        self.size += prev.size() + WORD;
        self.start = prev.place();
        // Coalesced: the predecessor of a free block is used.
        self.prev_free = false;
    }

    #[inline]
    pub(crate) fn absorb_next(&mut self, next: &FreeBlock) {
        self.size += next.size() + WORD;
        // Mirror: the successor of a free block says so.
        self.next_says_free = true;
    }

    /// Keeps `size` bytes here; the rest, if it can be a block (`min_block` with its header), is
    /// returned, to be sealed as free: after this span is sealed as used.
    #[inline]
    pub(crate) fn cut(&mut self, size: usize, min_block: usize) -> Option<Self> {
        if self.size < size + min_block {
            return None;
        }
        let rest = Self {
            // SAFETY: the cut lies inside this span's payload.
            start: unsafe { self.start.after(size) },
            size: self.size - size - WORD,
            prev_free: false,
            next_says_free: self.next_says_free,
        };
        self.size = size;
        self.next_says_free = false;
        Some(rest)
    }

    /// Gives up `gap` bytes in front, at least a block with its header, to be sealed as free.
    #[inline]
    pub(crate) fn cut_front(&mut self, gap: usize) -> Self {
        let lead = Self {
            start: self.start,
            size: gap - WORD,
            prev_free: self.prev_free,
            next_says_free: true,
        };
        // SAFETY: the cut lies inside this span's payload.
        self.start = unsafe { self.start.offset(gap) };
        self.size -= gap;
        self.prev_free = true;
        lead
    }

    /// Writes a free block: header, and what its successor knows of it.
    #[inline]
    pub(crate) fn seal_free(self) -> FreeBlock {
        let next = self.next();
        // SAFETY: this span owns its bytes; the word before `next` is their last one, and the
        // header of `next` exists by Tiling.
        unsafe {
            self.start.set_header(Header::free(self.size));
            next.set_prev_phys(self.start);
            if !self.next_says_free {
                next.update_header(Header::with_prev_free);
            }
            FreeBlock::new(self.start, self.size)
        }
    }

    /// Writes a used block: header, and its successor's flag.
    #[inline]
    pub(crate) fn seal_used(self) -> UsedBlock {
        // SAFETY: this span owns its bytes; the header behind it exists by Tiling.
        unsafe {
            self.start.set_header(Header::used(self.size, self.prev_free));
            if self.next_says_free {
                let next = self.next();
                next.update_header(Header::with_prev_used);
            }
            UsedBlock::new(self.start)
        }
    }
}
