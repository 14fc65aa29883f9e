//! Allocators with memory of their own.

use std::ffi::c_void;
use std::ptr::NonNull;

use dlmalloc::Dlmalloc;
use mimalloc::MiMalloc;
use oracle::check::{Block, Contract, Global, Memory, NotSupported};

use super::boxed::boxed;

const WORD: usize = size_of::<usize>();

type Granted = Result<Option<NonNull<u8>>, NotSupported>;

/// One instance, which gives its memory back to the system when it is dropped.
struct Dl(Option<Dlmalloc>);

pub(super) fn dlmalloc(_memory: &mut Memory) -> Option<Box<dyn Contract>> {
    boxed(Dl(Some(Dlmalloc::new())))
}

impl Dl {
    fn inner(&mut self) -> &mut Dlmalloc {
        self.0.as_mut().expect("it is there until it is dropped")
    }
}

impl Drop for Dl {
    fn drop(&mut self) {
        if let Some(inner) = self.0.take() {
            // SAFETY: no block is used any more.
            unsafe { inner.destroy() };
        }
    }
}

// SAFETY: dlmalloc's own contract.
unsafe impl Contract for Dl {
    fn malloc(&mut self, size: usize) -> Option<NonNull<u8>> {
        // SAFETY: any size.
        NonNull::new(unsafe { self.inner().malloc(size, WORD) })
    }

    unsafe fn free(&mut self, block: Block) {
        // SAFETY: the caller's.
        unsafe { self.inner().free(block.ptr.as_ptr(), block.size, block.align) }
    }

    fn memalign(&mut self, align: usize, size: usize) -> Granted {
        // SAFETY: any size, and a power of two.
        Ok(NonNull::new(unsafe { self.inner().malloc(size, align) }))
    }

    fn zeroed(&mut self, size: usize) -> Granted {
        // SAFETY: any size.
        Ok(NonNull::new(unsafe { self.inner().calloc(size, WORD) }))
    }

    unsafe fn realloc(&mut self, block: Block, size: usize) -> Granted {
        let (ptr, old, align) = (block.ptr.as_ptr(), block.size, block.align);
        // SAFETY: the caller's.
        Ok(NonNull::new(unsafe { self.inner().realloc(ptr, old, align, size) }))
    }
}

struct Mi;

pub(super) fn mimalloc(_memory: &mut Memory) -> Option<Box<dyn Contract>> {
    boxed(Mi)
}

// SAFETY: mimalloc's own contract.
unsafe impl Contract for Mi {
    fn malloc(&mut self, size: usize) -> Option<NonNull<u8>> {
        Global(MiMalloc).malloc(size)
    }

    unsafe fn free(&mut self, block: Block) {
        // SAFETY: the caller's.
        unsafe { Global(MiMalloc).free(block) }
    }

    fn memalign(&mut self, align: usize, size: usize) -> Granted {
        Global(MiMalloc).memalign(align, size)
    }

    fn zeroed(&mut self, size: usize) -> Granted {
        Global(MiMalloc).zeroed(size)
    }

    unsafe fn realloc(&mut self, block: Block, size: usize) -> Granted {
        // SAFETY: the caller's.
        unsafe { Global(MiMalloc).realloc(block, size) }
    }

    unsafe fn usable_size(&self, block: Block) -> Result<usize, NotSupported> {
        // SAFETY: the caller's.
        Ok(unsafe { MiMalloc.usable_size(block.ptr.as_ptr()) })
    }
}

pub(super) fn system(_memory: &mut Memory) -> Option<Box<dyn Contract>> {
    boxed(Global(std::alloc::System))
}

/// The platform's malloc by its C functions.
struct Libc;

pub(super) fn libc(_memory: &mut Memory) -> Option<Box<dyn Contract>> {
    boxed(Libc)
}

fn block(ptr: *mut c_void) -> Option<NonNull<u8>> {
    NonNull::new(ptr.cast())
}

// SAFETY: the C library's own contract.
unsafe impl Contract for Libc {
    fn malloc(&mut self, size: usize) -> Option<NonNull<u8>> {
        // SAFETY: any size.
        block(unsafe { libc::malloc(size) })
    }

    unsafe fn free(&mut self, block: Block) {
        // SAFETY: the caller's.
        unsafe { libc::free(block.ptr.as_ptr().cast()) }
    }

    fn memalign(&mut self, align: usize, size: usize) -> Granted {
        let mut ptr = std::ptr::null_mut();
        // SAFETY: a power of two, at least a word.
        let error = unsafe { libc::posix_memalign(&raw mut ptr, align.max(WORD), size) };
        Ok(if error == 0 { block(ptr) } else { None })
    }

    fn zeroed(&mut self, size: usize) -> Granted {
        // SAFETY: any size.
        Ok(block(unsafe { libc::calloc(1, size) }))
    }

    unsafe fn realloc(&mut self, old: Block, size: usize) -> Granted {
        // SAFETY: the caller's.
        Ok(block(unsafe { libc::realloc(old.ptr.as_ptr().cast(), size) }))
    }

    unsafe fn usable_size(&self, block: Block) -> Result<usize, NotSupported> {
        // SAFETY: the caller's.
        Ok(unsafe { libc::malloc_usable_size(block.ptr.as_ptr().cast()) })
    }

    fn malloc_align(&self) -> usize {
        2 * WORD
    }

    fn realloc_keeps_align(&self) -> bool {
        false
    }
}
