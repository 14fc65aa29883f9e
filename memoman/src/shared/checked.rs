//! A [`Guarded`] behind a shared reference. Feature `guard`.
//!
//! The reaction to a misuse comes after the heap is free again: what a panic does to print its message, and
//! what a handler does, may allocate from this very heap.

use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use crate::guard::Guarded;
use crate::guard::error::{GuardError, Misuse, Reaction};
use crate::heap::Tlsf;
use crate::heap::resize::Resized;
use crate::pool::{Pool, PoolResult, Shortened};
use crate::shared::engine::Operations;

/// A misuse, and the reaction that its heap is configured with.
#[derive(Debug)]
pub struct Refused {
    misuse: Misuse,
    reaction: Reaction,
}

impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Guarded<ALIGN, FL, SL, POOLS, SEARCH>
{
    fn refused<R>(&self, result: Result<R, Misuse>) -> Result<R, Refused> {
        result.map_err(|misuse| Refused { misuse, reaction: self.reaction() })
    }
}

impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Operations for Guarded<ALIGN, FL, SL, POOLS, SEARCH>
{
    type Misuse = Refused;
    type Error = GuardError;
    type Pools = [Option<Pool>; POOLS];

    #[cfg(feature = "std")]
    const NEW: Self = Self::new(Reaction::Abort);
    #[cfg(not(feature = "std"))]
    const NEW: Self = Self::new(Reaction::Panic);
    const NO_POOLS: Self::Pools = [None; POOLS];
    const ALIGN: usize = ALIGN;
    const BLOCK_SIZE_MIN: usize = Tlsf::<ALIGN, FL, SL, POOLS, SEARCH>::BLOCK_SIZE_MIN;
    const POOL_OVERHEAD: usize = Tlsf::<ALIGN, FL, SL, POOLS, SEARCH>::POOL_OVERHEAD;
    const POOL_BYTES_MAX: usize = Tlsf::<ALIGN, FL, SL, POOLS, SEARCH>::POOL_BYTES_MAX;

    fn react(refused: Refused) -> GuardError {
        refused.reaction.to(&refused.misuse);
        refused.misuse.into()
    }

    fn pool_bytes_for(layout: Layout) -> Option<usize> {
        Tlsf::<ALIGN, FL, SL, POOLS, SEARCH>::pool_bytes_for(&[layout])
    }

    fn allocate(&mut self, layout: Layout) -> Result<Option<NonNull<u8>>, Refused> {
        let new = self.checked_allocate(layout);
        self.refused(new)
    }

    unsafe fn deallocate(&mut self, ptr: NonNull<u8>, layout: Layout) -> Result<(), Refused> {
        // SAFETY: the caller's.
        let freed = unsafe { self.checked_deallocate_sized(ptr, layout) };
        self.refused(freed)
    }

    /// Copies as well: between the check of a block and its deallocation, no other call comes.
    unsafe fn reallocate(
        &mut self,
        ptr: NonNull<u8>,
        new: Layout,
    ) -> Result<Option<Resized>, Refused> {
        // SAFETY: the caller's.
        let moved = unsafe { self.checked_reallocate(ptr, new) };
        Ok(self.refused(moved)?.map(Resized::Done))
    }

    unsafe fn usable_size(&self, ptr: NonNull<u8>) -> usize {
        // SAFETY: the caller's.
        unsafe { self.heap().usable_size(ptr) }
    }

    unsafe fn add_pool(
        &mut self,
        control: Pool,
        mem: NonNull<u8>,
        bytes: usize,
    ) -> Result<PoolResult<Pool>, Refused> {
        // SAFETY: the caller's.
        let pool = unsafe { self.checked_add_pool(control, mem, bytes) };
        self.refused(pool)
    }

    fn add_static_pool(
        &mut self,
        memory: &'static mut [MaybeUninit<u8>],
    ) -> Result<PoolResult<Pool>, Refused> {
        let pool = self.checked_add_static_pool(memory);
        self.refused(pool)
    }

    fn remove_pool(&mut self, pool: Pool) -> Result<PoolResult<NonNull<[u8]>>, Refused> {
        let memory = self.checked_remove_pool(pool);
        self.refused(memory)
    }

    unsafe fn extend_pool(&mut self, pool: Pool, more: usize) -> Result<PoolResult<Pool>, Refused> {
        let control = Pool::of(self);
        // SAFETY: the caller's.
        let longer = unsafe { self.checked_extend_pool(control, pool, more) };
        self.refused(longer)
    }

    fn shrink_pool(&mut self, pool: Pool, less: usize) -> Result<PoolResult<Shortened>, Refused> {
        let shorter = self.checked_shrink_pool(pool, less);
        self.refused(shorter)
    }

    fn free_tail(&mut self, pool: Pool) -> Result<usize, Refused> {
        let bytes = self.checked_free_tail(pool);
        self.refused(bytes)
    }

    fn retried(&mut self) {
        self.count_retry();
    }
}
