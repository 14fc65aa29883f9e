//! `Allocator` of the crate `allocator-api2`, for stable Rust: a heap for a `Vec`, a `Box` or a
//! `HashMap`. Feature `allocator-api2`.

use core::alloc::Layout;
use core::ptr::{self, NonNull};

use allocator_api2::alloc::{AllocError, Allocator};

use crate::shared::Shared;
use crate::shared::engine::Engine;
use crate::shared::exclusion::Exclusion;
use crate::shared::growable::Growable;
use crate::source::Source;

/// The result for a layout of 0 bytes: an aligned address that is not the heap's.
fn dangling(layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
    let ptr = NonNull::new(ptr::without_provenance_mut(layout.align())).ok_or(AllocError)?;
    Ok(NonNull::slice_from_raw_parts(ptr, 0))
}

impl<H: Engine, S: Source> Growable<H, S> {
    /// All usable bytes of a block.
    ///
    /// # Safety
    /// `ptr` is a live block's.
    unsafe fn whole(&self, ptr: NonNull<u8>) -> NonNull<[u8]> {
        // SAFETY: the caller's.
        NonNull::slice_from_raw_parts(ptr, unsafe { self.heap.usable_size(ptr) })
    }
}

impl<X: Exclusion, H: Engine, S: Source> Shared<X, H, S> {
    /// # Safety
    /// `ptr` is a live block's of layout `old`, or dangling if that has no bytes.
    unsafe fn resize(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        if old.size() == 0 {
            return Allocator::allocate(self, new);
        }
        if new.size() == 0 {
            // SAFETY: the caller's.
            unsafe { Allocator::deallocate(self, ptr, old) };
            return dangling(new);
        }
        // SAFETY: the caller's; the new block is live.
        let block = unsafe { self.reallocate(ptr, old, new, |heap, block| heap.whole(block)) };
        block.ok_or(AllocError)
    }
}

// SAFETY: blocks are valid until they are freed or the heap is dropped, because a move of the heap
// leaves its pools in place; its only clones are references. The result is as long as the block, and
// a layout of that length fits the block as well: the engine needs no layout to free it.
unsafe impl<X: Exclusion, H: Engine, S: Source> Allocator for Shared<X, H, S> {
    /// The result has the length of the block, which may be more than the layout's.
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            return dangling(layout);
        }
        let block = self.call(|heap| {
            let block = heap.allocate(layout)?;
            // SAFETY: live.
            Ok(block.map(|block| unsafe { heap.whole(block) }))
        });
        block.flatten().ok_or(AllocError)
    }

    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        if layout.size() != 0 {
            // SAFETY: the caller's.
            self.call(|heap| unsafe { heap.heap.deallocate(ptr, layout) });
        }
    }

    /// In place where block and free successor allow it, if `ptr` is aligned to the new layout.
    unsafe fn grow(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's.
        unsafe { self.resize(ptr, old, new) }
    }

    unsafe fn grow_zeroed(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's.
        let block = unsafe { self.resize(ptr, old, new) }?;
        // SAFETY: the block is at least as long as the new layout, which is no less than the old.
        unsafe {
            block.cast::<u8>().add(old.size()).write_bytes(0, block.len() - old.size());
        }
        Ok(block)
    }

    /// In place, if `ptr` is aligned to the new layout.
    unsafe fn shrink(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's.
        unsafe { self.resize(ptr, old, new) }
    }
}
