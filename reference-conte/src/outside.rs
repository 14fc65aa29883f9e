//! The calls without the check that the C code is defined for them.
//!
//! The safe methods of [`Conte`](crate::Conte) check, then call these; the bookkeeping is here only.

use core::ptr::null_mut;

use crate::instance::Instance;

/// A [`Conte`](crate::Conte) without its check: sends any call to the C code.
///
/// The bookkeeping assumes that the result is right: a returned block is live, a pool that was not
/// refused is present.
pub struct Outside<'a> {
    pub(crate) instance: &'a mut Instance,
}

/// The contract of each of these functions.
macro_rules! safety {
    () => {
        "# Safety\n\nInside the domain ([`Conte::admits`](crate::Conte::admits)): none. Outside of it, the \
         caller must know what this call does to memory. If it may have damaged the heap, the next call \
         must be [`Conte::reset`](crate::Conte::reset)."
    };
}

impl Outside<'_> {
    /// As [`Conte::add_pool`](crate::Conte::add_pool).
    ///
    #[doc = safety!()]
    pub unsafe fn add_pool(self, offset: usize, bytes: usize) -> bool {
        let memory = self.instance.pointer(offset);
        // SAFETY: the caller's, for the pool; the control is ours.
        let pool = unsafe { (self.instance.c.add_pool)(self.instance.tlsf(), memory, bytes) };
        if !pool.is_null() {
            self.instance.domain.add_pool(offset, bytes);
        }
        !pool.is_null()
    }

    /// As [`Conte::remove_pool`](crate::Conte::remove_pool).
    ///
    #[doc = safety!()]
    pub unsafe fn remove_pool(self, offset: usize) {
        let pool = self.instance.pointer(offset);
        // SAFETY: the caller's, for the pool; the control is ours.
        unsafe { (self.instance.c.remove_pool)(self.instance.tlsf(), pool) }
        self.instance.domain.remove_pool(offset);
    }

    /// As [`Conte::malloc`](crate::Conte::malloc).
    ///
    #[doc = safety!()]
    pub unsafe fn malloc(self, size: usize) -> Option<usize> {
        // SAFETY: the caller's, for the size; the control is ours.
        let payload = unsafe { (self.instance.c.malloc)(self.instance.tlsf(), size) };
        self.instance.mark_live(payload)
    }

    /// As [`Conte::memalign`](crate::Conte::memalign).
    ///
    #[doc = safety!()]
    pub unsafe fn memalign(self, align: usize, size: usize) -> Option<usize> {
        // SAFETY: the caller's, for align and size; the control is ours.
        let payload = unsafe { (self.instance.c.memalign)(self.instance.tlsf(), align, size) };
        self.instance.mark_live(payload)
    }

    /// As [`Conte::realloc`](crate::Conte::realloc).
    ///
    #[doc = safety!()]
    pub unsafe fn realloc(self, current: Option<usize>, size: usize) -> Option<usize> {
        let pointer = current.map_or(null_mut(), |offset| self.instance.pointer(offset));
        // SAFETY: the caller's, for the block and the size; the control is ours.
        let payload = unsafe { (self.instance.c.realloc)(self.instance.tlsf(), pointer, size) };
        if let Some(offset) = current {
            // A refusal leaves the block live. Size 0 returns null as well, but frees it.
            if !payload.is_null() || size == 0 {
                self.instance.domain.mark_freed(offset);
            }
        }
        self.instance.mark_live(payload)
    }

    /// As [`Conte::free`](crate::Conte::free).
    ///
    #[doc = safety!()]
    pub unsafe fn free(self, offset: usize) {
        let payload = self.instance.pointer(offset);
        // SAFETY: the caller's, for the block; the control is ours.
        unsafe { (self.instance.c.free)(self.instance.tlsf(), payload) };
        self.instance.domain.mark_freed(offset);
    }
}
