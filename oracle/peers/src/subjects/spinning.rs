//! Rust's allocators that are a `GlobalAlloc` in memory that is given to them.

use oracle::check::{Contract, Global, Memory};

use super::boxed;

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

/// Its heap must not move once it is initialised.
pub(super) fn good_memory(memory: &mut Memory) -> Option<Box<dyn Contract>> {
    let (start, bytes) = taken(memory);
    let heap: Box<Global<good_memory_allocator::SpinLockedAllocator>> =
        Box::new(Global(good_memory_allocator::SpinLockedAllocator::empty()));
    // SAFETY: as above.
    unsafe { heap.0.init(start.expose_provenance(), bytes) };
    Some(heap)
}
