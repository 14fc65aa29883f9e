//! Zeroed memory at an aligned address.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// Owned bytes, zero at first, or bytes of the caller's. The system provides a page when it is first used.
pub(crate) struct ZeroedArena {
    base: NonNull<u8>,
    bytes: usize,
    /// What it owns.
    allocation: Option<(NonNull<u8>, Layout)>,
}

// SAFETY: it has memory of its own, or of a caller that leaves it to it.
unsafe impl Send for ZeroedArena {}

impl ZeroedArena {
    /// `bytes` at a multiple of `align`.
    ///
    /// # Panics
    ///
    /// If `align` is not a power of two, or the sum of both does not fit the address space.
    pub(crate) fn new(bytes: usize, align: usize) -> Self {
        assert!(align.is_power_of_two(), "arena alignment {align} is not a power of two");
        // Aligned by hand, because alloc_zeroed touches all pages at large alignments.
        let layout = bytes
            .checked_add(align)
            .and_then(|room| Layout::from_size_align(room, 2 * size_of::<usize>()).ok())
            .unwrap_or_else(|| panic!("no arena of {bytes} bytes aligned to {align}"));
        // SAFETY: the layout has at least `align` bytes, so it is not empty.
        let Some(allocation) = NonNull::new(unsafe { alloc_zeroed(layout) }) else {
            handle_alloc_error(layout);
        };
        // SAFETY: less than `align` of `bytes + align` bytes further.
        let base = unsafe { allocation.add(allocation.align_offset(align)) };
        Self { base, bytes, allocation: Some((allocation, layout)) }
    }

    /// These bytes, which the caller owns.
    ///
    /// # Safety
    ///
    /// They are initialised, can be read and written, and nothing else uses them as long as the arena exists.
    pub(crate) unsafe fn borrowed(base: NonNull<u8>, bytes: usize) -> Self {
        Self { base, bytes, allocation: None }
    }

    /// The first byte.
    pub(crate) fn base(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    /// The number of bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for ZeroedArena {
    fn drop(&mut self) {
        if let Some((allocation, layout)) = self.allocation {
            // SAFETY: allocated by `new` with this layout, freed once.
            unsafe { dealloc(allocation.as_ptr(), layout) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ZeroedArena;

    #[test]
    fn arenas_are_aligned_and_zeroed() {
        for align in [1, 8, 4096, 1 << 20] {
            let arena = ZeroedArena::new(100, align);
            assert_eq!(arena.base().addr() % align, 0);
            // SAFETY: the arena's own bytes, initialised by alloc_zeroed.
            let bytes = unsafe { core::slice::from_raw_parts(arena.base(), arena.bytes()) };
            assert_eq!(bytes, [0; 100]);
        }
    }
}
