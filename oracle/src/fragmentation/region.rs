//! Memory for a heap under study: page-aligned, so that offsets are aligned as addresses are, and
//! able to be put back as it was.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// Alignment of every pool's start.
pub(super) const POOL_ALIGN: usize = 4096;

/// Owned, zeroed bytes. The pool starts behind a page, in which an allocator that keeps its
/// control beside its blocks may have it.
pub(super) struct Region {
    base: NonNull<u8>,
    layout: Layout,
}

impl Region {
    /// Room for a pool of that many bytes.
    pub(super) fn new(pool_bytes: usize) -> Self {
        let layout = Layout::from_size_align(POOL_ALIGN + pool_bytes, POOL_ALIGN);
        let layout = layout.expect("a heap that fits an address space");
        // SAFETY: the layout is not empty.
        let base = NonNull::new(unsafe { alloc_zeroed(layout) });
        Self { base: base.unwrap_or_else(|| handle_alloc_error(layout)), layout }
    }

    /// Where the pool starts.
    pub(super) fn pool(&self) -> NonNull<u8> {
        // SAFETY: one page on, of which there is one at least.
        unsafe { self.base.add(POOL_ALIGN) }
    }

    pub(super) fn pool_bytes(&self) -> usize {
        self.layout.size() - POOL_ALIGN
    }

    /// The address of an offset.
    pub(super) fn at(&self, offset: usize) -> NonNull<u8> {
        assert!(offset < self.pool_bytes(), "offset {offset} lies outside");
        // SAFETY: inside.
        unsafe { self.pool().add(offset) }
    }

    /// The offset of an address; wraps if it lies in front of the pool.
    pub(super) fn offset(&self, ptr: NonNull<u8>) -> usize {
        ptr.addr().get().wrapping_sub(self.pool().addr().get())
    }

    /// Runs `probe` on a heap in this region, then puts region and control back, byte for byte:
    /// whatever order its lists have, a probe cannot change it.
    ///
    /// # Safety
    /// `control` is that heap: all of its state is in these two places, and it has no address in
    /// it that moves.
    pub(super) unsafe fn restoring<C, R>(
        &self,
        control: &mut C,
        probe: impl FnOnce(&mut C) -> R,
    ) -> R {
        let mut bytes: Vec<u8> = Vec::with_capacity(self.layout.size());
        let mut saved = Box::<C>::new_uninit();
        // SAFETY: both as long as what they are copies of; bytes written once (zeroed, at least).
        unsafe {
            bytes.as_mut_ptr().copy_from_nonoverlapping(self.base.as_ptr(), self.layout.size());
            saved.as_mut_ptr().copy_from_nonoverlapping(control, 1);
        }
        let result = probe(control);
        // SAFETY: back to where they came from; nothing was handed out that is still used.
        unsafe {
            self.base.as_ptr().copy_from_nonoverlapping(bytes.as_ptr(), self.layout.size());
            std::ptr::from_mut(control).copy_from_nonoverlapping(saved.as_ptr(), 1);
        }
        result
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: allocated by `new` with this layout.
        unsafe { dealloc(self.base.as_ptr(), self.layout) }
    }
}
