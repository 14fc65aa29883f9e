//! Rust's own traits of allocators, as allocators under test.

use std::alloc::{GlobalAlloc, Layout};
#[cfg(feature = "allocator-api2")]
use std::collections::HashMap;
use std::ptr::NonNull;

#[cfg(feature = "allocator-api2")]
use allocator_api2::alloc::{AllocError, Allocator};

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

/// Any [`Allocator`](allocator_api2::alloc::Allocator) of `allocator-api2` 0.2 under test. The usable size is
/// the length of the slice that it returns.
///
/// # Examples
/// ```
/// use oracle::check::{self, Api};
///
/// check::stress(|_| Some(Api::new(allocator_api2::alloc::Global)), 10_000);
/// ```
#[cfg(feature = "allocator-api2")]
#[derive(Clone, Debug, Default)]
pub struct Api<A> {
    allocator: A,
    /// The lengths of the live blocks, by address.
    lengths: HashMap<NonNull<u8>, usize>,
}

#[cfg(feature = "allocator-api2")]
impl<A: Allocator> Api<A> {
    /// The allocator, with nothing live.
    pub fn new(allocator: A) -> Self {
        Self { allocator, lengths: HashMap::new() }
    }

    fn note(&mut self, block: Result<NonNull<[u8]>, AllocError>) -> Option<NonNull<u8>> {
        let block = block.ok()?;
        self.lengths.insert(block.cast(), block.len());
        Some(block.cast())
    }
}

// SAFETY: `Allocator` promises blocks that can be read and written.
#[cfg(feature = "allocator-api2")]
unsafe impl<A: Allocator> Contract for Api<A> {
    fn malloc(&mut self, size: usize) -> Option<NonNull<u8>> {
        let layout = Layout::from_size_align(size, WORD).ok()?;
        let block = self.allocator.allocate(layout);
        self.note(block)
    }

    unsafe fn free(&mut self, block: Block) {
        self.lengths.remove(&block.ptr);
        // SAFETY: the caller's: the block is live, and fits this layout.
        unsafe { self.allocator.deallocate(block.ptr, block.layout()) }
    }

    fn memalign(&mut self, align: usize, size: usize) -> Result<Option<NonNull<u8>>, NotSupported> {
        let Ok(layout) = Layout::from_size_align(size, align) else { return Ok(None) };
        let block = self.allocator.allocate(layout);
        Ok(self.note(block))
    }

    fn zeroed(&mut self, size: usize) -> Result<Option<NonNull<u8>>, NotSupported> {
        let Ok(layout) = Layout::from_size_align(size, WORD) else { return Ok(None) };
        let block = self.allocator.allocate_zeroed(layout);
        Ok(self.note(block))
    }

    unsafe fn realloc(
        &mut self,
        block: Block,
        size: usize,
    ) -> Result<Option<NonNull<u8>>, NotSupported> {
        let old = block.layout();
        let Ok(new) = Layout::from_size_align(size, block.align) else { return Ok(None) };
        // SAFETY: the caller's: the block is live, and fits this layout; which of the sizes is larger is compared.
        let moved = unsafe {
            match size >= block.size {
                true => self.allocator.grow(block.ptr, old, new),
                false => self.allocator.shrink(block.ptr, old, new),
            }
        };
        if moved.is_ok() {
            self.lengths.remove(&block.ptr);
        }
        Ok(self.note(moved))
    }

    unsafe fn usable_size(&self, block: Block) -> Result<usize, NotSupported> {
        self.lengths.get(&block.ptr).copied().ok_or(NotSupported)
    }
}
