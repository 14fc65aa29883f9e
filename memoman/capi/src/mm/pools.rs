//! Pools of a heap.

use core::ffi::{c_int, c_void};

use super::MmControl;
use crate::pointer::{address, status};
use crate::types::{mm_pool_t, mm_t};

/// Gives a heap more memory.
///
/// mem: `bytes` bytes at a multiple of mm_align_size(), owned by the caller. They stay in place and
/// belong to the heap until mm_remove_pool or mm_destroy.
/// bytes: mm_pool_overhead() of them are never payload. The rest, rounded down, becomes one free block of
/// mm_block_size_min() to mm_block_size_max() bytes.
///
/// Returns the pool, which is at `mem`; or NULL, without writing to the memory: MM_NO_HEAP, MM_NULL,
/// MM_MISALIGNED, MM_TOO_SMALL, MM_TOO_LARGE (also beyond the end of the address space), MM_OVERLAPS,
/// MM_POOLS_FULL.
///
/// Cost: proportional to the number of pools. Threads: exclusive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_add_pool(mm: mm_t, mem: *mut c_void, bytes: usize) -> mm_pool_t {
    // SAFETY: the caller's contract.
    address(unsafe { MmControl::add_pool(mm.cast(), "mm_add_pool", mem, bytes) }).cast()
}

/// Removes a pool in which all blocks are free. Its memory belongs to the caller again.
///
/// Returns 0; or -1, without changing anything: MM_NO_HEAP, MM_NULL, MM_UNKNOWN_POOL, MM_IN_USE.
///
/// Cost: proportional to the number of pools; and of the pool's blocks, if it is refused. Threads:
/// exclusive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_remove_pool(mm: mm_t, pool: mm_pool_t) -> c_int {
    // SAFETY: the caller's contract.
    status(unsafe { MmControl::remove_pool(mm.cast(), "mm_remove_pool", pool.cast()) })
}

/// Lengthens a pool by the memory behind its end, which is mm_pool_bytes bytes behind its start, rounded
/// down to a multiple of mm_align_size(). The new bytes join a free block at the end, or become one.
///
/// more: bytes behind the pool's end, owned by the caller, of the same object in C's terms as the pool.
/// They belong to the heap from now on. Rounded down to a multiple of mm_align_size().
///
/// Returns by how many bytes the pool grew. Returns 0, without writing to the memory: MM_NO_HEAP, MM_NULL,
/// MM_UNKNOWN_POOL, MM_TOO_SMALL (less than mm_align_size(); behind an allocated block, less than the
/// smallest block and its header), MM_TOO_LARGE, MM_OVERLAPS.
///
/// Cost: proportional to the number of pools. Threads: exclusive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_extend_pool(mm: mm_t, pool: mm_pool_t, more: usize) -> usize {
    // SAFETY: the caller's contract.
    unsafe { MmControl::extend_pool(mm.cast(), "mm_extend_pool", pool.cast(), more) }
}

/// Shortens a pool at its end, which must be a free block: that block keeps at least mm_block_size_min()
/// bytes. The memory behind the new end belongs to the caller again.
///
/// less: in bytes, rounded up to a multiple of mm_align_size().
///
/// Returns by how many bytes the pool shrank. Returns 0, without changing anything: MM_NO_HEAP, MM_NULL,
/// MM_UNKNOWN_POOL, MM_TOO_SMALL (`less` is 0), MM_TOO_LARGE (more than the free block can lose),
/// MM_IN_USE (the last block is allocated).
///
/// Cost: proportional to the number of pools; and of the pool's blocks, if it is refused. Threads:
/// exclusive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_shrink_pool(mm: mm_t, pool: mm_pool_t, less: usize) -> usize {
    // SAFETY: the caller's contract.
    unsafe { MmControl::shrink_pool(mm.cast(), "mm_shrink_pool", pool.cast(), less) }
}

/// Returns the bytes of a pool: those of mm_add_pool, until mm_extend_pool or mm_shrink_pool changes them.
/// Returns 0 if it is no pool of this heap: MM_NO_HEAP, MM_NULL, MM_UNKNOWN_POOL.
///
/// Cost: proportional to the number of pools. Threads: shared.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_pool_bytes(mm: mm_t, pool: mm_pool_t) -> usize {
    // SAFETY: the caller's contract.
    unsafe { MmControl::pool_bytes(mm.cast(), pool.cast()) }
}

/// Returns the pool that mm_create_with_pool made; or NULL if the heap was made without one, or if that
/// pool was removed: MM_NO_HEAP, MM_UNKNOWN_POOL.
///
/// Cost: proportional to the number of pools. Threads: shared.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_get_pool(mm: mm_t) -> mm_pool_t {
    // SAFETY: the caller's contract.
    address(unsafe { MmControl::own_pool(mm.cast()) }).cast()
}

/// Returns the pool that contains an address, of a block or any other; or NULL if no pool of the heap does:
/// MM_NO_HEAP, MM_NULL, MM_UNKNOWN_POOL. The address is compared, not followed.
///
/// Cost: proportional to the number of pools. Threads: shared.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_get_pool_for_ptr(mm: mm_t, ptr: *const c_void) -> mm_pool_t {
    // SAFETY: the caller's contract.
    address(unsafe { MmControl::pool_of(mm.cast(), ptr) }).cast()
}
