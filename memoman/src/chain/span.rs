//! A run of bytes held in registers, while an operation turns blocks into other blocks.
//!
//! An operation reads a block into a [`Span`], grows it over its neighbours, cuts it, and writes each
//! resulting header once, by sealing it. This module does not know the lists: the caller takes an
//! absorbed neighbour out of its list, at the latest before a span is sealed where its links are.
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
    /// The header behind this span has PREV_FREE set already, or is written later with the right flag:
    /// sealing as free does not write it.
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

    /// Laws *Coalesced* and *Mirror* give the flags without a read.
    #[inline]
    pub(crate) fn of_free(block: &FreeBlock) -> Self {
        Self { start: block.place(), size: block.size(), prev_free: false, next_says_free: true }
    }

    /// What a pool gains at its end: from its old sentinel on, up to a new one that is written.
    ///
    /// # Safety
    /// `start` is the old sentinel, the new one is behind `size` bytes of payload, and `prev_free` is
    /// the flag of the old one.
    pub(crate) const unsafe fn gained(start: Block, size: usize, prev_free: bool) -> Self {
        Self { start, size, prev_free, next_says_free: true }
    }

    /// Gives up bytes at the end, where a new sentinel is written.
    ///
    /// # Safety
    /// `less` leaves a legal block size.
    pub(crate) const unsafe fn shorten(&mut self, less: usize) {
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

    /// The free block in front, if the block there is free; still in its list.
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

    /// The free block behind and its size, if the block there is free; still in its list.
    #[inline]
    pub(crate) fn free_next(&self) -> Option<(Block, usize)> {
        let next = self.next();
        // SAFETY: Tiling, as above.
        let header = unsafe { next.header() };
        header.is_free().then_some((next, header.size()))
    }

    /// # Safety
    /// `prev` is the block that [`Self::free_prev`] finds.
    #[inline]
    pub(crate) unsafe fn absorb_prev(&mut self, prev: &FreeBlock) {
        self.size += prev.size() + WORD;
        self.start = prev.place();
        // Coalesced: the predecessor of a free block is used.
        self.prev_free = false;
    }

    /// # Safety
    /// `next` is the block that [`Self::free_next`] finds.
    #[inline]
    pub(crate) unsafe fn absorb_next(&mut self, next: &FreeBlock) {
        self.size += next.size() + WORD;
        // Mirror: the successor of a free block has PREV_FREE set.
        self.next_says_free = true;
    }

    /// Whether [`Self::cut`] leaves a rest.
    #[inline]
    pub(crate) const fn is_longer(&self, size: usize, min_block: usize) -> bool {
        self.size >= size + min_block
    }

    /// Splits: keeps `size` bytes here. Returns the rest, if it can be a block (`min_block` with its header):
    /// to be sealed as free, after this span is sealed as used.
    ///
    /// # Safety
    /// `size` is a legal block size, at most this span's; `min_block` is that of the geometry.
    #[inline]
    pub(crate) unsafe fn cut(&mut self, size: usize, min_block: usize) -> Option<Self> {
        if !self.is_longer(size, min_block) {
            return None;
        }
        let rest = Self {
            // SAFETY: Tiling: the cut lies inside this span's payload.
            start: unsafe { self.start.after(size) },
            size: self.size - size - WORD,
            prev_free: false,
            next_says_free: self.next_says_free,
        };
        self.size = size;
        self.next_says_free = false;
        Some(rest)
    }

    /// Gives up `gap` bytes in front, to be sealed as free.
    ///
    /// # Safety
    /// `gap` bytes are a legal block with its header, and leave one here.
    #[inline]
    pub(crate) unsafe fn cut_front(&mut self, gap: usize) -> Self {
        let lead = Self {
            start: self.start,
            size: gap - WORD,
            prev_free: self.prev_free,
            next_says_free: true,
        };
        // SAFETY: Tiling: the cut lies inside this span's payload.
        self.start = unsafe { self.start.offset(gap) };
        self.size -= gap;
        self.prev_free = true;
        lead
    }

    /// Writes a free block: its header, its `prev_phys`, and its successor's flag.
    ///
    /// # Safety
    /// No list needs a word that this writes: the header, the last word, and the header behind it.
    #[inline]
    pub(crate) unsafe fn seal_free(self) -> FreeBlock {
        let next = self.next();
        // SAFETY: Tiling: the span owns its bytes, of which the word before `next` is the last, and
        // `next` has a header.
        unsafe {
            self.start.set_header(Header::free(self.size));
            next.set_prev_phys(self.start);
            if !self.next_says_free {
                next.update_header(Header::with_prev_free);
            }
            FreeBlock::new(self.start, self.size)
        }
    }

    /// Writes a used block: its header, and its successor's flag.
    ///
    /// # Safety
    /// The rest of the block that this was, if any, is sealed afterwards.
    #[inline]
    pub(crate) unsafe fn seal_used(self) -> UsedBlock {
        // SAFETY: Tiling: the span owns its bytes, and a header lies behind them.
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
