//! `scripts/fuzz`: libFuzzer on a target, and every step of reading a finding, with one build.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::ensure;
use clap::{Parser, Subcommand};

use crate::cargo;
use crate::fuzzing;
use crate::interrupt;
use crate::script::Script;
use crate::stop::{Stop, failed};
use crate::tool::{self, counted};

/// Fuzz a target with libFuzzer, from the committed corpus; or show, minimise and measure inputs.
///
/// Without a command it runs TARGET (ops by default) until it finds something or is stopped. New inputs go
/// to fuzz/corpus/TARGET; those in corpus/TARGET-v1 are read, never written. A finding is saved in
/// fuzz/artifacts/TARGET and reported at once, with the commands that show it.
///
/// All commands use one build, in target/fuzz: reading a finding compiles nothing anew. Comparisons are not
/// traced (cargo fuzz's --no-trace-compares): every byte of an input has a meaning, so tracing took two thirds
/// of the time and found less.
#[derive(Parser)]
#[command(name = "scripts/fuzz", bin_name = "scripts/fuzz", after_help = NOTES, args_conflicts_with_subcommands = true)]
pub(crate) struct Fuzz {
    #[command(subcommand)]
    command: Option<Step>,
    #[command(flatten)]
    run: Run,
}

#[derive(Subcommand)]
enum Step {
    /// Fuzz a target (the default)
    Run(Run),
    /// Print the program that an input is
    Fmt(Input),
    /// Minimise a finding by libFuzzer's own means
    Tmin(Input),
    /// Minimise the corpus fuzz/corpus/TARGET: the fewest inputs with the same coverage
    Cmin(Corpus),
    /// Write fuzz/coverage/TARGET: the coverage of a corpus, by LLVM
    Coverage(Corpus),
    /// Build a target and print the path of its program
    Build {
        /// A file of fuzz/fuzz_targets, or mutant
        #[arg(default_value = "ops")]
        target: String,
    },
}

#[derive(clap::Args)]
struct Run {
    /// A file of fuzz/fuzz_targets (ops if it is left out), then options of libFuzzer, such as -runs=1000
    #[arg(value_name = "TARGET] [-OPTION", allow_hyphen_values = true, trailing_var_arg = true, value_parser = libfuzzer_option)]
    arguments: Vec<String>,
}

#[derive(clap::Args)]
struct Input {
    /// A file of fuzz/fuzz_targets
    target: String,
    /// The input, such as fuzz/artifacts/ops/crash-…
    file: PathBuf,
    /// Options of libFuzzer, such as -runs=1000
    #[arg(last = true)]
    options: Vec<OsString>,
}

#[derive(clap::Args)]
struct Corpus {
    /// A file of fuzz/fuzz_targets
    target: String,
    /// The corpus [default: fuzz/corpus/TARGET]
    folder: Option<PathBuf>,
}

const NOTES: &str = "\
Examples:
  scripts/fuzz                              until Ctrl-C
  scripts/fuzz ops -max_total_time=120      for two minutes
  scripts/fuzz misuse -max_total_time=120   hostile pointers and damage, against the guard
  scripts/fuzz latency -max_total_time=300  towards expensive calls; see cargo oracle latency --help
  scripts/fuzz ops -fork=2 -ignore_crashes=1
  scripts/fuzz fmt ops fuzz/artifacts/ops/crash-…
  scripts/fuzz tmin ops fuzz/artifacts/ops/crash-…
  SANITIZER=none scripts/fuzz ops           without AddressSanitizer: two to three times as fast

Exit codes: 0 nothing was found, 1 a finding, 2 it cannot be done, 130 interrupted.
Needs: a C and a C++ compiler. Installs cargo-fuzz.";

/// libFuzzer's options have one hyphen.
fn libfuzzer_option(text: &str) -> Result<String, String> {
    if text.starts_with("--") {
        return Err("options of libFuzzer begin with one hyphen; see scripts/fuzz --help".into());
    }
    Ok(text.to_owned())
}

impl Script for Fuzz {
    fn run(self) -> anyhow::Result<()> {
        let caller = std::env::current_dir()?;
        cargo::enter_root()?;
        let absolute = |path: PathBuf| caller.join(path);
        match self.command.unwrap_or(Step::Run(self.run)) {
            Step::Run(run) => run.fuzz(),
            Step::Fmt(input) => input.step("fmt", absolute(input.file.clone())),
            Step::Tmin(input) => input.step("tmin", absolute(input.file.clone())),
            Step::Cmin(corpus) => corpus.step("cmin", corpus.folder.clone().map(absolute)),
            Step::Coverage(corpus) => corpus.step("coverage", corpus.folder.clone().map(absolute)),
            Step::Build { target } => {
                if target != fuzzing::MUTANT {
                    fuzzing::check_target(&target)?;
                }
                fuzzing::prepare("fuzz")?;
                println!("{}", fuzzing::build(&target, &fuzzing::sanitizer()?)?.display());
                Ok(())
            }
        }
    }
}

impl Run {
    /// The target and the options for libFuzzer.
    fn split(&self) -> (&str, &[String]) {
        match self.arguments.split_first() {
            Some((target, options)) if !target.starts_with('-') => (target, options),
            _ => ("ops", &self.arguments),
        }
    }

    fn fuzz(&self) -> anyhow::Result<()> {
        let (target, options) = self.split();
        fuzzing::check_target(target)?;
        let sanitizer = fuzzing::sanitizer()?;
        fuzzing::prepare("fuzz")?;
        eprintln!(
            "scripts/fuzz: building {target} (sanitizer: {sanitizer}); some minutes the first time"
        );
        fuzzing::build(target, &sanitizer)?;

        let corpora = fuzzing::corpora(target)?;
        let artifacts = Path::new("fuzz/artifacts").join(target);
        let before = fuzzing::count(&corpora[0]);
        let inputs: usize = corpora.iter().map(|folder| fuzzing::count(folder)).sum();
        eprintln!(
            "scripts/fuzz: fuzzing {target} from {}; new ones go to {}; Ctrl-C stops it",
            counted(inputs, "input"),
            corpora[0].display()
        );
        let started = fuzzing::now();
        let mut run = fuzzing::command("run", target, &sanitizer)?;
        let ended = tool::status(run.arg(target).args(&corpora).arg("--").args(options));

        let findings = fuzzing::written_since(&artifacts, started);
        for file in &findings {
            report(target, file);
        }
        let new = fuzzing::count(&corpora[0]).saturating_sub(before);
        let kept = format!(
            "{} in {}, {} in {}",
            counted(new, "new input"),
            corpora[0].display(),
            counted(findings.len(), "finding"),
            artifacts.display()
        );
        if interrupt::requests() > 0 {
            return Err(Stop::Interrupted(format!("kept: {kept}")).into());
        }
        eprintln!("scripts/fuzz: {kept}");
        let ended = ended?;
        if ended.success() {
            return Ok(());
        }
        failed(if findings.is_empty() {
            format!("libFuzzer ended with {ended}; its message is above")
        } else {
            "a finding".into()
        })
    }
}

fn report(target: &str, file: &Path) {
    eprintln!("scripts/fuzz: a finding: {}", file.display());
    eprintln!("  replay it:   {}", fuzzing::replay(target, file));
    eprintln!("  print it:    scripts/fuzz fmt {target} '{}'", file.display());
    eprintln!("  minimise it: scripts/fuzz tmin {target} '{}'", file.display());
}

impl Input {
    fn step(&self, what: &str, file: PathBuf) -> anyhow::Result<()> {
        ensure!(file.is_file(), "{} is no file", file.display());
        fuzzing::check_target(&self.target)?;
        fuzzing::prepare("fuzz")?;
        let mut step = fuzzing::command(what, &self.target, &fuzzing::sanitizer()?)?;
        step.arg(&self.target).arg(file);
        if !self.options.is_empty() {
            step.arg("--").args(&self.options);
        }
        finish(
            what,
            &mut step,
            "the smallest input so far is in fuzz/artifacts, named minimized-from-…",
        )
    }
}

impl Corpus {
    fn step(&self, what: &str, folder: Option<PathBuf>) -> anyhow::Result<()> {
        fuzzing::check_target(&self.target)?;
        fuzzing::prepare("fuzz")?;
        let new = fuzzing::corpora(&self.target)?.swap_remove(0);
        let folder = folder.unwrap_or(new);
        ensure!(folder.is_dir(), "{} is no folder", folder.display());
        let mut step = fuzzing::command(what, &self.target, &fuzzing::sanitizer()?)?;
        step.arg(&self.target).arg(&folder);
        finish(what, &mut step, &format!("{} is as it was", folder.display()))
    }
}

fn finish(what: &str, step: &mut std::process::Command, kept: &str) -> anyhow::Result<()> {
    let ended = tool::status(step).map_err(|error| match error.downcast_ref() {
        Some(Stop::Interrupted(_)) => Stop::Interrupted(kept.to_owned()).into(),
        _ => error,
    })?;
    ensure!(ended.success(), "cargo fuzz {what} ended with {ended}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Fuzz, clap::Error> {
        Fuzz::try_parse_from(["scripts/fuzz"].iter().chain(arguments))
    }

    #[test]
    fn the_target_may_be_left_out() {
        let split = |arguments: &[&str]| {
            let fuzz = parse(arguments).unwrap();
            let (target, options) = fuzz.run.split();
            (target.to_owned(), options.to_vec())
        };
        assert_eq!(split(&[]), ("ops".into(), vec![]));
        assert_eq!(split(&["-max_total_time=5"]), ("ops".into(), vec!["-max_total_time=5".into()]));
        assert_eq!(
            split(&["misuse", "-runs=1", "-seed=2"]),
            ("misuse".into(), vec!["-runs=1".into(), "-seed=2".into()])
        );
    }

    #[test]
    fn a_finding_is_read_by_commands_of_their_own() {
        assert!(matches!(parse(&["fmt", "ops", "crash"]).unwrap().command, Some(Step::Fmt(_))));
        assert!(matches!(
            parse(&["tmin", "ops", "crash", "--", "-runs=9"]).unwrap().command,
            Some(Step::Tmin(_))
        ));
        assert!(matches!(parse(&["cmin", "ops"]).unwrap().command, Some(Step::Cmin(_))));
        assert!(matches!(
            parse(&["coverage", "ops", "corpus/ops-v1"]).unwrap().command,
            Some(Step::Coverage(_))
        ));
        assert!(parse(&["fmt", "ops"]).is_err());
    }
}
