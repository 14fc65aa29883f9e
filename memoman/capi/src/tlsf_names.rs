//! `tlsf.h`: `mm` under TLSF 3.1's names. Each comment is the header's: written for C.
//!
//! Where the two differ, a program written for TLSF 3.1 may lean on the difference.

use core::ffi::{c_int, c_void};

use crate::handle::{Engine, Heap, bytes, status, tell};
use crate::mm;

/// A heap: the address of its control structure.
pub type tlsf_t = *mut c_void;

/// A pool of a heap: the address of its memory, as it was given.
pub type pool_t = *mut c_void;

/// Called for each block of a walk, in address order: the block's payload, its usable bytes, whether
/// it is handed out (1) or free (0), and the `user` of the walk. It must return, and must not change
/// the heap.
pub type tlsf_walker =
    Option<unsafe extern "C" fn(ptr: *mut c_void, size: usize, used: c_int, user: *mut c_void)>;

/// Makes a heap without memory of tlsf_size() bytes at `mem`.
///
/// Returns it; NULL if `mem` is NULL or misaligned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_create(mem: *mut c_void) -> tlsf_t {
    // SAFETY: the caller's.
    unsafe { mm::mm_create(mem) }
}

/// Makes a heap of one piece of memory: tlsf_size() bytes of control structure, and a pool of the
/// rest.
///
/// Returns it; NULL if `mem` is NULL or misaligned, or `bytes` too few or too many. Nothing is
/// written then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_create_with_pool(mem: *mut c_void, bytes: usize) -> tlsf_t {
    // SAFETY: the caller's.
    unsafe { mm::mm_create_with_pool(mem, bytes) }
}

/// Ends a heap. Reads and writes nothing: its memory may be gone already.
#[unsafe(no_mangle)]
pub extern "C" fn tlsf_destroy(tlsf: tlsf_t) {
    let _ = tlsf;
}

/// The pool that tlsf_create_with_pool made: the address behind the control structure, whether there
/// (still) is a pool or not. NULL for a heap that is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn tlsf_get_pool(tlsf: tlsf_t) -> pool_t {
    if tlsf.is_null() { tlsf } else { tlsf.wrapping_byte_add(Heap::control_size()) }
}

/// Gives a heap more memory.
///
/// Returns the pool, which is `mem`; NULL if `mem` is NULL or misaligned, if `bytes` are too few or
/// too many, if it overlaps another pool or the control structure, or if the heap has 32 pools
/// already.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_add_pool(tlsf: tlsf_t, mem: *mut c_void, bytes: usize) -> pool_t {
    // SAFETY: the caller's.
    unsafe { mm::mm_add_pool(tlsf, mem, bytes) }
}

/// Takes a pool back, all blocks of which are free. One with live blocks, or of another heap, is
/// left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_remove_pool(tlsf: tlsf_t, pool: pool_t) {
    // SAFETY: the caller's.
    let _refused = unsafe { mm::mm_remove_pool(tlsf, pool) };
}

/// Allocates `bytes` bytes. Returns the block; NULL for 0 bytes, or if it cannot be had.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_malloc(tlsf: tlsf_t, bytes: usize) -> *mut c_void {
    // SAFETY: the caller's.
    unsafe { mm::mm_malloc(tlsf, bytes) }
}

/// Allocates `bytes` bytes at a multiple of `align`. Returns the block; NULL for 0 bytes, if `align`
/// is not a power of two, or if it cannot be had.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_memalign(tlsf: tlsf_t, align: usize, bytes: usize) -> *mut c_void {
    // SAFETY: the caller's.
    unsafe { mm::mm_memalign(tlsf, align, bytes) }
}

/// Changes the size of a block, in place or by moving it; tlsf_malloc if `ptr` is NULL, tlsf_free if
/// `size` is 0. Returns the block; NULL if it cannot be had, and `ptr` is then as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_realloc(tlsf: tlsf_t, ptr: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the caller's.
    unsafe { mm::mm_realloc(tlsf, ptr, size) }
}

/// Frees a live block of this heap; NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_free(tlsf: tlsf_t, ptr: *mut c_void) {
    // SAFETY: the caller's.
    unsafe { mm::mm_free(tlsf, ptr) };
}

/// Bytes that a live block holds; 0 for NULL. Counts as a call of the block's heap: it reads there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_block_size(ptr: *mut c_void) -> usize {
    // SAFETY: the caller's.
    unsafe { mm::mm_block_size(ptr) }
}

/// Bytes of the control structure: more than TLSF 3.1's, for the table of pools.
#[unsafe(no_mangle)]
pub extern "C" fn tlsf_size() -> usize {
    mm::mm_size()
}

/// Alignment of every block, and of all memory given to a heap.
#[unsafe(no_mangle)]
pub extern "C" fn tlsf_align_size() -> usize {
    mm::mm_align_size()
}

/// Bytes of the least block.
#[unsafe(no_mangle)]
pub extern "C" fn tlsf_block_size_min() -> usize {
    mm::mm_block_size_min()
}

/// The first size that is too large, as TLSF 3.1 has it; mm_block_size_max is the last that is not.
#[unsafe(no_mangle)]
pub extern "C" fn tlsf_block_size_max() -> usize {
    mm::mm_block_size_max() + mm::mm_align_size()
}

/// Bytes of a pool that are never payload.
#[unsafe(no_mangle)]
pub extern "C" fn tlsf_pool_overhead() -> usize {
    mm::mm_pool_overhead()
}

/// Bytes in front of every block that are the heap's.
#[unsafe(no_mangle)]
pub extern "C" fn tlsf_alloc_overhead() -> usize {
    mm::mm_alloc_overhead()
}

/// Calls `walker` for each block of a pool, in address order.
///
/// pool: a pool of any sound heap; NULL is ignored.
/// walker: NULL to call nothing. (TLSF 3.1 prints then; this library knows no printf.)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_walk_pool(pool: pool_t, walker: tlsf_walker, user: *mut c_void) {
    if let Some(start) = bytes(pool) {
        // SAFETY: the caller's: a pool of a sound heap, which the walker leaves as it is.
        unsafe { tell(Engine::blocks_of(Engine::pool_at(start)), walker, user) };
    }
}

/// Checks every invariant on every block, list and bit of a heap, ending on any damage.
///
/// Returns 0 if it is sound; -1 if not, or for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_check(tlsf: tlsf_t) -> c_int {
    // SAFETY: the caller's.
    unsafe { mm::mm_check(tlsf) }
}

/// Checks the invariants of address order on one pool.
///
/// As it knows no heap, it goes by the sizes it finds, up to the first that is none: a size that is
/// damaged but possible may lead it out of the pool. tlsf_check and mm_check_pool know where pools
/// end.
///
/// Returns 0 if it is sound; -1 if not, or for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_check_pool(pool: pool_t) -> c_int {
    // SAFETY: the caller's: a pool of a heap.
    status(bytes(pool).is_some_and(|start| unsafe { Engine::validate_pool_at(start) }.is_ok()))
}
