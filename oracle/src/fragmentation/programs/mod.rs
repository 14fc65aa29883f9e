//! Programs: sequences of requests and samples.

mod recorded;
mod robson;
mod staircase;

pub use recorded::{RecordedProgram, Replayed};
pub use robson::{Robson, robson_bound};
pub use staircase::{Staircase, StudyPlan};

use super::live_blocks::LiveBlocks;

/// The next step of a program. Blocks have numbers; the number of a freed block is used again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// Allocates a block.
    Malloc {
        /// The number of the block from now on.
        id: usize,
        /// Requested bytes, not 0.
        size: usize,
    },
    /// Frees a block.
    Free {
        /// The number of the block.
        id: usize,
    },
    /// Resizes a block.
    Realloc {
        /// The number of the block, before and after.
        id: usize,
        /// Requested bytes, not 0.
        size: usize,
    },
    /// Takes a sample.
    Sample {
        /// The sample's label: the fill level in percent, or a size.
        label: usize,
    },
}

/// A source of events.
pub trait EventSource {
    /// The next event, or `None` at the end. All events before have been executed.
    fn next(&mut self, blocks: &LiveBlocks) -> Option<Event>;
}
