//! Blocks of a heap.

use core::ffi::{c_int, c_void};

use super::MmControl;
use crate::configuration::MM_ALIGN;
use crate::control::block_size;
use crate::pointer::status;
use crate::types::mm_t;

/// Allocates `size` bytes at a multiple of mm_align_size().
///
/// Returns the block, whose bytes are not initialised; or NULL: MM_NO_HEAP, MM_ZERO_SIZE, MM_TOO_LARGE,
/// MM_OUT_OF_MEMORY (no free block was found that is certainly large enough).
///
/// Cost: constant. Threads: exclusive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_malloc(mm: mm_t, size: usize) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe { MmControl::malloc(mm.cast(), "mm_malloc", size) }
}

/// mm_malloc of `count * size` bytes, which are set to 0.
///
/// Returns the block; or NULL: as mm_malloc, and MM_TOO_LARGE if the product overflows.
///
/// Cost: constant, plus setting the bytes. Threads: exclusive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_calloc(mm: mm_t, count: usize, size: usize) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe { MmControl::calloc(mm.cast(), "mm_calloc", count, size) }
}

/// Allocates `size` bytes at a multiple of `align`, a power of two. One of at most mm_align_size() is
/// mm_malloc.
///
/// The search is for a block that is larger by up to `align` and the smallest block size. What is left of the
/// block is freed at once. So this function can fail where mm_malloc would succeed.
///
/// Returns the block; or NULL: as mm_malloc, and MM_BAD_ALIGN.
///
/// Cost: constant. Threads: exclusive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_memalign(mm: mm_t, align: usize, size: usize) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe { MmControl::memalign(mm.cast(), "mm_memalign", align, size) }
}

/// Changes the size of a block: in place if the block and a free block behind it are large enough
/// together, else by moving it.
///
/// ptr: an allocated block of this heap; or NULL, then the call is mm_malloc(mm, size).
/// size: in bytes; if it is 0, the call is mm_free(mm, ptr) and returns NULL.
///
/// Returns the block, with its content up to the smaller of both sizes. If its address is not `ptr`,
/// the block at `ptr` is freed. Returns NULL, and leaves the block at `ptr` allocated and unchanged:
/// MM_NO_HEAP, MM_TOO_LARGE, MM_OUT_OF_MEMORY, and with `guard` MM_MISUSE.
///
/// A block that moves is aligned to mm_align_size() only, also if mm_memalign allocated it; see
/// mm_realloc_aligned.
///
/// Cost: constant, plus the copy of a block that moves. Threads: exclusive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_realloc(mm: mm_t, ptr: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe { MmControl::realloc(mm.cast(), "mm_realloc", ptr, MM_ALIGN, size) }
}

/// mm_realloc to a block at a multiple of `align`, a power of two: a block that is none is moved, whatever
/// its size.
///
/// ptr: an allocated block of this heap, of any alignment; or NULL, then the call is
/// mm_memalign(mm, align, size).
/// size: in bytes; if it is 0, the call is mm_free(mm, ptr) and returns NULL.
///
/// Returns as mm_realloc, and NULL with MM_BAD_ALIGN, whatever `ptr` and `size` are.
///
/// Cost: constant, plus the copy of a block that moves. Threads: exclusive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_realloc_aligned(
    mm: mm_t,
    ptr: *mut c_void,
    align: usize,
    size: usize,
) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe { MmControl::realloc(mm.cast(), "mm_realloc_aligned", ptr, align, size) }
}

/// Makes a block hold at least `size` bytes without moving it, if a free block behind it allows that. It
/// never makes a block smaller.
///
/// ptr: an allocated block of this heap.
///
/// Returns 0 if the block has that many bytes now, or had them before; or -1, and the block is unchanged:
/// MM_NO_HEAP, MM_NULL, MM_TOO_LARGE, MM_OUT_OF_MEMORY, and with `guard` MM_MISUSE.
///
/// Cost: constant. Threads: exclusive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_try_grow(mm: mm_t, ptr: *mut c_void, size: usize) -> c_int {
    // SAFETY: the caller's contract.
    status(unsafe { MmControl::grow(mm.cast(), "mm_try_grow", ptr, size) })
}

/// Frees what a block has beyond `size` bytes, if that can be a block of its own. The block stays in place.
///
/// ptr: an allocated block of this heap.
/// size: 1 to mm_block_size(ptr).
///
/// Returns 0; or -1, and the block is unchanged: MM_NO_HEAP, MM_NULL, MM_ZERO_SIZE, MM_TOO_LARGE (more than
/// the block has), and with `guard` MM_MISUSE.
///
/// Cost: constant. Threads: exclusive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_shrink(mm: mm_t, ptr: *mut c_void, size: usize) -> c_int {
    // SAFETY: the caller's contract.
    status(unsafe { MmControl::shrink(mm.cast(), "mm_shrink", ptr, size) })
}

/// Frees a block, and merges it with free neighbours.
///
/// ptr: an allocated block of this heap, which must not be used afterwards. NULL is ignored, as is
/// a heap that is NULL. Any other pointer (a block freed before, the inside of a block, a block of
/// another heap) is undefined behaviour; a library built with feature `guard` refuses it with MM_MISUSE and
/// reports it as mm_on_misuse configures.
///
/// Cost: constant. Threads: exclusive.
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
/// Cost: constant. Threads: shared, with the heap of the block: it reads the block's header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_block_size(ptr: *const c_void) -> usize {
    // SAFETY: the caller's contract.
    unsafe { block_size(ptr) }
}

/// Returns the largest request that mm_malloc would grant now, exactly: one byte more is refused. Returns 0
/// if every request would be refused, or if the heap is NULL.
///
/// It is less than the largest free block, unless that block's size is the first of its class: see "Known
/// limits".
///
/// Cost: constant. Threads: shared.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_max_allocatable(mm: mm_t) -> usize {
    // SAFETY: the caller's contract.
    unsafe { MmControl::max_allocatable(mm.cast()) }
}
