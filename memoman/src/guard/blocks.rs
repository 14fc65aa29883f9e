//! Allocating, freeing and resizing behind the policy: each operation checks its call, passes it to
//! the heap, and keeps the fingerprint of the live blocks.

use core::alloc::Layout;
use core::ptr::NonNull;

use super::Guarded;
use super::error::GuardError;
#[cfg(doc)]
use super::error::Misuse;

/// Allocating, freeing and resizing.
///
/// # Complexity
/// Each call adds its checks to what [`Tlsf`](crate::Tlsf) takes: see the table of [`Guarded`].
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Guarded<ALIGN, FL, SL, POOLS, SEARCH>
{
    /// [`Tlsf::try_allocate`](crate::Tlsf::try_allocate), behind the policy.
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
    /// let block = heap.allocate(Layout::new::<[u64; 8]>())?;
    /// assert!(heap.check(block).is_ok_and(|usable| usable >= 64));
    /// # Ok::<(), memoman::GuardError>(())
    /// ```
    #[track_caller]
    pub fn allocate(&mut self, layout: Layout) -> Result<NonNull<u8>, GuardError> {
        let new = self.checked_allocate(layout);
        Ok(self.react(new)?.ok_or_else(|| self.reason(layout.align(), layout.size()))?)
    }

    /// [`Tlsf::malloc`](crate::Tlsf::malloc), behind the policy.
    ///
    /// # Errors
    /// [`GuardError::Request`] with the reason of a refusal; [`Misuse::Damaged`].
    ///
    /// # Examples
    /// ```
    /// use memoman::{GuardError, RequestError};
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// # let mut heap: memoman::Guarded = memoman::Guarded::new(memoman::Reaction::Error);
    /// # heap.add_static_pool(buffer)?;
    /// assert!(heap.malloc(100).is_ok());
    /// assert_eq!(heap.malloc(0), Err(GuardError::Request(RequestError::ZeroSize)));
    /// # Ok::<(), memoman::GuardError>(())
    /// ```
    #[track_caller]
    pub fn malloc(&mut self, size: usize) -> Result<NonNull<u8>, GuardError> {
        self.admit_call()?;
        let new = self.heap.malloc(size).ok_or_else(|| self.reason(ALIGN, size))?;
        Ok(self.add(new))
    }

    /// [`Tlsf::deallocate`](crate::Tlsf::deallocate), for any pointer.
    ///
    /// # Errors
    /// Any [`Misuse`].
    ///
    /// # Safety
    /// If a live block starts at `ptr`, the caller may free it, and does not use it afterwards.
    ///
    /// # Examples
    /// ```
    /// use memoman::{GuardError, Misuse};
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// # let mut heap: memoman::Guarded = memoman::Guarded::new(memoman::Reaction::Error);
    /// # heap.add_static_pool(buffer)?;
    /// let block = heap.malloc(100)?;
    /// // SAFETY: the block is not used.
    /// unsafe {
    ///     heap.deallocate(block)?;
    ///     let again = heap.deallocate(block);
    ///     assert!(matches!(again, Err(GuardError::Misuse(Misuse::Double { .. }))));
    /// }
    /// # Ok::<(), memoman::GuardError>(())
    /// ```
    #[track_caller]
    pub unsafe fn deallocate(&mut self, ptr: NonNull<u8>) -> Result<(), GuardError> {
        let block = self.admit(ptr)?;
        self.remove(block);
        // SAFETY: it is live, as just found.
        unsafe { self.heap.deallocate(block.payload) };
        Ok(())
    }

    /// [`Tlsf::deallocate_sized`](crate::Tlsf::deallocate_sized), for any pointer and layout.
    ///
    /// # Errors
    /// Any [`Misuse`]; [`Misuse::Layout`] if the block cannot have been allocated with this layout.
    ///
    /// # Safety
    /// As [`Guarded::deallocate`].
    ///
    /// # Examples
    /// ```
    /// # use core::alloc::Layout;
    /// use memoman::{GuardError, Misuse};
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// # let mut heap: memoman::Guarded = memoman::Guarded::new(memoman::Reaction::Error);
    /// # heap.add_static_pool(buffer)?;
    /// let block = heap.malloc(100)?;
    /// // SAFETY: the block is not used.
    /// unsafe {
    ///     let wrong = heap.deallocate_sized(block, Layout::new::<[u8; 200]>());
    ///     assert!(matches!(wrong, Err(GuardError::Misuse(Misuse::Layout { usable: 104, .. }))));
    ///     heap.deallocate_sized(block, Layout::new::<[u8; 100]>())?;
    /// }
    /// # Ok::<(), memoman::GuardError>(())
    /// ```
    #[track_caller]
    pub unsafe fn deallocate_sized(
        &mut self,
        ptr: NonNull<u8>,
        layout: Layout,
    ) -> Result<(), GuardError> {
        // SAFETY: the caller's.
        let freed = unsafe { self.checked_deallocate_sized(ptr, layout) };
        Ok(self.react(freed)?)
    }

    /// [`Tlsf::reallocate`](crate::Tlsf::reallocate), for any pointer.
    ///
    /// # Errors
    /// Any [`Misuse`]; [`GuardError::Request`] if the request is refused: the block is as it was.
    ///
    /// # Safety
    /// If a live block starts at `ptr`, the caller may move it, and does not use `ptr` afterwards if
    /// the result is another pointer.
    ///
    /// # Examples
    /// ```
    /// # use core::alloc::Layout;
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// # let mut heap: memoman::Guarded = memoman::Guarded::new(memoman::Reaction::Error);
    /// # heap.add_static_pool(buffer)?;
    /// let block = heap.malloc(100)?;
    /// // SAFETY: only the result is used afterwards.
    /// let grown = unsafe { heap.reallocate(block, Layout::new::<[u8; 200]>())? };
    /// assert_eq!(grown, block, "the block grew in place");
    /// # Ok::<(), memoman::GuardError>(())
    /// ```
    #[track_caller]
    pub unsafe fn reallocate(
        &mut self,
        ptr: NonNull<u8>,
        new: Layout,
    ) -> Result<NonNull<u8>, GuardError> {
        // SAFETY: the caller's.
        let moved = unsafe { self.checked_reallocate(ptr, new) };
        Ok(self.react(moved)?.ok_or_else(|| self.reason(new.align(), new.size()))?)
    }

    /// [`Tlsf::try_grow_in_place`](crate::Tlsf::try_grow_in_place), for any pointer.
    ///
    /// # Errors
    /// Any [`Misuse`].
    ///
    /// # Safety
    /// If a live block starts at `ptr`, it is the caller's.
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// # let mut heap: memoman::Guarded = memoman::Guarded::new(memoman::Reaction::Error);
    /// # heap.add_static_pool(buffer)?;
    /// let block = heap.malloc(100)?;
    /// // SAFETY: a live block of this caller.
    /// assert!(unsafe { heap.try_grow_in_place(block, 2000)? });
    /// # Ok::<(), memoman::GuardError>(())
    /// ```
    #[track_caller]
    pub unsafe fn try_grow_in_place(
        &mut self,
        ptr: NonNull<u8>,
        size: usize,
    ) -> Result<bool, GuardError> {
        let block = self.admit(ptr)?;
        // SAFETY: it is live, as just found.
        let grown = unsafe { self.heap.try_grow_in_place(block.payload, size) };
        self.remove(block);
        self.add(block.payload);
        Ok(grown)
    }

    /// [`Tlsf::shrink_in_place`](crate::Tlsf::shrink_in_place), for any pointer.
    ///
    /// # Errors
    /// Any [`Misuse`].
    ///
    /// # Safety
    /// If a live block starts at `ptr`, it is the caller's, and the bytes beyond `size` are not used
    /// afterwards.
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// # let mut heap: memoman::Guarded = memoman::Guarded::new(memoman::Reaction::Error);
    /// # heap.add_static_pool(buffer)?;
    /// let block = heap.malloc(1000)?;
    /// // SAFETY: a live block of this caller.
    /// assert!(unsafe { heap.shrink_in_place(block, 96)? });
    /// assert_eq!(heap.usable_size(block)?, 96);
    /// # Ok::<(), memoman::GuardError>(())
    /// ```
    #[track_caller]
    pub unsafe fn shrink_in_place(
        &mut self,
        ptr: NonNull<u8>,
        size: usize,
    ) -> Result<bool, GuardError> {
        let block = self.admit(ptr)?;
        // SAFETY: it is live, as just found.
        let shrunk = unsafe { self.heap.shrink_in_place(block.payload, size) };
        self.remove(block);
        self.add(block.payload);
        Ok(shrunk)
    }

    /// [`Tlsf::usable_size`](crate::Tlsf::usable_size), for any pointer, and so it is safe.
    ///
    /// It counts as a call: it validates the heap when one is due, and reacts to a misuse as
    /// configured. [`Guarded::check`] does neither.
    ///
    /// # Errors
    /// Any [`Misuse`].
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// # let mut heap: memoman::Guarded = memoman::Guarded::new(memoman::Reaction::Error);
    /// # heap.add_static_pool(buffer)?;
    /// let block = heap.malloc(96)?;
    /// assert_eq!(heap.usable_size(block)?, 96);
    /// assert!(heap.usable_size(core::ptr::NonNull::dangling()).is_err());
    /// # Ok::<(), memoman::GuardError>(())
    /// ```
    #[track_caller]
    pub fn usable_size(&mut self, ptr: NonNull<u8>) -> Result<usize, GuardError> {
        Ok(self.admit(ptr)?.size)
    }
}
