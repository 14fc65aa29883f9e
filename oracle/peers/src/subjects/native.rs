//! Rust's allocators with calls of their own.

use std::alloc::Layout;
use std::ptr::NonNull;

use oracle::check::{Block, Contract, Memory, NotSupported};
use picoalloc::{Env, Size};
use rlsf::Tlsf;
use talc::DefaultBinning;
use talc::base::Talc;
use talc::source::Manual;

use super::boxed::boxed;

const WORD: usize = size_of::<usize>();

type Granted = Result<Option<NonNull<u8>>, NotSupported>;

fn word_aligned(size: usize) -> Option<Layout> {
    Layout::from_size_align(size, WORD).ok()
}

/// 32 lists a row, and rows for blocks of up to 1 GiB.
struct Rlsf(Tlsf<'static, u32, u32, 25, 32>);

pub(super) fn rlsf(memory: &mut Memory) -> Option<Box<dyn Contract>> {
    let mut heap = Tlsf::new();
    // SAFETY: the memory is the harness's, and is kept while the heap lives.
    unsafe { heap.insert_free_block_ptr(memory.take()) }?;
    boxed(Rlsf(heap))
}

// SAFETY: all blocks lie in the memory of the harness.
unsafe impl Contract for Rlsf {
    fn malloc(&mut self, size: usize) -> Option<NonNull<u8>> {
        self.0.allocate(word_aligned(size)?)
    }

    unsafe fn free(&mut self, block: Block) {
        // SAFETY: the caller's.
        unsafe { self.0.deallocate(block.ptr, block.align) }
    }

    fn memalign(&mut self, align: usize, size: usize) -> Granted {
        let layout = Layout::from_size_align(size, align).ok();
        Ok(layout.and_then(|layout| self.0.allocate(layout)))
    }

    unsafe fn realloc(&mut self, block: Block, size: usize) -> Granted {
        let Ok(layout) = Layout::from_size_align(size, block.align) else { return Ok(None) };
        // SAFETY: the caller's.
        Ok(unsafe { self.0.reallocate(block.ptr, layout) })
    }
}

struct Talcs(Talc<Manual, DefaultBinning>);

pub(super) fn talc(memory: &mut Memory) -> Option<Box<dyn Contract>> {
    let mut heap = Talc::new(Manual);
    let memory = memory.take();
    // SAFETY: the memory is the harness's, and is kept while the heap lives.
    unsafe { heap.claim(memory.cast::<u8>().as_ptr(), memory.len()) }?;
    boxed(Talcs(heap))
}

// SAFETY: all blocks lie in the memory of the harness.
unsafe impl Contract for Talcs {
    fn malloc(&mut self, size: usize) -> Option<NonNull<u8>> {
        // SAFETY: the size is not 0.
        unsafe { self.0.allocate(word_aligned(size)?) }
    }

    unsafe fn free(&mut self, block: Block) {
        // SAFETY: the caller's.
        unsafe { self.0.deallocate(block.ptr.as_ptr(), block.layout()) }
    }

    fn memalign(&mut self, align: usize, size: usize) -> Granted {
        let layout = Layout::from_size_align(size, align).ok();
        // SAFETY: the size is not 0.
        Ok(layout.and_then(|layout| unsafe { self.0.allocate(layout) }))
    }

    /// In place, or by a move, as talc's own adapters do.
    unsafe fn realloc(&mut self, block: Block, size: usize) -> Granted {
        let (old, layout) = (block.ptr, block.layout());
        let Ok(new) = Layout::from_size_align(size, block.align) else { return Ok(None) };
        // SAFETY: the caller's; the old block is not used after the move.
        unsafe {
            if self.0.try_realloc_in_place(old.as_ptr(), layout, size) {
                return Ok(Some(old));
            }
            let Some(moved) = self.0.allocate(new) else { return Ok(None) };
            moved.copy_from_nonoverlapping(old, block.size.min(size));
            self.0.deallocate(old.as_ptr(), layout);
            Ok(Some(moved))
        }
    }
}

/// The memory of the harness, aligned as picoalloc needs it.
struct Region {
    start: *mut u8,
    bytes: usize,
}

impl Env for Region {
    fn total_space(&self) -> Size {
        Size::from_bytes_usize(self.bytes).expect("less than 4 GiB")
    }

    unsafe fn allocate_address_space(&mut self) -> *mut u8 {
        self.start
    }

    unsafe fn expand_memory_until(&mut self, _base: *mut u8, size: Size) -> bool {
        size <= self.total_space()
    }

    unsafe fn free_address_space(&mut self, _base: *mut u8) {}
}

struct Pico(picoalloc::Allocator<Region>);

pub(super) fn picoalloc(memory: &mut Memory) -> Option<Box<dyn Contract>> {
    const UNIT: usize = 32;
    let memory = memory.take();
    let first = memory.cast::<u8>().as_ptr();
    let start = first.wrapping_add(first.align_offset(UNIT));
    let bytes = (memory.len() - (start.addr() - first.addr())) / UNIT * UNIT;
    boxed(Pico(picoalloc::Allocator::new(Region { start, bytes })))
}

/// It does not clear memory that it has not used before.
pub(super) fn picoalloc_zeroed(memory: &mut Memory) -> Option<Box<dyn Contract>> {
    let whole = memory.take();
    // SAFETY: the memory is the harness's, and is not used yet.
    unsafe { whole.cast::<u8>().write_bytes(0, whole.len()) };
    picoalloc(memory)
}

// SAFETY: all blocks lie in the memory of the harness.
unsafe impl Contract for Pico {
    fn malloc(&mut self, size: usize) -> Option<NonNull<u8>> {
        self.0.alloc(Size::from_bytes_usize(WORD)?, Size::from_bytes_usize(size)?)
    }

    unsafe fn free(&mut self, block: Block) {
        // SAFETY: the caller's.
        unsafe { self.0.free(block.ptr) }
    }

    fn memalign(&mut self, align: usize, size: usize) -> Granted {
        let (align, size) = (Size::from_bytes_usize(align), Size::from_bytes_usize(size));
        let Some((align, size)) = align.zip(size) else { return Ok(None) };
        Ok(self.0.alloc(align, size))
    }

    fn zeroed(&mut self, size: usize) -> Granted {
        let (align, size) = (Size::from_bytes_usize(WORD), Size::from_bytes_usize(size));
        let Some((align, size)) = align.zip(size) else { return Ok(None) };
        Ok(self.0.alloc_zeroed(align, size))
    }

    unsafe fn realloc(&mut self, block: Block, size: usize) -> Granted {
        let (align, size) = (Size::from_bytes_usize(block.align), Size::from_bytes_usize(size));
        let Some((align, size)) = align.zip(size) else { return Ok(None) };
        // SAFETY: the caller's.
        Ok(unsafe { self.0.realloc(block.ptr, align, size) })
    }

    unsafe fn usable_size(&self, block: Block) -> Result<usize, NotSupported> {
        // SAFETY: the caller's.
        Ok(unsafe { picoalloc::Allocator::<Region>::usable_size(block.ptr) })
    }
}
