//! The first failure of a run: data only. A report is made of it above, in [`report`](crate::report).

use std::fmt;

use crate::action::Action;
use crate::finding::{Check, FailureKind, Finding};
use crate::ops::Program;
use crate::run::config::Config;

/// The first failure of a run, and where it happened.
///
/// Its `Display` is one line. [`Report`](crate::Report) shrinks the program, runs it again and shows
/// the program, the calls and the heap.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// What a check found.
    pub finding: Finding,
    /// The program as it was run.
    pub program: Program,
    /// How it was run.
    pub config: Config,
    /// Index of the op at which it fails; the number of ops, if only at the end.
    pub index: usize,
    /// Calls made before the one that failed.
    pub steps: u64,
    /// The action that failed, if the check was about one.
    pub action: Option<Action>,
}

impl Failure {
    /// Contract or parity.
    pub fn kind(&self) -> FailureKind {
        self.finding.check.kind()
    }

    /// Which check failed.
    pub fn check(&self) -> Check {
        self.finding.check
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at op {}; oracle::Report shows more)", self.finding, self.index + 1)
    }
}

impl std::error::Error for Failure {}
