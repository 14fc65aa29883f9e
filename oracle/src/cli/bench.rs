//! `bench`: the rate at which programs are checked.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use oracle::{Config, Stats};

use super::exit::Exit;
use super::input::{load, or_corpus, programs};

/// Measure checked calls per second on one core, over a corpus in memory
///
/// A round runs every program once: decoding, engine, specification, C reference and every check. The
/// first round is a warm-up. The result is the median of the others.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle bench
  cargo oracle bench --rounds 9 fuzz/corpus/ops
  cargo oracle bench | tail -1          checked_ops_per_s=N, for scripts

Exit codes: 0 measured; 1 a finding; 2 a directory or a file cannot be read.")]
pub(crate) struct Bench {
    /// Directories of programs [default: the workspace's corpus]
    #[arg(value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// Number of rounds after the warm-up
    #[arg(long, default_value = "5", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rounds: u32,
}

impl Bench {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let mut corpus = Vec::new();
        for dir in or_corpus(&self.dirs)? {
            for file in programs(&dir)? {
                corpus.push(load(&file)?.program.encode());
            }
        }
        let mut context = oracle::Context::default();
        let mut times = Vec::new();
        let mut calls = 0;
        for number in 0..=self.rounds {
            let start = Instant::now();
            let mut stats = Stats::default();
            for program in &corpus {
                match context.run(program, &Config::default()) {
                    Ok(more) => stats.add(&more),
                    Err(failure) => {
                        writeln!(out, "{}", oracle::Report::with(&mut context, &failure))?;
                        return Ok(Exit::Finding);
                    }
                }
            }
            let time = start.elapsed();
            calls = stats.steps;
            let name = if number == 0 { "warm-up".to_owned() } else { format!("round {number}") };
            let rate = rate(calls, time);
            writeln!(out, "{name}: {calls} calls in {:.3} s, {rate}/s", time.as_secs_f64())?;
            if number > 0 {
                times.push(time);
            }
        }
        let median = median(&mut times);
        writeln!(out, "median: {:.3} s", median.as_secs_f64())?;
        writeln!(out, "checked_ops_per_s={}", rate(calls, median))?;
        Ok(Exit::Agrees)
    }
}

/// Returns calls per second.
fn rate(calls: u64, time: Duration) -> u64 {
    (calls as f64 / time.as_secs_f64().max(1e-9)) as u64
}

/// Returns the median; for an even number of times, the mean of the middle two.
fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    let middle = times.len() / 2;
    if times.len() % 2 == 1 { times[middle] } else { (times[middle - 1] + times[middle]) / 2 }
}

#[cfg(test)]
mod tests {
    use super::{Duration, median};

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_the_middle_two() {
        let seconds =
            |all: &[u64]| all.iter().copied().map(Duration::from_secs).collect::<Vec<_>>();
        assert_eq!(median(&mut seconds(&[9])).as_secs(), 9);
        assert_eq!(median(&mut seconds(&[9, 1, 2])).as_secs(), 2);
        assert_eq!(median(&mut seconds(&[9, 1, 2, 4])).as_secs(), 3);
    }
}
