//! The memory of all heaps: one region, used by one heap at a time.
//!
//! All heaps use the same region, so that all have the same pages. It is touched in advance, so that
//! no pass includes page faults.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// Bytes of every heap.
pub(crate) const HEAP: usize = 128 << 20;

/// Large, so that address residues are the same in each run.
const ALIGN: usize = 2 << 20;

pub(crate) struct SharedArena(NonNull<u8>);

impl SharedArena {
    const LAYOUT: Layout = match Layout::from_size_align(HEAP, ALIGN) {
        Ok(layout) => layout,
        Err(_) => panic!("HEAP and ALIGN are no layout"),
    };

    pub(crate) fn touched() -> Self {
        let arena = Self::untouched();
        // SAFETY: allocated, HEAP bytes.
        unsafe { arena.0.write_bytes(0xA5, HEAP) };
        arena
    }

    /// For counts, which page faults do not change.
    pub(crate) fn untouched() -> Self {
        // SAFETY: the size is not 0.
        let Some(base) = NonNull::new(unsafe { alloc(Self::LAYOUT) }) else {
            handle_alloc_error(Self::LAYOUT)
        };
        Self(base)
    }

    pub(crate) fn base(&self) -> NonNull<u8> {
        self.0
    }

    /// The offset of an address in the arena; none if it is outside.
    pub(crate) fn offset(&self, ptr: *mut u8) -> Option<usize> {
        ptr.addr().checked_sub(self.0.addr().get()).filter(|&offset| offset < HEAP)
    }
}

impl Drop for SharedArena {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout; each pass drops its heap.
        unsafe { dealloc(self.0.as_ptr(), Self::LAYOUT) };
    }
}
