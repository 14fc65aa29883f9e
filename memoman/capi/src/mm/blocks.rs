//! Blocks of a heap.

use core::ffi::c_void;

use super::MmControl;
use crate::control::block_size;
use crate::types::mm_t;

/// Allocates `size` bytes at a multiple of mm_align_size(). Takes constant time.
///
/// Returns the block, whose bytes are not initialised; or NULL if `size` is 0 or above
/// mm_block_size_max(), if no free block is found that is certainly large enough, or if the heap is
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_malloc(mm: mm_t, size: usize) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe { MmControl::malloc(mm.cast(), "mm_malloc", size) }
}

/// Allocates `size` bytes at a multiple of `align`, a power of two. Takes constant time.
///
/// The search is for a block that is larger by `align` and the smallest block size. What is left of the
/// block is freed at once. So this function can fail where mm_malloc would succeed.
///
/// Returns the block; or NULL in the cases of mm_malloc, and if `align` is 0 or not a power of two.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_memalign(mm: mm_t, align: usize, size: usize) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe { MmControl::memalign(mm.cast(), "mm_memalign", align, size) }
}

/// Changes the size of a block: in place if the block and a free block behind it are large enough
/// together, else by moving it. Takes constant time, plus the time to copy a block that moves.
///
/// ptr: an allocated block of this heap; or NULL, then the call is mm_malloc(mm, size).
/// size: in bytes; if it is 0, the call is mm_free(mm, ptr) and returns NULL.
///
/// Returns the block, with its content up to the smaller of both sizes. If its address is not `ptr`,
/// the block at `ptr` is freed. Returns NULL, and leaves the block at `ptr` allocated and unchanged,
/// if `size` is above mm_block_size_max(), if no free block is found, or if the heap is NULL.
///
/// A block that moves is aligned to mm_align_size() only, also if mm_memalign allocated it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_realloc(mm: mm_t, ptr: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe { MmControl::realloc(mm.cast(), "mm_realloc", ptr, size) }
}

/// Frees a block, and merges it with free neighbours. Takes constant time.
///
/// ptr: an allocated block of this heap, which must not be used afterwards. NULL is ignored, as is
/// a heap that is NULL. Any other pointer (a block freed before, the inside of a block, a block of
/// another heap) is undefined behaviour; a library built with feature `guard` refuses it and reports
/// it as mm_on_misuse configures.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_free(mm: mm_t, ptr: *mut c_void) {
    // SAFETY: the caller's contract.
    unsafe { MmControl::free(mm.cast(), "mm_free", ptr) };
}

/// Returns the usable bytes of an allocated block: at least as many as requested.
///
/// ptr: an allocated block of any heap; for NULL the result is 0. The pointer is not checked, also
/// not with feature `guard`, because the function does not know the heap.
///
/// It reads the block's header, so it counts as a call of the block's heap, one that only reads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_block_size(ptr: *const c_void) -> usize {
    // SAFETY: the caller's contract.
    unsafe { block_size(ptr) }
}
