//! How to run.

use crate::geometry::{GEOMETRIES, searching};
use crate::lockstep::layers::{Against, Layers};
use crate::ops::Header;

/// How to run a program.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Config {
    /// The allocator that the engine is compared with.
    pub against: Against,
    /// What is checked.
    pub layers: Layers,
    /// Run with a bounded search, in place of the geometry that the header names.
    pub search: bool,
}

impl Config {
    /// The number of the configuration in which a program with this header runs.
    pub(crate) fn number(&self, header: &Header) -> usize {
        let geometry = usize::from(header.geometry) % GEOMETRIES.len();
        if self.search { searching(geometry) } else { geometry }
    }
}
