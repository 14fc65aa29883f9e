//! `fragmentation`: measures fragmentation, and writes tables and plots.

mod search;
mod table;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use oracle::fragmentation::peers::PEERS;
use oracle::fragmentation::plots::{self, Scene};
use oracle::fragmentation::programs::{RecordedProgram, StudyPlan};
use oracle::fragmentation::results::Results;
use oracle::fragmentation::sizes::Sizes;
use oracle::fragmentation::study::Study;
use oracle::fragmentation::summary::{SummaryRow, summarise};
use serde::Serialize;

use super::args::{jobs, or_cores};
use super::exit::Exit;
use super::progress::Progress;
use super::text::shown;
use super::{input, interrupt};
use crate::cli::stderr::note;

/// Measure the fragmentation of memoman and other allocators, and plot it
///
/// Every allocator (memoman with SL = 32, 16, 8 and 4, rlsf, talc, and the C code of TLSF 3.1, whose
/// figures must be memoman's) serves the same requests from a heap of the same size: sizes from four
/// distributions, from empty to full with allocations and frees, then a recorded program, then Robson's
/// adversary. Samples are taken at the fill levels (live bytes in percent of the heap).
///
/// Writes to DIR: fragmentation.csv (every sample), capacity.csv (every first refusal), robson.csv,
/// summary.csv (median, 95th percentile, worst) and six plots. The same arguments give the same bytes.
/// Definitions: cargo doc --open -p memoman-oracle, module `fragmentation`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle fragmentation --out results
  cargo oracle fragmentation --out results --quick
  cargo oracle fragmentation --out results --heap 4MiB --seeds 50 --fills 60,80,90
  cargo oracle fragmentation --out results --trace calls.csv
  cargo oracle fragmentation --search

A trace is CSV with the columns op,id,size: m,3,100 allocates 100 bytes as block 3,
r,3,200 reallocates it, f,3, frees it. oracle/traces/README.md describes the default
trace.

Exit codes: 0 measured; 1 if an allocator breaks its contract, or memoman's figures
differ from the C code's; 2 if DIR cannot be written or an argument is wrong; 130
interrupted. Files are written only at the end: else none.")]
pub(crate) struct Fragmentation {
    /// Directory for the files; created if missing
    #[arg(long, value_name = "DIR", required_unless_present = "search")]
    out: Option<PathBuf>,
    /// Print only the first refusals of memoman with a bounded search of 0 to 64 blocks; write no file
    #[arg(long, conflicts_with = "out")]
    search: bool,
    /// Size of each heap in bytes: 256KiB to 64MiB [default: 1MiB]
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    heap: Option<usize>,
    /// Number of runs of each distribution [default: 20]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    seeds: Option<u64>,
    /// Number of samples of each run at each fill level [default: 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100))]
    samples: Option<u64>,
    /// Fill levels in percent
    #[arg(long, value_name = "LIST", default_value = "50,70,80,90,95", value_delimiter = ',',
          value_parser = clap::value_parser!(u64).range(5..=100))]
    fills: Vec<u64>,
    /// Use small heaps and few runs by default: 256KiB, 3 seeds, 2 samples
    #[arg(long)]
    quick: bool,
    /// Recorded program as CSV [default: one of sqlite3]
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Number of threads, 1 to 512 [default: one per core]
    #[arg(long, value_name = "N", value_parser = jobs)]
    jobs: Option<usize>,
}

/// The largest trace, in bytes.
const MOST_TRACE: u64 = 64 << 20;

impl Fragmentation {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        interrupt::handle()?;
        let (name, trace) = self.trace()?;
        let study = Study {
            plan: self.plan(),
            sizes: &Sizes::ALL,
            seeds: self.seeds.unwrap_or(if self.quick { 3 } else { 20 }),
            trace: (&name, &trace),
            peers: &PEERS,
        };
        let Some(dir) = &self.out else {
            return Ok(match self.results(&search::of(study), out)? {
                Ok(results) => search::print(&summarise(&results), out)?,
                Err(exit) => exit,
            });
        };
        // Before the work: check that the results can be written.
        let unwritable = || format!("{}: cannot be written", shown(dir));
        fs::create_dir_all(dir).with_context(unwritable)?;
        let builder = tempfile::Builder::new().prefix(".fragmentation-").to_owned();
        let draft = builder.tempdir_in(dir).with_context(unwritable)?;

        let results = match self.results(&study, out)? {
            Ok(results) => results,
            Err(exit) => return Ok(exit),
        };
        let summaries = summarise(&results);
        let files = write(draft.path(), &study, &results, &summaries).with_context(unwritable)?;
        for file in &files {
            let (from, to) = (draft.path().join(file), dir.join(file));
            fs::rename(from, to).with_context(unwritable)?;
        }
        table::print(&summaries, &results, &PEERS, out)?;
        writeln!(out, "\n{}: {}", shown(dir), files.join(", "))?;
        Ok(Exit::Agrees)
    }

    /// Runs a study; its results, or how the command ends without them.
    fn results(
        &self,
        study: &Study<'_>,
        out: &mut dyn Write,
    ) -> anyhow::Result<Result<Results, Exit>> {
        let mut progress = Progress::counting(0, "runs");
        let mut runs = 0;
        let ran = study.run(or_cores(self.jobs), &mut |done, of| {
            progress.reach(done as u64, of as u64);
            runs = done as u64;
            !interrupt::requested()
        });
        progress.finish(runs);
        Ok(match ran {
            Ok(Some(results)) => Ok(results),
            Ok(None) => {
                note!("interrupted: no file was written");
                Err(Exit::Interrupted)
            }
            Err(broken) => {
                writeln!(out, "a finding: {broken}")?;
                Err(Exit::Finding)
            }
        })
    }

    fn plan(&self) -> StudyPlan {
        let mut fills: Vec<_> = self.fills.iter().map(|&fill| fill as usize).collect();
        fills.sort_unstable();
        fills.dedup();
        let [heap, samples] = if self.quick { [1 << 18, 2] } else { [1 << 20, 4] };
        StudyPlan {
            heap_bytes: self.heap.unwrap_or(heap),
            fills,
            samples: self.samples.map_or(samples, |samples| samples as usize),
        }
    }

    /// Returns the recorded program, with its name as a distribution.
    fn trace(&self) -> anyhow::Result<(String, RecordedProgram)> {
        let Some(path) = &self.trace else {
            return Ok(("recorded: sqlite3".to_owned(), RecordedProgram::sqlite3()));
        };
        let text = input::read(path, MOST_TRACE)?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        match RecordedProgram::read(&text[..]) {
            Ok(trace) => Ok((format!("recorded: {stem}"), trace)),
            Err(why) => bail!("{}: {why}", shown(path)),
        }
    }
}

/// Writes all files; returns their names.
fn write(
    dir: &Path,
    study: &Study<'_>,
    results: &Results,
    summaries: &[SummaryRow],
) -> anyhow::Result<Vec<&'static str>> {
    rows(&dir.join("fragmentation.csv"), &results.samples)?;
    rows(&dir.join("capacity.csv"), &results.capacities)?;
    rows(&dir.join("robson.csv"), &results.adversary)?;
    rows(&dir.join("summary.csv"), summaries)?;
    let mut files = vec!["fragmentation.csv", "capacity.csv", "robson.csv", "summary.csv"];

    let peers: Vec<_> = PEERS.into_iter().filter(|peer| peer.equivalent.is_none()).collect();
    let StudyPlan { heap_bytes, fills, samples } = &study.plan;
    let subtitle = format!(
        "Heap of {} KiB (of a recorded program: its peak / fill level), {} seeds, {samples} samples \
         of each at each fill level",
        heap_bytes / 1024,
        study.seeds
    );
    let scene = Scene { peers: &peers, fills, subtitle: &subtitle };
    let pictures = plots::draw(&scene, summaries, &results.adversary);
    for (file, svg) in pictures.map_err(anyhow::Error::msg)? {
        fs::write(dir.join(file), svg)?;
        files.push(file);
    }
    Ok(files)
}

fn rows<R: Serialize>(path: &Path, rows: &[R]) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_path(path)?;
    rows.iter().try_for_each(|row| writer.serialize(row))?;
    Ok(writer.flush()?)
}

/// Parses the size of a heap.
fn bytes(text: &str) -> Result<usize, String> {
    let (digits, unit) = match text {
        _ if text.ends_with("KiB") => (&text[..text.len() - 3], 1 << 10),
        _ if text.ends_with("MiB") => (&text[..text.len() - 3], 1 << 20),
        _ => (text, 1),
    };
    let number = digits.replace('_', "").parse::<usize>().ok();
    let bytes = number.and_then(|number| number.checked_mul(unit));
    let bytes = bytes.filter(|bytes| bytes % 4096 == 0 && (1 << 18..=1 << 26).contains(bytes));
    bytes.ok_or_else(|| {
        "expected bytes, such as 512KiB or 4MiB: 256KiB to 64MiB, a multiple of 4 KiB".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn heap_sizes_are_multiples_of_4_kib_in_range() {
        assert_eq!(bytes("256KiB"), Ok(1 << 18));
        assert_eq!(bytes("1_048_576"), Ok(1 << 20));
        for text in ["", "MiB", "1M", "128KiB", "65MiB", "262145", "-1"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }
}
