//! The types of `tlsf_espressif.h`. Comments on public items are the header's.

use core::ffi::{c_int, c_void};

use crate::sized::Kind;

/// A heap: the address of its control structure.
pub type tlsf_t = *mut c_void;

/// A pool of a heap: the address of its memory, as passed to tlsf_add_pool.
pub type pool_t = *mut c_void;

/// Called for each block of a walk, in address order, with the block's payload, its usable bytes,
/// whether it is allocated (1) or free (0), and the `user` argument of the walk. Returns whether to go on.
/// It must return, and must not change the heap.
pub type tlsf_walker = Option<
    unsafe extern "C" fn(ptr: *mut c_void, size: usize, used: c_int, user: *mut c_void) -> bool,
>;

/// The kind of a heap.
///
/// # Safety
/// The handle is null or a heap's.
#[inline]
pub(super) unsafe fn kind(tlsf: tlsf_t) -> Option<Kind> {
    // SAFETY: the caller's contract.
    unsafe { Kind::of(tlsf) }
}
