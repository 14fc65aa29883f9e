//! Operations on pools.

use core::ffi::c_void;
use core::ptr::NonNull;

use engine::{Pool, Tlsf};

use super::Control;
use crate::flavour::Beyond;
use crate::pointer::non_null;
use crate::types::mm_error;

/// Pools. They are known to C by their address.
///
/// # Safety
/// Of each: `this` is null or a heap, and no other call of that heap runs.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, B: Beyond>
    Control<ALIGN, FL, SL, POOLS, B>
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
        let possible = mem.addr().get() & (ALIGN - 1) == 0
            && bytes >= Tlsf::<ALIGN, FL, SL, POOLS>::POOL_BYTES_MIN;
        // SAFETY: the caller's contract.
        if possible && unsafe { Self::overlap(this, mem.addr().get(), bytes, bytes) } {
            return None;
        }
        // SAFETY: the caller's contract.
        let pool = unsafe { Self::run(this, function, |heap| heap.add_pool(mem, bytes)) };
        pool.ok().map(Pool::start)
    }

    /// Whether the last `gained` bytes of a pool of `bytes`, if it can be that large, would overlap the
    /// control: the engine knows its own part of it only. The reason is kept.
    unsafe fn overlap(this: *const Self, start: usize, bytes: usize, gained: usize) -> bool {
        let control = this.addr();
        let overlaps = bytes <= Tlsf::<ALIGN, FL, SL, POOLS>::POOL_BYTES_MAX
            && !this.is_null()
            && gained > 0
            && start.saturating_add(bytes - gained) < control + size_of::<Self>()
            && start.saturating_add(bytes) > control;
        if overlaps {
            // SAFETY: a heap.
            unsafe { Self::refuse(this, mm_error::MM_OVERLAPS) };
        }
        overlaps
    }

    /// Removes the pool that starts at `pool`. Returns whether it did.
    ///
    /// # Safety
    /// If the heap has pools beyond its table, a pool of some heap with these parameters starts, or
    /// started, at `pool`.
    pub(crate) unsafe fn remove_pool(
        this: *mut Self,
        function: &'static str,
        pool: *mut c_void,
    ) -> bool {
        // SAFETY: the caller's contract.
        if let Some(own) = unsafe { Self::find_pool(this, pool) } {
            // SAFETY: the caller's contract; the shared borrow has ended.
            return unsafe { Self::run(this, function, |heap| heap.remove_pool(own)) }.is_ok();
        }
        let Some(start) = non_null(pool).filter(|_| B::UNLIMITED) else { return false };
        // SAFETY: the caller's contract.
        unsafe { Self::run(this, function, |heap| heap.remove_beyond(start)) }.is_ok()
    }

    /// Lengthens a pool by `more` bytes behind its end, rounded down to ALIGN. Returns by how many; 0 if
    /// it was refused.
    ///
    /// # Safety
    /// These bytes are the heap's from now on, and of the same object as the pool.
    pub(crate) unsafe fn extend_pool(
        this: *mut Self,
        function: &'static str,
        pool: *mut c_void,
        more: usize,
    ) -> usize {
        // SAFETY: the caller's contract.
        let Some(old) = (unsafe { Self::find_pool(this, pool) }) else { return 0 };
        let (whole, gained) = (old.bytes() & !(ALIGN - 1), more & !(ALIGN - 1));
        // Sums that overflow are the engine's to refuse.
        let bytes = whole.saturating_add(gained);
        // SAFETY: the caller's contract.
        if unsafe { Self::overlap(this, old.start().addr().get(), bytes, gained) } {
            return 0;
        }
        // SAFETY: the caller's contract.
        let new = unsafe { Self::run(this, function, |heap| heap.extend_pool(old, more)) };
        new.map_or(0, |new| new.bytes() - whole)
    }

    /// Shortens a pool by `less` bytes at its end, rounded up to ALIGN. Returns by how many; 0 if it was
    /// refused.
    pub(crate) unsafe fn shrink_pool(
        this: *mut Self,
        function: &'static str,
        pool: *mut c_void,
        less: usize,
    ) -> usize {
        // SAFETY: the caller's contract.
        let Some(old) = (unsafe { Self::find_pool(this, pool) }) else { return 0 };
        // SAFETY: the caller's contract; the shared borrow has ended.
        let new = unsafe { Self::run(this, function, |heap| heap.shrink_pool(old, less)) };
        new.map_or(0, |new| old.bytes() - new.bytes())
    }

    /// The bytes of the pool at `pool`; 0 if it is none of this heap.
    pub(crate) unsafe fn pool_bytes(this: *const Self, pool: *mut c_void) -> usize {
        // SAFETY: the caller's contract.
        unsafe { Self::find_pool(this, pool) }.map_or(0, Pool::bytes)
    }

    /// The heap's pool that starts at the address `pool`. The reason of a refusal is kept.
    pub(super) unsafe fn find_pool(this: *const Self, pool: *mut c_void) -> Option<Pool> {
        // SAFETY: the caller's contract.
        let heap = unsafe { Self::read(this) }?;
        let own = heap.engine().pools().find(|own| own.start().as_ptr().cast() == pool);
        if own.is_none() {
            // SAFETY: a heap.
            unsafe { Self::refuse(this, unknown(pool.is_null())) };
        }
        own
    }
}

/// Why an address is no pool's.
pub(super) const fn unknown(null: bool) -> mm_error {
    if null { mm_error::MM_NULL } else { mm_error::MM_UNKNOWN_POOL }
}
