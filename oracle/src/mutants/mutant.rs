//! What the catalogue says about a mutant.

use std::fmt;

use crate::finding::Check;
use crate::lockstep::Lockstep;
use crate::lockstep::layers::Layers;
use crate::run::config::{Config, MOST_CALLS};

/// A faulty allocator of the catalogue.
#[derive(Clone)]
pub struct Mutant {
    /// Its name: words joined by hyphens, the first one says how it is made.
    pub name: String,
    /// Its mistake, in one sentence.
    pub mistake: &'static str,
    /// How it is made.
    pub made: Made,
    /// The checks that may be the first to fail. Which of them is first depends on the program.
    pub expected: Vec<Check>,
    /// Makes a lockstep with the mutant in the engine's place. The argument is the number of a geometry.
    pub maker: fn(usize) -> Lockstep,
    /// The most calls of a program: more than others have if the mistake shows only in a long life of the heap.
    pub most_calls: u64,
}

/// How a mutant is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Made {
    /// The specification with one rule wrong.
    Rules,
    /// The same, and the specification has the same wrong rule.
    Misread,
    /// The engine behind a wrapper that changes one result.
    Wrapper,
    /// The faulty TLSF with one fault.
    Faulty,
    /// One that shows its mistake only under a rare conjunction.
    Hard,
}

/// The first word of a mutant's name.
impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rules => "rule",
            Self::Misread => "misread",
            Self::Wrapper => "wrapper",
            Self::Faulty => "faulty",
            Self::Hard => "hard",
        })
    }
}

/// A mutant as its own source file lists it: its name in the code, the checks that may fail first, the
/// mistake, and the function that makes its lockstep.
pub(super) type Listing = (&'static str, &'static [Check], &'static str, fn(usize) -> Lockstep);

impl Mutant {
    /// The configuration in which programs run on it, with these checks.
    pub fn config(&self, layers: Layers) -> Config {
        Config { layers, most_calls: self.most_calls, ..Config::default() }
    }

    /// A mutant made in this way, from its listing.
    pub(super) fn listed(made: Made, (name, expected, mistake, maker): Listing) -> Self {
        let name = format!("{made}-{}", kebab(name));
        Self { name, mistake, made, expected: expected.to_vec(), maker, most_calls: MOST_CALLS }
    }
}

/// `ThisName` as `this-name`.
fn kebab(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}
