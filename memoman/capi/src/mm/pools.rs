//! Pools of a heap.

use core::ffi::{c_int, c_void};

use super::MmControl;
use crate::pointer::{address, status};
use crate::types::{mm_pool_t, mm_t};

/// Returns the pool that mm_create_with_pool made; or NULL if the heap was made without one, if that
/// pool was removed, or if the heap is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_get_pool(mm: mm_t) -> mm_pool_t {
    // SAFETY: the caller's contract.
    address(unsafe { MmControl::own_pool(mm.cast()) }).cast()
}

/// Returns the pool that contains an address, of a block or any other; or NULL if no pool of the
/// heap does, or if the heap is NULL. Takes time in proportion to the number of pools.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_get_pool_for_ptr(mm: mm_t, ptr: *const c_void) -> mm_pool_t {
    // SAFETY: the caller's contract.
    address(unsafe { MmControl::pool_of(mm.cast(), ptr) }).cast()
}

/// Gives a heap more memory.
///
/// mem: `bytes` bytes at a multiple of mm_align_size(), owned by the caller. They stay in place and
/// belong to the heap until mm_remove_pool or mm_destroy.
/// bytes: mm_pool_overhead() of them are never payload. The rest, rounded down to a multiple of
/// mm_align_size(), becomes one free block of mm_block_size_min() to mm_block_size_max() bytes.
///
/// Returns the pool, which is `mem`. Returns NULL, without writing anything, if `mem` is NULL or
/// misaligned, if `bytes` is too small or too large, if the memory overlaps another pool of the heap
/// or its control structure, if the heap has MM_POOLS_MAX pools, or if the heap is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_add_pool(mm: mm_t, mem: *mut c_void, bytes: usize) -> mm_pool_t {
    // SAFETY: the caller's contract.
    address(unsafe { MmControl::add_pool(mm.cast(), "mm_add_pool", mem, bytes) }).cast()
}

/// Removes a pool in which all blocks are free. Its memory belongs to the caller again.
///
/// Returns 0; or -1, without changing anything, if the pool has an allocated block, if it is not (or
/// no longer) a pool of this heap, or if one of the two is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_remove_pool(mm: mm_t, pool: mm_pool_t) -> c_int {
    // SAFETY: the caller's contract.
    status(unsafe { MmControl::remove_pool(mm.cast(), "mm_remove_pool", pool.cast()) })
}
