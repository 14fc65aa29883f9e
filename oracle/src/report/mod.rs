//! The report of a failure: what a check found, a short program that shows it, the calls, the heap
//! before and after, and how to see it again.
//!
//! | file | holds |
//! |---|---|
//! | this | [`Report`]: shrinks the program, runs it again, and prints the text |
//! | `heap` | the heap at one moment, in its columns |
//! | `headers` | flags and links of its blocks |
//! | `render` | pools, tables and lists as text |
//! | `shell` | [`word`]: paths as words of a command line |
//! | [`trace`] | a run, line by line |
//!
//! The name of a check is in [`finding`](crate::finding); what it saw is written where the check is, in
//! `lockstep/checks`.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

mod headers;
mod heap;
mod render;
mod shell;
pub mod trace;

use crate::finding::{Check, FailureKind};
use crate::lockstep::layers::Against;
use crate::ops::Program;
use crate::reduce::shrink::shrink;
use crate::report::heap::HeapDump;
use crate::report::trace::Trace;
use crate::run::config::{Config, MOST_CALLS};
use crate::run::context::{self, Context};
use crate::run::failure::Failure;
use crate::subject::reference::IS_BUILT_IN;

pub use shell::word;

/// Calls of the trace that a report shows.
const LAST_CALLS: usize = 16;

/// A failure, with all that a person needs to understand it and to see it again. Its `Display` is the
/// text.
#[derive(Clone, Debug)]
pub struct Report {
    /// The failure of the shrunk program.
    pub failure: Failure,
    /// The program as it was found.
    pub whole: Program,
    /// A file that holds the shrunk program, to be named in the text.
    pub file: Option<PathBuf>,
    /// The mutant that ran in the engine's place, to be named in the text; `None` is the engine.
    pub mutant: Option<String>,
    /// The heap before the failing call.
    before: String,
    /// The heap after it.
    after: String,
    /// The last calls, as a trace shows them.
    calls: String,
}

impl Report {
    /// Shrinks the program of a failure of memoman's engine, and runs it again in this thread's
    /// context, which [`run`](crate::run()) uses.
    #[cold]
    pub fn of(failure: &Failure) -> Box<Self> {
        context::with_own(|context| Self::with(context, failure))
    }

    /// As [`of`](Self::of), in the context in which it failed: that of another subject, for instance.
    #[cold]
    pub fn with(context: &mut Context, failure: &Failure) -> Box<Self> {
        let shrunk = shrink(context, failure);
        let mut report = Self::unshrunk(context, &shrunk);
        report.whole.clone_from(&failure.program);
        report
    }

    /// As [`with`](Self::with), of the program as it is.
    #[cold]
    pub fn unshrunk(context: &mut Context, failure: &Failure) -> Box<Self> {
        let Failure { program, config, finding, steps, .. } = failure;
        let dump = |context: &Context| {
            let lockstep = context.lockstep(program, config);
            // A subject that has panicked may panic again when it is inspected.
            let dump = |lockstep| HeapDump::of(lockstep, finding.check);
            let dump = |lockstep| catch_unwind(AssertUnwindSafe(|| dump(lockstep)));
            lockstep.and_then(|lockstep| dump(lockstep).ok()).unwrap_or_default()
        };
        // A run of 0 calls makes none; the first call is the harness's own add_pool.
        let before = if *steps > 0 {
            context.run_steps(program, config, *steps);
            dump(context)
        } else {
            HeapDump::default()
        };
        let mut calls = Vec::new();
        let mut trace = Trace::new(&mut calls);
        drop(context.observe(program, config, &mut |step| trace.step(step)));
        let after = dump(context);
        // Both show the same place.
        let here = after.difference().or(finding.at).or_else(|| after.change(&before));
        Box::new(Self {
            failure: failure.clone(),
            whole: program.clone(),
            file: None,
            mutant: None,
            before: before.render(here),
            after: after.render(here),
            calls: last_lines(&calls),
        })
    }

    /// The shrunk program.
    pub fn program(&self) -> &Program {
        &self.failure.program
    }

    fn finding(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
            None => write!(f, "  at the end of the program")?,
        }
        match action {
            Some(action) => writeln!(f, "; the call is {action}"),
            None => writeln!(f),
        }
    }

    fn heap(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let legend = "# used, . free, | ends; offsets in bytes from the arena's base";
        if !self.before.is_empty() {
            writeln!(f, "\nThe heap before that call ({legend}):\n{}", self.before.trim_end())?;
        }
        writeln!(f, "\nThe heap after it ({legend}):\n{}", self.after.trim_end())?;
        if let Check::Law(_) = self.failure.check() {
            writeln!(
                f,
                "\nAn offset in a law counts from the start of its pool to a header; the others"
            )?;
            writeln!(f, "count from the arena's base to a payload.")?;
        }
        Ok(())
    }

    /// The command and the test with which to see it again.
    fn again(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Config { against, search, most_calls, .. } = self.failure.config;
        let (mut flag, mut fields) = (String::new(), String::new());
        if against == Against::System {
            flag += " --against system";
            fields += "against: oracle::Against::System, ";
        }
        if search {
            flag += " --search";
            fields += "search: true, ";
        }
        if most_calls != MOST_CALLS {
            flag += &format!(" --calls {most_calls}");
            fields += &format!("most_calls: {most_calls}, ");
        }
        let config = match &fields[..] {
            "" => "Default::default()".to_owned(),
            fields => format!("oracle::Config {{ {fields}..Default::default() }}"),
        };
        let command = match &self.mutant {
            Some(mutant) => format!("replay --mutant {mutant}"),
            // The oracle that has the command `replay` does not count words.
            None if self.failure.check() == Check::Cost => "latency".into(),
            None => "replay".into(),
        };
        match &self.file {
            Some(file) => {
                writeln!(f, "\nSee it again:\n\n  cargo oracle {command} {}{flag}", word(file))?;
            }
            None => {
                writeln!(f, "\nSee it again, with the program above saved as finding.ops:\n")?;
                writeln!(f, "  cargo oracle {command} finding.ops{flag}")?;
            }
        }
        let of = if self.mutant.is_some() { " of the engine, which is not the mutant" } else { "" };
        writeln!(f, "\nAs a test{of}, for instance in oracle/tests/finding.rs:\n")?;
        writeln!(f, "  #[test]\n  fn finding() {{\n      let program = \"")?;
        indented(f, 10, &self.program().to_string())?;
        writeln!(f, "      \";")?;
        writeln!(f, "      let program = program.parse().expect(\"a program\");")?;
        writeln!(f, "      let config = {config};")?;
        writeln!(f, "      if let Err(failure) = oracle::run_program(&program, &config) {{")?;
        writeln!(f, "          panic!(\"{{}}\", oracle::Report::of(&failure));")?;
        write!(f, "      }}\n  }}")?;
        self.lab(f)
    }

    /// The command that shows it in a browser; the lab has neither the platform's malloc nor costs.
    fn lab(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Config { against, search, .. } = self.failure.config;
        if against == Against::System || self.failure.check() == Check::Cost {
            return Ok(());
        }
        let search = if search { " --search" } else { "" };
        let file = self.file.as_deref().unwrap_or(Path::new("finding.ops"));
        let page = Path::new(file.file_name().unwrap_or("finding".as_ref())).with_extension("html");
        let mutant = self.mutant.as_ref().map_or(String::new(), |name| format!(" --mutant {name}"));
        write!(f, "\n\nSee it in a browser:\n\n")?;
        write!(f, "  cargo oracle lab{mutant}{search} {} -o {}", word(file), word(&page))
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

/// The end of a trace.
fn last_lines(trace: &[u8]) -> String {
    let text = String::from_utf8_lossy(trace);
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(LAST_CALLS);
    let omitted = if from > 0 { format!("  … {from} calls before\n") } else { String::new() };
    lines[from..].iter().fold(omitted, |text, line| text + "  " + line.trim_end() + "\n")
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.finding(f)?;
        let (ops, of) = (self.program().ops.len(), self.whole.ops.len());
        writeln!(f, "\nThe program ({ops} of {of} ops matter):\n")?;
        indented(f, 2, &self.program().to_string())?;
        if !IS_BUILT_IN {
            writeln!(
                f,
                "\nThis oracle was built without the C code (feature `reference`): it compared the"
            )?;
            writeln!(f, "engine with the specification only.")?;
        }
        writeln!(f, "\nThe allocator calls that it expands to, and their results:\n")?;
        write!(f, "{}", self.calls)?;
        self.heap(f)?;
        self.again(f)
    }
}
