//! rlsf: TLSF with headers of two words and block sizes in multiples of four words.

use std::alloc::Layout;
use std::ptr::NonNull;

use rlsf::Tlsf;

use crate::fragmentation::heap::{HeapCensus, HeapUnderStudy, largest};
use crate::fragmentation::region::PoolMemory;
use crate::geometry::WORD;

/// As many lists in a row as TLSF 3.1, and enough rows for pools of 1 GiB.
type Control = Tlsf<'static, u32, u32, 25, 32>;

pub(super) fn sl32(bytes: usize) -> Box<dyn HeapUnderStudy> {
    let region = PoolMemory::new(bytes);
    let mut control = Box::new(Control::new());
    let pool = NonNull::slice_from_raw_parts(region.pool(), bytes);
    // SAFETY: the heap owns the region, which lives as long.
    let length = unsafe { control.insert_free_block_ptr(pool) };
    let length = length.expect("a pool of a valid size").get();
    Box::new(RlsfHeap { control, region, length })
}

struct RlsfHeap {
    control: Box<Control>,
    region: PoolMemory,
    /// Bytes of the region that rlsf uses.
    length: usize,
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, WORD).expect("a size within the limits of a trace")
}

impl HeapUnderStudy for RlsfHeap {
    fn malloc(&mut self, size: usize) -> Option<usize> {
        self.control.allocate(layout(size)).map(|ptr| self.region.offset(ptr))
    }

    unsafe fn free(&mut self, offset: usize, _: usize) {
        // SAFETY: the caller's contract.
        unsafe { self.control.deallocate(self.region.at(offset), WORD) }
    }

    unsafe fn realloc(&mut self, offset: usize, _: usize, new: usize) -> Option<usize> {
        // SAFETY: the caller's contract.
        let ptr = unsafe { self.control.reallocate(self.region.at(offset), layout(new)) };
        ptr.map(|ptr| self.region.offset(ptr))
    }

    fn census(&mut self) -> HeapCensus {
        let pool = NonNull::slice_from_raw_parts(self.region.pool(), self.length);
        let mut census = HeapCensus::default();
        // SAFETY: the region is its only pool.
        for block in unsafe { self.control.iter_blocks(pool) } {
            if block.is_occupied() {
                census.used_blocks += 1;
                census.taken += block.size();
            } else {
                census.free += block.max_payload_size();
                census.free_taken += block.size();
                census.largest_free = census.largest_free.max(block.max_payload_size());
            }
        }
        // A sentinel of four words, and the bytes that are too few for a block.
        census.overhead = 4 * WORD + (self.region.pool_bytes() - self.length);
        let granted = |control: &mut Control, size| {
            let ptr = control.allocate(layout(size));
            // SAFETY: the block was allocated just now.
            ptr.inspect(|&ptr| unsafe { control.deallocate(ptr, WORD) }).is_some()
        };
        // SAFETY: its control refers to blocks of the region and to nothing else.
        census.max_allocatable = unsafe {
            self.region.restoring(&mut *self.control, |control| {
                largest(census.largest_free, |size| granted(control, size))
            })
        };
        census
    }
}
