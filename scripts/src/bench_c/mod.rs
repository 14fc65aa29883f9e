//! `scripts/bench-c`: memoman's C library beside TLSF 3.1, both called from one C program.

mod build;
mod pass;
mod report;

#[path = "../../../memoman/benches/common/host.rs"]
mod host;
#[path = "../../../memoman/benches/common/quartiles.rs"]
mod quartiles;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Parser;

use self::build::NAMES;
use self::pass::Pass;
use self::report::{Report, Workload};
use crate::script::Script;
use crate::stop::failed;
use crate::{cargo, tool};

/// Time memoman's C library and TLSF 3.1, called from the same C program.
///
/// One C source, which replays the traces of the benchmark `compare`, is compiled with `cc -O3 -DNDEBUG` and linked
/// with each allocator: TLSF 3.1 as an object and as a shared library, compiled with the same options; libmemoman as
/// `scripts/install-c` builds it, static and shared, by the names of TLSF (tlsf_malloc …) and by its own (mm_malloc …,
/// with blocks aligned to 16 where TLSF has 8).
///
/// In each round every program starts anew, so that addresses of code and memory differ from round to round. A ratio is
/// the time of a round divided by C's time of the same round, both without the loop's own time: the static library to
/// C as an object, the shared one to C as a shared library. By the names of TLSF, every block must be where C has it.
/// Times are of the processor.
#[derive(Parser)]
#[command(name = "scripts/bench-c", bin_name = "scripts/bench-c", after_help = NOTES)]
pub(crate) struct BenchC {
    /// Number of measured rounds; an unmeasured one comes first
    #[arg(long, default_value_t = 31, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Run only this workload; may be repeated [all: cargo bench -p memoman-bench --bench compare -- --list]
    #[arg(long = "workload", value_name = "NAME")]
    workloads: Vec<String>,
    /// Write all results to this file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Test the benchmark: three rounds of at most 20,000 calls
    #[arg(long)]
    quick: bool,
}

const NOTES: &str = "\
Examples:
  scripts/bench-c
  scripts/bench-c --rounds 101 --workload recorded --json c.json

On a busy machine: chrt -r 5 scripts/bench-c, so that a round is not interrupted.
Exit codes: 0 done, 1 a block is elsewhere than C's or a request is refused, 2 it cannot be measured here, 130
interrupted.
Needs: a C compiler; Linux or macOS; half a minute once it is built.";

impl Script for BenchC {
    fn run(self) -> anyhow::Result<()> {
        // Relative to the caller's folder.
        let json = self.json.as_deref().map(std::path::absolute).transpose()?;
        cargo::enter_root()?;
        tool::require(&tool::cc(), "a C compiler, or set CC")?;
        let folder = cargo::target_folder()?.join("bench-c");
        fs::create_dir_all(&folder)?;
        let mut options: Vec<_> =
            self.workloads.iter().map(|name| format!("--workload={name}")).collect();
        if self.quick {
            options.push("--quick".to_owned());
        }
        let traces = build::traces(&folder, &options)?;
        let programs = build::programs(&folder)?;
        let host = host::Host::this();
        host.warn();

        let rounds = if self.quick { 3 } else { self.rounds };
        let files: Vec<_> = traces.iter().map(|(_, _, file)| file.as_path()).collect();
        let mut workloads: Vec<_> =
            traces.iter().map(|(name, calls, _)| Workload::new(name, *calls)).collect();
        for round in 0..=rounds {
            let mut passes = vec![Vec::new(); programs.len()];
            // Each round starts with the next program, so that an effect of the order is spread over all.
            for turn in 0..programs.len() {
                let place = (turn + round as usize) % programs.len();
                passes[place] = run(&programs[place], &files)
                    .with_context(|| format!("the program of {}", NAMES[place]))?;
            }
            for (at, workload) in workloads.iter_mut().enumerate() {
                let passes: Vec<_> = passes.iter().map(|passes| passes[at].clone()).collect();
                same_places(&workload.name, &passes)?;
                if round > 0 {
                    workload.add(&passes);
                }
            }
        }

        let cc = cargo::version_line(&tool::cc())?;
        let report = Report::new(host, &cc, rounds, &workloads);
        print!("{report}");
        if let Some(path) = json {
            let text = serde_json::to_string_pretty(&report)? + "\n";
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

/// Runs a program over all traces.
fn run(program: &Path, traces: &[&Path]) -> anyhow::Result<Vec<Pass>> {
    let printed = tool::capture(tool::command(program).args(traces))?.stdout_of("it")?;
    let passes = printed.lines().map(|line| {
        let (ns, places) = line.split_once(' ').with_context(|| format!("it printed: {line}"))?;
        Ok(Pass { ns: ns.parse()?, places: places.to_owned() })
    });
    let passes = passes.collect::<anyhow::Result<Vec<_>>>()?;
    ensure!(passes.len() == traces.len(), "it printed {} lines", passes.len());
    Ok(passes)
}

/// C and memoman by the names of TLSF have each block at the same place.
fn same_places(workload: &str, passes: &[Pass]) -> anyhow::Result<()> {
    // All but the loop and the other alignment.
    let c = &passes[1].places;
    for (name, pass) in NAMES.iter().zip(passes).skip(1) {
        if *name != "mm_*" && pass.places != *c {
            return failed(format!("{name} and C place blocks differently on {workload}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_elsewhere_is_an_error_but_not_with_another_alignment() {
        let passes =
            |places: [&str; 6]| places.map(|places| Pass { ns: 1.0, places: places.into() });
        assert!(same_places("w", &passes(["0", "a", "a", "a", "a", "b"])).is_ok());
        let error = same_places("w", &passes(["0", "a", "a", "a", "b", "a"])).unwrap_err();
        assert_eq!(error.to_string(), "tlsf_*, shared and C place blocks differently on w");
    }
}
