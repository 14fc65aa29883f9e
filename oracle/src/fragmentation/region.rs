//! Memory for a heap under study. It is page-aligned, so that offsets have the alignment of addresses, and
//! its content can be restored.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// Alignment of the start of every pool.
pub(super) const POOL_ALIGN: usize = 4096;

/// Owned bytes, zeroed at first. The pool starts after one page. An allocator that keeps its control
/// beside its blocks can use that page.
pub(super) struct PoolMemory {
    base: NonNull<u8>,
    layout: Layout,
}

impl PoolMemory {
    /// Memory for a pool of that many bytes.
    pub(super) fn new(pool_bytes: usize) -> Self {
        let layout = Layout::from_size_align(POOL_ALIGN + pool_bytes, POOL_ALIGN);
        let layout = layout.expect("the heap fits into the address space");
        // SAFETY: the size is not 0.
        let base = NonNull::new(unsafe { alloc_zeroed(layout) });
        Self { base: base.unwrap_or_else(|| handle_alloc_error(layout)), layout }
    }

    /// The start of the pool.
    pub(super) fn pool(&self) -> NonNull<u8> {
        // SAFETY: the memory has at least one page before the pool.
        unsafe { self.base.add(POOL_ALIGN) }
    }

    pub(super) fn pool_bytes(&self) -> usize {
        self.layout.size() - POOL_ALIGN
    }

    /// The address of an offset.
    pub(super) fn at(&self, offset: usize) -> NonNull<u8> {
        assert!(offset < self.pool_bytes(), "offset {offset} lies outside the pool");
        // SAFETY: the offset is inside the pool.
        unsafe { self.pool().add(offset) }
    }

    /// The offset of an address. It wraps around for an address before the pool.
    pub(super) fn offset(&self, ptr: NonNull<u8>) -> usize {
        ptr.addr().get().wrapping_sub(self.pool().addr().get())
    }

    /// Runs `probe` on a heap in this memory, then restores memory and control, byte for byte, so that the
    /// probe cannot change the order of lists.
    ///
    /// # Safety
    /// `control` is the heap's control. All state of the heap is in `control` and in this memory, and a
    /// copy of `control` is valid only at the same address.
    pub(super) unsafe fn restoring<C, R>(
        &self,
        control: &mut C,
        probe: impl FnOnce(&mut C) -> R,
    ) -> R {
        let mut bytes: Vec<u8> = Vec::with_capacity(self.layout.size());
        let mut saved = Box::<C>::new_uninit();
        // SAFETY: each copy is as long as its original, and all bytes are initialized (zeroed at first).
        unsafe {
            bytes.as_mut_ptr().copy_from_nonoverlapping(self.base.as_ptr(), self.layout.size());
            saved.as_mut_ptr().copy_from_nonoverlapping(control, 1);
        }
        let result = probe(control);
        // SAFETY: the copies return to their origins; no block that the probe allocated is still used.
        unsafe {
            self.base.as_ptr().copy_from_nonoverlapping(bytes.as_ptr(), self.layout.size());
            std::ptr::from_mut(control).copy_from_nonoverlapping(saved.as_ptr(), 1);
        }
        result
    }
}

impl Drop for PoolMemory {
    fn drop(&mut self) {
        // SAFETY: `new` allocated the memory with this layout.
        unsafe { dealloc(self.base.as_ptr(), self.layout) }
    }
}
