//! `replay`: runs single programs and prints each call.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use oracle::report::trace::Trace;
use oracle::run::config::MOST_CALLS;
use oracle::{Config, Report};

use super::args::{self, Beside};
use super::exit::Exit;
use super::input::{Form, Loaded, load};
use super::mutant::InPlace;
use super::text::{message, shown};
use crate::cli::stderr::note;

/// Run programs from files, print every call, and print whether all checks agreed
///
/// A file whose content is text is read as text. Any other file is read as a binary program, and the
/// verdict says so. A text that is not a program is refused. Each call is printed with its op and its
/// result: the payload, as an offset from the arena's base, and the blocks that were split or merged.
///
/// A finding is reported with the difference, the shrunk program, the heap before and after, and a test to
/// paste.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle replay finding.ops
  cargo oracle replay --quiet corpus/regress/*.ops      verdicts only
  cargo oracle replay --no-shrink crash-12345678        the whole program
  cargo oracle replay - <finding.ops                    from standard input
  cargo oracle replay --against system finding.ops      beside the platform's malloc
  cargo oracle replay --mutant rule-lifo finding.ops    a faulty allocator

Exit codes: 0 all agree; 1 a file has a finding; else 2 if a file cannot be read or
is ill-formed.")]
pub(crate) struct Replay {
    /// Programs in binary or text form; - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Allocator to compare the engine with
    #[arg(long, value_enum, default_value_t = Beside::STANDARD, value_name = "ALLOCATOR")]
    against: Beside,
    /// Run programs with a bounded search (const parameter SEARCH) in place of their geometry
    #[arg(long)]
    search: bool,
    #[command(flatten)]
    in_place: InPlace,
    /// End a program after so many calls, instead of the 8,192 that version 1 of the op language gives it
    #[arg(long, value_name = "COUNT", value_parser = args::count, default_value_t = MOST_CALLS)]
    calls: u64,
    /// Print only the verdicts
    #[arg(long, short)]
    quiet: bool,
    /// Report a finding with the whole program
    #[arg(long)]
    no_shrink: bool,
}

impl Replay {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let (mut found, mut unusable) = (false, false);
        for file in &self.files {
            match load(file) {
                Ok(loaded) => found |= !self.replay(file, &loaded, out)?,
                Err(error) => {
                    note!("error: {}", message(&error));
                    unusable = true;
                }
            }
        }
        Ok(match (found, unusable) {
            (true, _) => Exit::Finding,
            (false, true) => Exit::Unusable,
            (false, false) => Exit::Agrees,
        })
    }

    /// Runs a program; returns whether all checks agreed.
    fn replay(&self, path: &Path, loaded: &Loaded, out: &mut dyn Write) -> anyhow::Result<bool> {
        let Loaded { program, form, .. } = loaded;
        // Any bytes are a program: the verdict names the form, in case text was meant.
        let file = match form {
            Form::Text => shown(path),
            Form::Binary => format!("{}, read as binary", shown(path)),
        };
        let config = Config {
            against: self.against.into(),
            search: self.search,
            most_calls: self.calls,
            ..Config::default()
        };
        if !self.quiet {
            writeln!(out, "{file}: geometry {}", program.header.geometry().name)?;
        }
        let mut trace = Trace::new(out);
        // Fresh contexts for each file: the result does not depend on the files before it.
        let mut context = self.in_place.context()?;
        let result = context.observe(program, &config, &mut |step| {
            if !self.quiet {
                trace.step(step);
            }
        });
        trace.finish()?;
        match &result {
            Ok(stats) => writeln!(
                out,
                "{file}: agrees: {} calls of {} ops, {:.1} % of them effective, malloc success \
                 {:.1} %, trace {:016x}",
                stats.steps,
                stats.ops,
                stats.effective_ratio(),
                stats.success_ratio(),
                stats.trace
            )?,
            Err(failure) => {
                let mut report = match self.no_shrink {
                    false => Report::with(&mut context, failure),
                    true => Report::unshrunk(&mut context, failure),
                };
                report.file = Some(path.to_owned());
                report.mutant = self.in_place.name().map(str::to_owned);
                writeln!(out, "{file}: a finding\n\n{report}\n")?;
            }
        }
        Ok(result.is_ok())
    }
}
