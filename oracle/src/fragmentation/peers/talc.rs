//! talc: binned free lists, a tag of a word behind each block, blocks in steps of four words.

use std::alloc::Layout;
use std::ptr::NonNull;

use talc::DefaultBinning;
use talc::base::Talc as Control;
use talc::base::binning::Binning;
use talc::source::Manual;

use crate::fragmentation::heap::{Census, Heap, largest};
use crate::fragmentation::region::{POOL_ALIGN, Region};
use crate::geometry::WORD;

/// Its bins, and a tag, lie in front of the first block: before the pool, as other controls.
const IN_FRONT: usize =
    ((DefaultBinning::BIN_COUNT as usize + 1) * WORD).next_multiple_of(4 * WORD);

const _: () = assert!(IN_FRONT <= POOL_ALIGN);

pub(super) fn default(bytes: usize) -> Box<dyn Heap> {
    let region = Region::new(bytes);
    let mut control = Box::new(Control::new(Manual));
    // SAFETY: the region has a page in front of its pool; it lives as long as the heap, and is
    // only its own.
    let end = unsafe { control.claim(region.pool().sub(IN_FRONT).as_ptr(), IN_FRONT + bytes) };
    end.expect("a pool of a legal size");
    Box::new(Talc { control, region })
}

struct Talc {
    control: Box<Control<Manual, DefaultBinning>>,
    region: Region,
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, WORD).expect("a size that a trace may have")
}

impl Heap for Talc {
    fn malloc(&mut self, size: usize) -> Option<usize> {
        // SAFETY: not empty.
        let ptr = unsafe { self.control.allocate(layout(size)) };
        ptr.map(|ptr| self.region.offset(ptr))
    }

    unsafe fn free(&mut self, offset: usize, size: usize) {
        // SAFETY: the caller's.
        unsafe { self.control.deallocate(self.region.at(offset).as_ptr(), layout(size)) }
    }

    unsafe fn realloc(&mut self, offset: usize, size: usize, new: usize) -> Option<usize> {
        let old = self.region.at(offset);
        // SAFETY: the caller's; what has been moved from is dead.
        unsafe {
            if self.control.try_realloc_in_place(old.as_ptr(), layout(size), new) {
                return Some(offset);
            }
            let moved: NonNull<u8> = self.control.allocate(layout(new))?;
            moved.copy_from_nonoverlapping(old, size.min(new));
            self.control.deallocate(old.as_ptr(), layout(size));
            Some(self.region.offset(moved))
        }
    }

    fn census(&mut self) -> Census {
        let counters = *self.control.counters();
        let bytes = self.region.pool_bytes();
        // Blocks cannot be walked without their layouts; gaps are counted.
        let free_taken = counters.available_bytes;
        let overhead = bytes % (4 * WORD);
        let free = free_taken - WORD * counters.fragment_count;
        // SAFETY: its bins and gaps are in the region, and it knows nothing else.
        let max_allocatable = unsafe {
            self.region.restoring(&mut *self.control, |control| {
                largest(free, |size| {
                    let ptr = control.allocate(layout(size));
                    ptr.inspect(|ptr| control.deallocate(ptr.as_ptr(), layout(size))).is_some()
                })
            })
        };
        Census {
            used_blocks: counters.allocation_count,
            taken: bytes - overhead - free_taken,
            free,
            free_taken,
            // It searches the last list that may have a fit, so nothing larger is free.
            largest_free: max_allocatable,
            max_allocatable,
            overhead,
        }
    }
}
