//! The calls as they are, without the question whether the C code is defined for them.
//!
//! [`Conte`]'s safe methods ask, then go through here; the bookkeeping is in this one place.

use core::ptr::null_mut;

use crate::Conte;

/// [`Conte`] without its guard: sends any call to the C code.
///
/// The bookkeeping goes on as if the answer were right: what came back is live, a pool that was
/// not refused is present.
pub struct Outside<'a> {
    pub(crate) conte: &'a mut Conte,
}

/// What each of these asks of its caller.
macro_rules! safety {
    () => {
        "# Safety\n\nInside the domain ([`Conte::admits`]): none. Outside of it, the caller must \
         know what this very call does to memory. If it may have damaged the heap, the next call \
         must be [`Conte::reset`]."
    };
}

impl Outside<'_> {
    /// As [`Conte::add_pool`].
    ///
    #[doc = safety!()]
    pub unsafe fn add_pool(self, offset: usize, bytes: usize) -> bool {
        let memory = self.conte.pointer(offset);
        // SAFETY: the caller's, for the pool; the control is ours.
        let pool = unsafe { (self.conte.c.add_pool)(self.conte.tlsf(), memory, bytes) };
        if !pool.is_null() {
            self.conte.domain.add_pool(offset, bytes);
        }
        !pool.is_null()
    }

    /// As [`Conte::remove_pool`].
    ///
    #[doc = safety!()]
    pub unsafe fn remove_pool(self, offset: usize) {
        let pool = self.conte.pointer(offset);
        // SAFETY: the caller's, for the pool; the control is ours.
        unsafe { (self.conte.c.remove_pool)(self.conte.tlsf(), pool) }
        self.conte.domain.remove_pool(offset);
    }

    /// As [`Conte::malloc`].
    ///
    #[doc = safety!()]
    pub unsafe fn malloc(self, size: usize) -> Option<usize> {
        // SAFETY: the caller's, for the size; the control is ours.
        let payload = unsafe { (self.conte.c.malloc)(self.conte.tlsf(), size) };
        self.conte.enliven(payload)
    }

    /// As [`Conte::memalign`].
    ///
    #[doc = safety!()]
    pub unsafe fn memalign(self, align: usize, size: usize) -> Option<usize> {
        // SAFETY: the caller's, for align and size; the control is ours.
        let payload = unsafe { (self.conte.c.memalign)(self.conte.tlsf(), align, size) };
        self.conte.enliven(payload)
    }

    /// As [`Conte::realloc`].
    ///
    #[doc = safety!()]
    pub unsafe fn realloc(self, current: Option<usize>, size: usize) -> Option<usize> {
        let pointer = current.map_or(null_mut(), |offset| self.conte.pointer(offset));
        // SAFETY: the caller's, for the block and the size; the control is ours.
        let payload = unsafe { (self.conte.c.realloc)(self.conte.tlsf(), pointer, size) };
        if let Some(offset) = current {
            // A refusal leaves the block live; size 0 answers null, too, but frees it.
            if !payload.is_null() || size == 0 {
                self.conte.domain.bury(offset);
            }
        }
        self.conte.enliven(payload)
    }

    /// As [`Conte::free`].
    ///
    #[doc = safety!()]
    pub unsafe fn free(self, offset: usize) {
        let payload = self.conte.pointer(offset);
        // SAFETY: the caller's, for the block; the control is ours.
        unsafe { (self.conte.c.free)(self.conte.tlsf(), payload) };
        self.conte.domain.bury(offset);
    }
}
