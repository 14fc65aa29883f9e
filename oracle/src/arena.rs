//! Memory for an allocator under test. It has the largest alignment that a program requests, so that
//! the alignment of an offset is that of its address, and no trace holds an address.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// Alignment of every arena: above the largest alignment that can succeed in it.
pub const ARENA_ALIGN: usize = 1 << 20;

/// Bytes of the arena of a program: four regions of 256 KiB, and what lies before and between them.
pub const ARENA_BYTES: usize = (1 << 20) + (1 << 16);

/// An owned, zeroed arena.
#[derive(Debug)]
pub struct Arena {
    base: NonNull<u8>,
    layout: Layout,
}

// SAFETY: plain memory with one owner.
unsafe impl Send for Arena {}

impl Arena {
    /// A new arena of [`ARENA_BYTES`].
    pub fn new() -> Self {
        Self::of(ARENA_BYTES)
    }

    /// A new arena of so many bytes.
    ///
    /// # Panics
    /// If there are none, or more than an address reaches.
    pub fn of(bytes: usize) -> Self {
        assert!(bytes > 0, "an arena has bytes");
        let layout = Layout::from_size_align(bytes, ARENA_ALIGN).expect("an arena has an end");
        // SAFETY: the layout is not empty.
        let base = unsafe { alloc_zeroed(layout) };
        Self { base: NonNull::new(base).unwrap_or_else(|| handle_alloc_error(layout)), layout }
    }

    /// Its length.
    pub const fn bytes(&self) -> usize {
        self.layout.size()
    }

    /// Its first byte.
    pub const fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// The address `offset` bytes in; it may lie outside.
    pub const fn at(&self, offset: usize) -> *mut u8 {
        self.base.as_ptr().wrapping_add(offset)
    }

    /// The offset of an address, wrapping if it lies before the base.
    pub fn offset(&self, ptr: *const u8) -> usize {
        ptr.addr().wrapping_sub(self.base.addr().get())
    }
}

impl Default for Arena {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: allocated by `of` with this layout.
        unsafe { dealloc(self.base.as_ptr(), self.layout) }
    }
}
