//! Feature `guard`: the heap that checks every call before it is made.

use core::alloc::Layout;
use core::marker::PhantomData;
use core::ptr::NonNull;

use engine::{
    Census, GuardError, Guarded, Misuse, Pool, PoolError, Reaction, RequestError, Tlsf, Violation,
};

use super::{Beyond, not_grown, not_shrunk, pool_error};
use crate::report::report;
use crate::types::mm_error;

/// The engine's heap behind its pointer checks. It keeps its pools beyond the table, if it may have some.
pub(crate) struct Flavour<
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
    B,
>(Guarded<ALIGN, FL, SL, POOLS>, PhantomData<B>);

/// Why an operation changed nothing.
pub(crate) enum Refused {
    Guard(GuardError),
    Reason(mm_error),
}

impl<E: Into<GuardError>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Guard(error.into())
    }
}

/// The reason that C programs see. Reports a misuse: the heap must not be borrowed, as the handler may
/// use it.
#[cold]
pub(crate) fn settle(function: &'static str, refused: Refused) -> mm_error {
    let refused = match refused {
        Refused::Guard(refused) => refused,
        Refused::Reason(error) => return error,
    };
    match refused {
        GuardError::Misuse(misuse) => {
            report(function, &misuse);
            match misuse {
                Misuse::Damaged(_) => mm_error::MM_DAMAGED,
                _ => mm_error::MM_MISUSE,
            }
        }
        GuardError::Request(RequestError::ZeroSize) => mm_error::MM_ZERO_SIZE,
        GuardError::Request(RequestError::TooLarge { .. }) => mm_error::MM_TOO_LARGE,
        GuardError::Pool(refused) => pool_error(refused),
        _ => mm_error::MM_OUT_OF_MEMORY,
    }
}

impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, B: Beyond>
    Flavour<ALIGN, FL, SL, POOLS, B>
{
    pub(crate) const fn new() -> Self {
        Self(Guarded::new(Reaction::Error), PhantomData)
    }

    /// Sets the interval of whole checks.
    pub(crate) const fn check_every(&mut self, calls: usize) {
        self.0.set_check_every(calls);
    }

    /// For calls that only read.
    pub(crate) const fn engine(&self) -> &Tlsf<ALIGN, FL, SL, POOLS> {
        self.0.heap()
    }

    pub(crate) fn validate(&self) -> Result<Census, Violation> {
        self.0.validate()
    }

    pub(crate) unsafe fn reset(&mut self) {
        // SAFETY: the caller's contract.
        unsafe { self.0.reset() };
    }

    pub(crate) fn malloc(&mut self, size: usize) -> Result<NonNull<u8>, Refused> {
        Ok(self.0.malloc(size)?)
    }

    pub(crate) fn allocate(&mut self, layout: Layout) -> Result<NonNull<u8>, Refused> {
        Ok(self.0.allocate(layout)?)
    }

    #[cfg(feature = "espressif")]
    pub(crate) fn allocate_offset(
        &mut self,
        layout: Layout,
        offset: usize,
    ) -> Result<NonNull<u8>, Refused> {
        Ok(self.0.allocate_offset(layout, offset)?)
    }

    #[cfg(feature = "espressif")]
    pub(crate) fn allocate_at(
        &mut self,
        place: NonNull<u8>,
        size: usize,
    ) -> Result<NonNull<u8>, Refused> {
        let error = if size == 0 { mm_error::MM_ZERO_SIZE } else { mm_error::MM_OUT_OF_MEMORY };
        self.0.allocate_at(place, size)?.ok_or(Refused::Reason(error))
    }

    pub(crate) unsafe fn deallocate(&mut self, ptr: NonNull<u8>) -> Result<(), Refused> {
        // SAFETY: the caller's contract.
        Ok(unsafe { self.0.deallocate(ptr) }?)
    }

    pub(crate) unsafe fn reallocate(
        &mut self,
        ptr: NonNull<u8>,
        new: Layout,
    ) -> Result<NonNull<u8>, Refused> {
        // SAFETY: the caller's contract.
        Ok(unsafe { self.0.reallocate(ptr, new) }?)
    }

    /// Makes a block hold at least `size` bytes in place.
    pub(crate) unsafe fn grow(&mut self, ptr: NonNull<u8>, size: usize) -> Result<(), Refused> {
        // SAFETY: the caller's contract.
        let grown = unsafe { self.0.try_grow_in_place(ptr, size) }?;
        let most = Tlsf::<ALIGN, FL, SL, POOLS>::BLOCK_SIZE_MAX;
        if grown { Ok(()) } else { Err(Refused::Reason(not_grown(size, most))) }
    }

    /// Frees what a block has beyond `size` bytes.
    pub(crate) unsafe fn shrink(&mut self, ptr: NonNull<u8>, size: usize) -> Result<(), Refused> {
        // SAFETY: the caller's contract.
        let shrunk = unsafe { self.0.shrink_in_place(ptr, size) }?;
        if shrunk { Ok(()) } else { Err(Refused::Reason(not_shrunk(size))) }
    }

    /// Frees a block. Returns the bytes that it had.
    pub(crate) unsafe fn release(&mut self, ptr: NonNull<u8>) -> Result<usize, Refused> {
        // For any other pointer, `deallocate` returns the misuse.
        let size = self.0.check(ptr).unwrap_or(0);
        // SAFETY: the caller's contract.
        unsafe { self.0.deallocate(ptr) }?;
        Ok(size)
    }

    pub(crate) unsafe fn add_pool(
        &mut self,
        mem: NonNull<u8>,
        bytes: usize,
    ) -> Result<Pool, Refused> {
        // SAFETY: the caller's contract.
        let added = unsafe { self.0.add_pool(mem, bytes) };
        let full = matches!(added, Err(GuardError::Pool(PoolError::TableFull)));
        if full && B::UNLIMITED {
            // SAFETY: the caller's contract.
            return Ok(unsafe { self.0.add_unlisted_pool(mem, bytes) }?);
        }
        Ok(added?)
    }

    pub(crate) fn remove_pool(&mut self, pool: Pool) -> Result<NonNull<[u8]>, Refused> {
        Ok(self.0.remove_pool(pool)?)
    }

    /// Removes a pool beyond the table.
    pub(crate) unsafe fn remove_beyond(&mut self, start: NonNull<u8>) -> Result<(), Refused> {
        if !B::UNLIMITED {
            return Err(Refused::Reason(mm_error::MM_UNKNOWN_POOL));
        }
        // SAFETY: the caller's contract.
        unsafe { self.0.remove_unlisted_pool(start) }?;
        Ok(())
    }

    pub(crate) unsafe fn extend_pool(&mut self, pool: Pool, more: usize) -> Result<Pool, Refused> {
        // SAFETY: the caller's contract.
        Ok(unsafe { self.0.extend_pool(pool, more) }?)
    }

    pub(crate) fn shrink_pool(&mut self, pool: Pool, less: usize) -> Result<Pool, Refused> {
        Ok(self.0.shrink_pool(pool, less)?.0)
    }
}
