//! What it counts.

use super::{Fault, Toy};
use crate::counters::Census;

impl Toy {
    /// The peak, now: between the two halves of a realloc that moves, too.
    pub(super) fn peak(&mut self) {
        if self.has(Fault::PeakFalls) {
            self.control.counters.peak_used_bytes = 0;
        }
        let used = self.counted().used_bytes;
        let peak = &mut self.control.counters.peak_used_bytes;
        *peak = used.max(*peak);
    }

    pub(super) fn counted(&self) -> Census {
        let mut census = Census::default();
        for &(mem, _) in &self.control.pools {
            self.each(mem, &mut |row| census.add(row.size, row.free));
        }
        census
    }

    pub(super) fn answered(&mut self, size: usize, payload: Option<usize>) {
        self.control.verbs += 1;
        let asked = match self.has(Fault::LargestRequestInHalfAWord) {
            true => size & (usize::MAX >> (usize::BITS / 2)),
            false => size,
        };
        let counters = &mut self.control.counters;
        counters.largest_request = counters.largest_request.max(asked);
        counters.failures += usize::from(size > 0 && payload.is_none());
        self.peak();
    }
}
