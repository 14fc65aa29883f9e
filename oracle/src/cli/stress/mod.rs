//! `stress`: random programs until enough calls agreed, or one did not.

mod classes;
mod parallel;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::ensure;
use clap::Args;
use oracle::arena::{Arena, RESERVED_BYTES};
use oracle::{Config, Context};

use super::args::{Beside, count, flags, jobs, language_version, or_cores};
use super::exit::Exit;
use super::progress::Progress;
use super::text::{message, shown};
use super::{interrupt, output};
use crate::cli::stderr::note;
use parallel::{Ended, Generator, Outcome, Plan, again, run};

/// Run random programs until enough calls were checked
///
/// Runs programs 0, 1, 2 … of the seed on all cores. The output on stdout is a function of seed and calls,
/// independent of --jobs: two machines that print the same trace computed the same results. (A 32-bit
/// target has a trace of its own, because sizes are in words.) Time and rate go to stderr.
///
/// With --large, the programs are of version 2 of the op language. Their pools have up to 4 GiB of reserved
/// address space, most of which is never written. The command prints, for each geometry, in how many size classes
/// a free block was listed, and which classes were missed. Each thread reserves 400 GiB of address space.
///
/// The first program that fails is saved whole (.bin or .bin2), then shrunk (.ops), and the finding is reported.
/// Ctrl-C stops early and prints the statistics so far.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle stress --seed 1 --ops 20M
  cargo oracle stress --seed $RANDOM --ops 500k --jobs 1
  cargo oracle stress --seed 1 --ops 1M --against system
  cargo oracle stress --seed 1 --ops 1M --search
  cargo oracle stress --large --calls 10M              pools up to 4 GiB
  cargo oracle stress --seed 1 --ops 20M --generator guided   finds rare conjunctions sooner

Exit codes: 0 all agree; 1 a finding; 2 an argument is wrong; 130 interrupted.")]
pub(crate) struct Stress {
    /// Seed of the sequence of programs
    #[arg(long, default_value = "1", value_name = "N")]
    seed: u64,
    /// Where the programs come from
    #[arg(long, value_enum, default_value_t, value_name = "WHICH")]
    generator: Generator,
    /// Least number of calls to check: 500k, 20M, 2_000_000
    #[arg(long, visible_alias = "calls", value_parser = count, default_value = "1M", value_name = "N")]
    ops: u64,
    /// Pools up to 4 GiB
    #[arg(long, conflicts_with_all = ["against", "generator"])]
    large: bool,
    /// Number of threads, 1 to 512 [default: one per core]
    #[arg(long, value_name = "N", value_parser = jobs)]
    jobs: Option<usize>,
    /// Allocator to compare the engine with
    #[arg(long, value_enum, default_value_t = Beside::STANDARD, value_name = "ALLOCATOR")]
    against: Beside,
    /// Run programs with a bounded search (const parameter SEARCH) in place of their geometry
    #[arg(long)]
    search: bool,
    /// Directory in which the program of a finding is saved
    #[arg(long, default_value = "findings", value_name = "DIR")]
    findings: PathBuf,
}

impl Stress {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        interrupt::handle()?;
        let plan = Plan {
            seed: self.seed,
            version: language_version(self.large),
            generator: self.generator,
            calls: self.ops,
            jobs: or_cores(self.jobs),
            against: self.against.into(),
            search: self.search,
            context: Context::default,
        };
        if self.large {
            self.check_address_space(plan.jobs)?;
        }
        let mut progress = Progress::new(self.ops);
        let outcome = run(&plan, &mut |stats| {
            progress.show(stats.steps);
            !interrupt::requested()
        });
        progress.finish(outcome.stats.steps);
        self.report(&plan, outcome, out)
    }

    /// Checks that every thread can have all its arenas, before any program runs.
    ///
    /// # Errors
    /// The system does not reserve so much address space for this process.
    fn check_address_space(&self, jobs: usize) -> anyhow::Result<()> {
        let arenas = jobs * Config { search: self.search, ..Config::default() }.arenas();
        ensure!(
            Arena::can_reserve(arenas),
            "--large needs {} GiB of address space on {jobs} thread{}, which the system does not reserve; \
             expected fewer --jobs, or a higher limit (ulimit -v)",
            arenas.saturating_mul(RESERVED_BYTES).div_ceil(1 << 30),
            if jobs == 1 { "" } else { "s" }
        );
        Ok(())
    }

    fn report(&self, plan: &Plan, outcome: Outcome, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let Outcome { stats, ended } = outcome;
        // A finding is printed without the statistics before it.
        if !matches!(ended, Ended::Failed { .. }) {
            writeln!(out, "{stats}")?;
            if self.large && !self.search {
                write!(out, "{}", classes::table(&stats))?;
                writeln!(out, "{} calls in pools of 1 GiB and more", stats.in_large_pools)?;
            }
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
                note!("interrupted: no finding so far, so no file was written");
                writeln!(out, "interrupted: {ran}, trace {:016x}", stats.trace)?;
                Ok(Exit::Interrupted)
            }
            Ended::Failed { index, report } => {
                writeln!(
                    out,
                    "a finding in program {index} of seed {seed}, {calls} calls after the start\n"
                )?;
                let large = if self.large { "-large" } else { "" };
                let stem = self.findings.join(format!("stress{large}-seed{seed}-{index}"));
                let bin = if self.large { "bin2" } else { "bin" };
                let [bin, text] = [bin, "ops"].map(|extension| stem.with_extension(extension));
                // Whole before it is shrunk, which takes time: a second Ctrl-C does not lose it.
                let whole = match self.generator {
                    Generator::Blind => plan.bytes(index),
                    Generator::Guided => report.whole.encode(),
                };
                let saved = self.save(&bin, whole);
                let (mut report, alone) = again(plan, report);
                let shrunk = self.save(&text, report.program().to_string());
                report.file = shrunk.then_some(text);
                writeln!(out, "{report}\n")?;
                let flag = flags(self.against, self.search);
                let guided = match self.generator {
                    Generator::Blind => "",
                    Generator::Guided => " --generator guided",
                };
                if saved {
                    let bin = shown(&bin);
                    writeln!(out, "The whole program: cargo oracle replay {bin}{flag}")?;
                }
                if !alone {
                    let Self { seed, ops, .. } = self;
                    let large = if self.large { " --large" } else { "" };
                    writeln!(
                        out,
                        "\nThe program alone does not fail: it depends on the programs before it.\n  \
                         cargo oracle stress --seed {seed} --ops {ops} --jobs 1{large}{flag}{guided}"
                    )?;
                }
                Ok(Exit::Finding)
            }
        }
    }

    /// Saves a file of the finding; returns whether it was written. An error is printed only: the finding
    /// decides the exit code.
    fn save(&self, path: &Path, content: impl AsRef<[u8]>) -> bool {
        let saved = output::make_dir(&self.findings).and_then(|()| output::write(path, content));
        if let Err(error) = &saved {
            note!("error: {}", message(error));
        }
        saved.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use oracle::lockstep::Lockstep;
    use oracle::model::Rules;
    use oracle::ops::{self, Version};
    use oracle::subject::spec::Spec;
    use oracle::{Against, Stats};

    use super::*;

    /// Never splits a block.
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
            generator: Generator::Blind,
            ops: 10_000,
            large: false,
            jobs: None,
            against: Beside::STANDARD,
            search: false,
            findings: findings.clone(),
        };
        let plan = Plan {
            seed: 3,
            version: Version::One,
            generator: Generator::Blind,
            calls: 10_000,
            jobs: 2,
            against: Against::Conte,
            search: false,
            context: whole,
        };
        let outcome = run(&plan, &mut |_: &Stats| true);
        let mut text = Vec::new();
        let Ended::Failed { index, .. } = outcome.ended else { panic!("no finding") };
        assert_eq!(stress.report(&plan, outcome, &mut text).expect("written"), Exit::Finding);
        let text = String::from_utf8(text).expect("text");
        let stem = format!("stress-seed3-{index}");
        assert!(text.contains(&format!("{stem}.bin")) && text.contains(&format!("{stem}.ops")));
        // Every named file exists; the first one is the shrunk program.
        let mut named = text.lines().filter_map(|line| line.split_once("cargo oracle replay "));
        let first = named.next().expect("a command").1;
        assert!(first.ends_with(".ops") && Path::new(first).exists(), "{text}");
        assert!(named.all(|(_, file)| Path::new(file).exists()), "{text}");
        let bin = fs::read(findings.join(format!("{stem}.bin"))).expect("saved whole");
        assert_eq!(bin, ops::generate(3, index));
        let ops = fs::read_to_string(findings.join(format!("{stem}.ops"))).expect("saved shrunk");
        let program: ops::Program = ops.parse().expect("a program");
        assert!(program.ops.len() < ops::Program::decode(&bin).ops.len());
        fs::remove_dir_all(findings).expect("removed");
    }
}
