//! Numbers, walks and checks. Each comment is the header's.

use core::ffi::{c_int, c_void};

use engine::WORD;

use super::hooks::accepts;
use super::types::{kind, pool_t, tlsf_t, tlsf_walker};
use crate::pointer::{non_null, status};
use crate::sized::{EspEngine, esp_controls, of_kind};

/// Returns the bytes of the control structure of a heap; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_esp_size(tlsf: tlsf_t) -> usize {
    // SAFETY: the caller's contract.
    unsafe { of_kind!(kind(tlsf), esp_controls::control_size(), else 0) }
}

/// Returns the alignment of every block, and of all memory given to a heap.
#[unsafe(no_mangle)]
pub extern "C" fn mm_esp_align_size() -> usize {
    EspEngine::ALIGN
}

/// Returns the bytes of the smallest block.
#[unsafe(no_mangle)]
pub extern "C" fn mm_esp_block_size_min() -> usize {
    EspEngine::BLOCK_SIZE_MIN
}

/// Returns the first size that is too large for a block of this heap, as the fork does; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_esp_block_size_max(tlsf: tlsf_t) -> usize {
    // SAFETY: the caller's contract.
    let most = unsafe { of_kind!(kind(tlsf), esp_controls::block_size_max(), else 0) };
    if most == 0 { 0 } else { most + WORD }
}

/// Returns the bytes of a pool that are never payload.
#[unsafe(no_mangle)]
pub extern "C" fn mm_esp_pool_overhead() -> usize {
    EspEngine::POOL_OVERHEAD
}

/// Returns the bytes of the header in front of every block.
#[unsafe(no_mangle)]
pub extern "C" fn mm_esp_alloc_overhead() -> usize {
    EspEngine::ALLOC_OVERHEAD
}

/// Calls `walker` for each block of a pool, in address order, until it returns false.
///
/// pool: a pool of any sound heap. NULL is ignored.
/// walker: if it is NULL, nothing is called.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_esp_walk_pool(pool: pool_t, walker: tlsf_walker, user: *mut c_void) {
    if let (Some(start), Some(walker)) = (non_null(pool), walker) {
        // SAFETY: a pool of a sound heap, which the walker does not change: the caller's contract.
        let _ended = unsafe {
            EspEngine::blocks_of(EspEngine::pool_at(start)).all(|block| {
                let (payload, used) = (block.payload.as_ptr().cast(), c_int::from(!block.is_free));
                walker(payload, block.size, used, user)
            })
        };
    }
}

/// Checks every invariant on every block, list and bit of a heap. Ends on any damage.
///
/// Returns 0 if the heap is sound; -1 if it is not, or if it is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_esp_check(tlsf: tlsf_t) -> c_int {
    // SAFETY: the caller's contract.
    status(unsafe { of_kind!(kind(tlsf), esp_controls::is_sound(tlsf.cast()), else false) })
}

/// Checks the invariants of address order on one pool, and calls tlsf_check_hook for the memory of each
/// block.
///
/// The function does not know the heap, so it follows the sizes in the headers, up to the first that is
/// impossible. tlsf_check knows where pools end.
///
/// Returns 0 if the pool is sound and the hook returned true for each block; else -1, also for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_esp_check_pool(pool: pool_t) -> c_int {
    let Some(start) = non_null(pool) else { return -1 };
    // SAFETY: a pool of a heap, by the caller's contract; a sound one when its blocks are passed on.
    status(unsafe {
        EspEngine::validate_pool_at(start).is_ok()
            && EspEngine::blocks_of(EspEngine::pool_at(start))
                .all(|block| accepts(block.payload.as_ptr(), block.size, block.is_free))
    })
}
