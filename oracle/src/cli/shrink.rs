//! `shrink`: the smallest program that fails as a given one does.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use oracle::{Config, Context, Report};

use super::Exit;
use super::args::Beside;
use super::load::load;

/// Shrink a program that fails to what matters, and tell the finding
///
/// Drops ops, then makes their fields simpler, then the header, as long as the same check objects; the
/// result is a function of the program. Ends with the .ops program and a test to paste.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle shrink fuzz/artifacts/ops/crash-12345678 -o finding.ops
  cargo oracle shrink --mutant faulty-stale-first-level-bit program.ops
  cargo oracle bughunt --list                           the mutants

For a finding of the target misuse, use libFuzzer's own: cargo fuzz tmin misuse FILE.

Exit codes: 0 shrunk; 2 if the file is no program, or all checks agree on it.")]
pub(crate) struct Shrink {
    /// A program, binary or text
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where the shrunk program goes
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What stands beside the engine
    #[arg(long, value_enum, default_value = "conte", value_name = "WHOM")]
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
            bail!("{}: every check agrees, there is nothing to shrink", self.file.display());
        };
        let mut report = Report::with(&mut context, &failure);
        if let Some(file) = &self.out {
            let unwritable = || format!("{}: cannot be written", file.display());
            fs::write(file, report.program().to_string()).with_context(unwritable)?;
        }
        report.file.clone_from(&self.out);
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
