//! `shrink`: reduces a program that fails.

use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use oracle::{Config, Report};

use super::args::Beside;
use super::exit::Exit;
use super::input::load;
use super::mutant::InPlace;
use super::output;
use super::text::shown;

/// Shrink a program that fails, and report the finding
///
/// Removes ops, then simplifies their fields, then the header, as long as the same check fails. The result
/// is a function of the program. The report ends with the program in text form and a test to paste.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle shrink fuzz/artifacts/ops/crash-12345678 -o finding.ops
  cargo oracle shrink --mutant faulty-stale-first-level-bit program.ops
  cargo oracle bughunt --list                           the mutants

To shrink an input of the target misuse: scripts/fuzz tmin misuse FILE

Exit codes: 0 shrunk; 2 if the file cannot be read, is not a program, or all checks
agree on it.")]
pub(crate) struct Shrink {
    /// Program in binary or text form; - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write the shrunk program to this file
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Allocator to compare the engine with
    #[arg(long, value_enum, default_value_t = Beside::STANDARD, value_name = "ALLOCATOR")]
    against: Beside,
    /// Run programs with a bounded search (const parameter SEARCH) in place of their geometry
    #[arg(long)]
    search: bool,
    #[command(flatten)]
    in_place: InPlace,
}

impl Shrink {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let program = load(&self.file)?.program;
        let config =
            Config { against: self.against.into(), search: self.search, ..Config::default() };
        let mut context = self.in_place.context()?;
        let Err(failure) = context.observe(&program, &config, &mut |_| {}) else {
            bail!(
                "{}: every check agrees; only a program that fails can be shrunk",
                shown(&self.file)
            );
        };
        let mut report = Report::with(&mut context, &failure);
        if let Some(file) = &self.out {
            output::write(file, report.program().to_string())?;
        }
        report.file.clone_from(&self.out);
        report.mutant = self.in_place.name().map(str::to_owned);
        writeln!(out, "{report}")?;
        Ok(Exit::Agrees)
    }
}
