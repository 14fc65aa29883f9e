//! Rust's own traits of allocators, as allocators under test.

use std::alloc::{GlobalAlloc, Layout};
use std::ptr::NonNull;

use crate::check::contract::{Block, Contract, NotSupported};
use crate::geometry::WORD;

/// Any [`GlobalAlloc`] under test.
///
/// # Examples
/// ```
/// use oracle::check::{self, Global};
///
/// check::stress(|_| Some(Global(std::alloc::System)), 10_000);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Global<G>(pub G);

// SAFETY: `GlobalAlloc` promises blocks that can be read and written.
unsafe impl<G: GlobalAlloc> Contract for Global<G> {
    fn malloc(&mut self, size: usize) -> Option<NonNull<u8>> {
        let layout = Layout::from_size_align(size, WORD).ok()?;
        // SAFETY: the size is not 0.
        NonNull::new(unsafe { self.0.alloc(layout) })
    }

    unsafe fn free(&mut self, block: Block) {
        // SAFETY: the caller's: the block is live, with this layout.
        unsafe { self.0.dealloc(block.ptr.as_ptr(), block.layout()) }
    }

    fn memalign(&mut self, align: usize, size: usize) -> Result<Option<NonNull<u8>>, NotSupported> {
        let Ok(layout) = Layout::from_size_align(size, align) else { return Ok(None) };
        // SAFETY: the size is not 0.
        Ok(NonNull::new(unsafe { self.0.alloc(layout) }))
    }

    fn zeroed(&mut self, size: usize) -> Result<Option<NonNull<u8>>, NotSupported> {
        let Ok(layout) = Layout::from_size_align(size, WORD) else { return Ok(None) };
        // SAFETY: the size is not 0.
        Ok(NonNull::new(unsafe { self.0.alloc_zeroed(layout) }))
    }

    unsafe fn realloc(
        &mut self,
        block: Block,
        size: usize,
    ) -> Result<Option<NonNull<u8>>, NotSupported> {
        let (ptr, layout) = (block.ptr.as_ptr(), block.layout());
        if Layout::from_size_align(size, block.align).is_err() {
            return Ok(None);
        }
        // SAFETY: the caller's: the block is live, with this layout; the size is not 0, and has a layout.
        Ok(NonNull::new(unsafe { self.0.realloc(ptr, layout, size) }))
    }
}
