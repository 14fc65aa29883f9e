//! `bughunt`: how many mutants the harness catches, and how soon.

mod ablate;
mod report;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use oracle::Layers;
use oracle::mutants::campaign::{Budget, with_explorer, with_generator};
use oracle::mutants::{self, Mutant};
use serde::Serialize;

use super::workers::work;
use super::{Exit, args, interrupt};
use report::Row;

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
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle bughunt                                 all mutants, from 5 seeds
  cargo oracle bughunt --list                          names and mistakes of the mutants
  cargo oracle bughunt --only faulty-stale-first-level-bit
  cargo oracle bughunt --without lockstep --without model
  cargo oracle bughunt --ablate                        what each layer catches
  cargo oracle bughunt --json bughunt.json > bughunt.md

The last line reads `caught N of N`. Exit codes: 0 if all were caught from all seeds, 1 if not,
130 if interrupted.")]
pub(crate) struct Bughunt {
    /// Use seeds 1 to N
    #[arg(long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// End the search for a mutant from one seed after N seconds
    #[arg(long, value_name = "N", default_value = "60")]
    seconds: u64,
    /// End it after this many calls
    #[arg(long, value_name = "COUNT", value_parser = args::count, default_value = "100M")]
    calls: u64,
    /// Moves of the explorer in each small heap; 0 leaves the explorer out
    #[arg(long, value_name = "COUNT", value_parser = args::count, default_value = "50k")]
    transitions: u64,
    /// Only the mutants whose name contains this
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Leave out this layer of checks
    #[arg(long, value_name = "LAYER", value_parser = Layers::NAMES)]
    without: Vec<String>,
    /// Leave out each layer in turn, then use each alone; from seed 1, at most 200k calls
    #[arg(long, conflicts_with = "without")]
    ablate: bool,
    /// List the mutants and exit
    #[arg(long)]
    list: bool,
    /// Write the results to this file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Threads [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

impl Bughunt {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let mut all = mutants::all();
        if let Some(only) = &self.only {
            all.retain(|mutant| mutant.name.contains(only.as_str()));
            if all.is_empty() {
                bail!("no mutant has {only:?} in its name; see cargo oracle bughunt --list");
            }
        }
        if self.list {
            for Mutant { name, mistake, .. } in &all {
                writeln!(out, "{name:<48} {mistake}")?;
            }
            writeln!(out, "{} mutants", all.len())?;
            return Ok(Exit::Agrees);
        }
        interrupt::handle()?;
        // A panic of a mutant is a finding and needs no message of its own.
        std::panic::set_hook(Box::new(|_| {}));
        let exit = if self.ablate { self.ablate(&all, out) } else { self.campaign(&all, out) };
        drop(std::panic::take_hook());
        exit
    }

    fn campaign(&self, all: &[Mutant], out: &mut dyn Write) -> anyhow::Result<Exit> {
        let without = |layers: Layers, name: &String| layers.without(name).unwrap_or(layers);
        let layers = self.without.iter().fold(Layers::ALL, without);
        let budget = Budget { calls: self.calls, time: Duration::from_secs(self.seconds) };
        let going = || !interrupt::requested();
        let seeds = self.seeds as usize;
        let caught = work(self.threads(), all.len() * seeds, "searches", |at| {
            let (mutant, seed) = (&all[at / seeds], (at % seeds) as u64 + 1);
            with_generator(mutant, layers, seed, budget, &going)
        });
        let caught: Vec<_> = caught.into_iter().map(Option::flatten).collect();
        let explored = match self.transitions {
            0 => all.iter().map(|_| None).collect(),
            most => work(self.threads(), all.len(), "explorations", |at| {
                with_explorer(&all[at], layers, most, &going)
            }),
        };
        let all = all.iter().zip(caught.chunks(seeds)).zip(&explored);
        let rows: Vec<_> = all
            .map(|((mutant, caught), explored)| Row::new(mutant, caught, explored.as_ref()))
            .collect();
        report::table(&rows, out)?;
        if let Some(file) = &self.json {
            write_json(file, &rows)?;
        }
        if interrupt::requested() {
            writeln!(out, "interrupted")?;
            return Ok(Exit::Interrupted);
        }
        report::sums(&rows, out)?;
        let caught = rows.iter().filter(|row| row.is_caught()).count();
        writeln!(out, "caught {caught} of {}", rows.len())?;
        Ok(if caught == rows.len() { Exit::Agrees } else { Exit::Finding })
    }

    fn threads(&self) -> usize {
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        self.jobs.map_or_else(cores, usize::from)
    }
}

fn write_json(file: &Path, value: &(impl Serialize + ?Sized)) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    fs::write(file, text + "\n").with_context(|| format!("{}: cannot be written", file.display()))
}
