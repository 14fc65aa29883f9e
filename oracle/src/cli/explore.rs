//! `explore`: every state of a small heap.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use oracle::explore::known::{KNOWN, Known};
use oracle::explore::{Ended, Outcome, Scope, Search, Violation};
use oracle::lockstep::Lockstep;
use oracle::{Config, Context, Report};

use super::progress::Progress;
use super::{Exit, args, interrupt};

/// Visit every state that small pools can be in, with every check at every step
///
/// Breadth first from an empty heap: malloc and realloc of every multiple of ALIGN up to one that is too
/// large, memalign at the given alignments, free of every block; with several pools, adding and removing
/// each. States are the structure of the heap and the order of its free lists; they are kept whole, so
/// their number is exact, whatever the number of threads. A violation is told as a shortest program.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle explore --pool 272 --aligns 16,32       one pool, SL 4, with Conte's C code
  cargo oracle explore --pool 160 --pools 2
  cargo oracle explore --pool 256 --geometry a16-sl4 --aligns 32
  cargo oracle explore --known quick                   those whose counts are committed, for CI
  cargo oracle explore --known all                     … and the larger ones, for the night

Pools have 32, 64 … 224 or 256 to 511 bytes; of several above 256, only the first has more than 256.
The last line reads `CLOSED states=N transitions=N seconds=N`, or `OPEN …` if it was stopped before
the end. Exit codes: 0 closed, and as many states as expected; 1 a violation or another number of states;
2 no such scope; 3 open; 130 interrupted.")]
pub(crate) struct Explore {
    /// Bytes of the first pool
    #[arg(long, value_name = "BYTES", required_unless_present = "known")]
    pool: Option<usize>,
    /// How many pools there may be
    #[arg(long, value_name = "N", default_value = "1")]
    pools: usize,
    /// Alignments for memalign
    #[arg(long, value_name = "A,B…", value_delimiter = ',')]
    aligns: Vec<usize>,
    /// TLSF 3.1's geometry with so many second-level lists: 4, 8, 16 or 32
    #[arg(long, value_name = "N", default_value = "4", conflicts_with = "geometry")]
    sl: usize,
    /// A geometry by name; see `cargo oracle convert --help`
    #[arg(long, value_name = "NAME")]
    geometry: Option<String>,
    /// Explore what is in the table of counts, and compare
    #[arg(long, value_name = "WHICH", value_parser = ["quick", "all"], conflicts_with_all = ["pool", "pools", "aligns", "sl", "geometry", "expect"])]
    known: Option<String>,
    /// It is an error if there is another number of states
    #[arg(long, value_name = "N")]
    expect: Option<usize>,
    /// Stop when so many states are known
    #[arg(long, value_name = "COUNT", value_parser = args::count)]
    max_states: Option<u64>,
    /// Threads; as many as there are cores by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Where a violation's program is saved
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
}

impl Explore {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        interrupt::watch()?;
        let Some(which) = &self.known else {
            let geometry = self.geometry.clone().unwrap_or_else(|| format!("conte-sl{}", self.sl));
            let pool = self.pool.unwrap_or_default();
            let scope = Scope::new(&geometry, pool, self.pools, &self.aligns)?;
            return self.one(scope, self.expect.map(|states| (states, None)), out);
        };
        for known in KNOWN.iter().filter(|known| which == "all" || known.quick) {
            let &Known { geometry, bytes, pools, aligns, states, transitions, .. } = known;
            let scope = Scope::new(geometry, bytes, pools, aligns)?;
            let exit = self.one(scope, Some((states, Some(transitions))), out)?;
            if exit != Exit::Agrees {
                return Ok(exit);
            }
        }
        Ok(Exit::Agrees)
    }

    fn one(
        &self,
        scope: Scope,
        expected: Option<(usize, Option<u64>)>,
        out: &mut dyn Write,
    ) -> anyhow::Result<Exit> {
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        let max = |states: u64| usize::try_from(states).unwrap_or(usize::MAX);
        writeln!(out, "{scope}")?;
        let search = Search {
            jobs: self.jobs.map_or_else(cores, usize::from),
            max_states: self.max_states.map_or(usize::MAX, max),
            ..Search::new(scope, Lockstep::new)
        };
        let start = Instant::now();
        let mut progress = Progress::counting(1, "states");
        let Outcome { reached, ended } = search.run(&mut |reached| {
            progress.reach((reached.states - reached.open) as u64, reached.states as u64);
            !interrupt::asked()
        });
        progress.finish((reached.states - reached.open) as u64);
        let seconds = start.elapsed().as_secs_f64();
        let told = format!(
            "states={} transitions={} seconds={seconds:.1}",
            reached.states, reached.transitions
        );
        match ended {
            Ended::Closed => {
                let wrong = expected.is_some_and(|(states, transitions)| {
                    states != reached.states
                        || transitions.is_some_and(|expected| expected != reached.transitions)
                });
                if wrong {
                    let (states, transitions) = expected.unwrap_or_default();
                    let more = transitions.map_or(String::new(), |n| format!(", {n} transitions"));
                    writeln!(
                        out,
                        "expected {states} states{more}; if the moves or the states have become others on purpose, the table in oracle/src/explore/known.rs must be, too"
                    )?;
                }
                writeln!(out, "depth {}", reached.depth)?;
                writeln!(out, "CLOSED {told}")?;
                Ok(if wrong { Exit::Finding } else { Exit::Agrees })
            }
            Ended::Open => {
                writeln!(out, "depth {}, {} states not expanded", reached.depth, reached.open)?;
                writeln!(out, "OPEN {told}")?;
                Ok(if interrupt::asked() { Exit::Interrupted } else { Exit::Open })
            }
            Ended::Violation(violation) => {
                self.tell(&violation, out)?;
                writeln!(out, "OPEN {told}")?;
                Ok(Exit::Finding)
            }
        }
    }

    /// As a finding of a program, which it must be, too.
    fn tell(&self, violation: &Violation, out: &mut dyn Write) -> anyhow::Result<()> {
        let Violation { finding, program, depth } = violation;
        writeln!(out, "a violation, {depth} moves from an empty heap: {finding}\n")?;
        let mut file = None;
        if let Some(dir) = &self.save {
            let unwritable = || format!("{}: cannot be written", dir.display());
            fs::create_dir_all(dir).with_context(unwritable)?;
            let path = dir.join("explore.ops");
            fs::write(&path, program.to_string()).with_context(unwritable)?;
            file = Some(path);
        }
        let mut context = Context::default();
        match context.observe(program, &Config::default(), &mut |_| {}) {
            Err(failure) => {
                let mut report = Report::unshrunk(&mut context, &failure);
                report.file = file;
                writeln!(out, "{report}\n")?;
            }
            Ok(_) => {
                writeln!(
                    out,
                    "As a program it does not fail, which is a fault of the explorer:\n"
                )?;
                writeln!(out, "{program}")?;
            }
        }
        Ok(())
    }
}
