//! Pools behind the policy.

use core::mem::MaybeUninit;
use core::ptr::NonNull;

use super::Guarded;
use super::error::Misuse;
use super::fingerprint::LiveFingerprint;
use crate::pool::{Pool, PoolError};

/// Memory. The outer error is the policy's, the inner one the heap's.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Guarded<ALIGN, FL, SL, POOLS>
{
    /// As [`Tlsf::add_pool`](crate::Tlsf::add_pool).
    ///
    /// # Errors
    /// [`Misuse::Damaged`].
    ///
    /// # Safety
    /// As [`Tlsf::add_pool`](crate::Tlsf::add_pool).
    #[track_caller]
    pub unsafe fn add_pool(
        &mut self,
        mem: NonNull<u8>,
        bytes: usize,
    ) -> Result<Result<Pool, PoolError>, Misuse> {
        self.admit_call()?;
        // SAFETY: the caller's.
        Ok(unsafe { self.heap.add_pool(mem, bytes) })
    }

    /// As [`Tlsf::add_static_pool`](crate::Tlsf::add_static_pool).
    ///
    /// # Errors
    /// [`Misuse::Damaged`].
    #[track_caller]
    pub fn add_static_pool(
        &mut self,
        memory: &'static mut [MaybeUninit<u8>],
    ) -> Result<Result<Pool, PoolError>, Misuse> {
        self.admit_call()?;
        Ok(self.heap.add_static_pool(memory))
    }

    /// As [`Tlsf::remove_pool`](crate::Tlsf::remove_pool).
    ///
    /// # Errors
    /// [`Misuse::Damaged`].
    #[track_caller]
    pub fn remove_pool(&mut self, pool: Pool) -> Result<Result<NonNull<[u8]>, PoolError>, Misuse> {
        self.admit_pool(pool)?;
        let index = self.heap.pools().position(|own| own == pool);
        let removed = self.heap.remove_pool(pool);
        if let (Some(index), Ok(_)) = (index, &removed) {
            // Pools added later move up; the entry of the removed pool, that of no blocks, moves to the
            // end for the next new pool.
            self.live[index..].rotate_left(1);
        }
        Ok(removed)
    }

    /// As [`Tlsf::extend_pool`](crate::Tlsf::extend_pool).
    ///
    /// # Errors
    /// [`Misuse::Damaged`].
    ///
    /// # Safety
    /// As [`Tlsf::extend_pool`](crate::Tlsf::extend_pool).
    #[track_caller]
    pub unsafe fn extend_pool(
        &mut self,
        pool: Pool,
        more: usize,
    ) -> Result<Result<Pool, PoolError>, Misuse> {
        self.admit_pool(pool)?;
        // SAFETY: the caller's.
        Ok(unsafe { self.heap.extend_pool(pool, more) })
    }

    /// As [`Tlsf::shrink_pool`](crate::Tlsf::shrink_pool).
    ///
    /// # Errors
    /// [`Misuse::Damaged`].
    #[track_caller]
    #[allow(clippy::type_complexity)] // The heap's own answer, inside the policy's.
    pub fn shrink_pool(
        &mut self,
        pool: Pool,
        less: usize,
    ) -> Result<Result<(Pool, NonNull<[u8]>), PoolError>, Misuse> {
        self.admit_pool(pool)?;
        Ok(self.heap.shrink_pool(pool, less))
    }

    /// As [`Tlsf::reset`](crate::Tlsf::reset). Nothing is checked before, and a damaged heap is whole
    /// again afterwards.
    ///
    /// # Safety
    /// As [`Tlsf::reset`](crate::Tlsf::reset).
    pub unsafe fn reset(&mut self) {
        self.live = [LiveFingerprint::EMPTY; POOLS];
        // SAFETY: the caller's.
        unsafe { self.heap.reset() };
    }
}
