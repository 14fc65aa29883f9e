//! `shrink`: reduces a program that fails.

use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use oracle::{Config, Context, Report};

use super::args::Beside;
use super::exit::Exit;
use super::input::load;
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
    /// A mutant (faulty allocator) of the catalogue in the engine's place
    #[cfg(feature = "bughunt")]
    #[arg(long, value_name = "NAME")]
    mutant: Option<String>,
}

impl Shrink {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let program = load(&self.file)?.program;
        let config = Config { against: self.against.into(), ..Config::default() };
        let mut context = self.context()?;
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
        #[cfg(feature = "bughunt")]
        report.mutant.clone_from(&self.mutant);
        writeln!(out, "{report}")?;
        Ok(Exit::Agrees)
    }

    #[cfg(feature = "bughunt")]
    fn context(&self) -> anyhow::Result<Context> {
        let Some(name) = &self.mutant else { return Ok(Context::default()) };
        match oracle::mutants::by_name(name) {
            Some(mutant) => Ok(Context::with(mutant.maker)),
            None => bail!("no mutant is named {name:?}; see cargo oracle bughunt --list"),
        }
    }

    #[cfg(not(feature = "bughunt"))]
    fn context(&self) -> anyhow::Result<Context> {
        Ok(Context::default())
    }
}
