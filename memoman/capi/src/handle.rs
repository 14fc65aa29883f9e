//! The door: which heap a handle is, which pool an address, and how an answer looks to C.
//!
//! What is null is refused here, so that the functions need not speak of it.

use core::ffi::{c_int, c_void};
use core::ptr::{NonNull, null_mut};

use engine::{BlockInfo, CONTE_FL, Pool, Tlsf, WORD};

use crate::mm::{MM_POOLS_MAX, mm_walker};

/// TLSF 3.1's geometry, with a table of pools.
pub(crate) type Engine = Tlsf<WORD, CONTE_FL, 32, MM_POOLS_MAX>;

/// What a handle points at.
#[cfg(not(feature = "guard"))]
pub(crate) type Heap = Engine;
#[cfg(feature = "guard")]
pub(crate) use crate::checked::Heap;

/// A heap to change, for one verb; `call` is the function of `mm` that does, for who is told of it.
///
/// # Safety
/// A handle is null or of a heap, and no other call of that heap runs.
#[cfg(not(feature = "guard"))]
#[inline]
pub(crate) unsafe fn heap<'a>(mm: *mut c_void, _call: &str) -> Option<&'a mut Heap> {
    // SAFETY: the caller's.
    unsafe { mm.cast::<Heap>().as_mut() }
}
#[cfg(feature = "guard")]
pub(crate) unsafe fn heap(mm: *mut c_void, call: &'static str) -> Option<crate::checked::Call> {
    // SAFETY: the caller's.
    unsafe { crate::checked::Call::of(mm, call) }
}

/// A heap to look at.
///
/// # Safety
/// A handle is null or of a heap, and no call that changes it runs.
#[inline]
pub(crate) unsafe fn look<'a>(mm: *mut c_void) -> Option<&'a Heap> {
    // SAFETY: the caller's.
    unsafe { mm.cast::<Heap>().as_ref() }
}

/// The heap's pool that starts at `pool`.
pub(crate) fn own_pool(heap: &Engine, pool: *const c_void) -> Option<Pool> {
    heap.pools().find(|own| own.start().as_ptr().cast_const().cast() == pool)
}

#[inline]
pub(crate) fn bytes(ptr: *mut c_void) -> Option<NonNull<u8>> {
    NonNull::new(ptr.cast())
}

/// A block, a pool or a heap, or null.
#[inline]
pub(crate) fn answer(place: Option<NonNull<u8>>) -> *mut c_void {
    place.map_or(null_mut(), |place| place.as_ptr().cast())
}

/// 0, or -1 for what was refused or is broken.
pub(crate) const fn status(fine: bool) -> c_int {
    if fine { 0 } else { -1 }
}

/// Tells a walker of each block.
///
/// # Safety
/// The walker may be called with `user`, and changes no heap that the blocks are of.
pub(crate) unsafe fn tell(
    blocks: impl Iterator<Item = BlockInfo>,
    walker: mm_walker,
    user: *mut c_void,
) {
    let Some(walker) = walker else { return };
    for block in blocks {
        let payload = block.payload.as_ptr().cast();
        // SAFETY: the caller's.
        unsafe { walker(payload, block.size, c_int::from(!block.is_free), user) };
    }
}
