//! Memory for an allocator under test. It has the largest alignment that a program requests, so that
//! the alignment of an offset is that of its address, and no trace holds an address.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// Alignment of every arena: above the largest alignment that can succeed in it.
pub const ARENA_ALIGN: usize = 1 << 20;

/// Bytes of every arena: four regions of 256 KiB, and what lies before and between them.
pub const ARENA_BYTES: usize = (1 << 20) + (1 << 16);

const LAYOUT: Layout = match Layout::from_size_align(ARENA_BYTES, ARENA_ALIGN) {
    Ok(layout) => layout,
    Err(_) => panic!("the arena's layout is a constant"),
};

/// An owned, zeroed arena.
#[derive(Debug)]
pub struct Arena(NonNull<u8>);

// SAFETY: plain memory with one owner.
unsafe impl Send for Arena {}

impl Arena {
    /// A new arena.
    pub fn new() -> Self {
        // SAFETY: the layout is not empty.
        let base = unsafe { alloc_zeroed(LAYOUT) };
        Self(NonNull::new(base).unwrap_or_else(|| handle_alloc_error(LAYOUT)))
    }

    /// Its first byte.
    pub const fn base(&self) -> NonNull<u8> {
        self.0
    }

    /// The address `offset` bytes in; it may lie outside.
    pub const fn at(&self, offset: usize) -> *mut u8 {
        self.0.as_ptr().wrapping_add(offset)
    }

    /// The offset of an address, wrapping if it lies before the base.
    pub fn offset(&self, ptr: *const u8) -> usize {
        ptr.addr().wrapping_sub(self.0.addr().get())
    }
}

impl Default for Arena {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: allocated by `new` with this layout.
        unsafe { dealloc(self.0.as_ptr(), LAYOUT) }
    }
}
