//! The calls of a program, as values.

use std::collections::HashMap;

use crate::call::Call;
use crate::geometry::WORD;

/// The most bytes of all pools in which a trace runs: each column has its own.
pub(super) const MOST_POOL_BYTES: usize = 1 << 30;

/// One call of a trace. A slot is the number of a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Event {
    Malloc { slot: usize, size: usize },
    Memalign { slot: usize, align: usize, size: usize },
    Realloc { slot: usize, size: usize },
    Free { slot: usize },
}

impl Event {
    /// The number of the block.
    pub(crate) const fn slot(self) -> usize {
        match self {
            Self::Malloc { slot, .. }
            | Self::Memalign { slot, .. }
            | Self::Realloc { slot, .. }
            | Self::Free { slot } => slot,
        }
    }

    /// The bytes that the program requests.
    pub(crate) const fn size(self) -> usize {
        match self {
            Self::Malloc { size, .. }
            | Self::Memalign { size, .. }
            | Self::Realloc { size, .. } => size,
            Self::Free { .. } => 0,
        }
    }

    /// The call, where `payload` is the block now: none to free what was refused.
    pub(crate) fn call(self, payload: Option<usize>) -> Option<Call> {
        match self {
            Self::Malloc { size, .. } => Some(Call::Malloc { size }),
            Self::Memalign { align, size, .. } => Some(Call::Memalign { align, size }),
            Self::Realloc { size, .. } => Some(Call::Realloc { payload, align: 1, size }),
            Self::Free { .. } => payload.map(|payload| Call::Free { payload }),
        }
    }
}

/// The calls of a program, and the geometry and pools in which they run by default.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Trace {
    /// A number in [`CONFIGURATIONS`](crate::geometry::CONFIGURATIONS).
    pub(crate) geometry: Option<usize>,
    /// Bytes of each pool.
    pub(crate) pools: Vec<usize>,
    pub(crate) events: Vec<Event>,
}

impl Trace {
    /// The number of its calls.
    pub fn calls(&self) -> usize {
        self.events.len()
    }

    /// The largest number of bytes that its blocks need together at a time, each with a header.
    pub(crate) fn peak(&self, calls: usize) -> usize {
        let header = 2 * WORD;
        let (mut sizes, mut live, mut peak) = (HashMap::new(), 0_usize, 0);
        for event in self.events.iter().take(calls) {
            let extra = match *event {
                Event::Memalign { align, .. } => align.saturating_add(header),
                Event::Free { .. } => 0,
                _ => header,
            };
            let (slot, size) = (event.slot(), event.size().saturating_add(extra));
            live = live.saturating_add(size).saturating_sub(sizes.insert(slot, size).unwrap_or(0));
            peak = peak.max(live);
        }
        peak
    }

    /// Bytes of a pool with a quarter more than the peak of its first `calls` calls, which the calls should fit.
    /// Above [`MOST_POOL_BYTES`] if a request is near the largest number.
    pub(super) fn roomy_pool(&self, calls: usize) -> usize {
        let peak = self.peak(calls);
        peak.saturating_add(peak / 4).clamp(4096, 2 * MOST_POOL_BYTES).next_multiple_of(4096)
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Trace};
    use crate::geometry::WORD;

    #[test]
    fn the_peak_counts_live_blocks_with_their_headers() {
        let events = vec![
            Event::Malloc { slot: 0, size: 100 },
            Event::Malloc { slot: 1, size: 50 },
            Event::Free { slot: 0 },
            Event::Realloc { slot: 1, size: 70 },
        ];
        let trace = Trace { events, ..Trace::default() };
        assert_eq!(trace.peak(9), 150 + 4 * WORD);
        assert_eq!(trace.peak(1), 100 + 2 * WORD);
    }
}
