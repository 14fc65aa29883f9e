//! C's pointers and results, and Rust's.

use core::ffi::{c_int, c_void};
use core::ptr::{NonNull, null_mut};

#[inline]
pub(crate) fn non_null(address: *mut c_void) -> Option<NonNull<u8>> {
    NonNull::new(address.cast())
}

/// The address of a block; null for none.
#[inline]
pub(crate) fn address(place: Option<NonNull<u8>>) -> *mut c_void {
    place.map_or(null_mut(), |place| place.as_ptr().cast())
}

/// 0 for success, -1 for a refused call or a failed check.
pub(crate) const fn status(success: bool) -> c_int {
    if success { 0 } else { -1 }
}
