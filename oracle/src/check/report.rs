//! The report of a finding about an allocator under test.

use std::fmt;

use crate::finding::FailureKind;
use crate::ops::Program;
use crate::run::failure::Failure;

/// Calls of the trace that a report shows.
const LAST_CALLS: usize = 16;

/// Where a program comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// The generator.
    Stress {
        /// The seed of the sequence.
        seed: u64,
        /// The program's number in it.
        index: u64,
    },
    /// The programs that the harness comes with.
    Corpus {
        /// Its number.
        index: usize,
    },
    /// Bytes or text of the caller's own.
    Given,
}

/// A finding, shrunk. Its `Display` is the text for a person.
#[derive(Clone, Debug)]
pub struct Report {
    /// The failure of the shrunk program.
    pub failure: Failure,
    /// The program as it was found.
    pub whole: Program,
    /// Where that comes from.
    pub source: Source,
    /// How a test names the constructor; empty if it has no name.
    pub make: String,
    /// The calls, one on each line.
    pub calls: String,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure { finding, program, index, action, .. } = &self.failure;
        let kind = self.failure.kind();
        let meaning = match kind {
            FailureKind::Unsound => "the contract of an allocator is broken",
            FailureKind::Diverged => "the reply is not TLSF 3.1's",
            FailureKind::Wasteful => "the contract is kept, at a cost",
        };
        writeln!(f, "{kind:?} ({meaning}): {}", finding.check)?;
        writeln!(f, "  {}", finding.what)?;
        match program.ops.get(*index) {
            Some(op) => write!(f, "  at op {}: {op}", index + 1)?,
            None => f.write_str("  at the end of the program")?,
        }
        if let Some(action) = action {
            write!(f, "; the call is {action}")?;
        }
        let (ops, of) = (program.ops.len(), self.whole.ops.len());
        writeln!(f, "\n\nThe program ({ops} of {of} ops matter):\n")?;
        indented(f, 2, &program.to_string())?;
        writeln!(f, "\nIts calls, and their results:\n")?;
        let lines: Vec<&str> = self.calls.lines().collect();
        let from = lines.len().saturating_sub(LAST_CALLS);
        if from > 0 {
            writeln!(f, "  … {from} calls before")?;
        }
        lines[from..].iter().try_for_each(|line| writeln!(f, "  {}", line.trim_end()))?;
        match self.source {
            Source::Stress { seed, index } => {
                writeln!(f, "\nFound as program {index} of seed {seed}.")?;
            }
            Source::Corpus { index } => writeln!(f, "\nFound as program {index} of the corpus.")?,
            Source::Given => {}
        }
        writeln!(f, "\nAs a test:\n\n  #[test]\n  fn finding() {{\n      let program = \"")?;
        indented(f, 10, &program.to_string())?;
        let make = if self.make.is_empty() { "make /* your constructor */" } else { &self.make };
        write!(f, "      \";\n      oracle::check::replay({make}, program);\n  }}")
    }
}

/// Writes a text line by line, each that is not empty after `spaces` spaces.
fn indented(f: &mut fmt::Formatter<'_>, spaces: usize, text: &str) -> fmt::Result {
    for line in text.lines() {
        let spaces = if line.is_empty() { 0 } else { spaces };
        writeln!(f, "{:spaces$}{line}", "")?;
    }
    Ok(())
}

impl std::error::Error for Report {}
