//! How to run.

use crate::lockstep::layers::{Against, Layers};

/// How to run a program.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Config {
    /// The allocator that the engine is compared with.
    pub against: Against,
    /// What is checked.
    pub layers: Layers,
}
