//! `cargo bench -p memoman-bench --bench latency`: the times of single calls, and the longest.

#[path = "../common/mod.rs"]
mod common;
mod measure;
mod plot;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use common::built;
use common::host::Host;
use common::workloads::{BenchWorkload, WORKLOADS};

/// Time single calls of memoman, TLSF 3.1, rlsf and talc: p50, p99, p99.9 and the longest
///
/// All allocators serve the same traces in the same 128 MiB, several times. A call runs the same
/// instructions each time, so its latency is the median of its times, without interrupts. The clock on
/// x86-64 is the processor's time-stamp counter (rdtsc with fences); the median time of a call that does
/// nothing is subtracted. `worst` is the longest of all times, interrupts included. The calls of all
/// workloads are counted together.
#[derive(Parser)]
#[command(bin_name = "cargo bench -p memoman-bench --bench latency --", after_help = HELP)]
struct LatencyArgs {
    /// Write latency.json, latency.md and latency.svg to this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Number of timed passes over each trace
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..))]
    passes: u32,
    /// Run only this workload; may be repeated
    #[arg(long = "workload", value_name = "NAME", value_parser = BenchWorkload::parse)]
    workloads: Vec<&'static BenchWorkload>,
    /// Approximate number of calls of a trace
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(1000..))]
    calls: u32,
    /// Test the benchmark: three passes of at most 20,000 calls
    #[arg(long)]
    quick: bool,
    /// Passed by Cargo
    #[arg(long, hide = true)]
    bench: bool,
}

const HELP: &str = "\
Examples:
  cargo bench -p memoman-bench --bench latency
  cargo bench -p memoman-bench --bench latency -- --out target/bench
  cargo bench -p memoman-bench --bench latency -- --workload recorded --passes 25

The workloads: cargo bench -p memoman-bench --bench compare -- --list
Exit codes: 0 success; 1 an allocator refuses a request or fails a check; 2 wrong arguments.";

fn main() -> ExitCode {
    let mut args = LatencyArgs::parse();
    // `cargo test --benches` runs benchmarks without Cargo's flag, to test them.
    if args.quick || !args.bench {
        (args.passes, args.calls) = (3, args.calls.min(20_000));
    }
    if args.workloads.is_empty() {
        args.workloads = WORKLOADS.iter().collect();
    }
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &LatencyArgs) -> Result<(), String> {
    let host = Host::this();
    built::warn();
    host.warn();
    let measured = measure::run(&args.workloads, args.calls as usize, args.passes)?;
    let report = table::LatencyReport::new(host, args.passes, &measured);
    if let Some(dir) = &args.out {
        write(dir, "latency.json", &(serde_json::to_string_pretty(&report).unwrap() + "\n"))?;
        write(dir, "latency.md", &report.markdown())?;
        write(dir, "latency.svg", &plot::svg(&measured)?)?;
    }
    print!("{report}");
    Ok(())
}

fn write(dir: &Path, name: &str, text: &str) -> Result<(), String> {
    let path = dir.join(name);
    fs::create_dir_all(dir)
        .and_then(|()| fs::write(&path, text))
        .map_err(|error| format!("{} cannot be written: {error}", path.display()))
}
