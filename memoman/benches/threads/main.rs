//! `cargo bench -p memoman-bench --bench threads`: calls a second of one, two and four threads in one heap.

mod allocators;
#[path = "../common/mod.rs"]
mod common;
mod work;

use clap::Parser;
use common::built;
use common::host::Host;
use common::progress::progress;
use common::quartiles::Quartiles;
use work::{WORKLOADS, Workload};

const THREADS: [usize; 3] = [1, 2, 4];

/// Measure calls a second of 1, 2 and 4 threads in one heap
///
/// memoman behind the mutex of std and behind a spin lock, rlsf, talc, dlmalloc and the system's malloc, each
/// as it would be a program's global allocator. In each round every allocator runs every workload with every
/// number of threads. The tables show millions of calls a second of all threads together: the median of the
/// rounds and, in brackets, the quartiles. More is better.
#[derive(Parser)]
#[command(bin_name = "cargo bench -p memoman-bench --bench threads --", after_help = HELP)]
struct ThreadsArgs {
    /// Number of measured rounds; an unmeasured one comes first
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Calls of all threads together
    #[arg(long, default_value_t = 400_000, value_parser = clap::value_parser!(u32).range(1000..))]
    calls: u32,
    /// Test the benchmark: one round of 20,000 calls
    #[arg(long)]
    quick: bool,
    /// Passed by Cargo
    #[arg(long, hide = true)]
    bench: bool,
}

const HELP: &str = "\
Examples:
  cargo bench -p memoman-bench --bench threads
  cargo bench -p memoman-bench --bench threads -- --rounds 31

On a machine with two cores, four threads measure what waiting costs, not more work at a time.
Exit codes: 0 success; 101 an allocator refuses a request; 2 wrong arguments.";

fn main() {
    let mut args = ThreadsArgs::parse();
    // `cargo test --benches` runs benchmarks without Cargo's flag, to test them.
    if args.quick || !args.bench {
        (args.rounds, args.calls) = (1, 20_000);
    }
    let host = Host::this();
    built::warn();
    host.warn();
    println!("{}; {} rounds of {} calls", host.line(), args.rounds, args.calls);
    for workload in &WORKLOADS {
        let speeds = measure(workload, &args);
        progress("");
        println!("\n{}: {}\n", workload.name, workload.description);
        println!("| allocator | lock | 1 thread | 2 threads | 4 threads |");
        println!("|---|---|--:|--:|--:|");
        for (allocator, speeds) in allocators::all().iter().zip(speeds) {
            let cells = speeds.map(|speeds| {
                let Quartiles { q1, median, q3, .. } = Quartiles::of(speeds);
                format!("{median:.1} [{q1:.1}, {q3:.1}]")
            });
            println!("| {} | {} | {} |", allocator.name, allocator.lock, cells.join(" | "));
        }
    }
}

/// For each allocator and number of threads, millions of calls a second in each round.
fn measure(workload: &Workload, args: &ThreadsArgs) -> Vec<[Vec<f64>; THREADS.len()]> {
    let allocators = allocators::all();
    let mut speeds: Vec<_> = allocators.iter().map(|_| THREADS.map(|_| Vec::new())).collect();
    for round in 0..=args.rounds {
        progress(&format!("{}: round {round} of {}", workload.name, args.rounds));
        for (allocator, speeds) in allocators.iter().zip(&mut speeds) {
            for (threads, speeds) in THREADS.into_iter().zip(speeds) {
                let calls = args.calls as usize / threads;
                let time = workload.run(allocator.heap, threads, calls);
                if round > 0 {
                    speeds.push((calls * threads) as f64 / time.as_secs_f64() / 1e6);
                }
            }
        }
    }
    speeds
}
