//! The functions that a test or a fuzz target calls. Each panics with the report of a finding.

use crate::check::checker::Checker;
use crate::check::contract::Contract;
use crate::check::memory::Memory;
use crate::check::report::{Report, Source};
use crate::check::summary::Summary;
use crate::ops::Program;

/// Runs random programs until so many calls are made, and returns what was run and what was skipped.
/// Each call of the function runs the same programs; [`Checker::stress`] takes a seed.
///
/// # Panics
/// With the report of a finding: its shrunk program, and a test that shows it again.
///
/// # Examples
/// The platform's allocator:
/// ```
/// use oracle::check::{self, Global};
///
/// let summary = check::stress(|_| Some(Global(std::alloc::System)), 10_000);
/// println!("{summary}");
/// ```
pub fn stress<A: Contract + 'static, F>(make: F, calls: u64) -> Summary
where
    F: FnMut(&mut Memory) -> Option<A> + 'static,
{
    let mut checker = Checker::new(make);
    let ran = checker.stress(1, calls);
    finish(&checker, ran)
}

/// Runs the programs that the harness comes with, and returns what was run and what was skipped.
///
/// # Panics
/// As [`stress`].
pub fn corpus<A: Contract + 'static, F>(make: F) -> Summary
where
    F: FnMut(&mut Memory) -> Option<A> + 'static,
{
    let mut checker = Checker::new(make);
    let ran = checker.corpus();
    finish(&checker, ran)
}

/// Runs one input of a fuzzer. Any bytes are a program.
///
/// # Panics
/// As [`stress`].
pub fn run<A: Contract + 'static, F>(make: F, bytes: &[u8])
where
    F: FnMut(&mut Memory) -> Option<A> + 'static,
{
    one(make, &Program::decode(bytes));
}

/// Runs one program in its text form.
///
/// # Panics
/// As [`stress`], and if the text is no program.
pub fn replay<A: Contract + 'static, F>(make: F, program: &str)
where
    F: FnMut(&mut Memory) -> Option<A> + 'static,
{
    let program = program.parse().unwrap_or_else(|error| panic!("no program: {error}"));
    one(make, &program);
}

fn one<A: Contract + 'static, F>(make: F, program: &Program)
where
    F: FnMut(&mut Memory) -> Option<A> + 'static,
{
    let mut checker = Checker::new(make);
    let ran = checker.check(program, &Source::Given);
    finish(&checker, ran);
}

fn finish(checker: &Checker, ran: Result<(), Box<Report>>) -> Summary {
    if let Err(report) = ran {
        panic!("{report}");
    }
    if let [first, others @ ..] = checker.wasteful() {
        let others: String = others.iter().map(|report| format!("\n\n{report}")).collect();
        panic!("{first}{others}");
    }
    checker.summary().clone()
}
