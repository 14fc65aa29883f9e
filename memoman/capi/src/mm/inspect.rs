//! Walks and checks of a heap.

use core::ffi::{c_int, c_void};

use super::MmControl;
use crate::pointer::status;
use crate::types::{mm_pool_t, mm_t, mm_walker};

/// Calls `walker` for each block of a pool, in address order.
///
/// walker: if it is NULL, nothing is called.
/// user: passed to the walker unchanged.
///
/// Returns 0; or -1, without calling the walker, if `pool` is not a pool of this heap, or if one of
/// the two is NULL. On a damaged heap the walk ends early and never leaves the pool.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_walk_pool(
    mm: mm_t,
    pool: mm_pool_t,
    walker: mm_walker,
    user: *mut c_void,
) -> c_int {
    // SAFETY: the caller's contract.
    status(unsafe { MmControl::walk_pool(mm.cast(), pool.cast(), walker, user) })
}

/// Calls `walker` as mm_walk_pool does, for each pool of a heap, in the order of mm_add_pool.
///
/// Returns 0; or -1 if the heap is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_walk_all_pools(
    mm: mm_t,
    walker: mm_walker,
    user: *mut c_void,
) -> c_int {
    // SAFETY: the caller's contract.
    status(unsafe { MmControl::walk(mm.cast(), walker, user) })
}

/// Checks every invariant on every block, list and bit of a heap.
///
/// The check trusts the table of pools in the control structure, reads only inside these pools, and
/// ends on any damage. It takes time in proportion to the number of blocks.
///
/// Returns 1 if the heap is sound; 0 if it is not, or if it is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_validate(mm: mm_t) -> c_int {
    // SAFETY: the caller's contract.
    c_int::from(unsafe { MmControl::is_sound(mm.cast()) })
}

/// Checks the first five invariants, those of address order, on one pool.
///
/// Returns 1 if the pool is sound; 0 if it is not, if it is not a pool of this heap, or if one of the
/// two is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_validate_pool(mm: mm_t, pool: mm_pool_t) -> c_int {
    // SAFETY: the caller's contract.
    c_int::from(unsafe { MmControl::is_sound_pool(mm.cast(), pool.cast()) })
}

/// mm_validate with the results of TLSF 3.1: 0 if the heap is sound; -1 if it is not, or if it is
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_check(mm: mm_t) -> c_int {
    // SAFETY: the caller's contract.
    status(unsafe { mm_validate(mm) } != 0)
}

/// mm_validate_pool with the results of TLSF 3.1: 0 if the pool is sound, -1 otherwise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_check_pool(mm: mm_t, pool: mm_pool_t) -> c_int {
    // SAFETY: the caller's contract.
    status(unsafe { mm_validate_pool(mm, pool) } != 0)
}
