//! Blocks at a chosen place.

use core::ffi::c_void;
use core::ptr::null_mut;

use engine::Tlsf;

use super::Control;
use crate::flavour::Beyond;
use crate::pointer::{address, non_null};
use crate::types::mm_error;

/// Allocating at a chosen place.
///
/// # Safety
/// Of each: `this` is null or a heap, and no other call of that heap runs.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, B: Beyond>
    Control<ALIGN, FL, SL, POOLS, B>
{
    /// A block whose byte at `offset` is at a multiple of `align`.
    pub(crate) unsafe fn memalign_offset(
        this: *mut Self,
        function: &'static str,
        align: usize,
        size: usize,
        offset: usize,
    ) -> *mut c_void {
        // SAFETY: the caller's contract.
        let Ok(layout) = (unsafe { Self::layout(this, align, size) }) else { return null_mut() };
        // SAFETY: the caller's contract.
        address(
            unsafe { Self::run(this, function, |heap| heap.allocate_offset(layout, offset)) }.ok(),
        )
    }

    /// A block that contains `size` bytes from `place` on.
    pub(crate) unsafe fn malloc_at(
        this: *mut Self,
        function: &'static str,
        place: *mut c_void,
        size: usize,
    ) -> *mut c_void {
        let Some(place) = non_null(place) else {
            // SAFETY: the caller's contract.
            unsafe { Self::refuse_any(this, mm_error::MM_NULL) };
            return null_mut();
        };
        // SAFETY: the caller's contract.
        address(unsafe { Self::run(this, function, |heap| heap.allocate_at(place, size)) }.ok())
    }

    /// What a free block of `size` bytes serves for certain.
    pub(crate) const fn fit_size(size: usize) -> usize {
        Tlsf::<ALIGN, FL, SL, POOLS>::fit_size(size)
    }
}
