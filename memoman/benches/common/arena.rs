//! The memory of all heaps: one region, which each heap in turn has to itself.
//!
//! One for all, so that none of them has luckier pages; touched, so that none pays for page faults.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// Bytes of every heap.
pub(crate) const HEAP: usize = 128 << 20;

/// Every run sees the same address residues.
const ALIGN: usize = 2 << 20;

pub(crate) struct Arena(NonNull<u8>);

impl Arena {
    const LAYOUT: Layout = match Layout::from_size_align(HEAP, ALIGN) {
        Ok(layout) => layout,
        Err(_) => panic!("a heap of sound size"),
    };

    pub(crate) fn touched() -> Self {
        // SAFETY: the size is not 0.
        let Some(base) = NonNull::new(unsafe { alloc(Self::LAYOUT) }) else {
            handle_alloc_error(Self::LAYOUT)
        };
        // SAFETY: just allocated, that long.
        unsafe { base.write_bytes(0xA5, HEAP) };
        Self(base)
    }

    pub(crate) fn base(&self) -> NonNull<u8> {
        self.0
    }

    /// Where in the arena an address is, if it is.
    pub(crate) fn offset(&self, ptr: *mut u8) -> Option<usize> {
        ptr.addr().checked_sub(self.0.addr().get()).filter(|&offset| offset < HEAP)
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout; heaps in it are gone, as they borrow it.
        unsafe { dealloc(self.0.as_ptr(), Self::LAYOUT) };
    }
}
