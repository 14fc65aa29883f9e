//! `stress`: random programs until enough calls agreed, or one did not.

use std::fs;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use anyhow::Context as _;
use clap::Args;
use oracle::{Context, Report, ops};

use super::args::{Beside, count};
use super::drive::{Driven, Ended, Plan, drive};
use super::progress::Progress;
use super::{Exit, interrupt};

/// Run random programs until enough calls were checked
///
/// Programs 0, 1, 2 … of the seed run on all cores. What is printed depends on seed and calls
/// only, not on --jobs: two machines that print the same trace saw the same answers (a 32-bit one
/// has its own: sizes are in words). Time and rate go to stderr. Ctrl-C stops early and prints the
/// statistics so far.
///
/// The first program that fails is saved, whole (.bin) and shrunk (.ops), and its story told.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle stress --seed 1 --ops 20M
  cargo oracle stress --seed $RANDOM --ops 500k --jobs 1
  cargo oracle stress --seed 1 --ops 1M --against system")]
pub(crate) struct Stress {
    /// Which sequence of programs
    #[arg(long, default_value = "1", value_name = "N")]
    seed: u64,
    /// How many calls to check, at least: 500k, 20M, 2_000_000
    #[arg(long, value_parser = count, default_value = "1M", value_name = "N")]
    ops: u64,
    /// How many threads [default: one per core]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// What stands beside the engine
    #[arg(long, value_enum, default_value = "conte", value_name = "WHOM")]
    against: Beside,
    /// Where the program of a finding is saved
    #[arg(long, default_value = "findings", value_name = "DIR")]
    findings: PathBuf,
}

impl Stress {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        interrupt::watch()?;
        let jobs = self.jobs.or(thread::available_parallelism().ok());
        let plan = Plan {
            seed: self.seed,
            calls: self.ops,
            jobs: jobs.map_or(1, NonZeroUsize::get),
            against: self.against.into(),
            context: Context::default,
        };
        let mut progress = Progress::new(self.ops);
        let driven = drive(&plan, &mut |stats| {
            progress.show(stats.steps);
            !interrupt::asked()
        });
        progress.finish(driven.stats.steps);
        self.report(&driven, out)
    }

    fn report(&self, driven: &Driven, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let Driven { stats, ended } = driven;
        // A finding comes first and alone; the statistics before it say nothing about it.
        if !matches!(ended, Ended::Failed { .. }) {
            writeln!(out, "{stats}")?;
        }
        let geometries = stats.by_geometry.iter().filter(|&&calls| calls > 0).count();
        let (calls, seed) = (stats.steps, self.seed);
        let ran = format!("{calls} calls in {geometries} geometries, seed {seed}");
        match ended {
            Ended::Enough => {
                writeln!(out, "agrees: {ran}, trace {:016x}", stats.trace)?;
                Ok(Exit::Agrees)
            }
            Ended::Interrupted => {
                writeln!(out, "interrupted: {ran}, trace {:016x}", stats.trace)?;
                Ok(Exit::Interrupted)
            }
            Ended::Failed { index, report, alone } => {
                writeln!(
                    out,
                    "a finding in program {index} of seed {seed}, {calls} calls after the start\n"
                )?;
                let saved = self.save(*index, report);
                let mut report = report.clone();
                report.file = saved.as_ref().ok().map(|(_, text)| text.clone());
                writeln!(out, "{report}\n")?;
                let flag = self.against.flag();
                match saved {
                    Ok((bin, _)) => {
                        let bin = bin.display();
                        writeln!(out, "Whole, as it was found: cargo oracle replay {bin}{flag}")?;
                    }
                    // The finding is told, and is what the exit code says.
                    Err(error) => eprintln!("error: {error:#}"),
                }
                if !alone {
                    let Self { seed, ops, .. } = self;
                    writeln!(
                        out,
                        "\nAlone it does not fail: programs before it left something behind.\n  \
                         cargo oracle stress --seed {seed} --ops {ops} --jobs 1{flag}"
                    )?;
                }
                Ok(Exit::Finding)
            }
        }
    }

    /// Saves the program whole and shrunk; the paths.
    fn save(&self, index: u64, report: &Report) -> anyhow::Result<(PathBuf, PathBuf)> {
        let Self { seed, findings: dir, .. } = self;
        let stem = dir.join(format!("stress-seed{seed}-{index}"));
        let [bin, text] = ["bin", "ops"].map(|extension| stem.with_extension(extension));
        let unwritable = || format!("{}: cannot be written", dir.display());
        fs::create_dir_all(dir).with_context(unwritable)?;
        fs::write(&bin, ops::generate(*seed, index)).with_context(unwritable)?;
        fs::write(&text, report.program().to_string()).with_context(unwritable)?;
        Ok((bin, text))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use oracle::lockstep::Lockstep;
    use oracle::model::Rules;
    use oracle::subject::spec::Spec;
    use oracle::{Against, Stats};

    use super::*;

    /// Never cuts a block.
    #[derive(Clone, Default, Debug)]
    struct Whole;

    impl Rules for Whole {
        fn splits(&mut self, _: &oracle::geometry::Geometry, _: usize, _: usize) -> bool {
            false
        }
    }

    fn whole() -> Context {
        Context::with(|number| Lockstep::with_subject(number, Box::new(Spec::<Whole>::new(number))))
    }

    #[test]
    fn a_finding_is_saved_whole_and_shrunk() {
        let findings = std::env::temp_dir().join(format!("oracle-stress-{}", std::process::id()));
        let stress = Stress {
            seed: 3,
            ops: 10_000,
            jobs: None,
            against: Beside::Conte,
            findings: findings.clone(),
        };
        let plan =
            Plan { seed: 3, calls: 10_000, jobs: 2, against: Against::Conte, context: whole };
        let driven = drive(&plan, &mut |_: &Stats| true);
        let mut text = Vec::new();
        assert_eq!(stress.report(&driven, &mut text).expect("written"), Exit::Finding);
        let text = String::from_utf8(text).expect("text");
        let Ended::Failed { index, report, .. } = driven.ended else { panic!("no finding") };
        let stem = format!("stress-seed3-{index}");
        assert!(text.contains(&format!("{stem}.bin")) && text.contains(&format!("{stem}.ops")));
        // What is named is there; the first that is named is the shrunk one.
        let mut named = text.lines().filter_map(|line| line.split_once("cargo oracle replay "));
        let first = named.next().expect("a command").1;
        assert!(first.ends_with(".ops") && Path::new(first).exists(), "{text}");
        assert!(named.all(|(_, file)| Path::new(file).exists()), "{text}");
        let bin = fs::read(findings.join(format!("{stem}.bin"))).expect("saved whole");
        assert_eq!(bin, ops::generate(3, index));
        let ops = fs::read_to_string(findings.join(format!("{stem}.ops"))).expect("saved shrunk");
        assert_eq!(ops.parse::<ops::Program>().expect("a program"), *report.program());
        fs::remove_dir_all(findings).expect("removed");
    }
}
