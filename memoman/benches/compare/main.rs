//! `cargo bench -p memoman --bench compare`: the time of each allocator, against the C code's.

#[path = "../common/mod.rs"]
mod common;
mod race;
mod report;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use common::host::Host;
use common::workloads::{WORKLOADS, Workload};

/// Time memoman, rlsf, talc and the system's malloc against TLSF 3.1 (gcc -O3 -DNDEBUG)
///
/// All serve the same traces in the same 128 MiB. First each is checked: every block must be there,
/// aligned, as large as asked for, and nobody else's. Then rounds: each allocator in turn runs each
/// trace twice, the second time on the clock. A ratio is a round's time over that round's time of C,
/// the loop's own time taken off both; what is printed is the median, and in brackets the quartiles.
/// Below 1.00 is faster than C.
#[derive(Parser)]
#[command(bin_name = "cargo bench -p memoman --bench compare --", after_help = HELP)]
struct Args {
    /// Write everything that was measured to this file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Rounds that count; one more warms up
    #[arg(long, default_value_t = 31, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Only this workload; may be repeated
    #[arg(long = "workload", value_name = "NAME", value_parser = Workload::parse)]
    workloads: Vec<&'static Workload>,
    /// Calls of a trace, about
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(1000..))]
    calls: u32,
    /// A tenth of the calls, three rounds: whether it works, not how fast
    #[arg(long)]
    quick: bool,
    /// Only print the workloads
    #[arg(long)]
    list: bool,
    /// Cargo's
    #[arg(long, hide = true)]
    bench: bool,
}

const HELP: &str = "\
Examples:
  cargo bench -p memoman --bench compare
  cargo bench -p memoman --bench compare -- --rounds 101 --json compare.json
  cargo bench -p memoman --bench compare -- --workload mix-4k --workload slots-30k
  cargo bench -p memoman --bench compare -- --quick | tail -n 1

The last line is: geomean memoman R rlsf R talc R system R
Exit codes: 1 if an allocator fails a request or a check, 2 for wrong arguments.";

fn main() -> ExitCode {
    let mut args = Args::parse();
    if args.list {
        for workload in &WORKLOADS {
            println!("{:<11} {}", workload.name, workload.says);
        }
        return ExitCode::SUCCESS;
    }
    // `cargo test --benches` runs benchmarks without Cargo's flag, to see whether they work.
    if args.quick || !args.bench {
        (args.rounds, args.calls) = (3, args.calls.min(20_000));
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
    let results = race::run(&args.workloads, args.calls as usize, args.rounds)?;
    let report = report::Report::new(host, args.rounds, results);
    if let Some(path) = &args.json {
        let text = serde_json::to_string_pretty(&report).expect("numbers and names");
        fs::write(path, text + "\n")
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    }
    print!("{report}");
    Ok(())
}
