//! Handles: which heap a `mm_t` is, which pool an address is, and how results look to C.
//!
//! Null handles and null addresses are refused here, once for all functions.

use core::ffi::{c_int, c_void};
use core::ptr::{NonNull, null_mut};

use engine::{BlockInfo, Pool};

use crate::types::{CHeap, mm_pool_t, mm_t, mm_walker};

/// What a handle points at.
#[cfg(not(feature = "guard"))]
pub(crate) type HandleHeap = CHeap;
#[cfg(feature = "guard")]
pub(crate) use crate::checked::CheckedHeap as HandleHeap;

/// The heap, for one call that changes it. `function` is the name that a misuse is reported under.
///
/// # Safety
/// The handle is null or a heap's, and no other call of that heap runs.
#[cfg(not(feature = "guard"))]
#[inline]
pub(crate) unsafe fn exclusive<'a>(mm: mm_t, _function: &str) -> Option<&'a mut HandleHeap> {
    // SAFETY: the caller's contract.
    unsafe { mm.cast::<HandleHeap>().as_mut() }
}
#[cfg(feature = "guard")]
pub(crate) unsafe fn exclusive(
    mm: mm_t,
    function: &'static str,
) -> Option<crate::checked::CheckedCall> {
    // SAFETY: the caller's contract.
    unsafe { crate::checked::CheckedCall::of(mm, function) }
}

/// The heap, for a call that only reads.
///
/// # Safety
/// The handle is null or a heap's, and no call that changes that heap runs.
#[inline]
pub(crate) unsafe fn shared<'a>(mm: mm_t) -> Option<&'a HandleHeap> {
    // SAFETY: the caller's contract.
    unsafe { mm.cast::<HandleHeap>().as_ref() }
}

/// The heap's pool that starts at the address `pool`.
pub(crate) fn find_pool(heap: &CHeap, pool: mm_pool_t) -> Option<Pool> {
    heap.pools().find(|own| own.start().as_ptr().cast() == pool)
}

#[inline]
pub(crate) fn non_null(address: *mut c_void) -> Option<NonNull<u8>> {
    NonNull::new(address.cast())
}

/// The address of a block, a pool or a heap; null for none.
#[inline]
pub(crate) fn address(place: Option<NonNull<u8>>) -> *mut c_void {
    place.map_or(null_mut(), |place| place.as_ptr().cast())
}

/// 0 for success, -1 for a refused call or a failed check.
pub(crate) const fn status(success: bool) -> c_int {
    if success { 0 } else { -1 }
}

/// Calls the walker, if it is not null, for each block.
///
/// # Safety
/// The walker may be called with `user`, and does not change the heap that the blocks are in.
pub(crate) unsafe fn visit(
    blocks: impl Iterator<Item = BlockInfo>,
    walker: mm_walker,
    user: *mut c_void,
) {
    let Some(walker) = walker else { return };
    for block in blocks {
        let payload = block.payload.as_ptr().cast();
        // SAFETY: the caller's contract.
        unsafe { walker(payload, block.size, c_int::from(!block.is_free), user) };
    }
}
