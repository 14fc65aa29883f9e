//! `explore`: every state of a small heap.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use oracle::explore::known::{KNOWN, KnownScope};
use oracle::explore::{FailingPath, Scope, Search, SearchEnd, SearchOutcome};
use oracle::geometry::searching;
use oracle::lockstep::Lockstep;
use oracle::{Config, Context, Report};

use super::exit::Exit;
use super::progress::Progress;
use super::{args, interrupt, output};
use crate::cli::stderr::note;

/// Visit every state of small pools, with every check at every step
///
/// The search is breadth first from an empty heap. The moves are malloc and realloc of every multiple of
/// ALIGN up to one that is too large, memalign at the given alignments, and free of every block; with
/// several pools, also adding and removing each. A state is the structure of the heap and the order of its
/// free lists. Whole states are kept in memory, so their number is exact and independent of --jobs. A
/// violation is reported as a shortest program.
///
/// Ctrl-C stops the search and prints the counts so far. No state is kept: the next search starts from the
/// empty heap.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle explore --pool 272 --aligns 16,32       one pool, SL 4, with Conte's C code
  cargo oracle explore --pool 160 --pools 2
  cargo oracle explore --pool 256 --geometry a16-sl4 --aligns 32
  cargo oracle explore --known quick                   the small scopes with committed counts, for CI
  cargo oracle explore --known all                     all scopes with committed counts

A pool has 32, 64 … 224 or 256 to 511 bytes. Of several pools above 256 bytes, only the first may have
more than 256. The last line is `CLOSED states=N transitions=N seconds=N`, or `OPEN …` if the search
stopped before its end.

Exit codes: 0 closed with the expected number of states; 1 a violation or another number of states; 2 no
such scope; 3 open; 130 interrupted.")]
pub(crate) struct Explore {
    /// Size of the first pool, in bytes
    #[arg(long, value_name = "BYTES", required_unless_present = "known")]
    pool: Option<usize>,
    /// Largest number of pools
    #[arg(long, value_name = "N", default_value = "1")]
    pools: usize,
    /// Alignments for memalign, in bytes
    #[arg(long, value_name = "A,B…", value_delimiter = ',')]
    aligns: Vec<usize>,
    /// TLSF 3.1's geometry with N second-level lists: 4, 8, 16 or 32
    #[arg(long, value_name = "N", default_value = "4", conflicts_with = "geometry")]
    sl: usize,
    /// Geometry by name; `cargo oracle convert --help` lists them
    #[arg(long, value_name = "NAME")]
    geometry: Option<String>,
    /// Explore with a bounded search (const parameter SEARCH) in place of the geometry
    #[arg(long, conflicts_with = "known")]
    search: bool,
    /// Explore the scopes in the table of counts, and compare the counts
    #[arg(long, value_name = "WHICH", value_parser = ["quick", "all"], conflicts_with_all = ["pool", "pools", "aligns", "sl", "geometry", "expect"])]
    known: Option<String>,
    /// Expected number of states; another number is a finding
    #[arg(long, value_name = "N")]
    expect: Option<usize>,
    /// Stop when this many states are known
    #[arg(long, value_name = "COUNT", value_parser = args::count)]
    max_states: Option<u64>,
    /// Number of threads, 1 to 512 [default: one per core]
    #[arg(long, value_name = "N", value_parser = args::jobs)]
    jobs: Option<usize>,
    /// Directory in which the program of a violation is saved
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
}

impl Explore {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        interrupt::handle()?;
        let Some(which) = &self.known else {
            let geometry = self.geometry.clone().unwrap_or_else(|| format!("conte-sl{}", self.sl));
            let pool = self.pool.unwrap_or_default();
            let scope = Scope::new(&geometry, pool, self.pools, &self.aligns)?;
            return self.one(scope, self.expect.map(|states| (states, None)), out);
        };
        for known in KNOWN.iter().filter(|known| which == "all" || known.quick) {
            let &KnownScope { geometry, bytes, pools, aligns, states, transitions, .. } = known;
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
        let max = |states: u64| usize::try_from(states).unwrap_or(usize::MAX);
        writeln!(out, "{scope}{}", if self.search { ", with a bounded search" } else { "" })?;
        let maker: fn(usize) -> Lockstep =
            if self.search { |number| Lockstep::new(searching(number)) } else { Lockstep::new };
        let search = Search {
            jobs: args::or_cores(self.jobs),
            max_states: self.max_states.map_or(usize::MAX, max),
            ..Search::new(scope, maker)
        };
        let start = Instant::now();
        let mut progress = Progress::counting(1, "states");
        let SearchOutcome { reached, ended } = search.run(&mut |reached| {
            progress.reach((reached.states - reached.open) as u64, reached.states as u64);
            !interrupt::requested()
        });
        progress.finish((reached.states - reached.open) as u64);
        let seconds = start.elapsed().as_secs_f64();
        let counts = format!(
            "states={} transitions={} seconds={seconds:.1}",
            reached.states, reached.transitions
        );
        match ended {
            SearchEnd::Closed => {
                let wrong = expected.is_some_and(|(states, transitions)| {
                    states != reached.states
                        || transitions.is_some_and(|expected| expected != reached.transitions)
                });
                if wrong {
                    let (states, transitions) = expected.unwrap_or_default();
                    let more = transitions.map_or(String::new(), |n| format!(", {n} transitions"));
                    writeln!(
                        out,
                        "expected {states} states{more}; if the moves or the states were changed on purpose, update the table in oracle/src/explore/known.rs"
                    )?;
                }
                writeln!(out, "depth {}", reached.depth)?;
                writeln!(out, "CLOSED {counts}")?;
                Ok(if wrong { Exit::Finding } else { Exit::Agrees })
            }
            SearchEnd::Open => {
                writeln!(out, "depth {}, {} states not expanded", reached.depth, reached.open)?;
                writeln!(out, "OPEN {counts}")?;
                if !interrupt::requested() {
                    return Ok(Exit::Open);
                }
                note!("interrupted: no violation so far; states are not kept");
                Ok(Exit::Interrupted)
            }
            SearchEnd::Failed(path) => {
                self.report(&path, out)?;
                writeln!(out, "OPEN {counts}")?;
                Ok(Exit::Finding)
            }
        }
    }

    /// Reports a failing path as a finding of a program. The program must fail, too.
    fn report(&self, path: &FailingPath, out: &mut dyn Write) -> anyhow::Result<()> {
        let FailingPath { finding, program, depth } = path;
        writeln!(out, "a violation, {depth} moves from an empty heap: {finding}\n")?;
        let mut file = None;
        if let Some(dir) = &self.save {
            output::make_dir(dir)?;
            let path = dir.join("explore.ops");
            output::write(&path, program.to_string())?;
            file = Some(path);
        }
        let mut context = Context::default();
        match context.observe(
            program,
            &Config { search: self.search, ..Config::default() },
            &mut |_| {},
        ) {
            Err(failure) => {
                let mut report = Report::unshrunk(&mut context, &failure);
                report.file = file;
                writeln!(out, "{report}\n")?;
            }
            Ok(_) => {
                writeln!(out, "The program does not fail, which is an error of the explorer:\n")?;
                writeln!(out, "{program}")?;
            }
        }
        Ok(())
    }
}
