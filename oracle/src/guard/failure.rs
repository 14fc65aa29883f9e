//! The failure of a run: a broken promise, and the steps that led to it.

use std::fmt;

/// A promise of the guard that does not hold.
#[derive(Clone, Debug)]
pub struct GuardFailure {
    /// The number of the step that failed.
    pub step: u64,
    /// The value that was observed, and the one that was expected.
    pub what: String,
    /// The report: every step, one on each line; the last one is the step that failed.
    pub report: Vec<String>,
}

impl fmt::Display for GuardFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        writeln!(f, "\nmisuse: step {}: {}", self.step, self.what)?;
        write!(f, "To run it again: cargo oracle misuse FILE")
    }
}

impl std::error::Error for GuardFailure {}
