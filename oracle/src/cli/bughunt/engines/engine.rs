//! The engines, by name.

use std::fmt;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// What searches for a program that shows a mistake.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::cli::bughunt) enum Engine {
    /// Random programs, as in `stress`
    Generator,
    /// Programs that evolve towards heaps not seen before
    Guided,
    /// libFuzzer, from the committed corpus
    Libfuzzer,
    /// AFL++, from the committed corpus
    Afl,
    /// bolero's own random engine
    Bolero,
    /// Every state of a few small heaps, breadth first
    Explorer,
}

impl Engine {
    pub(super) const ALL: [Self; 6] =
        [Self::Generator, Self::Guided, Self::Libfuzzer, Self::Afl, Self::Bolero, Self::Explorer];

    /// Its result does not depend on a seed.
    pub(super) const fn has_no_seed(self) -> bool {
        matches!(self, Self::Explorer)
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Generator => "generator",
            Self::Guided => "guided",
            Self::Libfuzzer => "libFuzzer",
            Self::Afl => "AFL++",
            Self::Bolero => "bolero",
            Self::Explorer => "explorer",
        })
    }
}
