//! The allocators. Each is set up as its documentation recommends, in the same 128 MiB. Their names are in
//! `allocators`.
//!
//! Each control structure starts at a page, so that all of them meet cache lines in the same way.
//! (Those of talc and o1heap are in the arena.)

mod foreign;
mod peers;

use std::alloc::Layout;
use std::ffi::c_void;
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

use memoman::Tlsf;
use reference_conte::bare;

use super::arena::{HEAP, SharedArena};
use super::candidate::Candidate;
use super::trace::WORD;

pub(crate) use foreign::{Mimalloc, O1Heap, SystemMalloc};
pub(crate) use peers::{DlmallocHeap, PicoallocHeap, RlsfHeap, TalcHeap};

/// # Safety
/// `align` is a power of two, and a block of `size` bytes exists.
unsafe fn layout(align: usize, size: usize) -> Layout {
    // SAFETY: the caller's contract; a block's size does not exceed `isize::MAX`.
    unsafe { Layout::from_size_align_unchecked(size, align) }
}

fn word_aligned(size: usize) -> Layout {
    // SAFETY: WORD is a power of two, and sizes in a trace have 32 bits.
    unsafe { layout(WORD.into(), size) }
}

fn or_null(block: Option<NonNull<u8>>) -> *mut u8 {
    block.map_or(ptr::null_mut(), NonNull::as_ptr)
}

/// The engine, in the geometry of TLSF 3.1.
#[repr(align(4096))]
pub(crate) struct MemomanHeap(Tlsf);

impl Candidate for MemomanHeap {
    fn fresh(arena: &SharedArena) -> Box<Self> {
        let mut heap = Box::new(Self(Tlsf::new()));
        // SAFETY: the arena is this heap's until it is dropped.
        unsafe { heap.0.add_pool(arena.base(), HEAP) }.expect("a pool");
        heap
    }

    #[inline]
    fn malloc(&mut self, size: usize) -> *mut u8 {
        or_null(self.0.malloc(size))
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
    unsafe fn free(&mut self, ptr: *mut u8, _align: usize, _size: usize) {
        // SAFETY: the caller's contract; a live block is not null.
        unsafe { self.0.deallocate(NonNull::new_unchecked(ptr)) }
    }
}

/// TLSF 3.1, gcc -O3 -DNDEBUG: its control structure.
#[repr(align(4096))]
pub(crate) struct ConteHeap(MaybeUninit<[u8; 8192]>);

impl ConteHeap {
    fn tlsf(&mut self) -> *mut c_void {
        self.0.as_mut_ptr().cast()
    }
}

impl Candidate for ConteHeap {
    fn fresh(arena: &SharedArena) -> Box<Self> {
        let mut heap = Box::new(Self(MaybeUninit::uninit()));
        assert!(bare::size() <= 8192);
        // SAFETY: 8,192 bytes hold the control, and the box keeps it in place; the arena is this heap's.
        unsafe {
            assert_eq!(bare::create(heap.tlsf()), heap.tlsf());
            assert!(!bare::add_pool(heap.tlsf(), arena.base().as_ptr().cast(), HEAP).is_null());
        }
        heap
    }

    #[inline]
    fn malloc(&mut self, size: usize) -> *mut u8 {
        // SAFETY: a sound heap; sizes of a trace are far below those that are not admitted.
        unsafe { bare::malloc(self.tlsf(), size) }.cast()
    }

    #[inline]
    fn memalign(&mut self, align: usize, size: usize) -> *mut u8 {
        // SAFETY: as for `malloc`; alignments are powers of two.
        unsafe { bare::memalign(self.tlsf(), align, size) }.cast()
    }

    #[inline]
    unsafe fn realloc(&mut self, ptr: *mut u8, _old: usize, size: usize) -> *mut u8 {
        // SAFETY: the caller's contract.
        unsafe { bare::realloc(self.tlsf(), ptr.cast(), size) }.cast()
    }

    #[inline]
    unsafe fn free(&mut self, ptr: *mut u8, _align: usize, _size: usize) {
        // SAFETY: the caller's contract.
        unsafe { bare::free(self.tlsf(), ptr.cast()) };
    }
}

/// No allocator, to measure the loop alone. Every block has the same address.
pub(crate) struct NoAllocator(*mut u8);

impl Candidate for NoAllocator {
    fn fresh(arena: &SharedArena) -> Box<Self> {
        Box::new(Self(arena.base().as_ptr()))
    }

    #[inline]
    fn malloc(&mut self, size: usize) -> *mut u8 {
        black_box(size);
        self.0
    }

    #[inline]
    fn memalign(&mut self, align: usize, size: usize) -> *mut u8 {
        black_box((align, size));
        self.0
    }

    #[inline]
    unsafe fn realloc(&mut self, ptr: *mut u8, _old: usize, size: usize) -> *mut u8 {
        black_box(size);
        ptr
    }

    #[inline]
    unsafe fn free(&mut self, ptr: *mut u8, _align: usize, _size: usize) {
        black_box(ptr);
    }
}
