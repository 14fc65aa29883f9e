//! Blocks: every access to the words of a pool.
//!
//! ```text
//!  previous block            this block
//!  … payload … | prev_phys || header | payload … next, prev … | prev_phys || header
//!               valid only  ^ Block    valid only if free       valid only
//!               if previous                                     if this
//!               is free                                         is free
//! ```
//!
//! A [`Block`] is the place of a header. It may be copied, and does not record whether the block is free.
//! [`FreeBlock`] and [`UsedBlock`] own a block in that state. They are not `Copy`, so that a block is
//! not inserted twice.
//!
//! The methods of [`Block`] are `unsafe` for one reason: the place must be the header of a block in a
//! pool that the caller has exclusive access to (law *Tiling*), in the state that the method names.

use core::ptr::{self, NonNull};

use crate::chain::header::Header;
use crate::cost::touch;

/// The place of a block: where its header lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Block(NonNull<usize>);

/// Neighbours in a free list; `None` ends it.
pub(crate) type Link = Option<Block>;

impl Block {
    /// A place that is never read.
    pub(crate) const NOWHERE: Self = Self(NonNull::dangling());

    /// The block whose header lies `bytes` from `mem`.
    ///
    /// # Safety
    /// `bytes` from `mem` lies in the same pool, or at its end, and is aligned to a word.
    #[inline]
    pub(crate) const unsafe fn at(mem: NonNull<u8>, bytes: usize) -> Self {
        // SAFETY: the caller's: the result stays inside the allocation of `mem`.
        Self(unsafe { mem.byte_add(bytes) }.cast())
    }

    /// The block whose header lies at an address, with the provenance that its pool has exposed.
    ///
    /// # Safety
    /// The address is not 0, and aligned to a word.
    #[cfg(feature = "internals")]
    pub(crate) unsafe fn exposed(addr: usize) -> Self {
        // SAFETY: the caller's: not null.
        Self(unsafe { NonNull::new_unchecked(ptr::with_exposed_provenance_mut(addr)) })
    }

    /// # Safety
    /// `payload` came from [`Block::payload`].
    #[inline]
    pub(crate) const unsafe fn from_payload(payload: NonNull<u8>) -> Self {
        // SAFETY: Tiling: the header lies one word in front of the payload.
        Self(unsafe { payload.cast::<usize>().sub(1) })
    }

    /// # Safety
    /// The place is a block's header.
    #[inline]
    pub(crate) const unsafe fn payload(self) -> NonNull<u8> {
        // SAFETY: Tiling: behind every header lies a payload, or the end of the pool.
        unsafe { self.0.add(1) }.cast()
    }

    #[inline]
    pub(crate) fn addr(self) -> usize {
        self.0.addr().get()
    }

    #[inline]
    pub(crate) unsafe fn header(self) -> Header {
        touch();
        // SAFETY: Tiling: every block starts with a header.
        unsafe { self.0.cast::<Header>().read() }
    }

    #[inline]
    pub(crate) unsafe fn set_header(self, header: Header) {
        touch();
        // SAFETY: Tiling, and exclusive access.
        unsafe { self.0.cast::<Header>().write(header) }
    }

    /// Changes a header where it is: read and written as the whole word that the next call reads.
    ///
    /// Volatile, because a compiler turns the change of one bit into a store of one byte, which a
    /// processor cannot forward to a load of the word: the next read would wait until the store is in
    /// the cache.
    #[inline]
    pub(crate) unsafe fn update_header(self, change: impl FnOnce(Header) -> Header) {
        touch();
        // SAFETY: Tiling, and exclusive access.
        unsafe {
            let header = self.0.cast::<Header>();
            header.write_volatile(change(header.read_volatile()));
        }
    }

    /// The block that starts behind a payload of `size` bytes.
    #[inline]
    pub(crate) unsafe fn after(self, size: usize) -> Self {
        // SAFETY: Tiling: a payload is followed by a header, the sentinel's at the latest.
        Self(unsafe { self.0.add(1).byte_add(size) })
    }

    /// The place `bytes` further on, where a header is about to be written.
    #[inline]
    pub(crate) unsafe fn offset(self, bytes: usize) -> Self {
        // SAFETY: the caller cuts inside its own payload.
        Self(unsafe { self.0.byte_add(bytes) })
    }

    /// The predecessor, which is free.
    #[inline]
    pub(crate) unsafe fn prev_phys(self) -> Self {
        touch();
        // SAFETY: BackLink: a free block's last word points at its header.
        unsafe { self.0.sub(1).cast::<Self>().read() }
    }

    /// Writes where the free predecessor starts, in its last word.
    #[inline]
    pub(crate) unsafe fn set_prev_phys(self, prev: Self) {
        touch();
        // SAFETY: the word belongs to the free predecessor, which the caller owns.
        unsafe { self.0.sub(1).cast::<Self>().write(prev) }
    }

    /// Where a free block keeps its next link.
    ///
    /// # Safety
    /// The place is a block's header.
    #[inline]
    pub(crate) unsafe fn next_slot(self) -> *mut Link {
        touch();
        // SAFETY: Tiling: a payload has at least three words.
        unsafe { self.0.add(1) }.cast::<Link>().as_ptr()
    }

    /// Where a free block keeps its prev link.
    ///
    /// # Safety
    /// The place is a block's header.
    #[inline]
    pub(crate) unsafe fn prev_slot(self) -> *mut Link {
        touch();
        // SAFETY: the caller's.
        unsafe { self.spare_slot() }
    }

    /// [`Self::prev_slot`], for a write that stands in for one that is not needed: it is not counted.
    ///
    /// # Safety
    /// The place is a block's header.
    #[inline]
    pub(crate) unsafe fn spare_slot(self) -> *mut Link {
        // SAFETY: Tiling: a payload has at least three words.
        unsafe { self.0.add(2) }.cast::<Link>().as_ptr()
    }

    /// The word `index` words behind the header, as a number: what a damaged heap holds need not be
    /// a pointer. The links are words 1 and 2, the free predecessor's `prev_phys` is word -1.
    ///
    /// # Safety
    /// That word lies in the block's pool, and is initialised.
    #[inline]
    pub(crate) unsafe fn word(self, index: isize) -> usize {
        touch();
        // SAFETY: the caller's: a word of the pool.
        unsafe { self.0.offset(index).read() }
    }
}

/// A block in the free state, with its size, so that a word just written is not read again.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct FreeBlock {
    place: Block,
    size: usize,
}

impl FreeBlock {
    /// # Safety
    /// The block is free, and `size` is the size in its header, a legal block size.
    #[inline]
    pub(crate) const unsafe fn new(place: Block, size: usize) -> Self {
        Self { place, size }
    }

    #[inline]
    pub(crate) const fn place(&self) -> Block {
        self.place
    }

    #[inline]
    pub(crate) const fn size(&self) -> usize {
        self.size
    }
}

/// A block in the used state: its payload belongs to the caller.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct UsedBlock(Block);

impl UsedBlock {
    /// The block of a payload, by address: the pointer may have been narrowed to the bytes that were
    /// requested, as that of a `Box` is, but the header lies in front of them and the rest behind. So
    /// the provenance is the pool's, which was exposed when the pool was added. This costs no
    /// instruction.
    ///
    /// # Safety
    /// `payload` is the address of a live block's payload.
    #[inline]
    pub(crate) unsafe fn from_payload(payload: NonNull<u8>) -> Self {
        let payload = ptr::with_exposed_provenance_mut(payload.addr().get());
        // SAFETY: Tiling: a live block's payload is not null, and has a header in front.
        Self(unsafe { Block::from_payload(NonNull::new_unchecked(payload)) })
    }

    /// # Safety
    /// The block was just sealed as used.
    #[inline]
    pub(crate) const unsafe fn new(block: Block) -> Self {
        Self(block)
    }

    #[inline]
    pub(crate) const fn place(&self) -> Block {
        self.0
    }

    #[inline]
    pub(crate) fn header(&self) -> Header {
        // SAFETY: Tiling: an owned block has a header.
        unsafe { self.0.header() }
    }

    /// Gives the payload to the caller.
    #[inline]
    pub(crate) const fn payload(self) -> NonNull<u8> {
        // SAFETY: Tiling: an owned block has a header.
        unsafe { self.0.payload() }
    }
}
