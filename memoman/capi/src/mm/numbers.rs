//! The numbers of a heap: MM_ALIGN and the others of memoman_config.h, at run time.

use core::alloc::Layout;

use engine::Tlsf;

use super::MmControl;
use crate::configuration::{MM_ALIGN, MM_FIRST_LEVELS, MM_POOLS_MAX, SECOND_LEVELS};
use crate::types::mm_request;

type Engine = Tlsf<MM_ALIGN, MM_FIRST_LEVELS, SECOND_LEVELS, MM_POOLS_MAX>;

/// Returns the bytes of the control structure, which mm_create needs: a multiple of mm_align_size(), at
/// most MM_SIZE_MAX. (With feature `guard` or `stats` it is larger.)
///
/// Cost: constant. Threads: any.
#[unsafe(no_mangle)]
pub extern "C" fn mm_size() -> usize {
    MmControl::control_size()
}

/// Returns the alignment of every block, and of all memory given to a heap: MM_ALIGN.
///
/// Cost: constant. Threads: any.
#[unsafe(no_mangle)]
pub extern "C" fn mm_align_size() -> usize {
    Engine::ALIGN
}

/// Returns the bytes of the smallest block: MM_BLOCK_SIZE_MIN. Smaller requests are rounded up to it.
///
/// Cost: constant. Threads: any.
#[unsafe(no_mangle)]
pub extern "C" fn mm_block_size_min() -> usize {
    Engine::BLOCK_SIZE_MIN
}

/// Returns the bytes of the largest block: MM_BLOCK_SIZE_MAX. Larger requests always fail.
///
/// Cost: constant. Threads: any.
#[unsafe(no_mangle)]
pub extern "C" fn mm_block_size_max() -> usize {
    Engine::BLOCK_SIZE_MAX
}

/// Returns the bytes of a pool that are never payload: MM_POOL_OVERHEAD.
///
/// Cost: constant. Threads: any.
#[unsafe(no_mangle)]
pub extern "C" fn mm_pool_overhead() -> usize {
    Engine::POOL_OVERHEAD
}

/// Returns the bytes of the header in front of every block: MM_ALLOC_OVERHEAD.
///
/// Cost: constant. Threads: any.
#[unsafe(no_mangle)]
pub extern "C" fn mm_alloc_overhead() -> usize {
    Engine::ALLOC_OVERHEAD
}

/// Returns the bytes of a pool in which blocks for all these requests can be allocated at once, in any order
/// and at any address of the pool, if none is freed in between. (Blocks that are freed in between leave
/// gaps.)
///
/// requests: `count` of them; may be NULL if `count` is 0.
///
/// Returns 0 if an alignment is neither 0 nor a power of two, if no pool can be that large, or if
/// `requests` is NULL and `count` is not 0.
///
/// Cost: proportional to `count`. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_pool_bytes_for(requests: *const mm_request, count: usize) -> usize {
    if requests.is_null() && count > 0 {
        return 0;
    }
    let layout = |index| {
        // SAFETY: `count` requests, by the caller's contract.
        let mm_request { size, align } = unsafe { requests.add(index).read() };
        Layout::from_size_align(size, if align == 0 { MM_ALIGN } else { align }).ok()
    };
    if (0..count).any(|index| layout(index).is_none()) {
        return 0;
    }
    Engine::pool_bytes_for_each((0..count).filter_map(layout)).unwrap_or(0)
}
