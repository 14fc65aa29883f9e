//! Rust's allocators that are a `GlobalAlloc` in memory that is given to them.

use std::ptr::NonNull;

use oracle::check::{Block, Contract, Global, Memory, NotSupported, Request};

use super::boxed::boxed;

type Granted = Result<Option<NonNull<u8>>, NotSupported>;

/// Memory as start and bytes.
fn taken(memory: &mut Memory) -> (*mut u8, usize) {
    let memory = memory.take();
    (memory.cast::<u8>().as_ptr(), memory.len())
}

pub(super) fn embedded_tlsf(memory: &mut Memory) -> Option<Box<dyn Contract>> {
    let (start, bytes) = taken(memory);
    let heap = embedded_alloc::TlsfHeap::empty();
    // SAFETY: the memory is the harness's, and is kept while the heap lives.
    unsafe { heap.init(start.expose_provenance(), bytes) };
    boxed(Global(heap))
}

pub(super) fn embedded_llff(memory: &mut Memory) -> Option<Box<dyn Contract>> {
    let (start, bytes) = taken(memory);
    let heap = embedded_alloc::LlffHeap::empty();
    // SAFETY: as above.
    unsafe { heap.init(start.expose_provenance(), bytes) };
    boxed(Global(heap))
}

pub(super) fn linked_list(memory: &mut Memory) -> Option<Box<dyn Contract>> {
    let (start, bytes) = taken(memory);
    // SAFETY: as above.
    boxed(Global(unsafe { linked_list_allocator::LockedHeap::new(start, bytes) }))
}

pub(super) fn buddy(memory: &mut Memory) -> Option<Box<dyn Contract>> {
    let (start, bytes) = taken(memory);
    let heap = buddy_system_allocator::LockedHeap::<32>::new();
    // SAFETY: as above.
    unsafe { heap.lock().init(start.expose_provenance(), bytes) };
    boxed(Global(heap))
}

/// It must not move once it is initialised.
type GoodMemory = Box<Global<good_memory_allocator::SpinLockedAllocator>>;

fn good(memory: &mut Memory) -> GoodMemory {
    let (start, bytes) = taken(memory);
    let heap: GoodMemory = Box::new(Global(good_memory_allocator::SpinLockedAllocator::empty()));
    // SAFETY: as above.
    unsafe { heap.0.init(start.expose_provenance(), bytes) };
    heap
}

pub(super) fn good_memory(memory: &mut Memory) -> Option<Box<dyn Contract>> {
    Some(good(memory))
}

/// Without the alignments for which its arithmetic overflows.
struct Limited(GoodMemory);

pub(super) fn good_memory_limited(memory: &mut Memory) -> Option<Box<dyn Contract>> {
    boxed(Limited(good(memory)))
}

// SAFETY: as the allocator inside.
unsafe impl Contract for Limited {
    fn malloc(&mut self, size: usize) -> Option<NonNull<u8>> {
        self.0.malloc(size)
    }

    unsafe fn free(&mut self, block: Block) {
        // SAFETY: the caller's.
        unsafe { self.0.free(block) }
    }

    fn memalign(&mut self, align: usize, size: usize) -> Granted {
        self.0.memalign(align, size)
    }

    fn zeroed(&mut self, size: usize) -> Granted {
        self.0.zeroed(size)
    }

    unsafe fn realloc(&mut self, block: Block, size: usize) -> Granted {
        // SAFETY: the caller's.
        unsafe { self.0.realloc(block, size) }
    }

    fn accepts(&self, request: Request) -> bool {
        !matches!(request, Request::Memalign { align, .. } if align > 1 << 20)
    }
}
