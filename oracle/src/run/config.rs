//! How to run.

use crate::geometry::{GEOMETRIES, searching};
use crate::lockstep::layers::{Against, Layers};
use crate::ops::Header;

/// How to run a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// The allocator that the engine is compared with.
    pub against: Against,
    /// What is checked.
    pub layers: Layers,
    /// Run with a bounded search, in place of the geometry that the header names.
    pub search: bool,
    /// The most calls of one program. Version 1 of the op language sets [`MOST_CALLS`]; a larger number lets a
    /// program that fills and drains many times give the heap a longer life.
    pub most_calls: u64,
}

/// The most calls of one program: a bound for programs that fill and drain again and again.
pub const MOST_CALLS: u64 = 8192;

impl Default for Config {
    fn default() -> Self {
        let (against, layers) = (Against::default(), Layers::default());
        Self { against, layers, search: false, most_calls: MOST_CALLS }
    }
}

impl Config {
    /// The number of the configuration in which a program with this header runs.
    pub(crate) fn number(&self, header: &Header) -> usize {
        let geometry = usize::from(header.geometry) % GEOMETRIES.len();
        if self.search { searching(geometry) } else { geometry }
    }
}
