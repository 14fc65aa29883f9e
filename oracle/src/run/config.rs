//! How to run.

use std::collections::BTreeSet;

use crate::geometry::{GEOMETRIES, configuration, searching};
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
        self.number_of(usize::from(header.geometry) % GEOMETRIES.len())
    }

    fn number_of(&self, geometry: usize) -> usize {
        if self.search { searching(geometry) } else { geometry }
    }

    /// The arenas of a [`Context`](crate::Context) in which programs of all geometries have run: one of each
    /// subject, and one of the C code where it is built for the configuration.
    pub fn arenas(&self) -> usize {
        let numbers: BTreeSet<_> = (0..GEOMETRIES.len()).map(|g| self.number_of(g)).collect();
        let has_reference =
            |&&number: &&usize| cfg!(feature = "reference") && configuration(number).is_contes();
        numbers.len() + numbers.iter().filter(has_reference).count()
    }
}

#[cfg(all(test, unix, not(miri), target_pointer_width = "64", feature = "reference"))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_needs_the_address_space_that_the_readme_names() {
        assert_eq!((Config::default().arenas(), crate::arena::RESERVED_BYTES >> 30), (20, 20));
        let readme =
            include_str!("../../README.md").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(readme.contains("400 GiB of address space: 20 GiB for each of its 20 arenas"));
    }
}
