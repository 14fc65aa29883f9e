//! An instance of the C code: its memory, its pools and live blocks, and every call without a check.
//!
//! [`Conte`](crate::Conte) checks each call and then makes it here.

use core::ptr::null_mut;

use crate::arena::ZeroedArena;
use crate::domain::Domain;
use crate::symbols::{CPointer, Symbols};

/// An instance of TLSF 3.1 that makes any call, also those for which the C code is not defined.
///
/// It records each call as if the C code's result were right: a returned payload is live, a pool that
/// was not refused is present.
pub struct Unguarded {
    pub(crate) c: &'static Symbols,
    pub(crate) domain: Domain,
    pub(crate) arena: ZeroedArena,
    /// Not a field by value: empty lists point at a block inside it, so it must not move.
    pub(crate) control: ZeroedArena,
}

/// The contract of each call.
macro_rules! safety {
    () => {
        "# Safety\n\nInside the domain ([`Conte::admits`](crate::Conte::admits)): none. Outside, the \
         caller must know what this call does to memory. If it may have damaged the heap, the next \
         call must be [`Conte::reset`](crate::Conte::reset)."
    };
}

impl Unguarded {
    /// An instance without pools, and an arena of zeroed bytes at a multiple of `arena_align` and of
    /// two words.
    pub(crate) fn new(c: &'static Symbols, arena_bytes: usize, arena_align: usize) -> Self {
        Self::with_arena(c, ZeroedArena::new(arena_bytes, arena_align.max(2 * size_of::<usize>())))
    }

    /// An instance without pools, in this arena.
    pub(crate) fn with_arena(c: &'static Symbols, arena: ZeroedArena) -> Self {
        // SAFETY: it returns a constant.
        let control_bytes = unsafe { (c.size)() };
        let control = ZeroedArena::new(control_bytes, 2 * size_of::<usize>());
        let domain = Domain::new(c, arena.bytes());
        let mut instance = Self { c, domain, arena, control };
        instance.reset();
        instance
    }

    pub(crate) fn reset(&mut self) {
        // SAFETY: the control is ours, aligned and of the size that this build requires.
        let tlsf = unsafe { (self.c.create)(self.tlsf()) };
        assert!(!tlsf.is_null(), "tlsf_create refused an aligned control structure");
        self.domain.clear();
    }

    /// As [`Conte::add_pool`](crate::Conte::add_pool).
    ///
    #[doc = safety!()]
    pub unsafe fn add_pool(&mut self, offset: usize, bytes: usize) -> bool {
        let memory = self.pointer(offset);
        // SAFETY: the caller's contract, for the pool; the control is ours.
        let pool = unsafe { (self.c.add_pool)(self.tlsf(), memory, bytes) };
        if !pool.is_null() {
            self.domain.add_pool(offset, bytes);
        }
        !pool.is_null()
    }

    /// As [`Conte::remove_pool`](crate::Conte::remove_pool).
    ///
    #[doc = safety!()]
    pub unsafe fn remove_pool(&mut self, offset: usize) {
        let pool = self.pointer(offset);
        // SAFETY: the caller's contract, for the pool; the control is ours.
        unsafe { (self.c.remove_pool)(self.tlsf(), pool) }
        self.domain.remove_pool(offset);
    }

    /// As [`Conte::malloc`](crate::Conte::malloc).
    ///
    #[doc = safety!()]
    pub unsafe fn malloc(&mut self, size: usize) -> Option<usize> {
        // SAFETY: the caller's contract, for the size; the control is ours.
        let payload = unsafe { (self.c.malloc)(self.tlsf(), size) };
        self.allocated(payload)
    }

    /// As [`Conte::memalign`](crate::Conte::memalign).
    ///
    #[doc = safety!()]
    pub unsafe fn memalign(&mut self, align: usize, size: usize) -> Option<usize> {
        // SAFETY: the caller's contract, for alignment and size; the control is ours.
        let payload = unsafe { (self.c.memalign)(self.tlsf(), align, size) };
        self.allocated(payload)
    }

    /// As [`Conte::realloc`](crate::Conte::realloc).
    ///
    #[doc = safety!()]
    pub unsafe fn realloc(&mut self, current: Option<usize>, size: usize) -> Option<usize> {
        let pointer = current.map_or(null_mut(), |offset| self.pointer(offset));
        // SAFETY: the caller's contract, for the block and the size; the control is ours.
        let payload = unsafe { (self.c.realloc)(self.tlsf(), pointer, size) };
        if let Some(offset) = current {
            // Null is a refusal, and the block stays live, unless the size is 0: then it is freed.
            if !payload.is_null() || size == 0 {
                self.domain.remove_live(offset);
            }
        }
        self.allocated(payload)
    }

    /// As [`Conte::free`](crate::Conte::free).
    ///
    #[doc = safety!()]
    pub unsafe fn free(&mut self, offset: usize) {
        let payload = self.pointer(offset);
        // SAFETY: the caller's contract, for the block; the control is ours.
        unsafe { (self.c.free)(self.tlsf(), payload) };
        self.domain.remove_live(offset);
    }

    pub(crate) fn tlsf(&self) -> CPointer {
        self.control.base().cast()
    }

    /// The address of an offset, which may be outside the arena.
    pub(crate) fn pointer(&self, offset: usize) -> CPointer {
        self.arena.base().wrapping_add(offset).cast()
    }

    /// Records a returned payload as live. Returns its offset.
    fn allocated(&mut self, payload: CPointer) -> Option<usize> {
        if payload.is_null() {
            return None;
        }
        let offset = payload.addr().wrapping_sub(self.arena.base().addr());
        self.domain.add_live(offset);
        Some(offset)
    }
}
