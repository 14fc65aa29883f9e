//! The arguments of `bughunt`, and the end of its two kinds of run.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use oracle::Layers;
use serde::Serialize;

use super::engines::Engine;
use crate::cli::exit::Exit;
use crate::cli::text::shown;
use crate::cli::{args, interrupt, output};

/// Measure the harness: run faulty allocators in the engine's place until a check fails
///
/// Each mutant of the catalogue is a faulty allocator with one mistake. From every seed, random programs (as
/// in `stress`) run against it until one fails. Printed are the calls and seconds up to the failure, the check
/// that failed, and the ops of the shrunk program. Then the explorer searches a few small heaps, breadth
/// first. Everything but the seconds is a function of the seeds.
///
/// Layers of checks can be left out: the comparison with the C code (lockstep), with the specification
/// (model), the content of payloads (content), validate and counters (validate). Without all of them, the
/// contract remains: alignment, containment, usable size, overlap, refusals that change nothing, pools that
/// are one free block in the end.
///
/// With --engines, each engine searches for each hard mutant, from each seed, for --seconds on a processor, and
/// stops when it finds it. The engines are both generators of `stress` (blind and guided), libFuzzer, AFL++,
/// bolero and the explorer. For an engine that cannot be built here, the command prints NOT DONE. Each result is kept
/// in a file: the same command, started again, runs the missing searches and prints a table of all.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle bughunt                                 all mutants, from 5 seeds
  cargo oracle bughunt --list                          names and mistakes of the mutants
  cargo oracle bughunt --only faulty-stale-first-level-bit
  cargo oracle bughunt --without lockstep --without model
  cargo oracle bughunt --ablate                        what each layer catches
  cargo oracle bughunt --hard --rate                   calls until random programs find the hard mutants
  cargo oracle bughunt --engines --seeds 3             time to bug: generators, libFuzzer, AFL++, bolero, explorer
  cargo oracle bughunt --engines --faults hard-gap-in-16-bits --engine guided
  cargo oracle bughunt --json bughunt.json > bughunt.md

The last line is `caught N of N`. After Ctrl-C, the results so far are printed,
and written to the JSON file.

Exit codes: 0 all caught from all seeds (--engines: all searches are done; --hard --rate: all need more than
100,000 calls); 1 some not; 2 an argument is wrong; 3 --engines: searches are missing; 130 interrupted.")]
pub(crate) struct Bughunt {
    /// Use seeds 1 to N, at most 10000
    #[arg(long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(super) seeds: u64,
    /// End the search for a mutant from one seed after N seconds (with --engines: on a processor)
    #[arg(long, value_name = "N", default_value = "60", value_parser = args::seconds)]
    pub(super) seconds: u64,
    /// End it after this many calls
    #[arg(long, value_name = "COUNT", value_parser = args::count, default_value = "100M")]
    pub(super) calls: u64,
    /// Moves of the explorer in each small heap; 0 leaves the explorer out
    #[arg(long, value_name = "COUNT", value_parser = args::count, default_value = "50k")]
    pub(super) transitions: u64,
    /// Only the mutants whose name contains this
    #[arg(long, value_name = "NAME")]
    pub(super) only: Option<String>,
    /// Leave out this layer of checks
    #[arg(long, value_name = "LAYER", value_parser = Layers::NAMES)]
    pub(super) without: Vec<String>,
    /// Leave out each layer in turn, then use each alone; from seed 1, at most 200k calls
    #[arg(long, conflicts_with = "without")]
    pub(super) ablate: bool,
    /// The hard mutants in place of the others: each needs a conjunction of conditions that random programs rarely meet
    #[arg(long)]
    pub(super) hard: bool,
    /// Print the calls that random programs need, by seed, and nothing else
    #[arg(long, conflicts_with_all = ["ablate", "json"])]
    pub(super) rate: bool,
    /// Measure the time to bug by engine: each engine searches for each mutant of --faults from each seed
    #[arg(long, conflicts_with_all = ["ablate", "hard", "json", "jobs", "rate", "without"])]
    pub(super) engines: bool,
    /// With --engines: hard, all, or the name of a mutant
    #[arg(long, value_name = "WHICH", default_value = "hard", requires = "engines")]
    pub(super) faults: String,
    /// With --engines: only this engine [default: all]
    #[arg(long, value_name = "NAME", requires = "engines")]
    pub(super) engine: Vec<Engine>,
    /// With --engines: the file that keeps the results, in a folder that exists [default: target/bughunt-engines/state.jsonl]
    #[arg(long, value_name = "FILE", requires = "engines")]
    pub(super) resume: Option<PathBuf>,
    /// With --engines: the folder for engines.md and engines.svg [default: target/bughunt-engines]
    #[arg(long, value_name = "DIR", requires = "engines")]
    pub(super) out: Option<PathBuf>,
    /// List the mutants and exit
    #[arg(long)]
    pub(super) list: bool,
    /// Write the results to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    /// Number of threads, 1 to 512; not with --engines, which runs one search at a time [default: one per core]
    #[arg(long, value_name = "N", value_parser = args::jobs)]
    pub(super) jobs: Option<usize>,
}

impl Bughunt {
    pub(super) fn threads(&self) -> usize {
        args::or_cores(self.jobs)
    }

    /// Writes the results to the JSON file, if one is given.
    pub(super) fn write_json(&self, results: &(impl Serialize + ?Sized)) -> anyhow::Result<()> {
        let Some(file) = &self.json else { return Ok(()) };
        output::write(file, serde_json::to_string_pretty(results)? + "\n")
    }

    /// Prints the last line, and returns the exit code.
    pub(super) fn finish(
        &self,
        caught: usize,
        of: usize,
        out: &mut dyn Write,
    ) -> anyhow::Result<Exit> {
        if interrupt::requested() {
            let file = self.json.as_deref().map(|file| format!(" and {}", shown(file)));
            let file = file.unwrap_or_default();
            writeln!(out, "interrupted: the table{file} has the results so far")?;
            return Ok(Exit::Interrupted);
        }
        writeln!(out, "caught {caught} of {of}")?;
        Ok(if caught == of { Exit::Agrees } else { Exit::Finding })
    }
}
