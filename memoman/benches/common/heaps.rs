//! The allocators. Each is set up as its documentation has it, over the same 128 MiB.
//!
//! Controls lie at the start of a page, so that none of them straddles more cache lines than
//! another. (talc keeps its own in the arena.)

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::c_void;
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

use memoman::Tlsf;
use reference_conte::bare;
use talc::TalcCell;
use talc::source::Manual;

use super::arena::{Arena, HEAP};
use super::contender::Contender;
use super::trace::WORD;

#[repr(align(4096))]
struct Page<T>(T);

/// # Safety
/// `align` is a power of two, and a block of `size` bytes exists.
unsafe fn layout(align: usize, size: usize) -> Layout {
    // SAFETY: the caller's; no block is near the limit of an address.
    unsafe { Layout::from_size_align_unchecked(size, align) }
}

fn plain(size: usize) -> Layout {
    // SAFETY: WORD is a power of two, and no trace asks for more than 32 bits of bytes.
    unsafe { layout(WORD.into(), size) }
}

fn or_null(block: Option<NonNull<u8>>) -> *mut u8 {
    block.map_or(ptr::null_mut(), NonNull::as_ptr)
}

/// The engine, in the geometry of TLSF 3.1.
pub(crate) struct Memoman(Box<Page<Tlsf>>);

impl Contender for Memoman {
    fn fresh(arena: &Arena) -> Self {
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
        or_null(self.0.0.memalign(align, size))
    }

    #[inline]
    unsafe fn realloc(&mut self, ptr: *mut u8, _old: usize, size: usize) -> *mut u8 {
        // SAFETY: the caller's.
        or_null(unsafe { self.0.0.reallocate(NonNull::new(ptr), size) })
    }

    #[inline]
    unsafe fn free(&mut self, ptr: *mut u8, _align: usize, _size: usize) {
        // SAFETY: the caller's; a live block is not null.
        unsafe { self.0.0.deallocate(NonNull::new_unchecked(ptr)) }
    }
}

/// TLSF 3.1, gcc -O3 -DNDEBUG.
pub(crate) struct Conte {
    tlsf: *mut c_void,
    _control: Box<MaybeUninit<Page<[u8; 8192]>>>,
}

impl Contender for Conte {
    fn fresh(arena: &Arena) -> Self {
        let mut control = Box::new(MaybeUninit::<Page<[u8; 8192]>>::uninit());
        assert!(bare::size() <= 8192);
        // SAFETY: room for the control, where it stays; the arena is this heap's.
        let tlsf = unsafe {
            let tlsf = bare::create(control.as_mut_ptr().cast());
            assert!(!bare::add_pool(tlsf, arena.base().as_ptr().cast(), HEAP).is_null());
            tlsf
        };
        Self { tlsf, _control: control }
    }

    #[inline]
    fn malloc(&mut self, size: usize) -> *mut u8 {
        // SAFETY: a sound heap; no trace comes near the sizes that are not admitted.
        unsafe { bare::malloc(self.tlsf, size) }.cast()
    }

    #[inline]
    fn memalign(&mut self, align: usize, size: usize) -> *mut u8 {
        // SAFETY: as for `malloc`; alignments are powers of two.
        unsafe { bare::memalign(self.tlsf, align, size) }.cast()
    }

    #[inline]
    unsafe fn realloc(&mut self, ptr: *mut u8, _old: usize, size: usize) -> *mut u8 {
        // SAFETY: the caller's.
        unsafe { bare::realloc(self.tlsf, ptr.cast(), size) }.cast()
    }

    #[inline]
    unsafe fn free(&mut self, ptr: *mut u8, _align: usize, _size: usize) {
        // SAFETY: the caller's.
        unsafe { bare::free(self.tlsf, ptr.cast()) };
    }
}

/// 32 lists a row and blocks up to 4 GiB, as in TLSF 3.1; its granularity is four words.
type RlsfHeap = rlsf::Tlsf<'static, u32, u32, 27, 32>;

pub(crate) struct Rlsf(Box<Page<RlsfHeap>>);

impl Contender for Rlsf {
    fn fresh(arena: &Arena) -> Self {
        let mut heap = Box::new(Page(RlsfHeap::new()));
        let pool = NonNull::slice_from_raw_parts(arena.base(), HEAP);
        // SAFETY: the arena is this heap's until it is dropped.
        unsafe { heap.0.insert_free_block_ptr(pool) }.expect("a pool");
        Self(heap)
    }

    #[inline]
    fn malloc(&mut self, size: usize) -> *mut u8 {
        or_null(self.0.0.allocate(plain(size)))
    }

    #[inline]
    fn memalign(&mut self, align: usize, size: usize) -> *mut u8 {
        // SAFETY: alignments are powers of two.
        or_null(self.0.0.allocate(unsafe { layout(align, size) }))
    }

    #[inline]
    unsafe fn realloc(&mut self, ptr: *mut u8, _old: usize, size: usize) -> *mut u8 {
        // SAFETY: the caller's; a live block is not null.
        or_null(unsafe { self.0.0.reallocate(NonNull::new_unchecked(ptr), plain(size)) })
    }

    #[inline]
    unsafe fn free(&mut self, ptr: *mut u8, align: usize, _size: usize) {
        // SAFETY: the caller's; a live block is not null.
        unsafe { self.0.0.deallocate(NonNull::new_unchecked(ptr), align) }
    }
}

/// Behind its cell for one thread, which costs nothing, in a heap given by hand.
pub(crate) struct Talc(Box<Page<TalcCell<Manual>>>);

impl Contender for Talc {
    fn fresh(arena: &Arena) -> Self {
        let cell = Box::new(Page(TalcCell::new(Manual)));
        // SAFETY: the arena is this heap's until it is dropped.
        unsafe { cell.0.claim(arena.base().as_ptr(), HEAP) }.expect("a heap");
        Self(cell)
    }

    #[inline]
    fn malloc(&mut self, size: usize) -> *mut u8 {
        // SAFETY: no trace asks for no bytes.
        unsafe { self.0.0.alloc(plain(size)) }
    }

    #[inline]
    fn memalign(&mut self, align: usize, size: usize) -> *mut u8 {
        // SAFETY: as for `malloc`; alignments are powers of two.
        unsafe { self.0.0.alloc(layout(align, size)) }
    }

    #[inline]
    unsafe fn realloc(&mut self, ptr: *mut u8, old: usize, size: usize) -> *mut u8 {
        // SAFETY: the caller's.
        unsafe { self.0.0.realloc(ptr, plain(old), size) }
    }

    #[inline]
    unsafe fn free(&mut self, ptr: *mut u8, align: usize, size: usize) {
        // SAFETY: the caller's.
        unsafe { self.0.0.dealloc(ptr, layout(align, size)) }
    }
}

/// The platform's malloc, in memory of its own.
pub(crate) struct Platform;

impl Platform {
    /// Has glibc keep 128 MiB, touched, as the others have it: else it would give memory back to
    /// the kernel after each pass, and fault it in again.
    pub(crate) fn touch() {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        // SAFETY: documented parameters; called before the passes, by the only thread.
        unsafe {
            libc::mallopt(libc::M_MMAP_MAX, 0);
            libc::mallopt(libc::M_TRIM_THRESHOLD, i32::MAX);
        }
        drop(vec![0xA5_u8; HEAP]);
    }
}

impl Contender for Platform {
    fn fresh(_arena: &Arena) -> Self {
        Self
    }

    #[inline]
    fn malloc(&mut self, size: usize) -> *mut u8 {
        // SAFETY: no trace asks for no bytes.
        unsafe { System.alloc(plain(size)) }
    }

    #[inline]
    fn memalign(&mut self, align: usize, size: usize) -> *mut u8 {
        // SAFETY: as for `malloc`; alignments are powers of two.
        unsafe { System.alloc(layout(align, size)) }
    }

    #[inline]
    unsafe fn realloc(&mut self, ptr: *mut u8, old: usize, size: usize) -> *mut u8 {
        // SAFETY: the caller's.
        unsafe { System.realloc(ptr, plain(old), size) }
    }

    #[inline]
    unsafe fn free(&mut self, ptr: *mut u8, align: usize, size: usize) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(ptr, layout(align, size)) }
    }
}

/// No allocator: what the loop costs by itself. Every block is the same.
pub(crate) struct Loop(*mut u8);

impl Contender for Loop {
    fn fresh(arena: &Arena) -> Self {
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
