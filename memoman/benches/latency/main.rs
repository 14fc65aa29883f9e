//! `cargo bench -p memoman --bench latency`: how long single calls take, and the longest of them.

#[path = "../common/mod.rs"]
mod common;
mod measure;
mod plot;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use common::host::Host;
use common::workloads::{WORKLOADS, Workload};

/// Time single calls of memoman, TLSF 3.1, rlsf and talc: p50, p99, p99.9 and the longest
///
/// All serve the same traces in the same 128 MiB, several times over; the same call takes the same
/// way each time, so that its latency is the median of its times, and what interrupted one of them
/// does not count. The clock is the processor's own (rdtsc, fenced) on x86-64; its cost, the median
/// of a call that does nothing, is taken off. `worst` is the longest that was seen at all,
/// interrupts included. Calls of all workloads are taken together.
#[derive(Parser)]
#[command(bin_name = "cargo bench -p memoman --bench latency --", after_help = HELP)]
struct Args {
    /// Write latency.json, latency.md and latency.svg to this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Timed passes over each trace
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..))]
    passes: u32,
    /// Only this workload; may be repeated
    #[arg(long = "workload", value_name = "NAME", value_parser = Workload::parse)]
    workloads: Vec<&'static Workload>,
    /// Calls of a trace, about
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(1000..))]
    calls: u32,
    /// A tenth of the calls, three passes: whether it works, not how fast
    #[arg(long)]
    quick: bool,
    /// Cargo's
    #[arg(long, hide = true)]
    bench: bool,
}

const HELP: &str = "\
Examples:
  cargo bench -p memoman --bench latency
  cargo bench -p memoman --bench latency -- --out target/bench
  cargo bench -p memoman --bench latency -- --workload recorded --passes 25

The workloads: cargo bench -p memoman --bench compare -- --list
Exit codes: 1 if an allocator fails a request or a check, 2 for wrong arguments.";

fn main() -> ExitCode {
    let mut args = Args::parse();
    // `cargo test --benches` runs benchmarks without Cargo's flag, to see whether they work.
    if args.quick || !args.bench {
        (args.passes, args.calls) = (3, args.calls.min(20_000));
    }
    if args.workloads.is_empty() {
        args.workloads = WORKLOADS.iter().collect();
    }
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(story) => {
            eprintln!("error: {story}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    let host = Host::this();
    host.warn();
    let measured = measure::run(&args.workloads, args.calls as usize, args.passes)?;
    let report = table::Report::new(host, args.passes, &measured);
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
