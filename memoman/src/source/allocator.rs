//! Memory of another allocator, as a [`Source`].

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;

use crate::source::{Region, Source};

/// Memory of another allocator: `std::alloc::System`, or any [`GlobalAlloc`], such as another heap.
///
/// Each region is one allocation of it, and becomes a pool of its own. As a heap has a table of pools,
/// regions become longer: each has as many bytes as are supplied already, if the allocator has them, so that a
/// heap with POOLS pools gets `2^(POOLS - 1)` chunks. A request that needs more gets more, and where the
/// allocator does not have as much, the region is half as long, and so on, as long as the request fits.
///
/// [`Shared::trim`](crate::Shared::trim) frees regions that are empty; part of an allocation cannot be freed.
///
/// # Examples
/// ```
/// use std::alloc::{GlobalAlloc, Layout, System};
/// use memoman::{FromAllocator, LocalHeap};
///
/// let heap: LocalHeap<FromAllocator<System>> =
///     LocalHeap::with_source(FromAllocator::new(System, 64 * 1024));
/// let layout = Layout::new::<[u64; 100]>();
/// // SAFETY: the size is not 0; freed as allocated.
/// unsafe { heap.dealloc(heap.alloc(layout), layout) };
/// assert_eq!(heap.trim(), 64 * 1024);
/// ```
#[derive(Debug)]
pub struct FromAllocator<A> {
    allocator: A,
    chunk: usize,
    /// Bytes that are supplied.
    supplied: usize,
    /// The alignment of all of them, once there are some: ALIGN of the heap.
    align: usize,
}

impl<A: GlobalAlloc> FromAllocator<A> {
    /// A source of regions with at least `chunk` bytes.
    ///
    /// # Examples
    /// See [`FromAllocator`].
    #[must_use]
    pub const fn new(allocator: A, chunk: usize) -> Self {
        Self { allocator, chunk, supplied: 0, align: 0 }
    }
}

// SAFETY: each region is one allocation, which nothing else uses until it is freed as it was allocated; none
// is reported as contiguous.
unsafe impl<A: GlobalAlloc> Source for FromAllocator<A> {
    fn supply(&mut self, least: Layout, most: usize) -> Option<Region> {
        let align = least.align();
        // No layout is longer.
        let most = most.min(isize::MAX as usize - (align - 1)) & !(align - 1);
        let least = least.pad_to_align().size().max(align);
        if least > most || (self.supplied > 0 && align != self.align) {
            return None;
        }
        let mut bytes = self.chunk.max(self.supplied).clamp(least, most) & !(align - 1);
        let start = loop {
            let layout = Layout::from_size_align(bytes, align).ok()?;
            // SAFETY: the size is not 0.
            match NonNull::new(unsafe { self.allocator.alloc(layout) }) {
                Some(start) => break start,
                None if bytes > least => bytes = ((bytes / 2) & !(align - 1)).max(least),
                None => return None,
            }
        };
        self.align = align;
        // A sum of allocations that exist.
        self.supplied += bytes;
        Some(Region::Separate(NonNull::slice_from_raw_parts(start, bytes)))
    }

    unsafe fn take_back(&mut self, memory: NonNull<[u8]>) {
        self.supplied -= memory.len();
        // SAFETY: the caller's: a whole region, as regions are not contiguous and there is no unit of their
        // ends; allocated with this layout.
        unsafe {
            let layout = Layout::from_size_align_unchecked(memory.len(), self.align);
            self.allocator.dealloc(memory.cast().as_ptr(), layout);
        }
    }
}
