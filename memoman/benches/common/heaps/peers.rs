//! Other allocators in Rust.

use std::alloc::GlobalAlloc;
use std::cell::Cell;
use std::ptr::{self, NonNull};

use dlmalloc::Dlmalloc;
use picoalloc::{Array, ArrayPointer, Size};
use talc::TalcCell;
use talc::source::Manual;

use super::super::arena::{HEAP, SharedArena};
use super::super::candidate::Candidate;
use super::super::trace::WORD;
use super::{layout, or_null, word_aligned};

/// rlsf with 32 lists a row and blocks up to 4 GiB, as in TLSF 3.1. Its granularity is four words.
type RlsfTlsf = rlsf::Tlsf<'static, u32, u32, 27, 32>;

#[repr(align(4096))]
pub(crate) struct RlsfHeap(RlsfTlsf);

impl Candidate for RlsfHeap {
    fn fresh(arena: &SharedArena) -> Box<Self> {
        let mut heap = Box::new(Self(RlsfTlsf::new()));
        let pool = NonNull::slice_from_raw_parts(arena.base(), HEAP);
        // SAFETY: the arena is this heap's until it is dropped.
        unsafe { heap.0.insert_free_block_ptr(pool) }.expect("a pool");
        heap
    }

    #[inline]
    fn malloc(&mut self, size: usize) -> *mut u8 {
        or_null(self.0.allocate(word_aligned(size)))
    }

    #[inline]
    fn memalign(&mut self, align: usize, size: usize) -> *mut u8 {
        // SAFETY: alignments are powers of two.
        or_null(self.0.allocate(unsafe { layout(align, size) }))
    }

    #[inline]
    unsafe fn realloc(&mut self, ptr: *mut u8, _old: usize, size: usize) -> *mut u8 {
        // SAFETY: the caller's contract; a live block is not null.
        or_null(unsafe { self.0.reallocate(NonNull::new_unchecked(ptr), word_aligned(size)) })
    }

    #[inline]
    unsafe fn free(&mut self, ptr: *mut u8, align: usize, _size: usize) {
        // SAFETY: the caller's contract; a live block is not null.
        unsafe { self.0.deallocate(NonNull::new_unchecked(ptr), align) }
    }
}

/// talc in its cell for one thread, which has no cost, with a heap claimed by hand.
#[repr(align(4096))]
pub(crate) struct TalcHeap(TalcCell<Manual>);

impl Candidate for TalcHeap {
    fn fresh(arena: &SharedArena) -> Box<Self> {
        let heap = Box::new(Self(TalcCell::new(Manual)));
        // SAFETY: the arena is this heap's until it is dropped.
        unsafe { heap.0.claim(arena.base().as_ptr(), HEAP) }.expect("a heap");
        heap
    }

    #[inline]
    fn malloc(&mut self, size: usize) -> *mut u8 {
        // SAFETY: sizes of a trace are not 0.
        unsafe { self.0.alloc(word_aligned(size)) }
    }

    #[inline]
    fn memalign(&mut self, align: usize, size: usize) -> *mut u8 {
        // SAFETY: as for `malloc`; alignments are powers of two.
        unsafe { self.0.alloc(layout(align, size)) }
    }

    #[inline]
    unsafe fn realloc(&mut self, ptr: *mut u8, old: usize, size: usize) -> *mut u8 {
        // SAFETY: the caller's contract.
        unsafe { self.0.realloc(ptr, word_aligned(old), size) }
    }

    #[inline]
    unsafe fn free(&mut self, ptr: *mut u8, align: usize, size: usize) {
        // SAFETY: the caller's contract.
        unsafe { self.0.dealloc(ptr, layout(align, size)) }
    }
}

/// picoalloc with its own environment for memory of a fixed size, and without its lock.
#[repr(align(4096))]
pub(crate) struct PicoallocHeap(picoalloc::Allocator<ArrayPointer<HEAP>>);

/// picoalloc counts in units of 32 bytes, so sizes of a trace always fit.
#[inline]
fn pico(bytes: usize) -> Size {
    // SAFETY: sizes and alignments of a trace have 32 bits.
    unsafe { Size::from_bytes_usize(bytes).unwrap_unchecked() }
}

impl Candidate for PicoallocHeap {
    fn fresh(arena: &SharedArena) -> Box<Self> {
        let array = arena.base().cast::<Array<HEAP>>();
        // SAFETY: the arena has HEAP bytes, is aligned to more than 32, and is this heap's until it is dropped.
        let memory = unsafe { ArrayPointer::new(array.as_ptr()) };
        Box::new(Self(picoalloc::Allocator::new(memory)))
    }

    #[inline]
    fn malloc(&mut self, size: usize) -> *mut u8 {
        or_null(self.0.alloc(pico(WORD.into()), pico(size)))
    }

    #[inline]
    fn memalign(&mut self, align: usize, size: usize) -> *mut u8 {
        or_null(self.0.alloc(pico(align), pico(size)))
    }

    #[inline]
    unsafe fn realloc(&mut self, ptr: *mut u8, _old: usize, size: usize) -> *mut u8 {
        // SAFETY: the caller's contract; a live block is not null.
        or_null(unsafe {
            self.0.realloc(NonNull::new_unchecked(ptr), pico(WORD.into()), pico(size))
        })
    }

    #[inline]
    unsafe fn free(&mut self, ptr: *mut u8, _align: usize, _size: usize) {
        // SAFETY: the caller's contract; a live block is not null.
        unsafe { self.0.free(NonNull::new_unchecked(ptr)) }
    }
}

/// dlmalloc, whose system has the arena and nothing else.
#[repr(align(4096))]
pub(crate) struct DlmallocHeap(Dlmalloc<OneSegment>);

/// A system that returns the arena once.
struct OneSegment(Cell<*mut u8>);

// SAFETY: the heap that owns it is used by one thread.
unsafe impl Send for OneSegment {}

// SAFETY: the arena is touched memory of HEAP bytes, returned once.
unsafe impl dlmalloc::Allocator for OneSegment {
    fn alloc(&self, size: usize) -> (*mut u8, usize, u32) {
        match self.0.replace(ptr::null_mut()) {
            base if !base.is_null() && size <= HEAP => (base, HEAP, 0),
            _ => (ptr::null_mut(), 0, 0),
        }
    }

    fn remap(&self, _ptr: *mut u8, _old: usize, _new: usize, _can_move: bool) -> *mut u8 {
        ptr::null_mut()
    }

    fn free_part(&self, _ptr: *mut u8, _old: usize, _new: usize) -> bool {
        false
    }

    fn free(&self, _ptr: *mut u8, _size: usize) -> bool {
        false
    }

    fn can_release_part(&self, _flags: u32) -> bool {
        false
    }

    fn allocates_zeros(&self) -> bool {
        false
    }

    fn page_size(&self) -> usize {
        4096
    }
}

impl Candidate for DlmallocHeap {
    fn fresh(arena: &SharedArena) -> Box<Self> {
        let mut heap = Dlmalloc::new_with_allocator(OneSegment(Cell::new(arena.base().as_ptr())));
        // There is nothing that it could release.
        heap.set_max_release_check_rate(0);
        Box::new(Self(heap))
    }

    #[inline]
    fn malloc(&mut self, size: usize) -> *mut u8 {
        // SAFETY: any size is accepted.
        unsafe { self.0.malloc(size, WORD.into()) }
    }

    #[inline]
    fn memalign(&mut self, align: usize, size: usize) -> *mut u8 {
        // SAFETY: alignments are powers of two.
        unsafe { self.0.malloc(size, align) }
    }

    #[inline]
    unsafe fn realloc(&mut self, ptr: *mut u8, old: usize, size: usize) -> *mut u8 {
        // SAFETY: the caller's contract.
        unsafe { self.0.realloc(ptr, old, WORD.into(), size) }
    }

    #[inline]
    unsafe fn free(&mut self, ptr: *mut u8, align: usize, size: usize) {
        // SAFETY: the caller's contract.
        unsafe { self.0.free(ptr, size, align) }
    }
}
