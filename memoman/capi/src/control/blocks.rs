//! Operations on blocks.

use core::alloc::Layout;
use core::ffi::c_void;
use core::ptr::{NonNull, null_mut};

use super::Control;
use crate::flavour::Beyond;
use crate::pointer::{address, non_null};
use crate::types::mm_error;

/// Allocating, freeing and resizing.
///
/// # Safety
/// Of each: `this` is null or a heap, and no other call of that heap runs. `ptr` is null or an allocated
/// block of this heap; with feature `guard` it may be any pointer, and is refused then.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, B: Beyond>
    Control<ALIGN, FL, SL, POOLS, B>
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
        let Ok(layout) = (unsafe { Self::layout(this, align, size) }) else { return null_mut() };
        // SAFETY: the caller's contract.
        address(unsafe { Self::run(this, function, |heap| heap.allocate(layout)) }.ok())
    }

    /// malloc of `count * size` bytes, set to 0.
    pub(crate) unsafe fn calloc(
        this: *mut Self,
        function: &'static str,
        count: usize,
        size: usize,
    ) -> *mut c_void {
        let Some(bytes) = count.checked_mul(size) else {
            // SAFETY: the caller's contract.
            unsafe { Self::refuse_any(this, mm_error::MM_TOO_LARGE) };
            return null_mut();
        };
        // SAFETY: the caller's contract.
        let block = unsafe { Self::malloc(this, function, bytes) };
        if !block.is_null() {
            // SAFETY: a new block of at least that many bytes.
            unsafe { block.cast::<u8>().write_bytes(0, bytes) };
        }
        block
    }

    /// memalign for null, free for size 0. A block that moves is a multiple of `align`.
    #[inline]
    pub(crate) unsafe fn realloc(
        this: *mut Self,
        function: &'static str,
        ptr: *mut c_void,
        align: usize,
        size: usize,
    ) -> *mut c_void {
        // SAFETY: the caller's contract.
        let Ok(layout) = (unsafe { Self::layout(this, align, size) }) else { return null_mut() };
        let Some(block) = non_null(ptr) else {
            // SAFETY: the caller's contract.
            return address(
                unsafe { Self::run(this, function, |heap| heap.allocate(layout)) }.ok(),
            );
        };
        if size == 0 {
            // SAFETY: the caller's contract.
            unsafe { Self::free(this, function, ptr) };
            return null_mut();
        }
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

    /// free, with the bytes that the block had; 0 for null and for a refused pointer.
    #[inline]
    pub(crate) unsafe fn release(
        this: *mut Self,
        function: &'static str,
        ptr: *mut c_void,
    ) -> usize {
        let Some(block) = non_null(ptr) else { return 0 };
        // SAFETY: the caller's contract.
        unsafe { Self::run(this, function, |heap| heap.release(block)) }.unwrap_or(0)
    }

    /// Makes a block hold at least `size` bytes in place. Returns whether it does.
    pub(crate) unsafe fn grow(
        this: *mut Self,
        function: &'static str,
        ptr: *mut c_void,
        size: usize,
    ) -> bool {
        // SAFETY: the caller's contract.
        let Some(block) = (unsafe { Self::block(this, ptr) }) else { return false };
        // SAFETY: the caller's contract.
        unsafe { Self::run(this, function, |heap| heap.grow(block, size)) }.is_ok()
    }

    /// Frees what a block has beyond `size` bytes. Returns whether `size` is valid.
    pub(crate) unsafe fn shrink(
        this: *mut Self,
        function: &'static str,
        ptr: *mut c_void,
        size: usize,
    ) -> bool {
        // SAFETY: the caller's contract.
        let Some(block) = (unsafe { Self::block(this, ptr) }) else { return false };
        // SAFETY: the caller's contract.
        unsafe { Self::run(this, function, |heap| heap.shrink(block, size)) }.is_ok()
    }

    /// A block that must not be null. The reason of a refusal is kept.
    unsafe fn block(this: *mut Self, ptr: *mut c_void) -> Option<NonNull<u8>> {
        let block = non_null(ptr);
        if block.is_none() {
            // SAFETY: the caller's contract.
            unsafe { Self::refuse_any(this, mm_error::MM_NULL) };
        }
        block
    }

    /// A size and an alignment that the engine can be asked for. The reason of a refusal is kept.
    #[inline]
    pub(super) unsafe fn layout(
        this: *mut Self,
        align: usize,
        size: usize,
    ) -> Result<Layout, mm_error> {
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
