//! `bughunt`: what the harness catches, of what is planted.

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
use oracle::mutants::campaign::{Patience, with_explorer, with_generator};
use oracle::mutants::{self, Planted};
use serde::Serialize;

use super::workers::work;
use super::{Exit, args, interrupt};
use report::Row;

/// Hunt the planted bugs: wrong allocators in the engine's place, each with one mistake
///
/// Runs random programs (as `stress` does) against each, from every seed, until one fails; says after
/// how many calls and seconds, by which check, and how many ops of the program matter. Then the
/// explorer visits a few small heaps, breadth first. Everything but the seconds is a function of the
/// seeds.
///
/// A layer can be taken away: the C code (lockstep), the specification (model), what payloads
/// hold (content), validate and counters (validate). What is left without any is the contract:
/// alignment, containment, usable size, overlap, refusals that change nothing, pools whole in the end.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle bughunt                                 everything, from 5 seeds
  cargo oracle bughunt --list                          what is planted
  cargo oracle bughunt --only toy-stale-first-level-bit
  cargo oracle bughunt --without lockstep --without model
  cargo oracle bughunt --ablate                        what each layer is worth
  cargo oracle bughunt --json hunt.json > hunt.md

The last line reads `caught N of N`; the exit code is 1 if some were not.")]
pub(crate) struct Bughunt {
    /// Seeds 1 to N
    #[arg(long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// Give up on one, from one seed, after so many seconds
    #[arg(long, value_name = "N", default_value = "60")]
    seconds: u64,
    /// Or after so many calls
    #[arg(long, value_name = "COUNT", value_parser = args::count, default_value = "100M")]
    calls: u64,
    /// Moves that the explorer makes in each of a few small heaps; 0 for none
    #[arg(long, value_name = "COUNT", value_parser = args::count, default_value = "50k")]
    transitions: u64,
    /// Only those whose name contains this
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Without this layer
    #[arg(long, value_name = "LAYER", value_parser = Layers::NAMES)]
    without: Vec<String>,
    /// Each without one layer at a time, and with one at a time; 200k calls from seed 1 at most
    #[arg(long, conflicts_with = "without")]
    ablate: bool,
    /// Say what is planted, and hunt nothing
    #[arg(long)]
    list: bool,
    /// Results as JSON, into this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Threads; as many as there are cores by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

impl Bughunt {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let mut all = mutants::all();
        if let Some(only) = &self.only {
            all.retain(|planted| planted.name.contains(only.as_str()));
            if all.is_empty() {
                bail!("nothing planted is called like {only:?}; see cargo oracle bughunt --list");
            }
        }
        if self.list {
            for Planted { name, sentence, .. } in &all {
                writeln!(out, "{name:<40} {sentence}")?;
            }
            writeln!(out, "{} planted", all.len())?;
            return Ok(Exit::Agrees);
        }
        interrupt::watch()?;
        // A panic of what is hunted is a finding; nobody needs to read of it.
        std::panic::set_hook(Box::new(|_| {}));
        let exit = if self.ablate { self.ablate(&all, out) } else { self.hunt(&all, out) };
        drop(std::panic::take_hook());
        exit
    }

    fn hunt(&self, all: &[Planted], out: &mut dyn Write) -> anyhow::Result<Exit> {
        let without = |layers: Layers, name: &String| layers.without(name).unwrap_or(layers);
        let layers = self.without.iter().fold(Layers::ALL, without);
        let patience = Patience { calls: self.calls, time: Duration::from_secs(self.seconds) };
        let going = || !interrupt::asked();
        let seeds = self.seeds as usize;
        let caught = work(self.threads(), all.len() * seeds, "hunts", |at| {
            let (planted, seed) = (&all[at / seeds], (at % seeds) as u64 + 1);
            with_generator(planted, layers, seed, patience, &going)
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
            .map(|((planted, caught), explored)| Row::new(planted, caught, explored.as_ref()))
            .collect();
        report::table(&rows, out)?;
        if let Some(file) = &self.json {
            write_json(file, &rows)?;
        }
        if interrupt::asked() {
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
