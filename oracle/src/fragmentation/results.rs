//! The results of a study, and the finding that ends it.

use std::fmt;

use super::rows::{AdversaryRow, CapacityRow, SampleRow};

/// The rows of a study, in the order of distribution, seed, allocator.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Results {
    /// Every sample.
    pub samples: Vec<SampleRow>,
    /// The first refusal of every heap.
    pub capacities: Vec<CapacityRow>,
    /// Robson's program.
    pub adversary: Vec<AdversaryRow>,
}

/// A finding: an allocator broke its contract, or its figures are impossible or differ from those of its
/// equivalent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// The allocator and the run.
    pub run: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.run, self.what)
    }
}
