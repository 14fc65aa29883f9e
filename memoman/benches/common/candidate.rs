//! The interface of every measured allocator. Each has its own copy of the measured loop.
//!
//! Allocators in C are called through a function call, as in a C program. Rust allocators may be inlined
//! into the loop, as in a Rust program; [`OutOfLine`] prevents that.

use super::arena::SharedArena;

/// A null result is a refused request. The value is the heap itself, so that an operation needs no pointer to it
/// but its own.
pub(crate) trait Candidate: Sized {
    /// The largest alignment that it serves.
    const MAX_ALIGN: u16 = u16::MAX;

    /// Its memory is the system's, not the arena's: it has no end.
    const OWN_MEMORY: bool = false;

    /// An empty heap in the arena. Only one heap uses the arena at a time.
    fn fresh(arena: &SharedArena) -> Box<Self>;

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

/// An allocator behind functions of the C calling convention that are never inlined: one call for each operation,
/// as an allocator in C has it.
#[repr(transparent)]
pub(crate) struct OutOfLine<C>(C);

#[inline(never)]
extern "C" fn malloc<C: Candidate>(heap: &mut C, size: usize) -> *mut u8 {
    heap.malloc(size)
}

#[inline(never)]
extern "C" fn memalign<C: Candidate>(heap: &mut C, align: usize, size: usize) -> *mut u8 {
    heap.memalign(align, size)
}

#[inline(never)]
unsafe extern "C" fn realloc<C: Candidate>(
    heap: &mut C,
    ptr: *mut u8,
    old: usize,
    size: usize,
) -> *mut u8 {
    // SAFETY: the caller's contract.
    unsafe { heap.realloc(ptr, old, size) }
}

#[inline(never)]
unsafe extern "C" fn free<C: Candidate>(heap: &mut C, ptr: *mut u8, align: usize, size: usize) {
    // SAFETY: the caller's contract.
    unsafe { heap.free(ptr, align, size) }
}

impl<C: Candidate> Candidate for OutOfLine<C> {
    const MAX_ALIGN: u16 = C::MAX_ALIGN;
    const OWN_MEMORY: bool = C::OWN_MEMORY;

    fn fresh(arena: &SharedArena) -> Box<Self> {
        let heap = Box::into_raw(C::fresh(arena));
        // SAFETY: the box's memory, of a type with the same layout.
        unsafe { Box::from_raw(heap.cast()) }
    }

    #[inline]
    fn malloc(&mut self, size: usize) -> *mut u8 {
        malloc(&mut self.0, size)
    }

    #[inline]
    fn memalign(&mut self, align: usize, size: usize) -> *mut u8 {
        memalign(&mut self.0, align, size)
    }

    #[inline]
    unsafe fn realloc(&mut self, ptr: *mut u8, old: usize, size: usize) -> *mut u8 {
        // SAFETY: the caller's contract.
        unsafe { realloc(&mut self.0, ptr, old, size) }
    }

    #[inline]
    unsafe fn free(&mut self, ptr: *mut u8, align: usize, size: usize) {
        // SAFETY: the caller's contract.
        unsafe { free(&mut self.0, ptr, align, size) }
    }
}
