//! The index: free blocks in size order, one LIFO list per class, and the bitmap over them.
//!
//! Keeps laws *Membership* (a block is free exactly if it is in exactly one list), *Class*, *Links* and
//! *Occupancy*. Reads sizes and links of free blocks; never touches a header flag or a neighbour in
//! address order.

pub(crate) mod bitmap;
pub(crate) mod class;
pub(crate) mod listed;
mod near;

use crate::chain::block::{Block, FreeBlock, Link};
use crate::cost::{touch, touch_all};
use crate::geometry::{BRANCHES_ARE_CHEAP, Fit};
use crate::index::bitmap::Bitmap;
use crate::index::class::SizeClass;
use crate::index::listed::{Head, Listed};

/// Heads of all lists, with their occupancy.
///
/// There is no sentinel block: a list ends in `None`, so the structure can be moved. Where TLSF 3.1
/// writes to its null block, `link_back` writes to the block at hand, or branches.
///
/// # Safety of the methods
/// The listed blocks are free blocks in pools of one heap, and stay so until they are removed. Each
/// `unsafe` method requires it of its argument; all of them rely on it.
pub(crate) struct FreeLists<const ALIGN: usize, const FL: usize, const SL: usize> {
    occupied: Bitmap<FL, SL>,
    heads: [[Link; SL]; FL],
}

impl<const ALIGN: usize, const FL: usize, const SL: usize> FreeLists<ALIGN, FL, SL> {
    pub(crate) const EMPTY: Self = Self { occupied: Bitmap::EMPTY, heads: [[None; SL]; FL] };

    /// Puts a free block at the head of the list of its size.
    ///
    /// Never inlined, as [`Self::replace`]: operations end with a jump to it, and there would be ten
    /// copies.
    ///
    /// # Safety
    /// The block is sealed as free in a pool of this heap, and is in no list.
    #[inline(never)]
    pub(crate) unsafe fn insert(&mut self, block: FreeBlock) {
        // SAFETY: Class: a free block has a legal size. Membership: this one is in no list.
        unsafe {
            let class = SizeClass::floor::<ALIGN>(block.size());
            let next = *self.head(class);
            self.put(class, block, next);
            self.occupied.set(class);
        }
    }

    /// Finds the head of the first list in which every block holds `fit`, and leaves it there.
    #[inline]
    pub(crate) fn find(&self, fit: Fit) -> Option<Head<FL, SL>> {
        let class = self.occupied.seek(SizeClass::ceil::<ALIGN>(fit)?)?;
        touch();
        let head = self.heads.as_flattened()[class.index()];
        debug_assert!(head.is_some(), "Occupancy");
        // SAFETY: Occupancy: the bit is set, so the list has a head. Membership: it is free.
        let block = unsafe {
            let place = head.unwrap_unchecked();
            FreeBlock::new(place, place.header().size())
        };
        Some(Head { block, class })
    }

    /// A block that is in a list, found by its neighbour in address order.
    ///
    /// # Safety
    /// The block is in a list of this instance.
    #[inline]
    pub(crate) unsafe fn listed(&self, place: Block) -> Listed<FL, SL> {
        // SAFETY: Membership: a listed block is free. Class: it has a legal size.
        unsafe {
            let block = FreeBlock::new(place, place.header().size());
            let class = SizeClass::floor::<ALIGN>(block.size());
            Listed { block, class }
        }
    }

    /// Removes a block from its list.
    ///
    /// # Safety
    /// `old` is in its list still, with its links.
    #[inline]
    pub(crate) unsafe fn remove(&mut self, old: Listed<FL, SL>) -> FreeBlock {
        // SAFETY: Links: the caller's, `old` has them.
        let emptied = unsafe { self.unlink(old.block.place(), old.class) };
        self.occupied.clear_if(old.class, emptied);
        old.block
    }

    /// Removes the head of a list.
    ///
    /// # Safety
    /// `head` is the head of its list still, with its links.
    #[inline]
    pub(crate) unsafe fn take(&mut self, head: Head<FL, SL>) -> FreeBlock {
        // SAFETY: Links: the caller's, `head` has them.
        let emptied = unsafe { self.unlink_head(&head) };
        self.occupied.clear_if(head.class, emptied);
        head.block
    }

    /// [`Self::replace`] for the head of a list.
    ///
    /// # Safety
    /// `head` is the head of its list still, with its links; `new` as for [`Self::insert`].
    #[inline]
    pub(crate) unsafe fn replace_head(&mut self, head: Head<FL, SL>, new: FreeBlock) {
        // SAFETY: Class: a free block has a legal size. Links: `head` has them.
        unsafe {
            let class = SizeClass::floor::<ALIGN>(new.size());
            if class == head.class {
                let next = head.block.place().next_slot().read();
                return self.put(class, new, next);
            }
            let emptied = self.unlink_head(&head);
            let next = *self.head(class);
            self.put(class, new, next);
            self.occupied.shift(head.class, emptied, class);
        }
    }

    /// Removes a block from its list, and inserts another. The other may be sealed already, if that did
    /// not change the links of the old one.
    ///
    /// # Safety
    /// `old` is in its list still, with its links; `new` as for [`Self::insert`].
    #[inline]
    pub(crate) unsafe fn replace(&mut self, old: Listed<FL, SL>, new: FreeBlock) {
        // SAFETY: Links, Membership: the caller's, for the old block and the new.
        unsafe { self.replace_at(old.block.place(), old.class, new) }
    }

    /// [`Self::replace`] for the block at `old` in the list of class `from`: arguments that fit into
    /// registers.
    ///
    /// If the new block replaces the head of its own class, the bitmap stays as it is; else the new
    /// bit is set first, so that a row does not become empty in between.
    ///
    /// # Safety
    /// As [`Self::replace`].
    #[inline(never)]
    unsafe fn replace_at(&mut self, old: Block, from: SizeClass<FL, SL>, new: FreeBlock) {
        // SAFETY: Class: a free block has a legal size. Links: `old` has them.
        unsafe {
            let class = SizeClass::floor::<ALIGN>(new.size());
            if class == from && *self.head(class) == Some(old) {
                let next = old.next_slot().read();
                return self.put(class, new, next);
            }
            let emptied = self.unlink(old, from);
            let next = *self.head(class);
            self.put(class, new, next);
            self.occupied.shift(from, emptied, class);
        }
    }

    /// Leaves the bitmap as it is. Returns whether the list is empty now.
    ///
    /// # Safety
    /// As [`Self::remove`].
    #[inline]
    unsafe fn unlink(&mut self, place: Block, class: SizeClass<FL, SL>) -> bool {
        // SAFETY: Links: the neighbours of a listed block are listed, too.
        unsafe {
            let next = place.next_slot().read();
            let prev = place.prev_slot().read();
            link_back(next, prev, place);
            // Only a head has no predecessor.
            let from: *mut Link = self.head(class);
            prev.map_or(from, |prev| prev.next_slot()).write_volatile(next);
            prev.is_none() & next.is_none()
        }
    }

    /// The same for a head.
    ///
    /// # Safety
    /// As [`Self::take`].
    #[inline]
    unsafe fn unlink_head(&mut self, head: &Head<FL, SL>) -> bool {
        // SAFETY: Links: the successor of a listed block is listed, too.
        unsafe {
            let next = head.block.place().next_slot().read();
            *self.head(head.class) = next;
            link_back(next, None, head.block.place());
            next.is_none()
        }
    }

    /// Makes a block the head of a list that continues with `next`.
    ///
    /// # Safety
    /// `block` as for [`Self::insert`]; `next` is the head of its list, or was until it was unlinked.
    #[inline]
    unsafe fn put(&mut self, class: SizeClass<FL, SL>, block: FreeBlock, next: Link) {
        let place = block.place();
        *self.head(class) = Some(place);
        // SAFETY: Membership: the caller gives up a free block; `next` is listed, so it is free.
        unsafe {
            link_back(next, Some(place), place);
            place.next_slot().write(next);
            place.prev_slot().write(None);
        }
    }

    /// Forgets every block.
    pub(crate) fn clear(&mut self) {
        touch_all(FL * SL);
        *self = Self::EMPTY;
    }

    /// The bitmap, and all heads in class order, for the checks and the walks.
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
        touch();
        let (row, list) = (class.row(), class.list());
        self.heads[row][list].map(|block| (class, block))
    }

    #[inline]
    fn head(&mut self, class: SizeClass<FL, SL>) -> &mut Link {
        touch();
        &mut self.heads.as_flattened_mut()[class.index()]
    }
}

/// Makes `prev` the predecessor of `next`; without a `next`, of `last`, where this changes nothing that is
/// read again.
///
/// The place is selected, not branched upon, unless branches are cheap: whether a list ends is unpredictable,
/// and a wrong prediction costs more than the rest of the operation.
///
/// # Safety
/// Links: `next` is a free block, and so is or was `last`; its own link is written later, or is `prev`.
#[inline]
unsafe fn link_back(next: Link, prev: Link, last: Block) {
    if BRANCHES_ARE_CHEAP && next.is_none() {
        return;
    }
    // SAFETY: the caller's.
    unsafe { next.map_or(last.spare_slot(), |next| next.prev_slot()).write(prev) };
}
