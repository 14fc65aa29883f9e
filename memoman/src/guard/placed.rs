//! Blocks at a chosen place, behind the policy (feature `internals`).

use core::alloc::Layout;
use core::ptr::NonNull;

use super::Guarded;
use super::error::GuardError;
#[cfg(doc)]
use super::error::Misuse;

/// Blocks at a chosen place (feature `internals`).
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Guarded<ALIGN, FL, SL, POOLS, SEARCH>
{
    /// [`Tlsf::allocate_offset`](crate::Tlsf::allocate_offset), behind the policy.
    ///
    /// # Errors
    /// [`GuardError::Request`] with the reason of a refusal; [`Misuse::Damaged`].
    ///
    /// # Examples
    /// ```
    /// # use core::alloc::Layout;
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// # let mut heap: memoman::Guarded = memoman::Guarded::new(memoman::Reaction::Error);
    /// # heap.add_static_pool(buffer)?;
    /// let block = heap.allocate_offset(Layout::from_size_align(116, 64).unwrap(), 16)?;
    /// assert_eq!((block.addr().get() + 16) % 64, 0);
    /// # Ok::<(), memoman::GuardError>(())
    /// ```
    #[track_caller]
    pub fn allocate_offset(
        &mut self,
        layout: Layout,
        offset: usize,
    ) -> Result<NonNull<u8>, GuardError> {
        self.admit_call()?;
        let new = self.heap.allocate_offset(layout, offset);
        let new = new.ok_or_else(|| self.reason(layout.align(), layout.size()))?;
        Ok(self.add(new))
    }

    /// [`Tlsf::allocate_at`](crate::Tlsf::allocate_at), behind the policy: `None` if the bytes are not all
    /// free.
    ///
    /// # Errors
    /// [`Misuse::Damaged`].
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// # let mut heap: memoman::Guarded = memoman::Guarded::new(memoman::Reaction::Error);
    /// let pool = heap.add_static_pool(buffer)?;
    /// let place = pool.start().map_addr(|addr| addr.saturating_add(1024));
    /// assert_eq!(heap.allocate_at(place, 200)?, Some(place));
    /// assert_eq!(heap.allocate_at(place, 200)?, None, "it is not free any more");
    /// # Ok::<(), memoman::GuardError>(())
    /// ```
    #[track_caller]
    pub fn allocate_at(
        &mut self,
        ptr: NonNull<u8>,
        size: usize,
    ) -> Result<Option<NonNull<u8>>, GuardError> {
        self.admit_call()?;
        let new = self.heap.allocate_at(ptr, size);
        Ok(new.map(|new| self.add(new)))
    }
}
