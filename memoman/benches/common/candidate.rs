//! The interface of every measured allocator. Each has its own copy of the measured loop.
//!
//! The C code is called through a function call, as in a C program. Rust allocators may be inlined
//! into the loop, as in a Rust program; [`OutOfLine`] prevents that.

use super::arena::SharedArena;

/// A null result is a refused request.
pub(crate) trait Candidate: Sized {
    /// An empty heap in the arena. Only one heap uses the arena at a time.
    fn fresh(arena: &SharedArena) -> Self;

    /// A block aligned to at least a word.
    fn malloc(&mut self, size: usize) -> *mut u8;

    fn memalign(&mut self, align: usize, size: usize) -> *mut u8;

    /// # Safety
    /// `ptr` is a live block from `malloc` or `realloc`, last requested with `old` bytes.
    unsafe fn realloc(&mut self, ptr: *mut u8, old: usize, size: usize) -> *mut u8;

    /// # Safety
    /// `ptr` is a live block, last requested with this alignment and size.
    unsafe fn free(&mut self, ptr: *mut u8, align: usize, size: usize);
}

/// An allocator that is never inlined, like the C code.
pub(crate) struct OutOfLine<C>(C);

impl<C: Candidate> Candidate for OutOfLine<C> {
    fn fresh(arena: &SharedArena) -> Self {
        Self(C::fresh(arena))
    }

    #[inline(never)]
    fn malloc(&mut self, size: usize) -> *mut u8 {
        self.0.malloc(size)
    }

    #[inline(never)]
    fn memalign(&mut self, align: usize, size: usize) -> *mut u8 {
        self.0.memalign(align, size)
    }

    #[inline(never)]
    unsafe fn realloc(&mut self, ptr: *mut u8, old: usize, size: usize) -> *mut u8 {
        // SAFETY: the caller's contract.
        unsafe { self.0.realloc(ptr, old, size) }
    }

    #[inline(never)]
    unsafe fn free(&mut self, ptr: *mut u8, align: usize, size: usize) {
        // SAFETY: the caller's contract.
        unsafe { self.0.free(ptr, align, size) }
    }
}
