//! How to run.

use crate::lockstep::layers::{Against, Layers};

/// How to run a program.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Config {
    /// What stands beside the engine.
    pub against: Against,
    /// What is checked.
    pub layers: Layers,
}
