//! The counters.

use super::fault::Fault;
use super::hard::HardFault;
use super::tlsf::FaultyTlsf;
use crate::counters::Census;

impl FaultyTlsf {
    /// Updates the peak. A realloc that moves a block calls this while both blocks are live.
    pub(super) fn update_peak(&mut self) {
        if self.has(Fault::PeakFalls) {
            self.control.counters.peak_used_bytes = 0;
        }
        let mut used = self.counted().used_bytes;
        if self.has_hard(HardFault::PeakIn19Bits) && self.moving >= 1 << 12 {
            used %= 1 << 19;
        }
        let peak = &mut self.control.counters.peak_used_bytes;
        *peak = used.max(*peak);
    }

    /// The census of a walk over all pools.
    pub(super) fn counted(&self) -> Census {
        let mut census = Census::default();
        for &(mem, _) in &self.control.pools {
            self.each(mem, &mut |row| census.add(row.size, row.free));
        }
        census
    }

    /// Counts a request of `size` bytes that resulted in `payload`.
    pub(super) fn count_request(&mut self, size: usize, payload: Option<usize>) {
        self.control.calls += 1;
        let size_kept = match self.has(Fault::LargestRequestInHalfAWord) {
            true => size & (usize::MAX >> (usize::BITS / 2)),
            false => size,
        };
        let counters = &mut self.control.counters;
        counters.largest_request = counters.largest_request.max(size_kept);
        counters.failures += usize::from(size > 0 && payload.is_none());
        if self.hard == Some(HardFault::FailuresIn10Bits) {
            counters.failures %= 1 << 10;
        }
        self.update_peak();
    }
}
