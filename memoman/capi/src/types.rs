//! The types and constants of `memoman.h`, and the heap that a handle points at. Values only: no
//! function of this library lies below this file. Comments on public items are the header's.

use core::ffi::{c_char, c_int, c_void};

use engine::{CONTE_FL, Tlsf, WORD};

/// The largest number of pools that a heap has at a time. (TLSF 3.1 has no such limit: it keeps no
/// table of pools, and so cannot refuse a pool that overlaps another.)
pub const MM_POOLS_MAX: usize = 32;

/// A heap: the address of its control structure.
pub type mm_t = *mut c_void;

/// A pool of a heap: the address of its memory, as passed to mm_add_pool.
pub type mm_pool_t = *mut c_void;

/// Called for each block of a walk, in address order, with the block's payload, its usable bytes,
/// whether it is allocated (1) or free (0), and the `user` argument of the walk.
///
/// The walker must return, and must not change the heap. Of this header it may call mm_block_size
/// and the functions that only read: mm_get_pool, mm_get_pool_for_ptr, mm_validate*, mm_check* and
/// other walks.
pub type mm_walker =
    Option<unsafe extern "C" fn(ptr: *mut c_void, size: usize, used: c_int, user: *mut c_void)>;

/// Called when a library built with feature `guard` detects a misuse. `what` is one line of text,
/// valid until the handler returns: the function (its mm_* name, also for calls through tlsf.h), and
/// what is wrong with the call.
///
/// The call is then refused: it changes nothing, and returns what it returns when memory is short.
///
/// The handler returns or ends the program. It may call any function of this header, also for the
/// same heap: mm_check and the walks show the state of the heap. It runs inside the call, so under
/// the lock that the caller holds. A misuse by the handler calls the handler again, so a handler
/// that calls mm_malloc on a damaged heap does not end.
pub type mm_misuse = Option<unsafe extern "C" fn(what: *const c_char)>;

/// The engine in TLSF 3.1's geometry, with a table of pools.
///
/// cbindgen:ignore
pub(crate) type CHeap = Tlsf<WORD, CONTE_FL, 32, MM_POOLS_MAX>;
