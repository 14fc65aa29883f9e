//! `cargo bench -p memoman-bench --bench programs`: a program with serde_json and regex, on memoman and on the
//! system's allocator: the same results, and the time and peak memory of both.

#[path = "../common/mod.rs"]
mod common;

use std::process::Command;

use clap::Parser;
use common::host::Host;
use common::progress::progress;
use common::quartiles::Quartiles;

const PROGRAMS: [(&str, &str); 2] = [
    ("memoman, mutex of std", env!("CARGO_BIN_EXE_program-memoman")),
    ("system", env!("CARGO_BIN_EXE_program-system")),
];

/// Run one program on memoman and on the system's allocator
///
/// The program parses, changes and prints JSON with serde_json, and searches the text with regex, in two threads.
/// It must print the same results with both allocators. The table shows its time and its peak of memory: the
/// median of all runs and, in brackets, the quartiles. Less is better.
#[derive(Parser)]
#[command(bin_name = "cargo bench -p memoman-bench --bench programs --", after_help = HELP)]
struct ProgramsArgs {
    /// Runs of each program
    #[arg(long, default_value_t = 11, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Documents that each thread of a run works on
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..))]
    documents: u32,
    /// Test the benchmark: one run with one document
    #[arg(long)]
    quick: bool,
    /// Passed by Cargo
    #[arg(long, hide = true)]
    bench: bool,
}

const HELP: &str = "\
Examples:
  cargo bench -p memoman-bench --bench programs
  cargo bench -p memoman-bench --bench programs -- --quick

Exit codes: 0 success; 101 a program fails, or the results differ; 2 wrong arguments.";

/// Runs a program; its hash, seconds and KiB.
fn run(path: &str, documents: u32) -> (String, f64, f64) {
    let output =
        Command::new(path).arg(documents.to_string()).output().expect("the program starts");
    assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let fields: Vec<_> = text.split_whitespace().collect();
    let [hash, seconds, peak] = fields[..] else { panic!("{path} prints: {text}") };
    (hash.to_owned(), seconds.parse().expect("seconds"), peak.parse().expect("KiB"))
}

fn main() {
    let mut args = ProgramsArgs::parse();
    // `cargo test --benches` runs benchmarks without Cargo's flag, to test them.
    if args.quick || !args.bench {
        (args.runs, args.documents) = (1, 1);
    }
    let host = Host::this();
    host.warn();
    let mut results = PROGRAMS.map(|_| (Vec::new(), Vec::new()));
    let mut hash: Option<String> = None;
    for round in 1..=args.runs {
        progress(&format!("run {round} of {}", args.runs));
        for ((name, path), (seconds, peaks)) in PROGRAMS.iter().zip(&mut results) {
            let (own, time, peak) = run(path, args.documents);
            let first = hash.get_or_insert_with(|| own.clone());
            assert_eq!(*first, own, "{name} has other results");
            seconds.push(time);
            peaks.push(peak / 1024.0);
        }
    }
    progress("");
    println!(
        "{}, {} cores, {} runs of {} documents",
        host.cpu, host.cores, args.runs, args.documents
    );
    println!("\n| allocator | seconds | peak memory, MiB | results |\n|---|--:|--:|---|");
    for ((name, _), (seconds, peaks)) in PROGRAMS.iter().zip(results) {
        let [seconds, peaks] = [seconds, peaks].map(Quartiles::of);
        println!(
            "| {name} | {:.2} [{:.2}, {:.2}] | {:.1} [{:.1}, {:.1}] | {} |",
            seconds.median,
            seconds.q1,
            seconds.q3,
            peaks.median,
            peaks.q1,
            peaks.q3,
            hash.as_deref().unwrap_or_default()
        );
    }
}
