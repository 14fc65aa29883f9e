//! `replay`: single programs, call by call.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use oracle::{Config, Context, Report};

use super::Exit;
use super::args::Beside;
use super::load::{Form, Loaded, load};
use oracle::report::trace::Trace;

/// Run programs from files, show every call, and say whether all agreed
///
/// A file that reads as text is text, whatever its name; any other is a binary program, which the
/// verdict says. Text that is no program is refused. Each call is shown with the op it came from and its answer: where the payload lies,
/// as an offset from the arena's base, and what was split or merged on the way.
///
/// On a finding: what was seen, the shrunk program, the heap before and after, a test to paste.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle replay finding.ops
  cargo oracle replay --quiet corpus/regress/*.ops      verdicts only
  cargo oracle replay --no-shrink crash-12345678        the whole program, as it is
  cargo oracle replay --against system finding.ops      beside the platform's malloc

Exit codes: 1 if any file has a finding, else 2 if any is unreadable or ill-formed.")]
pub(crate) struct Replay {
    /// Programs, binary or text
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What stands beside the engine
    #[arg(long, value_enum, default_value = "conte", value_name = "WHOM")]
    against: Beside,
    /// Show no calls, only the verdicts
    #[arg(long, short)]
    quiet: bool,
    /// Tell a finding with the whole program
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
                    eprintln!("error: {error:#}");
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

    /// Whether all agreed.
    fn replay(&self, path: &Path, loaded: &Loaded, out: &mut dyn Write) -> anyhow::Result<bool> {
        let Loaded { program, form, .. } = loaded;
        // Any bytes at all are a program: who meant text must see that it was not taken for it.
        let file = match form {
            Form::Text => path.display().to_string(),
            Form::Binary => format!("{}, read as binary", path.display()),
        };
        let config = Config { against: self.against.into(), ..Config::default() };
        if !self.quiet {
            writeln!(out, "{file}: geometry {}", program.header.geometry().name)?;
        }
        let mut trace = Trace::new(out);
        // Fresh contexts for each file: what one file does must not hang on the one before.
        let mut context = Context::default();
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
                writeln!(out, "{file}: a finding\n\n{report}\n")?;
            }
        }
        Ok(result.is_ok())
    }
}
