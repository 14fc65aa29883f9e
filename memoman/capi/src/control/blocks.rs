//! Operations on blocks.

use core::alloc::Layout;
use core::ffi::c_void;
use core::ptr::NonNull;

use super::Control;
use crate::pointer::{address, non_null};
use crate::types::mm_error;

/// Allocating, freeing and resizing.
///
/// # Safety
/// Of each: `this` is null or a heap, and no other call of that heap runs. `ptr` is null or an allocated
/// block of this heap; with feature `guard` it may be any pointer, and is refused then.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Control<ALIGN, FL, SL, POOLS>
{
    #[inline]
    pub(crate) unsafe fn malloc(
        this: *mut Self,
        function: &'static str,
        size: usize,
    ) -> *mut c_void {
        // SAFETY: the caller's contract.
        address(unsafe { Self::run(this, function, |heap| heap.malloc(size)) }.ok())
    }

    #[inline]
    pub(crate) unsafe fn memalign(
        this: *mut Self,
        function: &'static str,
        align: usize,
        size: usize,
    ) -> *mut c_void {
        // SAFETY: the caller's contract.
        let Ok(layout) = (unsafe { Self::layout(this, align, size) }) else { return address(None) };
        // SAFETY: the caller's contract.
        address(unsafe { Self::run(this, function, |heap| heap.allocate(layout)) }.ok())
    }

    /// malloc for null, free for size 0.
    #[inline]
    pub(crate) unsafe fn realloc(
        this: *mut Self,
        function: &'static str,
        ptr: *mut c_void,
        size: usize,
    ) -> *mut c_void {
        let Some(block) = non_null(ptr) else {
            // SAFETY: the caller's contract.
            return unsafe { Self::malloc(this, function, size) };
        };
        if size == 0 {
            // SAFETY: the caller's contract.
            unsafe { Self::free(this, function, ptr) };
            return address(None);
        }
        // SAFETY: the caller's contract.
        let Ok(layout) = (unsafe { Self::layout(this, ALIGN, size) }) else { return address(None) };
        // SAFETY: the caller's contract.
        address(unsafe { Self::run(this, function, |heap| heap.reallocate(block, layout)) }.ok())
    }

    #[inline]
    pub(crate) unsafe fn free(this: *mut Self, function: &'static str, ptr: *mut c_void) {
        if let Some(block) = non_null(ptr) {
            // SAFETY: the caller's contract.
            let _kept = unsafe { Self::run(this, function, |heap| heap.deallocate(block)) };
        }
    }

    /// A size and an alignment that the engine can be asked for. The reason of a refusal is kept.
    #[inline]
    unsafe fn layout(this: *mut Self, align: usize, size: usize) -> Result<Layout, mm_error> {
        Layout::from_size_align(size, align).map_err(|_| {
            let error = if align.is_power_of_two() {
                mm_error::MM_TOO_LARGE
            } else {
                mm_error::MM_BAD_ALIGN
            };
            // SAFETY: the caller's contract.
            unsafe { Self::refuse_any(this, error) }
        })
    }

    /// [`Self::refuse`], also for null.
    #[cold]
    pub(super) unsafe fn refuse_any(this: *const Self, error: mm_error) -> mm_error {
        match NonNull::new(this.cast_mut()) {
            // SAFETY: the caller's contract.
            Some(this) => unsafe { Self::refuse(this.as_ptr(), error) },
            None => mm_error::MM_NO_HEAP,
        }
    }
}
