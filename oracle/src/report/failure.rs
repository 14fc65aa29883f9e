//! A failure and its story: what was done, what was seen, how the heap looked before and after,
//! and how to see it again.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use crate::action::Action;
use crate::finding::{Check, FailureKind, Finding};
use crate::lockstep::layers::Against;
use crate::ops::Program;
use crate::reduce::shrink::shrink;
use crate::report::heap::Picture;
use crate::report::trace::Trace;
use crate::run::context::{Config, Context};
use crate::run::interpret::Stop;
use crate::run::stats::Stats;
use crate::run::step::Step;

/// The first failure of a run. Display tells its story.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What a check objected to.
    pub finding: Finding,
    /// The program as it was run.
    pub program: Program,
    /// The shortest that was found to fail the same way.
    pub shrunk: Program,
    /// Index of the op of `shrunk` at which it fails; its length, if only at the end.
    pub index: usize,
    /// The call that failed, if the check was about one.
    pub action: Option<Action>,
    /// Whom it was run against.
    pub against: Against,
    /// A file with a program that fails so, where there is one: to be named in the story.
    pub file: Option<PathBuf>,
    /// The heap before the failing call, and after it.
    before: String,
    after: String,
    /// The last calls, as a trace shows them.
    calls: String,
}

impl Failure {
    /// Contract or parity.
    pub fn kind(&self) -> FailureKind {
        self.finding.check.kind()
    }

    /// Which check objected.
    pub fn check(&self) -> Check {
        self.finding.check
    }

    #[cold]
    pub(crate) fn tell(
        context: &mut Context,
        program: &Program,
        config: &Config,
        stop: Stop,
    ) -> Box<Self> {
        let mut shrunk = program.clone();
        let mut last = stop;
        if config.shrink {
            let smaller = shrink(context, program, last.index, config, last.finding.check);
            // What shrinking kept must fail as the whole did; else the whole is told.
            match context.attempt(&smaller, config, &mut |_| {}) {
                Err(stop) if stop.finding.check == last.finding.check => {
                    (shrunk, last) = (smaller, stop);
                }
                _ => {}
            }
        }
        let check = last.finding.check;
        let mut calls = Vec::new();
        let mut trace = Trace::new(&mut calls);
        let mut picture = |context: &mut Context, steps: Option<u64>| {
            // A run of 0 calls makes none; the first call is the harness's own add_pool.
            let mut stats = Stats::default();
            let mut observer = |step: Step<'_>| {
                if steps.is_none() {
                    trace.step(step);
                }
            };
            let ended = context.partly(&shrunk, config, steps, &mut stats, &mut observer);
            drop(ended);
            let lockstep = context.lockstep(&shrunk);
            // What has crashed may crash again when it is looked at.
            let take = |lockstep| catch_unwind(AssertUnwindSafe(|| Picture::take(lockstep, check)));
            lockstep.and_then(|lockstep| take(lockstep).ok()).unwrap_or_default()
        };
        let before = match last.step {
            0 => Picture::default(),
            steps => picture(context, Some(steps)),
        };
        let after = picture(context, None);
        // Both show the same place.
        let here = after.difference().or(last.finding.at).or_else(|| after.change(&before));
        let [before, after] = [before, after].map(|picture| picture.draw(here));
        Box::new(Self {
            finding: *last.finding,
            program: program.clone(),
            shrunk,
            index: last.index,
            action: last.action,
            against: config.against,
            file: None,
            before,
            after,
            calls: last_lines(&calls),
        })
    }
}

/// The end of a trace.
fn last_lines(trace: &[u8]) -> String {
    const LINES: usize = 16;
    let text = String::from_utf8_lossy(trace);
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(LINES);
    let omitted = if from > 0 { format!("  … {from} calls before\n") } else { String::new() };
    lines[from..].iter().fold(omitted, |text, line| text + "  " + line.trim_end() + "\n")
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meaning = match self.kind() {
            FailureKind::Unsound => "the contract of an allocator is broken",
            FailureKind::Diverged => "the answer is not TLSF 3.1's",
        };
        writeln!(f, "{:?} ({meaning}): {}", self.kind(), self.finding.check)?;
        writeln!(f, "  {}", self.finding.what)?;
        match self.shrunk.ops.get(self.index) {
            Some(op) => write!(f, "  at op {}: {op}", self.index + 1)?,
            None => write!(f, "  at the end of the program")?,
        }
        match self.action {
            Some(call) => writeln!(f, ", which came to {call}")?,
            None => writeln!(f)?,
        }
        let (ops, of) = (self.shrunk.ops.len(), self.program.ops.len());
        writeln!(f, "\nThe program ({ops} of {of} ops matter):\n")?;
        for line in self.shrunk.to_string().lines() {
            writeln!(f, "  {line}")?;
        }
        writeln!(f, "\nThe calls that came of it, and the answers that all gave:\n")?;
        write!(f, "{}", self.calls)?;
        let legend = "# used, . free, | ends; offsets in bytes from the arena's base";
        if !self.before.is_empty() {
            writeln!(f, "\nThe heap before that call ({legend}):\n{}", self.before.trim_end())?;
        }
        writeln!(f, "\nThe heap after it ({legend}):\n{}", self.after.trim_end())?;
        if let Check::Law(_) = self.check() {
            writeln!(
                f,
                "\nColumns show sizes and states; flags and links, which laws are about, are"
            )?;
            writeln!(
                f,
                "not in them. An offset in a law counts from its pool's start, to a header."
            )?;
        }
        let (flag, config) = match self.against {
            Against::Conte => ("", "Default::default()"),
            Against::System => (
                " --against system",
                "oracle::Config { against: oracle::Against::System, ..Default::default() }",
            ),
        };
        // The oracle that `replay` is does not count.
        let see = if self.check() == Check::Cost { "latency" } else { "replay" };
        match &self.file {
            Some(file) => {
                writeln!(f, "\nSee it again:\n\n  cargo oracle {see} {}{flag}", file.display())?;
            }
            None => {
                writeln!(f, "\nSee it again, with the program above saved as finding.ops:\n")?;
                writeln!(f, "  cargo oracle {see} finding.ops{flag}")?;
            }
        }
        writeln!(f, "\nAs a test, for instance in oracle/tests/finding.rs:\n")?;
        writeln!(f, "  #[test]")?;
        writeln!(f, "  fn finding() {{")?;
        writeln!(f, "      let program = \"")?;
        for line in self.shrunk.to_string().lines() {
            writeln!(f, "          {line}")?;
        }
        writeln!(f, "      \";")?;
        writeln!(f, "      let program = program.parse().expect(\"a program\");")?;
        writeln!(f, "      let config = {config};")?;
        writeln!(f, "      if let Err(failure) = oracle::run_program(&program, &config) {{")?;
        writeln!(f, "          panic!(\"{{failure}}\");")?;
        writeln!(f, "      }}")?;
        write!(f, "  }}")
    }
}

impl std::error::Error for Failure {}

/// Whom a run is checked against, in a word.
impl fmt::Display for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conte => "conte",
            Self::System => "system",
        })
    }
}
