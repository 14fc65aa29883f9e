//! memoman, in TLSF 3.1's geometry, with fewer second-level lists, and with bounded searches.

use std::alloc::Layout;

use memoman::{CONTE_FL, Tlsf, WORD};

use crate::fragmentation::heap::{HeapCensus, HeapUnderStudy};
use crate::fragmentation::region::PoolMemory;

// Each further row doubles the largest block. Fewer lists in a row need more rows for the same limit.
pub(super) fn sl32(bytes: usize) -> Box<dyn HeapUnderStudy> {
    Box::new(MemomanHeap::<CONTE_FL, 32>::new(bytes))
}

pub(super) fn sl16(bytes: usize) -> Box<dyn HeapUnderStudy> {
    Box::new(MemomanHeap::<{ CONTE_FL + 1 }, 16>::new(bytes))
}

pub(super) fn sl8(bytes: usize) -> Box<dyn HeapUnderStudy> {
    Box::new(MemomanHeap::<{ CONTE_FL + 2 }, 8>::new(bytes))
}

pub(super) fn sl4(bytes: usize) -> Box<dyn HeapUnderStudy> {
    Box::new(MemomanHeap::<{ CONTE_FL + 3 }, 4>::new(bytes))
}

/// With a bounded search of that many blocks.
pub(super) fn search<const SEARCH: usize>(bytes: usize) -> Box<dyn HeapUnderStudy> {
    Box::new(MemomanHeap::<CONTE_FL, 32, SEARCH>::new(bytes))
}

struct MemomanHeap<const FL: usize, const SL: usize, const SEARCH: usize = 0> {
    heap: Box<Tlsf<WORD, FL, SL, 4, SEARCH>>,
    region: PoolMemory,
}

impl<const FL: usize, const SL: usize, const SEARCH: usize> MemomanHeap<FL, SL, SEARCH> {
    fn new(bytes: usize) -> Self {
        let region = PoolMemory::new(bytes);
        let mut heap = Box::new(Tlsf::new());
        // SAFETY: the heap owns the region, which lives as long.
        unsafe { heap.add_pool(region.pool(), bytes) }.expect("a pool of a valid size");
        Self { heap, region }
    }
}

impl<const FL: usize, const SL: usize, const SEARCH: usize> HeapUnderStudy
    for MemomanHeap<FL, SL, SEARCH>
{
    fn malloc(&mut self, size: usize) -> Option<usize> {
        self.heap.malloc(size).map(|ptr| self.region.offset(ptr))
    }

    unsafe fn free(&mut self, offset: usize, _: usize) {
        // SAFETY: the caller's contract.
        unsafe { self.heap.deallocate(self.region.at(offset)) }
    }

    unsafe fn realloc(&mut self, offset: usize, _: usize, new: usize) -> Option<usize> {
        let new = Layout::from_size_align(new, 1).ok()?;
        // SAFETY: the caller's contract.
        let ptr = unsafe { self.heap.reallocate(self.region.at(offset), new) };
        ptr.map(|ptr| self.region.offset(ptr))
    }

    fn census(&mut self) -> HeapCensus {
        let max_allocatable = self.heap.max_allocatable();
        let mut census = HeapCensus {
            overhead: Tlsf::<WORD, FL, SL>::POOL_OVERHEAD - WORD,
            ..HeapCensus::default()
        };
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
        // Checks that max_allocatable is granted and one byte more is refused. The lists must be as before:
        // otherwise memoman would differ from the C code later, which makes no such request.
        let probe = |heap: &mut Tlsf<WORD, FL, SL, 4, SEARCH>| {
            assert!(heap.malloc(max_allocatable + 1).is_none(), "more than max_allocatable");
            let block = (max_allocatable > 0).then(|| heap.malloc(max_allocatable));
            block.map(|block| block.expect("max_allocatable is granted"))
        };
        if SEARCH > 0 {
            // SAFETY: all of a heap's state is in its control and its pool.
            unsafe { self.region.restoring(&mut *self.heap, probe) };
        } else if let Some(block) = probe(&mut self.heap) {
            // SAFETY: the block was allocated just now, from the head of its list, to which it returns.
            unsafe { self.heap.deallocate(block) };
        }
        HeapCensus { max_allocatable, ..census }
    }
}
