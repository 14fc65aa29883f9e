//! `bench`: how fast programs are checked.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use oracle::{Config, Stats};

use super::Exit;
use super::load::load;
use super::tree;

/// Measure checked calls per second, on one core, over a corpus in memory
///
/// A round is one run of every program: decoding, engine, specification, C reference and every
/// check. One round warms up; the result is the median of the others.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle bench
  cargo oracle bench --rounds 9 fuzz/corpus/ops
  cargo oracle bench | tail -1          checked_ops_per_s=N, for scripts")]
pub(crate) struct Bench {
    /// Directories of programs; by default the workspace's corpus
    #[arg(value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// Rounds after the warm-up
    #[arg(long, default_value = "5", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
}

impl Bench {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let mut programs = Vec::new();
        for dir in tree::or_corpus(&self.dirs) {
            for file in tree::programs(&dir)? {
                programs.push(load(&file)?.program.encode());
            }
        }
        let mut context = oracle::Context::default();
        let mut times = Vec::new();
        let mut calls = 0;
        for number in 0..=self.rounds {
            let start = Instant::now();
            let mut stats = Stats::default();
            for program in &programs {
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

/// Per second.
fn rate(calls: u64, time: Duration) -> u64 {
    (calls as f64 / time.as_secs_f64().max(1e-9)) as u64
}

/// Of an even number, the mean of the middle two.
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
