//! Programs: who asks for what, and when a sample is taken.

mod robson;
mod staircase;
mod trace;

pub use robson::{Robson, robson_bound};
pub use staircase::{Plan, Staircase};
pub use trace::{Replay, Trace};

use super::live_blocks::LiveBlocks;

/// What a program does next. Blocks have numbers, used again when they are free.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// Asks for a block.
    Malloc {
        /// Its number from now on.
        id: usize,
        /// Bytes, not 0.
        size: usize,
    },
    /// Gives a block back.
    Free {
        /// Its number.
        id: usize,
    },
    /// Asks for another size of a block.
    Realloc {
        /// Its number, before and after.
        id: usize,
        /// Bytes, not 0.
        size: usize,
    },
    /// Looks at the heap.
    Sample {
        /// What the program says of it: the fill level in percent, or a size.
        label: usize,
    },
}

/// A source of events.
pub trait Program {
    /// The next event; the end, if there is none. All but the last one have been carried out.
    fn next(&mut self, blocks: &LiveBlocks) -> Option<Event>;
}
