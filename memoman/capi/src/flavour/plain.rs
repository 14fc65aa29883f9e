//! The heap without checks.

use core::alloc::Layout;
use core::ptr::NonNull;

use engine::{Census, Pool, PoolError, Tlsf, Violation};

use super::{Beyond, not_grown, not_shrunk, pool_error};
use crate::types::mm_error;

/// The engine's heap, and its pools beyond the table.
pub(crate) struct Flavour<
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
    B,
>(Tlsf<ALIGN, FL, SL, POOLS>, B);

/// Why an operation changed nothing.
pub(crate) type Refused = mm_error;

/// The reason that C programs see.
#[inline]
pub(crate) const fn settle(_function: &'static str, refused: Refused) -> mm_error {
    refused
}

impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, B: Beyond>
    Flavour<ALIGN, FL, SL, POOLS, B>
{
    pub(crate) const fn new() -> Self {
        Self(Tlsf::new(), B::NEW)
    }

    /// Nothing is checked.
    pub(crate) const fn check_every(&mut self, _calls: usize) {}

    /// For calls that only read.
    #[inline]
    pub(crate) const fn engine(&self) -> &Tlsf<ALIGN, FL, SL, POOLS> {
        &self.0
    }

    pub(crate) fn validate(&self) -> Result<Census, Violation> {
        // SAFETY: the pools beyond the table are this heap's.
        unsafe { self.0.validate_with(self.1.get()) }
    }

    pub(crate) unsafe fn reset(&mut self) {
        // SAFETY: the caller's contract.
        unsafe { self.0.reset() };
        self.1 = B::NEW;
    }

    #[inline]
    pub(crate) fn malloc(&mut self, size: usize) -> Result<NonNull<u8>, Refused> {
        self.0.malloc(size).ok_or_else(|| {
            let layout = Layout::from_size_align(size, ALIGN);
            layout.map_or(mm_error::MM_TOO_LARGE, request_error::<ALIGN, FL, SL, POOLS>)
        })
    }

    #[inline]
    pub(crate) fn allocate(&mut self, layout: Layout) -> Result<NonNull<u8>, Refused> {
        self.0.allocate(layout).ok_or_else(|| request_error::<ALIGN, FL, SL, POOLS>(layout))
    }

    #[cfg(feature = "espressif")]
    pub(crate) fn allocate_offset(
        &mut self,
        layout: Layout,
        offset: usize,
    ) -> Result<NonNull<u8>, Refused> {
        let block = self.0.allocate_offset(layout, offset);
        block.ok_or_else(|| request_error::<ALIGN, FL, SL, POOLS>(layout))
    }

    #[cfg(feature = "espressif")]
    pub(crate) fn allocate_at(
        &mut self,
        place: NonNull<u8>,
        size: usize,
    ) -> Result<NonNull<u8>, Refused> {
        let error = if size == 0 { mm_error::MM_ZERO_SIZE } else { mm_error::MM_OUT_OF_MEMORY };
        self.0.allocate_at(place, size).ok_or(error)
    }

    #[inline]
    pub(crate) unsafe fn deallocate(&mut self, ptr: NonNull<u8>) -> Result<(), Refused> {
        // SAFETY: the caller's contract.
        unsafe { self.0.deallocate(ptr) };
        Ok(())
    }

    /// Frees a block. Returns the bytes that it had.
    #[inline]
    pub(crate) unsafe fn release(&mut self, ptr: NonNull<u8>) -> Result<usize, Refused> {
        // SAFETY: the caller's contract.
        unsafe {
            let size = self.0.usable_size(ptr);
            self.0.deallocate(ptr);
            Ok(size)
        }
    }

    #[inline]
    pub(crate) unsafe fn reallocate(
        &mut self,
        ptr: NonNull<u8>,
        new: Layout,
    ) -> Result<NonNull<u8>, Refused> {
        // SAFETY: the caller's contract.
        let moved = unsafe { self.0.reallocate(ptr, new) };
        moved.ok_or_else(|| request_error::<ALIGN, FL, SL, POOLS>(new))
    }

    /// Makes a block hold at least `size` bytes in place.
    pub(crate) unsafe fn grow(&mut self, ptr: NonNull<u8>, size: usize) -> Result<(), Refused> {
        // SAFETY: the caller's contract.
        let grown = unsafe { self.0.try_grow_in_place(ptr, size) };
        if grown {
            Ok(())
        } else {
            Err(not_grown(size, Tlsf::<ALIGN, FL, SL, POOLS>::BLOCK_SIZE_MAX))
        }
    }

    /// Frees what a block has beyond `size` bytes.
    pub(crate) unsafe fn shrink(&mut self, ptr: NonNull<u8>, size: usize) -> Result<(), Refused> {
        // SAFETY: the caller's contract.
        let shrunk = unsafe { self.0.shrink_in_place(ptr, size) };
        if shrunk { Ok(()) } else { Err(not_shrunk(size)) }
    }

    pub(crate) unsafe fn add_pool(
        &mut self,
        mem: NonNull<u8>,
        bytes: usize,
    ) -> Result<Pool, Refused> {
        // SAFETY: the caller's contract.
        let added = unsafe { self.0.add_pool(mem, bytes) };
        match (added, self.1.pools()) {
            // SAFETY: the caller's contract; the pools beyond the table are this heap's.
            (Err(PoolError::TableFull), Some(beyond)) => unsafe {
                self.0.add_unlisted_pool(beyond, mem, bytes)
            },
            (added, _) => added,
        }
        .map_err(pool_error)
    }

    pub(crate) fn remove_pool(&mut self, pool: Pool) -> Result<NonNull<[u8]>, Refused> {
        self.0.remove_pool(pool).map_err(pool_error)
    }

    /// Removes a pool beyond the table.
    pub(crate) unsafe fn remove_beyond(&mut self, start: NonNull<u8>) -> Result<(), Refused> {
        let beyond = self.1.pools().ok_or(mm_error::MM_UNKNOWN_POOL)?;
        // SAFETY: the caller's contract; the pools beyond the table are this heap's.
        let removed = unsafe { self.0.remove_unlisted_pool(beyond, start) };
        removed.map(|_| ()).map_err(pool_error)
    }

    pub(crate) unsafe fn extend_pool(&mut self, pool: Pool, more: usize) -> Result<Pool, Refused> {
        // SAFETY: the caller's contract.
        unsafe { self.0.extend_pool(pool, more) }.map_err(pool_error)
    }

    pub(crate) fn shrink_pool(&mut self, pool: Pool, less: usize) -> Result<Pool, Refused> {
        self.0.shrink_pool(pool, less).map(|(shorter, _)| shorter).map_err(pool_error)
    }
}

/// Why the engine refuses a request. In constant time: no free block is looked at.
#[cold]
fn request_error<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>(
    layout: Layout,
) -> mm_error {
    if layout.size() == 0 {
        mm_error::MM_ZERO_SIZE
    } else if Tlsf::<ALIGN, FL, SL, POOLS>::search_size(layout).is_none() {
        mm_error::MM_TOO_LARGE
    } else {
        mm_error::MM_OUT_OF_MEMORY
    }
}
