//! What can stand behind a shared reference: a [`Tlsf`], or (in `checked`) a `Guarded`.

use core::alloc::Layout;
use core::convert::Infallible;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use crate::heap::Tlsf;
use crate::heap::resize::Resized;
use crate::pool::{Pool, PoolError, PoolResult, Shortened};

/// A heap that can stand behind a shared reference: a [`Tlsf`], which relies on its callers, or with feature
/// `guard` a `Guarded`, which checks every call. Sealed.
///
/// Its `Error` is the error of its operations on pools: [`PoolError`], or `GuardError`.
pub trait Engine: Operations {}

impl<H: Operations> Engine for H {}

/// The operations that [`Shared`](crate::Shared) needs. An outer `Err` is a misuse, and nothing was changed;
/// the caller passes it to [`Operations::react`] when the heap is free again.
pub trait Operations: Sized {
    /// A misuse, and what to do about it; nothing for a heap that detects none.
    type Misuse;
    /// The error of operations on pools.
    type Error: From<PoolError>;
    /// Room for each pool of the table.
    type Pools: AsRef<[Option<Pool>]> + AsMut<[Option<Pool>]>;

    const NEW: Self;
    const NO_POOLS: Self::Pools;
    const ALIGN: usize;
    const BLOCK_SIZE_MIN: usize;
    const POOL_OVERHEAD: usize;
    const POOL_BYTES_MAX: usize;

    fn react(misuse: Self::Misuse) -> Self::Error;

    fn pool_bytes_for(layout: Layout) -> Option<usize>;

    fn allocate(&mut self, layout: Layout) -> Result<Option<NonNull<u8>>, Self::Misuse>;

    /// # Safety
    /// As [`Tlsf::deallocate_sized`].
    unsafe fn deallocate(&mut self, ptr: NonNull<u8>, layout: Layout) -> Result<(), Self::Misuse>;

    /// # Safety
    /// As [`Tlsf::reallocate`].
    unsafe fn reallocate(
        &mut self,
        ptr: NonNull<u8>,
        new: Layout,
    ) -> Result<Option<Resized>, Self::Misuse>;

    /// # Safety
    /// As [`Tlsf::usable_size`].
    unsafe fn usable_size(&self, ptr: NonNull<u8>) -> usize;

    /// # Safety
    /// As [`Tlsf::add_pool`]; `control` holds this value.
    unsafe fn add_pool(
        &mut self,
        control: Pool,
        mem: NonNull<u8>,
        bytes: usize,
    ) -> Result<PoolResult<Pool>, Self::Misuse>;

    fn add_static_pool(
        &mut self,
        memory: &'static mut [MaybeUninit<u8>],
    ) -> Result<PoolResult<Pool>, Self::Misuse>;

    fn remove_pool(&mut self, pool: Pool) -> Result<PoolResult<NonNull<[u8]>>, Self::Misuse>;

    /// # Safety
    /// As [`Tlsf::extend_pool`].
    unsafe fn extend_pool(
        &mut self,
        pool: Pool,
        more: usize,
    ) -> Result<PoolResult<Pool>, Self::Misuse>;

    fn shrink_pool(
        &mut self,
        pool: Pool,
        less: usize,
    ) -> Result<PoolResult<Shortened>, Self::Misuse>;

    /// The bytes of a pool's last block if that is free, else 0.
    fn free_tail(&mut self, pool: Pool) -> Result<usize, Self::Misuse>;

    /// Counts a request that was granted at the second attempt.
    fn retried(&mut self);
}

impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Operations for Tlsf<ALIGN, FL, SL, POOLS, SEARCH>
{
    type Misuse = Infallible;
    type Error = PoolError;
    type Pools = [Option<Pool>; POOLS];

    const NEW: Self = Self::new();
    const NO_POOLS: Self::Pools = [None; POOLS];
    const ALIGN: usize = ALIGN;
    const BLOCK_SIZE_MIN: usize = Self::BLOCK_SIZE_MIN;
    const POOL_OVERHEAD: usize = Self::POOL_OVERHEAD;
    const POOL_BYTES_MAX: usize = Self::POOL_BYTES_MAX;

    fn react(misuse: Infallible) -> PoolError {
        match misuse {}
    }

    fn pool_bytes_for(layout: Layout) -> Option<usize> {
        Self::pool_bytes_for(&[layout])
    }

    #[inline]
    fn allocate(&mut self, layout: Layout) -> Result<Option<NonNull<u8>>, Infallible> {
        Ok(self.allocate(layout))
    }

    #[inline]
    unsafe fn deallocate(&mut self, ptr: NonNull<u8>, layout: Layout) -> Result<(), Infallible> {
        // SAFETY: the caller's.
        unsafe { self.deallocate_sized(ptr, layout) };
        Ok(())
    }

    #[inline]
    unsafe fn reallocate(
        &mut self,
        ptr: NonNull<u8>,
        new: Layout,
    ) -> Result<Option<Resized>, Infallible> {
        // SAFETY: the caller's.
        Ok(unsafe { self.reallocate_but_copy(ptr, new) })
    }

    #[inline]
    unsafe fn usable_size(&self, ptr: NonNull<u8>) -> usize {
        // SAFETY: the caller's.
        unsafe { self.usable_size(ptr) }
    }

    unsafe fn add_pool(
        &mut self,
        control: Pool,
        mem: NonNull<u8>,
        bytes: usize,
    ) -> Result<PoolResult<Pool>, Infallible> {
        // SAFETY: the caller's.
        Ok(unsafe { self.add_pool_beside(control, mem, bytes) })
    }

    fn add_static_pool(
        &mut self,
        memory: &'static mut [MaybeUninit<u8>],
    ) -> Result<PoolResult<Pool>, Infallible> {
        Ok(self.add_static_pool(memory))
    }

    fn remove_pool(&mut self, pool: Pool) -> Result<PoolResult<NonNull<[u8]>>, Infallible> {
        Ok(self.remove_pool(pool))
    }

    unsafe fn extend_pool(
        &mut self,
        pool: Pool,
        more: usize,
    ) -> Result<PoolResult<Pool>, Infallible> {
        // SAFETY: the caller's.
        Ok(unsafe { self.extend_pool(pool, more) })
    }

    fn shrink_pool(
        &mut self,
        pool: Pool,
        less: usize,
    ) -> Result<PoolResult<Shortened>, Infallible> {
        Ok(self.shrink_pool(pool, less))
    }

    fn free_tail(&mut self, pool: Pool) -> Result<usize, Infallible> {
        Ok(Self::free_tail(self, pool))
    }

    fn retried(&mut self) {
        self.tally.retried();
    }
}
