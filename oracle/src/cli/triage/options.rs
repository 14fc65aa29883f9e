//! The arguments of `triage`.

use std::path::PathBuf;

use clap::Args;
use oracle::reduce::triage::Target;

use crate::cli::args;
use crate::cli::mutant::InPlace;

/// Sort crash files into findings, and shrink one file of each
///
/// Each file runs in a child process, with the same property as in the fuzzer. A file that kills its process
/// or does not end is a finding like any other. Files with the same target, check and place (the call or,
/// of a panic, the line of code) are one finding. The smallest file of each is shrunk to DIR/….ops, or for
/// misuse to DIR/….bin, with its report in ….txt. The table of all findings is printed, and saved as
/// DIR/triage.md; DIR/index.html shows it in a browser, with a page of the heap lab for each program. Files
/// that no longer fail are listed.
///
/// The target of a file is the name of one of its directories, unless --target names it. After Ctrl-C the
/// results so far are printed and saved; findings that were not shrunk are listed with their smallest file.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle triage                                  all of fuzz/artifacts, into findings
  cargo oracle triage fuzz/artifacts/ops --out findings/monday
  cargo oracle triage --target ops crash-12345678 timeout-9abcdef0
  cargo oracle triage --mutant faulty-stale-first-level-bit --target ops corpus/ops-v1

The last line is `triaged N files, N distinct findings` (`1 file`, if it is one).

Exit codes: 0 no finding; 1 a finding; else 2 if a file or directory cannot be used; 130 interrupted.")]
pub(crate) struct Triage {
    /// Crash files, or directories of them; - for standard input
    #[arg(value_name = "PATH", default_value = "fuzz/artifacts")]
    pub(super) paths: Vec<PathBuf>,
    /// Fuzz target of the files
    #[arg(long, value_parser = target, value_name = "ops | misuse")]
    pub(super) target: Option<Target>,
    /// Directory for the findings
    #[arg(long, value_name = "DIR", default_value = "findings")]
    pub(super) out: PathBuf,
    /// Timeout of a file, in seconds
    #[arg(long, value_name = "N", default_value = "10", value_parser = args::seconds)]
    pub(super) timeout: u64,
    /// Number of child processes at a time, 1 to 512 [default: one per core]
    #[arg(long, value_name = "N", value_parser = args::jobs)]
    jobs: Option<usize>,
    /// Plots of a night on the index page: what scripts/overnight writes
    #[cfg(feature = "lab")]
    #[arg(long, value_name = "FILE")]
    pub(super) night: Option<PathBuf>,
    /// For the target ops
    #[command(flatten)]
    pub(super) in_place: InPlace,
    /// Run one file: for child processes
    #[arg(long, hide = true, requires = "target")]
    pub(super) one: bool,
    /// Shrink it, into files with this prefix: for child processes
    #[arg(long, hide = true, requires = "one", value_name = "PREFIX")]
    pub(super) shrink_into: Option<PathBuf>,
}

fn target(name: &str) -> Result<Target, String> {
    let found = Target::ALL.into_iter().find(|target| target.name() == name);
    found.ok_or_else(|| "expected ops or misuse".to_owned())
}

impl Triage {
    pub(super) fn processes(&self) -> usize {
        args::or_cores(self.jobs)
    }
}
