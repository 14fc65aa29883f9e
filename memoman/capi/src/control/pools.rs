//! Operations on pools.

use core::ffi::c_void;
use core::ptr::NonNull;

use engine::{Pool, Tlsf};

use super::Control;
use crate::pointer::non_null;
use crate::types::mm_error;

/// Pools. They are known to C by their address.
///
/// # Safety
/// Of each: `this` is null or a heap, and no other call of that heap runs.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Control<ALIGN, FL, SL, POOLS>
{
    /// # Safety
    /// The memory is the heap's until the pool is removed or the heap ends.
    pub(crate) unsafe fn add_pool(
        this: *mut Self,
        function: &'static str,
        mem: *mut c_void,
        bytes: usize,
    ) -> Option<NonNull<u8>> {
        let Some(mem) = non_null(mem) else {
            // SAFETY: the caller's contract.
            unsafe { Self::refuse_any(this, mm_error::MM_NULL) };
            return None;
        };
        if Self::covers(this, mem, bytes) {
            // SAFETY: the caller's contract.
            unsafe { Self::refuse_any(this, mm_error::MM_OVERLAPS) };
            return None;
        }
        // SAFETY: the caller's contract.
        let pool = unsafe { Self::run(this, function, |heap| heap.add_pool(mem, bytes)) };
        pool.ok().map(Pool::start)
    }

    /// Whether a pool of valid numbers overlaps the control. (The engine knows its own part of it.)
    fn covers(this: *const Self, mem: NonNull<u8>, bytes: usize) -> bool {
        let (start, control) = (mem.addr().get(), this.addr());
        let valid = start & (ALIGN - 1) == 0
            && (Tlsf::<ALIGN, FL, SL, POOLS>::POOL_BYTES_MIN
                ..=Tlsf::<ALIGN, FL, SL, POOLS>::POOL_BYTES_MAX)
                .contains(&bytes);
        valid && start < control + size_of::<Self>() && start.saturating_add(bytes) > control
    }

    /// Removes the pool that starts at `pool`. Returns whether it did.
    pub(crate) unsafe fn remove_pool(
        this: *mut Self,
        function: &'static str,
        pool: *mut c_void,
    ) -> bool {
        // SAFETY: the caller's contract.
        let Some(own) = (unsafe { Self::find_pool(this, pool) }) else { return false };
        // SAFETY: the caller's contract; the shared borrow has ended.
        unsafe { Self::run(this, function, |heap| heap.remove_pool(own)) }.is_ok()
    }

    /// The heap's pool that starts at the address `pool`. The reason of a refusal is kept.
    pub(super) unsafe fn find_pool(this: *const Self, pool: *mut c_void) -> Option<Pool> {
        // SAFETY: the caller's contract.
        let heap = unsafe { Self::read(this) }?;
        let own = heap.engine().pools().find(|own| own.start().as_ptr().cast() == pool);
        if own.is_none() {
            let null = pool.is_null();
            let error = if null { mm_error::MM_NULL } else { mm_error::MM_UNKNOWN_POOL };
            // SAFETY: a heap.
            unsafe { Self::refuse(this, error) };
        }
        own
    }
}
