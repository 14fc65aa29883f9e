//! rlsf: TLSF with headers of two words, blocks in steps of four.

use std::alloc::Layout;
use std::ptr::NonNull;

use rlsf::Tlsf;

use crate::fragmentation::heap::{Census, Heap, largest};
use crate::fragmentation::region::Region;
use crate::geometry::WORD;

/// As many lists a row as TLSF 3.1, and rows for pools of 1 GiB.
type Control = Tlsf<'static, u32, u32, 25, 32>;

pub(super) fn sl32(bytes: usize) -> Box<dyn Heap> {
    let region = Region::new(bytes);
    let mut control = Box::new(Control::new());
    let pool = NonNull::slice_from_raw_parts(region.pool(), bytes);
    // SAFETY: the region lives as long as the heap, and is only its own.
    let length = unsafe { control.insert_free_block_ptr(pool) };
    let length = length.expect("a pool of a legal size").get();
    Box::new(Rlsf { control, region, length })
}

struct Rlsf {
    control: Box<Control>,
    region: Region,
    /// Of the region, what it uses.
    length: usize,
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, WORD).expect("a size that a trace may have")
}

impl Heap for Rlsf {
    fn malloc(&mut self, size: usize) -> Option<usize> {
        self.control.allocate(layout(size)).map(|ptr| self.region.offset(ptr))
    }

    unsafe fn free(&mut self, offset: usize, _: usize) {
        // SAFETY: the caller's.
        unsafe { self.control.deallocate(self.region.at(offset), WORD) }
    }

    unsafe fn realloc(&mut self, offset: usize, _: usize, new: usize) -> Option<usize> {
        // SAFETY: the caller's.
        let ptr = unsafe { self.control.reallocate(self.region.at(offset), layout(new)) };
        ptr.map(|ptr| self.region.offset(ptr))
    }

    fn census(&mut self) -> Census {
        let pool = NonNull::slice_from_raw_parts(self.region.pool(), self.length);
        let mut census = Census::default();
        // SAFETY: its only pool.
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
        // A sentinel of four words, and what does not make up a block.
        census.overhead = 4 * WORD + (self.region.pool_bytes() - self.length);
        let granted = |control: &mut Control, size| {
            let ptr = control.allocate(layout(size));
            // SAFETY: just handed out.
            ptr.inspect(|&ptr| unsafe { control.deallocate(ptr, WORD) }).is_some()
        };
        // SAFETY: it links blocks of the region, and knows nothing else.
        census.max_allocatable = unsafe {
            self.region.restoring(&mut *self.control, |control| {
                largest(census.largest_free, |size| granted(control, size))
            })
        };
        census
    }
}
