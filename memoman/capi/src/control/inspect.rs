//! Operations that only read.

use core::ffi::{c_int, c_void};
use core::ptr::NonNull;

use engine::{BlockInfo, Census, Heap, Pool, Tlsf, WORD};

use super::Control;
use super::pools::unknown;
use crate::flavour::{Beyond, Flavour};
use crate::pointer::non_null;
use crate::types::{mm_error, mm_stats};

/// Inspection.
///
/// # Safety
/// Of each: `this` is null or a heap, and no call that changes that heap runs.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, B: Beyond>
    Control<ALIGN, FL, SL, POOLS, B>
{
    /// The heap; none for null.
    pub(super) unsafe fn read<'a>(
        this: *const Self,
    ) -> Option<&'a Flavour<ALIGN, FL, SL, POOLS, B>> {
        // SAFETY: the caller's contract.
        (!this.is_null()).then(|| unsafe { &(*this).heap })
    }

    /// The pool directly behind the control. The reason of a refusal is kept.
    pub(crate) unsafe fn own_pool(this: *const Self) -> Option<NonNull<u8>> {
        let behind = this.wrapping_byte_add(Self::control_size());
        // SAFETY: the caller's contract.
        unsafe { Self::find_pool(this, behind.cast_mut().cast()) }.map(Pool::start)
    }

    /// The pool that an address is in. The reason of a refusal is kept.
    pub(crate) unsafe fn pool_of(this: *const Self, ptr: *const c_void) -> Option<NonNull<u8>> {
        // SAFETY: the caller's contract.
        let heap = unsafe { Self::read(this) }?;
        let ptr = non_null(ptr.cast_mut());
        let pool = ptr.and_then(|ptr| heap.engine().pool_of(ptr)).map(Pool::start);
        if pool.is_none() {
            let null = ptr.is_none();
            // SAFETY: a heap.
            unsafe { Self::refuse(this, unknown(null)) };
        }
        pool
    }

    /// Passes each block of the pool at `pool` to `see`, until it returns whether to stop.
    pub(crate) unsafe fn walk_pool(
        this: *const Self,
        pool: *mut c_void,
        see: impl FnMut(BlockInfo) -> bool,
    ) -> Walk {
        // SAFETY: the caller's contract.
        let Some(own) = (unsafe { Self::find_pool(this, pool) }) else { return Walk::Refused };
        // SAFETY: the caller's contract; a heap, as it has the pool.
        unsafe { Self::walk_pools(this, [own], see) }
    }

    /// Passes each block of each pool to `see`, until it returns whether to stop.
    pub(crate) unsafe fn walk(this: *const Self, see: impl FnMut(BlockInfo) -> bool) -> Walk {
        // SAFETY: the caller's contract.
        let Some(heap) = (unsafe { Self::read(this) }) else { return Walk::Refused };
        // SAFETY: the caller's contract.
        unsafe { Self::walk_pools(this, heap.engine().pools(), see) }
    }

    /// # Safety
    /// Pools of this heap.
    unsafe fn walk_pools(
        this: *const Self,
        pools: impl IntoIterator<Item = Pool>,
        mut see: impl FnMut(BlockInfo) -> bool,
    ) -> Walk {
        for pool in pools {
            let whole = pool.bytes() & !(ALIGN - 1);
            let mut left = whole.wrapping_sub(Tlsf::<ALIGN, FL, SL, POOLS>::POOL_OVERHEAD);
            // SAFETY: the caller's contract.
            for block in unsafe { (*this).heap.engine().blocks(pool) } {
                // The header of each block but the first is part of what the pool can hold.
                left = left.wrapping_sub(block.size + WORD);
                if see(block) {
                    return Walk::Stopped;
                }
            }
            if left != WORD.wrapping_neg() {
                // SAFETY: a heap.
                unsafe { Self::refuse(this, mm_error::MM_DAMAGED) };
                return Walk::Damaged;
            }
        }
        Walk::Done
    }

    /// What the heap holds, as a check counts it. The reason of a refusal is kept.
    unsafe fn counts(this: *const Self) -> Result<mm_stats, mm_error> {
        // SAFETY: the caller's contract.
        let heap = unsafe { Self::read(this) }.ok_or(mm_error::MM_NO_HEAP)?;
        // SAFETY: a heap.
        let census =
            heap.validate().map_err(|_| unsafe { Self::refuse(this, mm_error::MM_DAMAGED) })?;
        let Census {
            pools, used_blocks, used_bytes, free_blocks, free_bytes, largest_free, ..
        } = census;
        let counts = mm_stats {
            pools,
            used_blocks,
            used_bytes,
            free_blocks,
            free_bytes,
            largest_free,
            ..mm_stats::default()
        };
        #[cfg(feature = "stats")]
        let counts = {
            let engine::Stats { peak_used_bytes, largest_request, failures, .. } =
                heap.engine().stats();
            mm_stats { counted: 1, peak_used_bytes, largest_request, failures, ..counts }
        };
        Ok(counts)
    }

    /// [`Self::counts`] to where the program wants them. Returns 0; -1 if one of the two is null; -2 for
    /// a damaged heap.
    ///
    /// # Safety
    /// `stats` is null, or the caller's.
    pub(crate) unsafe fn stats(this: *const Self, stats: *mut mm_stats) -> c_int {
        if !this.is_null() && stats.is_null() {
            // SAFETY: a heap.
            unsafe { Self::refuse(this, mm_error::MM_NULL) };
            return -1;
        }
        // SAFETY: the caller's contract.
        match unsafe { Self::counts(this) } {
            Ok(counts) => {
                // SAFETY: the caller's contract.
                unsafe { stats.write(counts) };
                0
            }
            Err(mm_error::MM_NO_HEAP) => -1,
            Err(_) => -2,
        }
    }

    /// The largest request that malloc grants now; 0 for null.
    pub(crate) unsafe fn max_allocatable(this: *const Self) -> usize {
        // SAFETY: the caller's contract.
        unsafe { Self::read(this) }.map_or(0, |heap| heap.engine().max_allocatable())
    }

    /// Whether the heap is sound; not for null.
    pub(crate) unsafe fn is_sound(this: *const Self) -> bool {
        // SAFETY: the caller's contract.
        unsafe { Self::counts(this) }.is_ok()
    }

    /// Whether the pool at `pool` is one of this heap, and sound.
    pub(crate) unsafe fn is_sound_pool(this: *const Self, pool: *mut c_void) -> bool {
        // SAFETY: the caller's contract.
        let Some(own) = (unsafe { Self::find_pool(this, pool) }) else { return false };
        // SAFETY: a heap, as it has the pool.
        let result = unsafe { (*this).heap.engine().validate_pool(own) };
        let sound = result.is_some_and(|result| result.is_ok());
        if !sound {
            // SAFETY: a heap.
            unsafe { Self::refuse(this, mm_error::MM_DAMAGED) };
        }
        sound
    }
}

/// How a walk ended. Its number is what C programs see.
#[derive(Clone, Copy)]
pub(crate) enum Walk {
    /// At the end of the last pool.
    Done = 0,
    /// By the walker.
    Stopped = 1,
    /// Before it began.
    Refused = -1,
    /// At a header that leads nowhere.
    Damaged = -2,
}

/// The usable bytes of an allocated block of any heap; 0 for null.
///
/// # Safety
/// `ptr` is null or an allocated block.
#[inline]
pub(crate) unsafe fn block_size(ptr: *const c_void) -> usize {
    // The size is in the block's header, whatever the heap's parameters are.
    const ANY: &Heap = &Heap::new();
    // SAFETY: an allocated block, by the caller's contract.
    non_null(ptr.cast_mut()).map_or(0, |ptr| unsafe { ANY.usable_size(ptr) })
}
