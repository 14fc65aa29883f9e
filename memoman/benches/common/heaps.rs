//! The allocators. Each is set up as its documentation recommends, in the same 128 MiB.
//!
//! Each control structure starts at a page, so that all of them meet cache lines in the same way.
//! (talc's is in the arena.)

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::c_void;
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

use memoman::Tlsf;
use reference_conte::bare;
use talc::TalcCell;
use talc::source::Manual;

use super::arena::{HEAP, SharedArena};
use super::candidate::Candidate;
use super::trace::WORD;

#[repr(align(4096))]
struct Page<T>(T);

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
pub(crate) struct MemomanCandidate(Box<Page<Tlsf>>);

impl Candidate for MemomanCandidate {
    fn fresh(arena: &SharedArena) -> Self {
        let mut heap = Box::new(Page(Tlsf::new()));
        // SAFETY: the arena is this heap's until it is dropped.
        unsafe { heap.0.add_pool(arena.base(), HEAP) }.expect("a pool");
        Self(heap)
    }

    #[inline]
    fn malloc(&mut self, size: usize) -> *mut u8 {
        or_null(self.0.0.malloc(size))
    }

    #[inline]
    fn memalign(&mut self, align: usize, size: usize) -> *mut u8 {
        // SAFETY: alignments are powers of two.
        or_null(self.0.0.allocate(unsafe { layout(align, size) }))
    }

    #[inline]
    unsafe fn realloc(&mut self, ptr: *mut u8, _old: usize, size: usize) -> *mut u8 {
        // SAFETY: the caller's contract; a live block is not null.
        or_null(unsafe { self.0.0.reallocate(NonNull::new_unchecked(ptr), word_aligned(size)) })
    }

    #[inline]
    unsafe fn free(&mut self, ptr: *mut u8, _align: usize, _size: usize) {
        // SAFETY: the caller's contract; a live block is not null.
        unsafe { self.0.0.deallocate(NonNull::new_unchecked(ptr)) }
    }
}

/// TLSF 3.1, gcc -O3 -DNDEBUG.
pub(crate) struct ConteCandidate {
    tlsf: *mut c_void,
    _control: Box<MaybeUninit<Page<[u8; 8192]>>>,
}

impl Candidate for ConteCandidate {
    fn fresh(arena: &SharedArena) -> Self {
        let mut control = Box::new(MaybeUninit::<Page<[u8; 8192]>>::uninit());
        assert!(bare::size() <= 8192);
        // SAFETY: 8,192 bytes hold the control, and the box keeps it in place; the arena is this heap's.
        let tlsf = unsafe {
            let tlsf = bare::create(control.as_mut_ptr().cast());
            assert!(!bare::add_pool(tlsf, arena.base().as_ptr().cast(), HEAP).is_null());
            tlsf
        };
        Self { tlsf, _control: control }
    }

    #[inline]
    fn malloc(&mut self, size: usize) -> *mut u8 {
        // SAFETY: a sound heap; sizes of a trace are far below those that are not admitted.
        unsafe { bare::malloc(self.tlsf, size) }.cast()
    }

    #[inline]
    fn memalign(&mut self, align: usize, size: usize) -> *mut u8 {
        // SAFETY: as for `malloc`; alignments are powers of two.
        unsafe { bare::memalign(self.tlsf, align, size) }.cast()
    }

    #[inline]
    unsafe fn realloc(&mut self, ptr: *mut u8, _old: usize, size: usize) -> *mut u8 {
        // SAFETY: the caller's contract.
        unsafe { bare::realloc(self.tlsf, ptr.cast(), size) }.cast()
    }

    #[inline]
    unsafe fn free(&mut self, ptr: *mut u8, _align: usize, _size: usize) {
        // SAFETY: the caller's contract.
        unsafe { bare::free(self.tlsf, ptr.cast()) };
    }
}

/// rlsf with 32 lists a row and blocks up to 4 GiB, as in TLSF 3.1. Its granularity is four words.
type RlsfTlsf = rlsf::Tlsf<'static, u32, u32, 27, 32>;

pub(crate) struct RlsfCandidate(Box<Page<RlsfTlsf>>);

impl Candidate for RlsfCandidate {
    fn fresh(arena: &SharedArena) -> Self {
        let mut heap = Box::new(Page(RlsfTlsf::new()));
        let pool = NonNull::slice_from_raw_parts(arena.base(), HEAP);
        // SAFETY: the arena is this heap's until it is dropped.
        unsafe { heap.0.insert_free_block_ptr(pool) }.expect("a pool");
        Self(heap)
    }

    #[inline]
    fn malloc(&mut self, size: usize) -> *mut u8 {
        or_null(self.0.0.allocate(word_aligned(size)))
    }

    #[inline]
    fn memalign(&mut self, align: usize, size: usize) -> *mut u8 {
        // SAFETY: alignments are powers of two.
        or_null(self.0.0.allocate(unsafe { layout(align, size) }))
    }

    #[inline]
    unsafe fn realloc(&mut self, ptr: *mut u8, _old: usize, size: usize) -> *mut u8 {
        // SAFETY: the caller's contract; a live block is not null.
        or_null(unsafe { self.0.0.reallocate(NonNull::new_unchecked(ptr), word_aligned(size)) })
    }

    #[inline]
    unsafe fn free(&mut self, ptr: *mut u8, align: usize, _size: usize) {
        // SAFETY: the caller's contract; a live block is not null.
        unsafe { self.0.0.deallocate(NonNull::new_unchecked(ptr), align) }
    }
}

/// talc in its cell for one thread, which has no cost, with a heap claimed by hand.
pub(crate) struct TalcCandidate(Box<Page<TalcCell<Manual>>>);

impl Candidate for TalcCandidate {
    fn fresh(arena: &SharedArena) -> Self {
        let cell = Box::new(Page(TalcCell::new(Manual)));
        // SAFETY: the arena is this heap's until it is dropped.
        unsafe { cell.0.claim(arena.base().as_ptr(), HEAP) }.expect("a heap");
        Self(cell)
    }

    #[inline]
    fn malloc(&mut self, size: usize) -> *mut u8 {
        // SAFETY: sizes of a trace are not 0.
        unsafe { self.0.0.alloc(word_aligned(size)) }
    }

    #[inline]
    fn memalign(&mut self, align: usize, size: usize) -> *mut u8 {
        // SAFETY: as for `malloc`; alignments are powers of two.
        unsafe { self.0.0.alloc(layout(align, size)) }
    }

    #[inline]
    unsafe fn realloc(&mut self, ptr: *mut u8, old: usize, size: usize) -> *mut u8 {
        // SAFETY: the caller's contract.
        unsafe { self.0.0.realloc(ptr, word_aligned(old), size) }
    }

    #[inline]
    unsafe fn free(&mut self, ptr: *mut u8, align: usize, size: usize) {
        // SAFETY: the caller's contract.
        unsafe { self.0.0.dealloc(ptr, layout(align, size)) }
    }
}

/// The system's malloc, in memory of its own.
pub(crate) struct SystemMalloc;

impl SystemMalloc {
    /// Makes glibc keep 128 MiB of touched memory, as the other allocators have. Otherwise it returns
    /// memory to the kernel after each pass, and the next pass includes page faults.
    pub(crate) fn touch() {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        // SAFETY: documented parameters; there is one thread.
        unsafe {
            libc::mallopt(libc::M_MMAP_MAX, 0);
            libc::mallopt(libc::M_TRIM_THRESHOLD, i32::MAX);
        }
        drop(vec![0xA5_u8; HEAP]);
    }
}

impl Candidate for SystemMalloc {
    fn fresh(_arena: &SharedArena) -> Self {
        Self
    }

    #[inline]
    fn malloc(&mut self, size: usize) -> *mut u8 {
        // SAFETY: sizes of a trace are not 0.
        unsafe { System.alloc(word_aligned(size)) }
    }

    #[inline]
    fn memalign(&mut self, align: usize, size: usize) -> *mut u8 {
        // SAFETY: as for `malloc`; alignments are powers of two.
        unsafe { System.alloc(layout(align, size)) }
    }

    #[inline]
    unsafe fn realloc(&mut self, ptr: *mut u8, old: usize, size: usize) -> *mut u8 {
        // SAFETY: the caller's contract.
        unsafe { System.realloc(ptr, word_aligned(old), size) }
    }

    #[inline]
    unsafe fn free(&mut self, ptr: *mut u8, align: usize, size: usize) {
        // SAFETY: the caller's contract.
        unsafe { System.dealloc(ptr, layout(align, size)) }
    }
}

/// No allocator, to measure the loop alone. Every block has the same address.
pub(crate) struct NoAllocator(*mut u8);

impl Candidate for NoAllocator {
    fn fresh(arena: &SharedArena) -> Self {
        Self(arena.base().as_ptr())
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
