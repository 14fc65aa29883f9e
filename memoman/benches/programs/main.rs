//! `cargo bench -p memoman-bench --bench programs`: a program with serde_json and regex, on memoman and on the
//! system's allocator: the same results, and the time and peak memory of both.

#[path = "../common/mod.rs"]
mod common;

use std::process::Command;

use clap::Parser;
use common::built;
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
/// It must print the same results with both allocators. The table shows its time, the time that its threads were on
/// a processor, and its peak of memory: the median of all runs and, in brackets, the quartiles. Less is better. On
/// a busy machine, read the processor time.
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

/// Runs a program: its hash; its seconds, those on a processor, and its peak in MiB.
fn run(path: &str, documents: u32) -> (String, [f64; 3]) {
    let output =
        Command::new(path).arg(documents.to_string()).output().expect("the program starts");
    assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let fields: Vec<_> = text.split_whitespace().collect();
    let [hash, seconds, busy, peak] = fields[..] else { panic!("{path} prints: {text}") };
    let number = |field: &str| field.parse::<f64>().expect("a number");
    (hash.to_owned(), [number(seconds), number(busy), number(peak) / 1024.0])
}

fn main() {
    let mut args = ProgramsArgs::parse();
    // `cargo test --benches` runs benchmarks without Cargo's flag, to test them.
    if args.quick || !args.bench {
        (args.runs, args.documents) = (1, 1);
    }
    let host = Host::this();
    built::warn();
    host.warn();
    let mut results = PROGRAMS.map(|_| [(); 3].map(|()| Vec::new()));
    let mut hash: Option<String> = None;
    for round in 1..=args.runs {
        progress(&format!("run {round} of {}", args.runs));
        for ((name, path), results) in PROGRAMS.iter().zip(&mut results) {
            let (own, numbers) = run(path, args.documents);
            let first = hash.get_or_insert_with(|| own.clone());
            assert_eq!(*first, own, "{name} has other results");
            results.iter_mut().zip(numbers).for_each(|(results, number)| results.push(number));
        }
    }
    progress("");
    let hash = hash.unwrap_or_default();
    println!(
        "{}; {} runs of {} documents; all results: {hash}\n",
        host.line(),
        args.runs,
        args.documents
    );
    println!("| allocator | seconds | on a processor | peak memory, MiB |\n|---|--:|--:|--:|");
    for ((name, _), results) in PROGRAMS.iter().zip(results) {
        let cells = results.map(|numbers| {
            let Quartiles { q1, median, q3, .. } = Quartiles::of(numbers);
            format!("{median:.2} [{q1:.2}, {q3:.2}]")
        });
        println!("| {name} | {} |", cells.join(" | "));
    }
}
