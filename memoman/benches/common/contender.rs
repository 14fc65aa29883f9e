//! What every allocator is measured through: one trait, for each its own copy of the loop.
//!
//! A call of the C code is a call, as a C program has it. Rust allocators can be inlined into the
//! loop as far as the compiler wants, as into a Rust program; [`Called`] takes that away.

use super::arena::Arena;

/// Null means that the request was not served.
pub(crate) trait Contender: Sized {
    /// An empty heap in the arena, which it has to itself until it is dropped.
    fn fresh(arena: &Arena) -> Self;

    /// Aligned to a word at least.
    fn malloc(&mut self, size: usize) -> *mut u8;

    fn memalign(&mut self, align: usize, size: usize) -> *mut u8;

    /// # Safety
    /// `ptr` is a live block from `malloc` or `realloc`, last asked for with `old` bytes.
    unsafe fn realloc(&mut self, ptr: *mut u8, old: usize, size: usize) -> *mut u8;

    /// # Safety
    /// `ptr` is a live block, last asked for with this alignment and size.
    unsafe fn free(&mut self, ptr: *mut u8, align: usize, size: usize);
}

/// An allocator behind a call boundary, as the C code has one.
pub(crate) struct Called<C>(C);

impl<C: Contender> Contender for Called<C> {
    fn fresh(arena: &Arena) -> Self {
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
        // SAFETY: the caller's.
        unsafe { self.0.realloc(ptr, old, size) }
    }

    #[inline(never)]
    unsafe fn free(&mut self, ptr: *mut u8, align: usize, size: usize) {
        // SAFETY: the caller's.
        unsafe { self.0.free(ptr, align, size) }
    }
}
