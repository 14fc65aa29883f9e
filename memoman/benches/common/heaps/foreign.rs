//! Allocators in C: o1heap in the arena, mimalloc and the system's malloc in memory of their own.

use std::alloc::{GlobalAlloc, System};
use std::ffi::c_void;
use std::ptr;

use libmimalloc_sys as mi;
use memoman_bench::{o1heap_allocate, o1heap_free, o1heap_init};

use super::super::arena::{HEAP, SharedArena};
use super::super::candidate::Candidate;
use super::{layout, word_aligned};

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
    const OWN_MEMORY: bool = true;

    fn fresh(_arena: &SharedArena) -> Box<Self> {
        Box::new(Self)
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

/// The milliseconds after which mimalloc returns memory; the crate does not name this option.
const PURGE_DELAY: mi::mi_option_t = 15;

/// mimalloc, the fastest of the general allocators: a ceiling. In memory of its own, with arenas for each
/// thread and deferred work, so without a bound of time or memory.
pub(crate) struct Mimalloc;

impl Mimalloc {
    /// Makes mimalloc keep its memory. Otherwise it returns memory to the kernel during the rounds.
    pub(crate) fn touch() {
        // SAFETY: documented options; freed once.
        unsafe {
            mi::mi_option_set(PURGE_DELAY, -1);
            let block = mi::mi_malloc(HEAP).cast::<u8>();
            if !block.is_null() {
                block.write_bytes(0xA5, HEAP);
                mi::mi_free(block.cast());
            }
        }
    }
}

impl Candidate for Mimalloc {
    const OWN_MEMORY: bool = true;

    fn fresh(_arena: &SharedArena) -> Box<Self> {
        Box::new(Self)
    }

    #[inline]
    fn malloc(&mut self, size: usize) -> *mut u8 {
        // SAFETY: any size is accepted.
        unsafe { mi::mi_malloc(size) }.cast()
    }

    #[inline]
    fn memalign(&mut self, align: usize, size: usize) -> *mut u8 {
        // SAFETY: alignments are powers of two.
        unsafe { mi::mi_malloc_aligned(size, align) }.cast()
    }

    #[inline]
    unsafe fn realloc(&mut self, ptr: *mut u8, _old: usize, size: usize) -> *mut u8 {
        // SAFETY: the caller's contract.
        unsafe { mi::mi_realloc(ptr.cast(), size) }.cast()
    }

    #[inline]
    unsafe fn free(&mut self, ptr: *mut u8, _align: usize, _size: usize) {
        // SAFETY: the caller's contract.
        unsafe { mi::mi_free(ptr.cast()) };
    }
}

/// o1heap 2, in C with `-O3 -DNDEBUG`. It has no realloc and no alignment above 32: its users allocate, copy
/// and free.
pub(crate) struct O1Heap(*mut c_void);

impl Candidate for O1Heap {
    const MAX_ALIGN: u16 = 32;

    fn fresh(arena: &SharedArena) -> Box<Self> {
        // SAFETY: the arena is this heap's until it is dropped.
        let heap = unsafe { o1heap_init(arena.base().as_ptr().cast(), HEAP) };
        assert!(!heap.is_null());
        Box::new(Self(heap))
    }

    #[inline]
    fn malloc(&mut self, size: usize) -> *mut u8 {
        // SAFETY: a sound heap.
        unsafe { o1heap_allocate(self.0, size) }.cast()
    }

    #[inline]
    fn memalign(&mut self, _align: usize, size: usize) -> *mut u8 {
        self.malloc(size)
    }

    #[inline]
    unsafe fn realloc(&mut self, ptr: *mut u8, old: usize, size: usize) -> *mut u8 {
        let moved = self.malloc(size);
        if !moved.is_null() {
            // SAFETY: two live blocks of at least these bytes.
            unsafe { ptr::copy_nonoverlapping(ptr, moved, old.min(size)) };
            // SAFETY: the caller's contract.
            unsafe { o1heap_free(self.0, ptr.cast()) };
        }
        moved
    }

    #[inline]
    unsafe fn free(&mut self, ptr: *mut u8, _align: usize, _size: usize) {
        // SAFETY: the caller's contract.
        unsafe { o1heap_free(self.0, ptr.cast()) };
    }
}
