//! Making the allocator, and what it can do on fresh memory.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Session;
use crate::check::contract::{Block, Contract};
use crate::check::memory::Memory;
use crate::check::tally::Tally;
use crate::finding::{Checked, Waste};
use crate::geometry::Geometry;

impl Session {
    /// Ends the last program's allocator and makes one for the next, in memory of so many bytes; whether one
    /// was made.
    pub(crate) fn start(&mut self, range: (usize, usize), geometry: Geometry, seed: u16) -> bool {
        self.end();
        self.slots.clear(seed);
        self.blocks.fill(None);
        self.geometry = geometry;
        (self.last_freed, self.touched) = (0, range.0);
        self.specification = None;
        self.waste.clear();
        self.tally = Tally::default();
        self.first = range;
        self.is_alone = true;
        self.pools = vec![range];
        self.memory.offer(range);
        self.subject = (self.make)(&mut self.memory);
        if self.is_placed() && self.subject.is_some() {
            // On an allocator of its own, so that the program's starts as it was made.
            self.capacity = catch_unwind(AssertUnwindSafe(|| self.measure())).unwrap_or(0);
            self.end();
            self.memory.offer(range);
            self.subject = (self.make)(&mut self.memory);
        }
        self.start_specification();
        self.has_pools = self.is_placed() && self.is_heap();
        self.subject.is_some()
    }

    /// Whether the last start has made an allocator.
    pub(crate) fn is_made(&self) -> bool {
        self.subject.is_some()
    }

    /// Drops the allocator. One that has panicked may panic again.
    fn end(&mut self) {
        let subject = self.subject.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(subject)));
    }

    /// The largest malloc that is granted now.
    fn measure(&mut self) -> usize {
        let (mut granted, mut refused) = (0, self.first.1 + 1);
        while granted + 1 < refused {
            let size = usize::midpoint(granted, refused);
            match self.grants(size) {
                true => granted = size,
                false => refused = size,
            }
        }
        granted
    }

    /// Whether a malloc of this size is granted now. The block is freed.
    pub(super) fn grants(&mut self, size: usize) -> bool {
        let align = self.subject().malloc_align();
        let Some(ptr) = self.subject().malloc(size) else { return false };
        let is_inside = self.is_inside(self.memory.offset(ptr), size);
        if is_inside {
            // SAFETY: the block was just returned, and is not used.
            unsafe { self.subject().free(Block { ptr, size, align }) };
        }
        // (A block outside is a finding of the program's own calls.)
        is_inside
    }

    /// The first check of a program.
    pub(super) fn check_capacity(&mut self) -> Checked {
        let Some(limits) = self.limits.filter(|_| self.is_placed()) else { return Ok(()) };
        let (bytes, capacity) = (self.first.1, self.capacity);
        let least = limits.least_capacity(bytes);
        if capacity >= least {
            return Ok(());
        }
        let what = format!(
            "fresh memory of {bytes} bytes grants no request above {capacity}; the limit is {least}"
        );
        self.wasted(Waste::Capacity, what, self.first.0)
    }
}

/// Turns a constructor of any allocator into one of boxed allocators.
pub(crate) fn boxed<A: Contract + 'static>(
    mut make: impl FnMut(&mut Memory) -> Option<A> + 'static,
) -> super::Make {
    Box::new(move |memory| make(memory).map(|made| Box::new(made) as Box<dyn Contract>))
}
