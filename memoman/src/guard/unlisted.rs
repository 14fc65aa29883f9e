//! Pools beyond the table, behind the policy: what a pointer into one of them is, by the words around it.

use core::ptr::NonNull;

use super::Guarded;
#[cfg(feature = "internals")]
use super::error::GuardError;
use super::error::Misuse;
use crate::check;
use crate::geometry::WORD;
use crate::heap::error::RequestError;
use crate::law::{Census, Violation};
#[cfg(feature = "internals")]
use crate::pool::Pool;
use crate::pool::walk::BlockInfo;

/// Pools beyond the table (feature `internals`).
#[cfg(feature = "internals")]
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Guarded<ALIGN, FL, SL, POOLS, SEARCH>
{
    /// [`Tlsf::add_unlisted_pool`](crate::Tlsf::add_unlisted_pool), behind the policy.
    ///
    /// A pointer into an unlisted pool is not looked up in a chain, as nothing says where the pool starts.
    /// It is live if the words around it are those of a live block: a legal size, used, and both
    /// neighbours agree. That takes constant time and detects a double free, also after a merge, until
    /// the memory is allocated again. It does not detect a pointer to bytes that look like a live block,
    /// nor damage that makes a used block cover others. What is detected is
    /// [`Misuse::Unlisted`]. A table that has entries for all pools detects everything.
    ///
    /// # Errors
    /// [`GuardError::Pool`] with the [`PoolError`](crate::PoolError); [`Misuse::Damaged`].
    ///
    /// # Safety
    /// As [`Tlsf::add_unlisted_pool`](crate::Tlsf::add_unlisted_pool). Moreover, until this heap has no
    /// unlisted pool any more, the words between the lowest and the highest address of these pools may
    /// be read if the heap is damaged, or is called with a pointer that lies between these addresses and
    /// is no live block of it, in its safe functions as well.
    ///
    /// # Examples
    /// ```
    /// use core::ptr::NonNull;
    /// use memoman::{GuardError, Guarded, Law, Misuse, Reaction};
    /// # let mut memory = [0_usize; 64];
    /// # let (start, bytes) = (NonNull::from(&mut memory).cast(), size_of_val(&memory));
    /// let mut heap: Guarded = Guarded::new(Reaction::Error);
    /// // SAFETY: `memory` outlives the heap and is not used otherwise.
    /// unsafe {
    ///     heap.add_unlisted_pool(start, bytes)?;
    ///     let block = heap.malloc(100)?;
    ///     heap.deallocate(block)?;
    ///     let again = Misuse::Unlisted { ptr: block, law: Law::Membership };
    ///     assert_eq!(heap.deallocate(block), Err(GuardError::Misuse(again)));
    /// }
    /// # Ok::<(), GuardError>(())
    /// ```
    #[track_caller]
    pub unsafe fn add_unlisted_pool(
        &mut self,
        mem: NonNull<u8>,
        bytes: usize,
    ) -> Result<Pool, GuardError> {
        self.admit_call()?;
        let controls = [Pool::of(self)];
        let (heap, unlisted) = (&mut self.heap, &mut self.unlisted);
        // SAFETY: the caller's; `unlisted` is this heap's.
        Ok(unsafe { heap.add_unlisted_pool_beside(controls, unlisted, mem, bytes)? })
    }

    /// [`Tlsf::remove_unlisted_pool`](crate::Tlsf::remove_unlisted_pool), behind the policy.
    ///
    /// # Errors
    /// [`GuardError::Pool`] with the [`PoolError`](crate::PoolError); [`Misuse::Damaged`].
    ///
    /// # Safety
    /// As [`Tlsf::remove_unlisted_pool`](crate::Tlsf::remove_unlisted_pool).
    ///
    /// # Examples
    /// ```
    /// # use core::ptr::NonNull;
    /// # let mut memory = [0_usize; 64];
    /// # let (start, bytes) = (NonNull::from(&mut memory).cast(), size_of_val(&memory));
    /// # let mut heap: memoman::Guarded = memoman::Guarded::new(memoman::Reaction::Error);
    /// // SAFETY: `memory` outlives the heap and is not used otherwise.
    /// unsafe {
    ///     heap.add_unlisted_pool(start, bytes)?;
    ///     assert_eq!(heap.remove_unlisted_pool(start)?.len(), bytes);
    ///     assert!(heap.remove_unlisted_pool(start).is_err(), "it is gone");
    /// }
    /// # Ok::<(), memoman::GuardError>(())
    /// ```
    #[track_caller]
    pub unsafe fn remove_unlisted_pool(
        &mut self,
        start: NonNull<u8>,
    ) -> Result<NonNull<[u8]>, GuardError> {
        self.admit_call()?;
        // SAFETY: the caller's; `unlisted` is this heap's.
        Ok(unsafe { self.heap.remove_unlisted_pool(&mut self.unlisted, start)? })
    }

    /// The number of unlisted pools.
    ///
    /// # Examples
    /// ```
    /// # let heap: memoman::Guarded = memoman::Guarded::new(memoman::Reaction::Error);
    /// assert_eq!(heap.unlisted_pools(), 0);
    /// ```
    #[must_use]
    pub const fn unlisted_pools(&self) -> usize {
        self.unlisted.count()
    }
}

impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Guarded<ALIGN, FL, SL, POOLS, SEARCH>
{
    /// The live block at `ptr`, which is in no pool of the table, by the words around it.
    pub(super) fn find_unlisted(&self, ptr: NonNull<u8>) -> Result<BlockInfo, Misuse> {
        let header = ptr.addr().get().wrapping_sub(WORD);
        let found = self.unlisted.block::<ALIGN, FL, SL>(header);
        let (block, room) = found.ok_or(Misuse::Foreign { ptr })?;
        // SAFETY: the caller's of `add_unlisted_pool`: the words around `ptr` may be read.
        unsafe {
            match check::unlisted::live::<ALIGN, FL, SL>(self.unlisted, block, room) {
                Ok(size) => Ok(BlockInfo { payload: block.payload(), size, is_free: false }),
                Err(law) => Err(Misuse::Unlisted { ptr, law }),
            }
        }
    }

    /// The laws of the heap inside.
    pub(super) fn validate_heap(&self) -> Result<Census, Violation> {
        let Self { heap, unlisted, .. } = self;
        // SAFETY: `unlisted` is this heap's; the caller's of `add_unlisted_pool` for the rest.
        unsafe { check::heap(&heap.lists, &heap.pools, *unlisted, &heap.tally) }
    }

    /// Why a request was refused.
    #[cold]
    pub(super) fn reason(&self, align: usize, size: usize) -> RequestError {
        // SAFETY: as above.
        unsafe { self.heap.reason_with(self.unlisted, align, size) }
    }
}
