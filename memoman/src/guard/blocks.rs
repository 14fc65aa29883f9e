//! Allocating, freeing and resizing behind the policy: each operation checks its call, passes it to
//! the heap, and keeps the fingerprint of the live blocks.

use core::alloc::Layout;
use core::ptr::NonNull;

use super::Guarded;
use super::error::Misuse;

/// Allocating and freeing.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Guarded<ALIGN, FL, SL, POOLS>
{
    /// As [`Tlsf::allocate`](crate::Tlsf::allocate).
    ///
    /// # Errors
    /// [`Misuse::Damaged`].
    #[track_caller]
    pub fn allocate(&mut self, layout: Layout) -> Result<Option<NonNull<u8>>, Misuse> {
        self.memalign(layout.align(), layout.size())
    }

    /// As [`Tlsf::malloc`](crate::Tlsf::malloc).
    ///
    /// # Errors
    /// [`Misuse::Damaged`].
    #[track_caller]
    pub fn malloc(&mut self, size: usize) -> Result<Option<NonNull<u8>>, Misuse> {
        self.memalign(ALIGN, size)
    }

    /// As [`Tlsf::memalign`](crate::Tlsf::memalign).
    ///
    /// # Errors
    /// [`Misuse::Damaged`].
    #[track_caller]
    pub fn memalign(&mut self, align: usize, size: usize) -> Result<Option<NonNull<u8>>, Misuse> {
        self.admit_call()?;
        Ok(self.heap.memalign(align, size).map(|new| self.add(new)))
    }

    /// As [`Tlsf::deallocate`](crate::Tlsf::deallocate), for any pointer.
    ///
    /// # Errors
    /// Any [`Misuse`].
    ///
    /// # Safety
    /// If a live block starts at `ptr`, it is the caller's to free, and dead afterwards.
    #[track_caller]
    pub unsafe fn deallocate(&mut self, ptr: NonNull<u8>) -> Result<(), Misuse> {
        let block = self.admit(ptr)?;
        self.remove(block);
        // SAFETY: it is live, as just found.
        unsafe { self.heap.deallocate(block.payload) };
        Ok(())
    }

    /// As [`Tlsf::deallocate_sized`](crate::Tlsf::deallocate_sized), for any pointer and layout.
    ///
    /// # Errors
    /// Any [`Misuse`]; [`Misuse::Layout`] if the block cannot have been asked for with this layout.
    ///
    /// # Safety
    /// As [`Guarded::deallocate`].
    #[track_caller]
    pub unsafe fn deallocate_sized(
        &mut self,
        ptr: NonNull<u8>,
        layout: Layout,
    ) -> Result<(), Misuse> {
        let block = self.admit(ptr)?;
        let aligned = ptr.addr().get() & (layout.align() - 1) == 0;
        if !aligned || layout.size() > block.size {
            return self.react(Err(Misuse::Layout { ptr, usable: block.size }));
        }
        self.remove(block);
        // SAFETY: it is live, as just found.
        unsafe { self.heap.deallocate(block.payload) };
        Ok(())
    }

    /// As [`Tlsf::reallocate`](crate::Tlsf::reallocate), for any pointer.
    ///
    /// # Errors
    /// Any [`Misuse`].
    ///
    /// # Safety
    /// If a live block starts at `ptr`, it is the caller's; it is dead afterwards if the result is
    /// another pointer, or `size` is 0.
    #[track_caller]
    pub unsafe fn reallocate(
        &mut self,
        ptr: Option<NonNull<u8>>,
        size: usize,
    ) -> Result<Option<NonNull<u8>>, Misuse> {
        // SAFETY: the caller's.
        unsafe { self.reallocate_aligned(ptr, ALIGN, size) }
    }

    /// As [`Tlsf::reallocate_aligned`](crate::Tlsf::reallocate_aligned), for any pointer.
    ///
    /// # Errors
    /// Any [`Misuse`].
    ///
    /// # Safety
    /// As [`Guarded::reallocate`].
    #[track_caller]
    pub unsafe fn reallocate_aligned(
        &mut self,
        ptr: Option<NonNull<u8>>,
        align: usize,
        size: usize,
    ) -> Result<Option<NonNull<u8>>, Misuse> {
        let Some(ptr) = ptr else { return self.memalign(align, size) };
        let block = self.admit(ptr)?;
        // SAFETY: it is live, as just found.
        let new = unsafe { self.heap.reallocate_aligned(Some(block.payload), align, size) };
        if new.is_some() || size == 0 {
            self.remove(block);
        }
        Ok(new.map(|new| self.add(new)))
    }

    /// As [`Tlsf::try_grow_in_place`](crate::Tlsf::try_grow_in_place), for any pointer.
    ///
    /// # Errors
    /// Any [`Misuse`].
    ///
    /// # Safety
    /// If a live block starts at `ptr`, it is the caller's.
    #[track_caller]
    pub unsafe fn try_grow_in_place(
        &mut self,
        ptr: NonNull<u8>,
        size: usize,
    ) -> Result<bool, Misuse> {
        let block = self.admit(ptr)?;
        // SAFETY: it is live, as just found.
        let grown = unsafe { self.heap.try_grow_in_place(block.payload, size) };
        self.remove(block);
        self.add(block.payload);
        Ok(grown)
    }

    /// As [`Tlsf::shrink_in_place`](crate::Tlsf::shrink_in_place), for any pointer.
    ///
    /// # Errors
    /// Any [`Misuse`].
    ///
    /// # Safety
    /// If a live block starts at `ptr`, it is the caller's; what lies beyond `size` is lost.
    #[track_caller]
    pub unsafe fn shrink_in_place(
        &mut self,
        ptr: NonNull<u8>,
        size: usize,
    ) -> Result<bool, Misuse> {
        let block = self.admit(ptr)?;
        // SAFETY: it is live, as just found.
        let shrunk = unsafe { self.heap.shrink_in_place(block.payload, size) };
        self.remove(block);
        self.add(block.payload);
        Ok(shrunk)
    }

    /// As [`Tlsf::usable_size`](crate::Tlsf::usable_size), for any pointer, hence safe: a call as the others, which the policy
    /// answers. ([`Guarded::check`] only looks.)
    ///
    /// # Errors
    /// Any [`Misuse`].
    #[track_caller]
    pub fn usable_size(&mut self, ptr: NonNull<u8>) -> Result<usize, Misuse> {
        self.admit(ptr).map(|block| block.size)
    }
}
