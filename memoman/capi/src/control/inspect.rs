//! Operations that only read.

use core::ffi::{c_int, c_void};
use core::ptr::NonNull;

use engine::{BlockInfo, Heap, Pool};

use super::Control;
use crate::flavour::Flavour;
use crate::pointer::non_null;
use crate::types::{mm_error, mm_walker};

/// Inspection.
///
/// # Safety
/// Of each: `this` is null or a heap, and no call that changes that heap runs.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Control<ALIGN, FL, SL, POOLS>
{
    /// The heap; none for null.
    pub(super) unsafe fn read<'a>(this: *const Self) -> Option<&'a Flavour<ALIGN, FL, SL, POOLS>> {
        // SAFETY: the caller's contract.
        (!this.is_null()).then(|| unsafe { &(*this).heap })
    }

    /// The pool directly behind the control, if it is one.
    pub(crate) unsafe fn own_pool(this: *const Self) -> Option<NonNull<u8>> {
        let behind = this.addr().wrapping_add(Self::control_size());
        // SAFETY: the caller's contract.
        let heap = unsafe { Self::read(this) }?;
        let mut pools = heap.engine().pools();
        pools.find(|own| own.start().addr().get() == behind).map(Pool::start)
    }

    /// The pool that an address is in.
    pub(crate) unsafe fn pool_of(this: *const Self, ptr: *const c_void) -> Option<NonNull<u8>> {
        // SAFETY: the caller's contract.
        let heap = unsafe { Self::read(this) }?;
        heap.engine().pool_of(non_null(ptr.cast_mut())?).map(Pool::start)
    }

    /// Calls the walker for each block of the pool at `pool`. Returns whether it is one.
    pub(crate) unsafe fn walk_pool(
        this: *const Self,
        pool: *mut c_void,
        walker: mm_walker,
        user: *mut c_void,
    ) -> bool {
        // SAFETY: the caller's contract.
        let Some(own) = (unsafe { Self::find_pool(this, pool) }) else { return false };
        // SAFETY: the caller's contract; a heap, as it has the pool.
        unsafe { visit((*this).heap.engine().blocks(own), walker, user) };
        true
    }

    /// Calls the walker for each block of each pool. Returns whether there is a heap.
    pub(crate) unsafe fn walk(this: *const Self, walker: mm_walker, user: *mut c_void) -> bool {
        // SAFETY: the caller's contract.
        let Some(heap) = (unsafe { Self::read(this) }) else { return false };
        let engine = heap.engine();
        // SAFETY: the caller's contract.
        unsafe { visit(engine.pools().flat_map(|pool| engine.blocks(pool)), walker, user) };
        true
    }

    /// Whether the heap is sound; not for null.
    pub(crate) unsafe fn is_sound(this: *const Self) -> bool {
        // SAFETY: the caller's contract.
        let Some(heap) = (unsafe { Self::read(this) }) else { return false };
        // SAFETY: a heap.
        heap.validate().map_err(|_| unsafe { Self::refuse(this, mm_error::MM_DAMAGED) }).is_ok()
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
