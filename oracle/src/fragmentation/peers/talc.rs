//! talc: binned free lists, a tag of one word after each block, block sizes in multiples of four words.

use std::alloc::Layout;
use std::ptr::NonNull;

use talc::DefaultBinning;
use talc::base::Talc as Control;
use talc::base::binning::Binning;
use talc::source::Manual;

use crate::fragmentation::heap::{HeapCensus, HeapUnderStudy, largest};
use crate::fragmentation::region::{POOL_ALIGN, PoolMemory};
use crate::geometry::WORD;

/// Bytes of its bins and of a tag before the first block. They lie before the pool, like the control of
/// the other peers.
const BEFORE_POOL: usize =
    ((DefaultBinning::BIN_COUNT as usize + 1) * WORD).next_multiple_of(4 * WORD);

const _: () = assert!(BEFORE_POOL <= POOL_ALIGN);

pub(super) fn default(bytes: usize) -> Box<dyn HeapUnderStudy> {
    let region = PoolMemory::new(bytes);
    let mut control = Box::new(Control::new(Manual));
    // SAFETY: the region has a page before its pool; the heap owns the region, which lives as long.
    let end =
        unsafe { control.claim(region.pool().sub(BEFORE_POOL).as_ptr(), BEFORE_POOL + bytes) };
    end.expect("a pool of a valid size");
    Box::new(TalcHeap { control, region })
}

struct TalcHeap {
    control: Box<Control<Manual, DefaultBinning>>,
    region: PoolMemory,
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, WORD).expect("a size within the limits of a trace")
}

impl HeapUnderStudy for TalcHeap {
    fn malloc(&mut self, size: usize) -> Option<usize> {
        // SAFETY: the size is not 0.
        let ptr = unsafe { self.control.allocate(layout(size)) };
        ptr.map(|ptr| self.region.offset(ptr))
    }

    unsafe fn free(&mut self, offset: usize, size: usize) {
        // SAFETY: the caller's contract.
        unsafe { self.control.deallocate(self.region.at(offset).as_ptr(), layout(size)) }
    }

    unsafe fn realloc(&mut self, offset: usize, size: usize, new: usize) -> Option<usize> {
        let old = self.region.at(offset);
        // SAFETY: the caller's contract; the old block is not used after the move.
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

    fn census(&mut self) -> HeapCensus {
        let counters = *self.control.counters();
        let bytes = self.region.pool_bytes();
        // talc has no walk over blocks without their layouts, but it counts gaps.
        let free_taken = counters.available_bytes;
        let overhead = bytes % (4 * WORD);
        let free = free_taken - WORD * counters.fragment_count;
        // SAFETY: its bins and gaps are in the region, and its control refers to nothing else.
        let max_allocatable = unsafe {
            self.region.restoring(&mut *self.control, |control| {
                largest(free, |size| {
                    let ptr = control.allocate(layout(size));
                    ptr.inspect(|ptr| control.deallocate(ptr.as_ptr(), layout(size))).is_some()
                })
            })
        };
        HeapCensus {
            used_blocks: counters.allocation_count,
            taken: bytes - overhead - free_taken,
            free,
            free_taken,
            // It searches the last list for a fit, so no larger block is free.
            largest_free: max_allocatable,
            max_allocatable,
            overhead,
        }
    }
}
