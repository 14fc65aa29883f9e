//! The child process: runs one file, prints the verdict, and shrinks the input if it fails.

use std::cell::RefCell;
use std::io::Write;
use std::path::Path;

use oracle::finding::Check;
use oracle::lockstep::Lockstep;
use oracle::ops::Program;
use oracle::reduce::triage::{Failed, Target};
use oracle::{Config, Context, Failure, Report, shrink, shrink_by};

use super::protocol::print;
use crate::cli::input::load;
use crate::cli::output;

/// The largest number of programs that shrinking in fresh contexts tries: each failure makes a report.
const MOST_PROGRAMS: usize = 5_000;

/// The largest number of inputs of misuse that shrinking tries.
#[cfg(feature = "guard")]
const MOST_INPUTS: usize = 20_000;

thread_local! {
    /// The place of the first panic since this was last taken.
    static PANICKED_AT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs the file and prints the verdict. If it fails and `prefix` is given, writes the shrunk input and its
/// report to `PREFIX.*`.
pub(super) fn run_file(
    target: Target,
    file: &Path,
    prefix: Option<&Path>,
    maker: fn(usize) -> Lockstep,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string);
        PANICKED_AT.with_borrow_mut(|first| *first = first.take().or(place));
        // Printed on stderr, in case the panic cannot be caught.
        default(panic);
    }));
    match target {
        Target::Ops => program(file, prefix, maker, out),
        Target::Misuse => input(file, prefix, out),
    }
}

fn program(
    file: &Path,
    prefix: Option<&Path>,
    maker: fn(usize) -> Lockstep,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let make = || Context::with(maker);
    let program = match load(file) {
        Ok(loaded) => loaded.program,
        Err(error) => return Ok(writeln!(out, "unusable: {error:#}")?),
    };
    let mut at = usize::MAX;
    let failed = run(&mut make(), &program, &mut |index| {
        if index != at {
            at = index;
            // The parent reads it if the process dies.
            let _ = writeln!(out, "op: {index}");
        }
    });
    let Some((failed, failure)) = failed else { return Ok(writeln!(out, "agrees")?) };
    if let Some(prefix) = prefix {
        // A panic at another line is another finding; of other checks, the place may change.
        let panic = failed.signature.check == Check::Crash.to_string();
        let same = |candidate: &Program| {
            let again =
                run(&mut make(), candidate, &mut |_| {}).map(|(failed, _)| failed.signature);
            again.is_some_and(|again| match panic {
                true => again == failed.signature,
                false => again.check == failed.signature.check,
            })
        };
        let quick = || {
            let mut context = make();
            let (_, failure) = run(&mut context, &program, &mut |_| {})?;
            Some(shrink(&mut context, &failure).program)
        };
        let quick = if panic { None } else { quick() };
        let shrunk = quick.filter(|quick| *quick != program && same(quick));
        // In contexts that are used again, a read of unwritten memory may differ: here, all are fresh.
        let mut tries = 0;
        let slowly = || {
            shrink_by(&program, failure.index, &mut |candidate| {
                tries += 1;
                tries < MOST_PROGRAMS && same(candidate)
            })
        };
        let shrunk = shrunk.unwrap_or_else(slowly);
        let mut context = make();
        if let Some((_, failure)) = run(&mut context, &shrunk, &mut |_| {}) {
            let path = prefix.with_extension("ops");
            output::write(&path, shrunk.to_string())?;
            let mut report = Report::unshrunk(&mut context, &failure);
            report.whole = program;
            report.file = Some(path);
            output::write(&prefix.with_extension("txt"), format!("{report}\n"))?;
        }
    }
    print(&failed, out)
}

/// Runs a program in a context, which is a fresh one for all callers.
fn run(
    context: &mut Context,
    program: &Program,
    at: &mut dyn FnMut(usize),
) -> Option<(Failed, Box<Failure>)> {
    PANICKED_AT.take();
    let config = Config::default();
    let failure = context.observe(program, &config, &mut |step| at(step.index)).err()?;
    Some((Failed::program(&failure, PANICKED_AT.take().as_deref()), failure))
}

#[cfg(feature = "guard")]
fn input(file: &Path, prefix: Option<&Path>, out: &mut dyn Write) -> anyhow::Result<()> {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    let bytes = match crate::cli::input::load_bytes(file) {
        Ok(bytes) => bytes,
        Err(error) => return Ok(writeln!(out, "unusable: {error:#}")?),
    };
    let run = |bytes: &[u8]| {
        PANICKED_AT.take();
        match catch_unwind(AssertUnwindSafe(|| oracle::guard::run(bytes))) {
            Ok(ran) => ran.err().map(|failure| {
                let last_line = failure.report.last().map_or("", String::as_str);
                (Failed::misuse(&failure.what, last_line), failure.to_string())
            }),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
                let place = PANICKED_AT.take().unwrap_or_default();
                let report = format!("panicked at {place}: {text}");
                Some((Failed::panic(Target::Misuse, text, &place), report))
            }
        }
    };
    let Some((failed, _)) = run(&bytes) else { return Ok(writeln!(out, "agrees")?) };
    if let Some(prefix) = prefix {
        let mut tries = 0;
        let shrunk = oracle::shrink_bytes(&bytes, &mut |candidate| {
            tries += 1;
            tries < MOST_INPUTS
                && run(candidate).is_some_and(|(f, _)| f.signature == failed.signature)
        });
        let report = run(&shrunk).map(|(_, report)| report).unwrap_or_default();
        output::write(&prefix.with_extension("bin"), &shrunk)?;
        output::write(&prefix.with_extension("txt"), format!("{report}\n"))?;
    }
    print(&failed, out)
}

#[cfg(not(feature = "guard"))]
fn input(file: &Path, _: Option<&Path>, out: &mut dyn Write) -> anyhow::Result<()> {
    let why = "the target misuse needs feature guard, which this build does not have";
    Ok(writeln!(out, "unusable: {}: {why}", file.display())?)
}
