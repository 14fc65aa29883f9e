//! `cargo bench -p memoman-bench --bench compare`: the time of each allocator, as a ratio to the C code's.

#[path = "../common/mod.rs"]
mod common;
mod export;
mod report;
mod rounds;
mod text;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use common::built;
use common::host::Host;
use common::workloads::{BenchWorkload, WORKLOADS};

/// Time memoman and other allocators against TLSF 3.1 (gcc -O3 -DNDEBUG)
///
/// Beside memoman: rlsf, talc and picoalloc, which serve one heap of fixed size, as TLSF does; o1heap, which does so
/// with blocks of a power of two of bytes, so with up to twice the memory; and, for comparison, the general allocators
/// dlmalloc, mimalloc and the system's malloc.
///
/// All allocators serve the same traces in the same 128 MiB (mimalloc and the system's malloc in memory of their
/// own). First each is checked: every block must be aligned, as large as requested, overlap no other and keep its
/// content. One that fails is named, and has no figure for that workload. Then come rounds: in each, every allocator
/// runs every trace twice, and the second run is timed. A ratio is the time of a round divided by C's time of the same
/// round, both without the loop's own time. The tables show the median of all rounds, then the quartiles. Below 1.00 is
/// faster than C.
#[derive(Parser)]
#[command(bin_name = "cargo bench -p memoman-bench --bench compare --", after_help = HELP)]
struct CompareArgs {
    /// Write all results to this file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Number of measured rounds; an unmeasured one comes first
    #[arg(long, default_value_t = 31, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Run only this workload; may be repeated
    #[arg(long = "workload", value_name = "NAME", value_parser = BenchWorkload::parse)]
    workloads: Vec<&'static BenchWorkload>,
    /// Approximate number of calls of a trace
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(1000..))]
    calls: u32,
    /// Test the benchmark: three rounds of at most 20,000 calls
    #[arg(long)]
    quick: bool,
    /// Write the first and the last word of each new block, and read them before it is freed, as programs do
    ///
    /// The loop whose time is subtracted does the same in one block, which stays in the cache. So the work of touching
    /// is subtracted, but the cache misses, which depend on where an allocator places blocks, are not.
    #[arg(long)]
    touch: bool,
    /// Write the traces to this folder, as scripts/bench-c reads them, print their calls, and exit
    #[arg(long, value_name = "DIR")]
    write_traces: Option<PathBuf>,
    /// Print the workloads and exit
    #[arg(long)]
    list: bool,
    /// Passed by Cargo
    #[arg(long, hide = true)]
    bench: bool,
}

const HELP: &str = "\
Examples:
  cargo bench -p memoman-bench --bench compare
  cargo bench -p memoman-bench --bench compare -- --rounds 101 --json compare.json
  cargo bench -p memoman-bench --bench compare -- --workload mix-4k --workload slots-30k
  cargo bench -p memoman-bench --bench compare -- --quick | tail -n 1

The last line is: geomean memoman R rlsf R talc R …, of the nine workloads that earlier versions had, too
In it, a star marks an allocator that does not serve all of them, such as alignments above 32 (o1heap).
Exit codes: 0 success; 1 memoman or C fails a check, or an allocator refuses a request; 2 wrong arguments.";

fn main() -> ExitCode {
    let mut args = CompareArgs::parse();
    if args.list {
        for workload in &WORKLOADS {
            println!("{:<13} {}", workload.name, workload.description);
        }
        return ExitCode::SUCCESS;
    }
    // `cargo test --benches` runs benchmarks without Cargo's flag, to test them.
    if args.quick || !args.bench {
        (args.rounds, args.calls) = (3, args.calls.min(20_000));
    }
    if args.workloads.is_empty() {
        args.workloads = WORKLOADS.iter().collect();
    }
    let done = match &args.write_traces {
        Some(dir) => export::run(dir, &args.workloads, args.calls as usize),
        None => run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &CompareArgs) -> Result<(), String> {
    let host = Host::this();
    built::warn();
    host.warn();
    let times = rounds::run(&args.workloads, args.calls as usize, args.rounds, args.touch)?;
    let report = report::Comparison::new(host, args.rounds, args.touch, times);
    if let Some(path) = &args.json {
        let text = serde_json::to_string_pretty(&report).expect("numbers and names");
        fs::write(path, text + "\n")
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    }
    print!("{report}");
    Ok(())
}
