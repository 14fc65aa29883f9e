//! `scripts/overnight`: a night of fuzzing on all processors, merged, distilled, triaged and summed up.

mod night;
mod summary;
mod sweep;
mod turns;

use anyhow::ensure;
use clap::Parser;

use self::night::Night;
use self::sweep::Options;
use crate::cargo;
use crate::fuzzing;
use crate::script::Script;
use crate::tool;

/// Fuzz all night on all processors, then merge, distil, triage, and sum up.
///
/// Runs libFuzzer in fork mode from corpus/TARGET-v1 and fuzz/corpus/TARGET. The targets take turns of half an
/// hour at most, so that each has had an equal share at the end. Crashes, timeouts and exhausted memory do not
/// stop the fuzzing.
///
/// Then, also after Ctrl-C (a second one ends the script at once): new inputs are merged into
/// fuzz/corpus/TARGET, `scripts/distil` replaces corpus/TARGET-v1 if nothing was found, and `cargo oracle
/// triage` reads fuzz/artifacts/TARGET: distinct findings, each shrunk to an .ops program. A file that does not
/// fail there runs in the fuzzer once more, because the fuzzer's sanitizer may detect what no check does. The
/// summary is target/overnight/DATE/summary.md, which is printed; the findings are beside it, and
/// findings/index.html shows them in a browser, with plots of the night.
#[derive(Parser)]
#[command(name = "scripts/overnight", bin_name = "scripts/overnight", after_help = NOTES)]
pub(crate) struct Overnight {
    /// Fuzz for so many hours, all targets together
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=1000), conflicts_with = "seconds")]
    hours: u64,
    /// Fuzz for so many seconds, all targets together
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=3_600_000))]
    seconds: Option<u64>,
    /// Fuzz these targets [default: all of fuzz/fuzz_targets]
    #[arg(long, value_name = "A,B…", value_delimiter = ',')]
    targets: Vec<String>,
    /// Run so many processes at a time, 1 to 256 [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    jobs: Option<u32>,
    /// Run `cargo oracle explore --known all` at the end: every state of small pools
    #[arg(long)]
    explore: bool,
    /// Leave the committed corpus as it is
    #[arg(long)]
    no_distil: bool,
}

const NOTES: &str = "\
Examples:
  scripts/overnight
  scripts/overnight --hours 10 --targets ops --explore
  SANITIZER=none scripts/overnight     without AddressSanitizer: two to three times as fast
  scripts/overnight --seconds 60       a try

Exit codes: 0 nothing found, 1 findings, 2 it cannot be done or was not done completely, 130 interrupted.
Needs: a C and a C++ compiler, Linux. Installs cargo-fuzz.";

impl Script for Overnight {
    fn run(self) -> anyhow::Result<()> {
        cargo::enter_root()?;
        let targets =
            if self.targets.is_empty() { fuzzing::targets()? } else { self.targets.clone() };
        for target in &targets {
            fuzzing::check_target(target)?;
        }
        let seconds = self.seconds.unwrap_or(self.hours * 3600);
        ensure!(
            seconds >= targets.len() as u64,
            "--seconds must be {} at least: one for each target",
            targets.len()
        );
        fuzzing::prepare("overnight")?;
        let jobs = self.jobs.unwrap_or_else(|| u32::try_from(tool::processors()).unwrap_or(1));
        let mut night = Night::new(targets, jobs)?;
        night.fuzz(seconds)?;
        night.sweep(&Options { seconds, distil: !self.no_distil, explore: self.explore })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_jobs_have_bounds() {
        let parse = |arguments: &[&str]| {
            Overnight::try_parse_from(["scripts/overnight"].iter().chain(arguments))
        };
        assert_eq!(parse(&[]).unwrap().hours, 8);
        assert_eq!(parse(&["--targets", "ops,misuse"]).unwrap().targets, ["ops", "misuse"]);
        for wrong in [
            &["--hours", "0"][..],
            &["--jobs", "100000"],
            &["--hours", "2", "--seconds", "3"],
            &["--seconds", "x"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
