//! Pools behind the policy.

use core::mem::MaybeUninit;
use core::ptr::NonNull;

use super::Guarded;
use super::error::GuardError;
use super::fingerprint::LiveFingerprint;
use crate::pool::Pool;
use crate::pool::unlisted::UnlistedPools;
#[cfg(doc)]
use crate::{guard::error::Misuse, pool::PoolError};

/// Memory.
///
/// What counts as the heap's own control is the whole `Guarded`: memory that overlaps it is refused.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Guarded<ALIGN, FL, SL, POOLS, SEARCH>
{
    /// [`Tlsf::add_pool`](crate::Tlsf::add_pool), behind the policy.
    ///
    /// # Errors
    /// [`GuardError::Pool`] with the [`PoolError`]; [`Misuse::Damaged`].
    ///
    /// # Safety
    /// As [`Tlsf::add_pool`](crate::Tlsf::add_pool).
    ///
    /// # Examples
    /// ```
    /// # use core::ptr::NonNull;
    /// # let mut heap: memoman::Guarded = memoman::Guarded::new(memoman::Reaction::Error);
    /// let memory: &'static mut [u64] = Vec::leak(vec![0; 512]);
    /// let bytes = size_of_val(memory);
    /// // SAFETY: valid for good, and used by nothing else.
    /// let pool = unsafe { heap.add_pool(NonNull::from(memory).cast(), bytes)? };
    /// assert_eq!(pool.bytes(), 4096);
    /// # Ok::<(), memoman::GuardError>(())
    /// ```
    #[track_caller]
    pub unsafe fn add_pool(&mut self, mem: NonNull<u8>, bytes: usize) -> Result<Pool, GuardError> {
        // SAFETY: the caller's.
        let pool = unsafe { self.checked_add_pool(Pool::of(self), mem, bytes) };
        Ok(self.react(pool)??)
    }

    /// [`Tlsf::add_static_pool`](crate::Tlsf::add_static_pool), behind the policy.
    ///
    /// # Errors
    /// [`GuardError::Pool`] with the [`PoolError`]; [`Misuse::Damaged`].
    ///
    /// # Examples
    /// ```
    /// # let mut heap: memoman::Guarded = memoman::Guarded::new(memoman::Reaction::Error);
    /// heap.add_static_pool(Box::leak(Box::new_uninit_slice(4096)))?;
    /// # Ok::<(), memoman::GuardError>(())
    /// ```
    #[track_caller]
    pub fn add_static_pool(
        &mut self,
        memory: &'static mut [MaybeUninit<u8>],
    ) -> Result<Pool, GuardError> {
        let pool = self.checked_add_static_pool(memory);
        Ok(self.react(pool)??)
    }

    /// [`Tlsf::remove_pool`](crate::Tlsf::remove_pool), behind the policy.
    ///
    /// # Errors
    /// [`GuardError::Pool`] with the [`PoolError`]; [`Misuse::Damaged`].
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096));
    /// # let mut heap: memoman::Guarded = memoman::Guarded::new(memoman::Reaction::Error);
    /// let pool = heap.add_static_pool(buffer)?;
    /// assert_eq!(heap.remove_pool(pool)?.len(), pool.bytes());
    /// # Ok::<(), memoman::GuardError>(())
    /// ```
    #[track_caller]
    pub fn remove_pool(&mut self, pool: Pool) -> Result<NonNull<[u8]>, GuardError> {
        let memory = self.checked_remove_pool(pool);
        Ok(self.react(memory)??)
    }

    /// [`Tlsf::extend_pool`](crate::Tlsf::extend_pool), behind the policy.
    ///
    /// # Errors
    /// [`GuardError::Pool`] with the [`PoolError`]; [`Misuse::Damaged`].
    ///
    /// # Safety
    /// As [`Tlsf::extend_pool`](crate::Tlsf::extend_pool).
    ///
    /// # Examples
    /// ```
    /// # use core::ptr::NonNull;
    /// # let mut heap: memoman::Guarded = memoman::Guarded::new(memoman::Reaction::Error);
    /// let memory: &'static mut [u64] = Vec::leak(vec![0; 512]);
    /// let (start, bytes) = (NonNull::from(&mut *memory).cast(), size_of_val(memory));
    /// // SAFETY: valid for good, one allocation, and used by nothing else.
    /// let pool = unsafe {
    ///     let half = heap.add_pool(start, bytes / 2)?;
    ///     heap.extend_pool(half, bytes / 2)?
    /// };
    /// assert_eq!(pool.bytes(), bytes);
    /// # Ok::<(), memoman::GuardError>(())
    /// ```
    #[track_caller]
    pub unsafe fn extend_pool(&mut self, pool: Pool, more: usize) -> Result<Pool, GuardError> {
        // SAFETY: the caller's.
        let longer = unsafe { self.checked_extend_pool(Pool::of(self), pool, more) };
        Ok(self.react(longer)??)
    }

    /// [`Tlsf::shrink_pool`](crate::Tlsf::shrink_pool), behind the policy.
    ///
    /// # Errors
    /// [`GuardError::Pool`] with the [`PoolError`]; [`Misuse::Damaged`].
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096));
    /// # let mut heap: memoman::Guarded = memoman::Guarded::new(memoman::Reaction::Error);
    /// let pool = heap.add_static_pool(buffer)?;
    /// let (_shorter, memory) = heap.shrink_pool(pool, 1024)?;
    /// assert!(memory.len() >= 1024);
    /// # Ok::<(), memoman::GuardError>(())
    /// ```
    #[track_caller]
    pub fn shrink_pool(
        &mut self,
        pool: Pool,
        less: usize,
    ) -> Result<(Pool, NonNull<[u8]>), GuardError> {
        let shorter = self.checked_shrink_pool(pool, less);
        Ok(self.react(shorter)??)
    }

    /// [`Tlsf::reset`](crate::Tlsf::reset). Nothing is checked before, and a damaged heap is sound
    /// afterwards.
    ///
    /// # Safety
    /// As [`Tlsf::reset`](crate::Tlsf::reset).
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// # let mut heap: memoman::Guarded = memoman::Guarded::new(memoman::Reaction::Error);
    /// # heap.add_static_pool(buffer)?;
    /// heap.malloc(100)?;
    /// // SAFETY: the block is not used afterwards.
    /// unsafe { heap.reset() };
    /// assert_eq!(heap.validate().expect("no damage").used_blocks, 0);
    /// # Ok::<(), memoman::GuardError>(())
    /// ```
    pub unsafe fn reset(&mut self) {
        self.live = [LiveFingerprint::EMPTY; POOLS];
        self.unlisted = UnlistedPools::NONE;
        // SAFETY: the caller's.
        unsafe { self.heap.reset() };
    }
}
