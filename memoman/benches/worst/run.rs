//! The command line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use crate::common::arena::SharedArena;
use crate::common::heaps::{
    ConteHeap, DlmallocHeap, MemomanHeap, Mimalloc, O1Heap, PicoallocHeap, RlsfHeap, SystemMalloc,
    TalcHeap,
};
use crate::common::host::Host;
use crate::common::progress::progress;

use super::measure::{Measure, measure};
use super::table::{Growth, WorstReport};
use super::{plot, step};

/// Count the instructions of the worst calls found, against the number of live blocks
///
/// Each allocator gets heaps that are bad for some allocator, with 2^4 to 2^18 live blocks: as many free blocks, all
/// of one size a little below what is requested next, with and without a larger one, or of many sizes; blocks allocated
/// and freed at random; adjacent blocks freed; no free block in between. In each, mallocs of some twenty sizes,
/// memaligns of some sizes and alignments, and frees in several places are counted, every one in a copy of the process,
/// by the processor's trap flag: instruction by instruction, up to a million. A figure is the most that was found
/// with at most so many live blocks. It is a lower bound of the worst case, and is the same in every run. What the
/// kernel does is not counted.
#[derive(Parser)]
#[command(bin_name = "cargo bench -p memoman-bench --bench worst --", after_help = HELP)]
struct WorstArgs {
    /// Write worst.json, worst.md and worst.svg to this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Only these allocators; may be repeated
    #[arg(long = "allocator", value_name = "NAME", value_parser = NAMES)]
    allocators: Vec<String>,
    /// Test the benchmark: up to 2^8 live blocks
    #[arg(long)]
    quick: bool,
    /// Passed by Cargo
    #[arg(long, hide = true)]
    bench: bool,
}

const HELP: &str = "\
Examples:
  cargo bench -p memoman-bench --bench worst
  cargo bench -p memoman-bench --bench worst -- --out target/bench
  cargo bench -p memoman-bench --bench worst -- --allocator memoman --allocator talc

Exit codes: 0 success; 1 a request is refused or a process fails; 2 wrong arguments, or not Linux on x86-64.
Needs: 1 GiB of memory; some minutes.";

const NAMES: [&str; 9] =
    ["memoman", "C", "rlsf", "talc", "picoalloc", "o1heap", "dlmalloc", "mimalloc", "system"];

const MEASURES: [Measure; NAMES.len()] = [
    measure::<MemomanHeap>,
    measure::<ConteHeap>,
    measure::<RlsfHeap>,
    measure::<TalcHeap>,
    measure::<PicoallocHeap>,
    measure::<O1Heap>,
    measure::<DlmallocHeap>,
    measure::<Mimalloc>,
    measure::<SystemMalloc>,
];

pub(crate) fn main() -> ExitCode {
    let mut args = WorstArgs::parse();
    // `cargo test --benches` runs benchmarks without Cargo's flag, to test them.
    args.quick |= !args.bench;
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &WorstArgs) -> Result<(), String> {
    step::install();
    let arena = SharedArena::untouched();
    let most = if args.quick { 8 } else { 18 };
    let mut growths = Vec::new();
    for (name, measure) in NAMES.into_iter().zip(MEASURES) {
        if !args.allocators.is_empty() && args.allocators.iter().all(|chosen| chosen != name) {
            continue;
        }
        let mut growth = Growth::new(name);
        for log2 in (4..=most).step_by(2) {
            progress(&format!("{name}, 2^{log2} live blocks"));
            growth.add(measure(&arena, 1 << log2).map_err(|error| format!("{name}: {error}"))?);
        }
        growths.push(growth);
    }
    progress("");
    let report = WorstReport::new(Host::this(), growths);
    if let Some(dir) = &args.out {
        write(dir, "worst.json", &(serde_json::to_string_pretty(&report).unwrap() + "\n"))?;
        write(dir, "worst.md", &report.to_string())?;
        write(dir, "worst.svg", &plot::svg(&report)?)?;
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
