//! memoman, in TLSF 3.1's geometry and with fewer second-level lists.

use std::alloc::Layout;

use memoman::{CONTE_FL, Tlsf, WORD};

use crate::fragmentation::heap::{Census, Heap};
use crate::fragmentation::region::Region;

/// Each row more doubles the largest block: fewer lists a row, more rows for the same limit.
pub(super) fn sl32(bytes: usize) -> Box<dyn Heap> {
    Box::new(Memoman::<CONTE_FL, 32>::new(bytes))
}

pub(super) fn sl16(bytes: usize) -> Box<dyn Heap> {
    Box::new(Memoman::<{ CONTE_FL + 1 }, 16>::new(bytes))
}

pub(super) fn sl8(bytes: usize) -> Box<dyn Heap> {
    Box::new(Memoman::<{ CONTE_FL + 2 }, 8>::new(bytes))
}

pub(super) fn sl4(bytes: usize) -> Box<dyn Heap> {
    Box::new(Memoman::<{ CONTE_FL + 3 }, 4>::new(bytes))
}

struct Memoman<const FL: usize, const SL: usize> {
    heap: Box<Tlsf<WORD, FL, SL, 1>>,
    region: Region,
}

impl<const FL: usize, const SL: usize> Memoman<FL, SL> {
    fn new(bytes: usize) -> Self {
        let region = Region::new(bytes);
        let mut heap = Box::new(Tlsf::new());
        // SAFETY: the region lives as long as the heap, and is only its own.
        unsafe { heap.add_pool(region.pool(), bytes) }.expect("a pool of a legal size");
        Self { heap, region }
    }
}

impl<const FL: usize, const SL: usize> Heap for Memoman<FL, SL> {
    fn malloc(&mut self, size: usize) -> Option<usize> {
        self.heap.malloc(size).map(|ptr| self.region.offset(ptr))
    }

    unsafe fn free(&mut self, offset: usize, _: usize) {
        // SAFETY: the caller's.
        unsafe { self.heap.deallocate(self.region.at(offset)) }
    }

    unsafe fn realloc(&mut self, offset: usize, _: usize, new: usize) -> Option<usize> {
        let new = Layout::from_size_align(new, 1).ok()?;
        // SAFETY: the caller's.
        let ptr = unsafe { self.heap.reallocate(self.region.at(offset), new) };
        ptr.map(|ptr| self.region.offset(ptr))
    }

    fn census(&mut self) -> Census {
        let max_allocatable = self.heap.max_allocatable();
        let mut census =
            Census { overhead: Tlsf::<WORD, FL, SL, 1>::POOL_OVERHEAD - WORD, ..Census::default() };
        for block in self.heap.pools().flat_map(|pool| self.heap.blocks(pool)) {
            if block.is_free {
                census.free += block.size;
                census.free_taken += WORD + block.size;
                census.largest_free = census.largest_free.max(block.size);
            } else {
                census.used_blocks += 1;
                census.taken += WORD + block.size;
            }
        }
        // What it says is what it does. This leaves no trace in the lists (the head is taken, and
        // put back as the head): else the C code, which is not asked, would differ.
        assert!(self.heap.malloc(max_allocatable + 1).is_none(), "more than max_allocatable");
        if max_allocatable > 0 {
            let block = self.heap.malloc(max_allocatable).expect("max_allocatable is granted");
            // SAFETY: just handed out.
            unsafe { self.heap.deallocate(block) };
        }
        Census { max_allocatable, ..census }
    }
}
