//! The task of a child process, and its outcome: files in a folder that parent and child share.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use oracle::check::Level;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::foreign::Avoided;
use super::names::Names;

/// The level that is not exceeded, as an argument and in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, clap::ValueEnum)]
pub(crate) enum MostLevel {
    /// malloc, free, memalign, realloc, usable size: alignment, overlap, content, nothing lost
    Contract,
    /// Also pools, a walk over the blocks, the allocator's own check
    Heap,
    /// Also every address, as the specification of TLSF 3.1 predicts it, in the geometry that the functions report
    Exact,
}

impl From<MostLevel> for Level {
    fn from(most: MostLevel) -> Self {
        match most {
            MostLevel::Contract => Self::Contract,
            MostLevel::Heap => Self::Heap,
            MostLevel::Exact => Self::Exact,
        }
    }
}

/// What the child does.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) library: PathBuf,
    pub(crate) names: Names,
    pub(crate) level: MostLevel,
    /// Lists for each power of two, where the user names it.
    pub(crate) lists: Option<usize>,
    pub(crate) avoided: Avoided,
    pub(crate) work: Work,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Work {
    /// Runs the programs of the harness, then those of a seed, up to a number of calls or of milliseconds.
    Stress { seed: u64, calls: u64, millis: u64 },
    /// Runs one program; `shrinks`: what fails is shrunk.
    One { program: Vec<u8>, shrinks: bool },
    /// Looks for a numbered fault.
    Fault { probe: usize },
}

/// What the child reports.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Outcome {
    Ran(Box<Ran>),
    Fault(Verdict),
    /// The allocator cannot be used: why.
    Unusable(String),
}

/// What a run of programs showed.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Ran {
    pub(crate) level: String,
    /// Which geometry it has, or why it is not checked at level exact.
    pub(crate) geometry: Option<String>,
    pub(crate) programs: u64,
    pub(crate) not_made: u64,
    pub(crate) granted: u64,
    pub(crate) refused: u64,
    pub(crate) frees: u64,
    pub(crate) asked: u64,
    pub(crate) usable: u64,
    pub(crate) skipped: Vec<String>,
    pub(crate) finding: Option<Found>,
    pub(crate) wasteful: Vec<Found>,
}

impl Ran {
    pub(crate) const fn calls(&self) -> u64 {
        self.granted + self.refused + self.frees
    }
}

/// A finding.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Found {
    /// `Unsound`, `Diverged`, `Wasteful`, `Crash`, `Hang`.
    pub(crate) kind: String,
    /// The check that failed.
    pub(crate) check: String,
    /// What it saw.
    pub(crate) what: String,
    /// The shrunk program, as text.
    pub(crate) program: String,
    /// Its last calls, one on each line.
    pub(crate) calls: String,
    /// Where the program comes from, in words.
    pub(crate) source: String,
    /// The check belongs to a level: at this one, the allocator can be checked further.
    pub(crate) lower: Option<MostLevel>,
}

/// Whether a library has a numbered fault, and what shows it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Verdict {
    Present(String),
    Absent(String),
    /// It lacks what the fault is about.
    NotApplicable(String),
}

/// Writes a value to a file of the folder.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn write<T: Serialize>(folder: &Path, name: &str, value: &T) -> anyhow::Result<()> {
    let path = folder.join(name);
    fs::write(&path, serde_json::to_vec(value)?).context("a temporary file cannot be written")
}

/// Reads a value from a file of the folder.
///
/// # Errors
/// The file is not there, or not whole.
pub(crate) fn read<T: DeserializeOwned>(folder: &Path, name: &str) -> anyhow::Result<T> {
    let bytes = fs::read(folder.join(name)).context("a temporary file cannot be read")?;
    Ok(serde_json::from_slice(&bytes)?)
}
