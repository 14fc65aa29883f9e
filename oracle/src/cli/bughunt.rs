//! `bughunt`: what the harness catches, of what is planted.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use oracle::Layers;
use oracle::planted::hunt::{Caught, Patience, with_generator};
use oracle::planted::{self, Planted};
use serde::Serialize;

use super::progress::Progress;
use super::{Exit, args, interrupt};

/// Hunt the planted bugs: wrong allocators in the engine's place, each with one mistake
///
/// Runs random programs (as `stress` does) against each, from every seed, until one fails; says after
/// how many calls and seconds, by which check, and how many ops of the program matter. Everything but the
/// seconds is a function of the seeds.
///
/// A layer can be taken away: the C code (lockstep), the specification (model), what payloads
/// hold (content), validate and counters (validate). What is left without any is the contract:
/// alignment, containment, usable size, overlap, refusals that change nothing.
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

/// One hunt to be made.
#[derive(Clone, Copy)]
struct Hunt {
    planted: usize,
    layers: Layers,
    seed: u64,
}

/// What came of those after one bug with the same layers, by seed.
#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    sentence: &'a str,
    caught: &'a [Option<Caught>],
}

impl<'a> Row<'a> {
    fn new(planted: &'a Planted, caught: &'a [Option<Caught>]) -> Self {
        Self { name: &planted.name, sentence: planted.sentence, caught }
    }

    fn is_caught(&self) -> bool {
        self.caught.iter().all(Option::is_some)
    }

    /// The middle one of what was caught, by `key`.
    fn median<T: PartialOrd + Copy>(&self, key: impl Fn(&Caught) -> T) -> Option<T> {
        let mut all: Vec<T> = self.caught.iter().flatten().map(key).collect();
        all.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
        all.get(all.len().checked_sub(1)? / 2).copied()
    }
}

impl Bughunt {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let mut all = planted::all();
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
        let seeds = |planted| (1..=self.seeds).map(move |seed| Hunt { planted, layers, seed });
        let hunts: Vec<Hunt> = (0..all.len()).flat_map(seeds).collect();
        let results = self.all_of(all, &hunts, patience);
        let results = all.iter().zip(results.chunks(self.seeds as usize));
        let rows: Vec<_> = results.map(|(planted, caught)| Row::new(planted, caught)).collect();
        table(&rows, self.seeds, out)?;
        self.save(&rows)?;
        if interrupt::asked() {
            writeln!(out, "interrupted")?;
            return Ok(Exit::Interrupted);
        }
        let ops = |row: &Row<'_>| row.median(|caught| caught.ops);
        let mut shrunk: Vec<usize> = rows.iter().filter_map(ops).collect();
        shrunk.sort_unstable();
        let slowest = rows.iter().flat_map(|row| row.caught.iter().flatten());
        let slowest = slowest.map(|caught| caught.shrink_seconds).fold(0.0, f64::max);
        if let Some(median) = shrunk.get(shrunk.len() / 2) {
            writeln!(out, "\nshrunk: median {median} ops, slowest {slowest:.2} s")?;
        }
        let caught = rows.iter().filter(|row| row.is_caught()).count();
        for row in rows.iter().filter(|row| !row.is_caught()) {
            let from = row.caught.iter().flatten().count();
            writeln!(out, "not caught: {} (from {from} of {} seeds)", row.name, self.seeds)?;
        }
        writeln!(out, "caught {caught} of {}", rows.len())?;
        Ok(if caught == rows.len() { Exit::Agrees } else { Exit::Finding })
    }

    /// Without each layer in turn, and with each alone beside the contract.
    fn ablate(&self, all: &[Planted], out: &mut dyn Write) -> anyhow::Result<Exit> {
        let none = Layers { lockstep: false, model: false, content: false, validate: false };
        let alone = |name| match name {
            "lockstep" => Layers { lockstep: true, ..none },
            "model" => Layers { model: true, ..none },
            "content" => Layers { content: true, ..none },
            _ => Layers { validate: true, ..none },
        };
        let mut columns = vec![("all".to_owned(), Layers::ALL)];
        for name in Layers::NAMES {
            let without = Layers::ALL.without(name).unwrap_or_default();
            columns.push((format!("without {name}"), without));
        }
        columns.extend(Layers::NAMES.map(|name| (format!("only {name}"), alone(name))));
        columns.push(("contract only".to_owned(), none));

        let time = Duration::from_secs(self.seconds);
        let patience = Patience { calls: self.calls.min(200_000), time };
        let hunts = |planted| {
            let hunt = move |&(_, layers): &(String, Layers)| Hunt { planted, layers, seed: 1 };
            columns.iter().map(hunt)
        };
        let hunts: Vec<Hunt> = (0..all.len()).flat_map(hunts).collect();
        let results = self.all_of(all, &hunts, patience);
        let rows: Vec<_> = all.iter().zip(results.chunks(columns.len())).collect();

        let head: Vec<_> = columns.iter().map(|column| column.0.as_str()).collect();
        writeln!(out, "| calls until caught | {} |", head.join(" | "))?;
        writeln!(out, "|---|{}", "--:|".repeat(head.len()))?;
        for (planted, caught) in &rows {
            let calls = |caught: &Option<Caught>| match caught {
                Some(caught) => caught.calls.to_string(),
                None => "–".to_owned(),
            };
            let cells: Vec<_> = caught.iter().map(calls).collect();
            writeln!(out, "| {} | {} |", planted.name, cells.join(" | "))?;
        }
        let count = |column: usize| rows.iter().filter(|row| row.1[column].is_some()).count();
        let counts: Vec<_> = (0..columns.len()).map(|column| count(column).to_string()).collect();
        writeln!(out, "| **caught of {}** | {} |\n", rows.len(), counts.join(" | "))?;
        let mut only: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (layer, name) in Layers::NAMES.iter().enumerate() {
            let caught = rows.iter().filter(|row| row.1[0].is_some() && row.1[layer + 1].is_none());
            only.insert(name, caught.map(|row| row.0.name.as_str()).collect());
        }
        for (layer, names) in &only {
            let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
            writeln!(out, "only {layer} catches: {names}")?;
        }
        if let Some(file) = &self.json {
            let cell = |(column, caught): (&(String, Layers), &Option<Caught>)| {
                (column.0.clone(), caught.clone())
            };
            let row = |(planted, caught): &(&Planted, &[Option<Caught>])| {
                let cells: BTreeMap<_, _> = columns.iter().zip(caught.iter()).map(cell).collect();
                (planted.name.clone(), cells)
            };
            write_json(file, &rows.iter().map(row).collect::<BTreeMap<_, _>>())?;
        }
        if interrupt::asked() {
            writeln!(out, "interrupted")?;
            return Ok(Exit::Interrupted);
        }
        writeln!(out, "caught {} of {}", count(0), rows.len())?;
        Ok(if count(0) == rows.len() { Exit::Agrees } else { Exit::Finding })
    }

    /// Makes all hunts, on several threads; results in the order of the hunts.
    fn all_of(&self, all: &[Planted], hunts: &[Hunt], patience: Patience) -> Vec<Option<Caught>> {
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        let jobs = self.jobs.map_or_else(cores, usize::from);
        let next = AtomicUsize::new(0);
        let results = Mutex::new(vec![None; hunts.len()]);
        let progress = Mutex::new((0, Progress::counting(hunts.len() as u64, "hunts")));
        thread::scope(|scope| {
            for _ in 0..jobs {
                scope.spawn(|| {
                    loop {
                        let at = next.fetch_add(1, Relaxed);
                        let Some(hunt) = hunts.get(at) else { return };
                        let going = || !interrupt::asked();
                        let planted = &all[hunt.planted];
                        let caught =
                            with_generator(planted, hunt.layers, hunt.seed, patience, &going);
                        results.lock().expect("no panic")[at] = caught;
                        let mut progress = progress.lock().expect("no panic");
                        progress.0 += 1;
                        let done = progress.0;
                        progress.1.show(done);
                    }
                });
            }
        });
        let (done, progress) = progress.into_inner().expect("no panic");
        progress.finish(done);
        results.into_inner().expect("no panic")
    }

    fn save(&self, rows: &[Row<'_>]) -> anyhow::Result<()> {
        self.json.as_ref().map_or(Ok(()), |file| write_json(file, rows))
    }
}

fn write_json(file: &PathBuf, value: &(impl Serialize + ?Sized)) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    fs::write(file, text + "\n").with_context(|| format!("{}: cannot be written", file.display()))
}

/// Markdown; medians over the seeds.
fn table(rows: &[Row<'_>], seeds: u64, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "| planted | what is wrong | seeds | calls | s | check | ops | shrunk in s |")?;
    writeln!(out, "|---|---|--:|--:|--:|---|--:|--:|")?;
    for row in rows {
        let from = row.caught.iter().flatten().count();
        let checks: std::collections::BTreeSet<_> =
            row.caught.iter().flatten().map(|caught| caught.check.as_str()).collect();
        let checks: Vec<_> = checks.into_iter().collect();
        let number = |value: Option<f64>| value.map_or("–".to_owned(), |v| format!("{v:.2}"));
        let whole = |value: Option<u64>| value.map_or("–".to_owned(), |v| v.to_string());
        writeln!(
            out,
            "| {} | {} | {from}/{seeds} | {} | {} | {} | {} | {} |",
            row.name,
            row.sentence,
            whole(row.median(|caught| caught.calls)),
            number(row.median(|caught| caught.seconds)),
            checks.join("; "),
            whole(row.median(|caught| caught.ops as u64)),
            number(row.median(|caught| caught.shrink_seconds)),
        )?;
    }
    Ok(())
}
