//! The index: free blocks in size order, one LIFO list per class, and the bitmap over them.
//!
//! Keeps laws *Membership* (free ⇔ in exactly one list), *Class*, *Links* and *Occupancy*. Knows
//! links and sizes of free blocks; never touches a header flag or a neighbour in address order.

use crate::bitmap::Bitmap;
use crate::block::{Block, FreeBlock, Link};
use crate::class::SizeClass;
use crate::geometry::Fit;
use crate::stats::Tally;

/// Heads of all lists, with their occupancy.
///
/// There is no sentinel block: a list ends in `None`, so the whole is movable. Where TLSF 3.1
/// writes to its null block, this writes to a word on the stack, `nowhere`. Which of two places a
/// link goes to is selected, not branched upon: whether a list ends is as good as random, and a
/// wrong guess costs more than all the rest. The writes are volatile because a compiler that sees
/// that `nowhere` is never read makes a branch of them again.
pub(crate) struct FreeLists<const ALIGN: usize, const FL: usize, const SL: usize> {
    occupied: Bitmap<FL, SL>,
    heads: [[Link; SL]; FL],
    /// Here because this room sees every free block come and go; the verbs tell it the rest.
    pub(crate) tally: Tally,
}

impl<const ALIGN: usize, const FL: usize, const SL: usize> FreeLists<ALIGN, FL, SL> {
    pub(crate) const EMPTY: Self =
        Self { occupied: Bitmap::EMPTY, heads: [[None; SL]; FL], tally: Tally::new() };

    /// Puts a free block at the head of the list of its size.
    #[inline]
    pub(crate) fn insert(&mut self, block: FreeBlock) {
        let (place, size) = (block.place(), block.size());
        self.tally.listed(size);
        // SAFETY: Class: a free block has a legal size.
        let class = unsafe { SizeClass::floor::<ALIGN>(size) };
        let next = self.head(class).replace(place);
        let mut nowhere = None;
        // SAFETY: Membership: the caller gives up a free block; `next` is listed, hence free.
        unsafe {
            place.next_slot().write(next);
            place.prev_slot().write(None);
            next.map_or(&raw mut nowhere, Block::prev_slot).write_volatile(Some(place));
        }
        self.occupied.set(class);
    }

    /// Takes the head of the first list whose blocks all hold `fit`.
    #[inline]
    pub(crate) fn take(&mut self, fit: Fit) -> Option<FreeBlock> {
        let class = self.occupied.seek(SizeClass::ceil::<ALIGN>(fit)?)?;
        let block = (*self.head(class))?; // Occupancy: never `None` here.
        let mut nowhere = None;
        // SAFETY: Membership: a listed block is free, and so is its successor in the list.
        unsafe {
            let free = FreeBlock::new(block, block.header().size());
            self.tally.unlisted(free.size());
            let next = block.next_slot().read();
            *self.head(class) = next;
            next.map_or(&raw mut nowhere, Block::prev_slot).write_volatile(None);
            self.occupied.clear_if(class, next.is_none());
            Some(free)
        }
    }

    /// Unlinks a listed block, found by its neighbour in address order.
    ///
    /// # Safety
    /// The block is in a list of this instance.
    #[inline]
    pub(crate) unsafe fn remove(&mut self, block: Block) -> FreeBlock {
        let mut nowhere = None;
        // SAFETY: Membership: a listed block is free; Links: its neighbours are listed, too. Class: a
        // free block has a legal size.
        unsafe {
            let free = FreeBlock::new(block, block.header().size());
            self.tally.unlisted(free.size());
            let next = block.next_slot().read();
            let prev = block.prev_slot().read();
            let class = SizeClass::floor::<ALIGN>(free.size());
            // Only a head has no predecessor.
            let from: *mut Link = self.head(class);
            prev.map_or(from, Block::next_slot).write_volatile(next);
            next.map_or(&raw mut nowhere, Block::prev_slot).write_volatile(prev);
            self.occupied.clear_if(class, prev.is_none() & next.is_none());
            free
        }
    }

    /// Forgets every block.
    pub(crate) fn clear(&mut self) {
        *self = Self::EMPTY;
    }

    /// All heads in class order, and the bitmap, for the audit and the walks.
    pub(crate) fn levels(&self) -> (&Bitmap<FL, SL>, &[[Link; SL]; FL]) {
        (&self.occupied, &self.heads)
    }

    /// The highest class that holds a block.
    pub(crate) fn highest(&self) -> Option<SizeClass<FL, SL>> {
        self.occupied.highest()
    }

    /// The first block of the first list at or above the class numbered `from`, with its class.
    pub(crate) fn first_from(&self, from: usize) -> Option<(SizeClass<FL, SL>, Block)> {
        let class = self.occupied.look(SizeClass::at(from)?)?;
        let (row, list) = (class.row(), class.list());
        self.heads[row][list].map(|block| (class, block))
    }

    #[inline]
    fn head(&mut self, class: SizeClass<FL, SL>) -> &mut Link {
        &mut self.heads.as_flattened_mut()[class.index()]
    }
}
