//! Walks, checks and counts.

use core::ffi::{c_int, c_void};

use engine::BlockInfo;

use super::MmControl;
use crate::pointer::status;
use crate::types::{mm_pool_t, mm_stats, mm_t, mm_walker};

/// Calls `walker` for each block of a pool, in address order.
///
/// walker: if it is NULL, nothing is called. It may end the walk.
/// user: passed to the walker unchanged.
///
/// Returns 0 after the last block; 1 if the walker ended the walk; -1, without calling the walker:
/// MM_NO_HEAP, MM_NULL, MM_UNKNOWN_POOL; -2 if the walk ended at a damaged header: MM_DAMAGED. The walk
/// never leaves the pool, and ends on any damage; mm_check finds damage that does not end a walk.
///
/// Cost: proportional to the number of blocks and pools. Threads: shared.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_walk_pool(
    mm: mm_t,
    pool: mm_pool_t,
    walker: mm_walker,
    user: *mut c_void,
) -> c_int {
    let see = |block| see(walker, block, user);
    // SAFETY: the caller's contract.
    unsafe { MmControl::walk_pool(mm.cast(), pool.cast(), see) as c_int }
}

/// mm_walk_pool for each pool of a heap, in the order of mm_add_pool.
///
/// Returns as mm_walk_pool: 0, 1, -1 with MM_NO_HEAP, or -2 with MM_DAMAGED; the pools behind the damaged one
/// are not walked.
///
/// Cost: proportional to the number of blocks. Threads: shared.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_walk_all_pools(
    mm: mm_t,
    walker: mm_walker,
    user: *mut c_void,
) -> c_int {
    let see = |block| see(walker, block, user);
    // SAFETY: the caller's contract.
    unsafe { MmControl::walk(mm.cast(), see) as c_int }
}

/// Calls the walker, if it is not null. Returns whether it ends the walk.
pub(crate) fn see(walker: mm_walker, block: BlockInfo, user: *mut c_void) -> bool {
    let (payload, used) = (block.payload.as_ptr().cast(), c_int::from(!block.is_free));
    // SAFETY: by the contract of the walks, it may be called with `user`, and does not change the heap.
    walker.is_some_and(|walker| unsafe { walker(payload, block.size, used, user) } != 0)
}

/// Checks every invariant on every block, list and bit of a heap.
///
/// The check trusts the table of pools in the control structure, reads only inside these pools, and
/// ends on any damage.
///
/// Returns 1 if the heap is sound; 0 if it is not: MM_NO_HEAP, MM_DAMAGED.
///
/// Cost: proportional to the number of blocks and lists. Threads: shared.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_validate(mm: mm_t) -> c_int {
    // SAFETY: the caller's contract.
    c_int::from(unsafe { MmControl::is_sound(mm.cast()) })
}

/// Checks the first five invariants, those of address order, on one pool.
///
/// Returns 1 if the pool is sound; 0 if it is not: MM_NO_HEAP, MM_NULL, MM_UNKNOWN_POOL, MM_DAMAGED.
///
/// Cost: proportional to the number of the pool's blocks. Threads: shared.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_validate_pool(mm: mm_t, pool: mm_pool_t) -> c_int {
    // SAFETY: the caller's contract.
    c_int::from(unsafe { MmControl::is_sound_pool(mm.cast(), pool.cast()) })
}

/// mm_validate with the results of TLSF 3.1: 0 if the heap is sound, -1 if it is not: MM_NO_HEAP,
/// MM_DAMAGED.
///
/// Cost: proportional to the number of blocks and lists. Threads: shared.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_check(mm: mm_t) -> c_int {
    // SAFETY: the caller's contract.
    status(unsafe { mm_validate(mm) } != 0)
}

/// mm_validate_pool with the results of TLSF 3.1: 0 if the pool is sound, -1 if it is not: MM_NO_HEAP,
/// MM_NULL, MM_UNKNOWN_POOL, MM_DAMAGED.
///
/// Cost: proportional to the number of the pool's blocks. Threads: shared.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_check_pool(mm: mm_t, pool: mm_pool_t) -> c_int {
    // SAFETY: the caller's contract.
    status(unsafe { mm_validate_pool(mm, pool) } != 0)
}

/// Counts what a heap holds, and checks it as mm_validate does.
///
/// stats: where the result is written.
///
/// Returns 0; -1, without writing: MM_NO_HEAP, MM_NULL; or -2, without writing, if the heap is damaged:
/// MM_DAMAGED.
///
/// Cost: proportional to the number of blocks and lists. mm_max_allocatable takes constant time. Threads:
/// shared.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_stats(mm: mm_t, stats: *mut mm_stats) -> c_int {
    // SAFETY: the caller's contract.
    unsafe { MmControl::stats(mm.cast(), stats) }
}
