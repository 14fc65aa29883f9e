//! The arguments of `latency`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::cli::args::count;

/// Measure the cost of calls in words touched, with growing numbers of live blocks
///
/// The cost is the number of words of the heap (headers, links, bitmaps, pool table) that the engine reads
/// or writes. It is the same on every machine and needs no clock. The payload that a realloc copies is not
/// counted.
///
/// The table has the most expensive call of each kind: in a seeded workload in heaps with 2^4 to 2^18 live
/// blocks, in the most expensive programs that fuzzing found (corpus/latency-v1), and the bound, which is
/// a constant in `oracle::bounds`. A kind without a number does not occur. A refused shrink_pool is not
/// counted: by design, it searches the pool for the block that makes it fail.
///
/// With files, runs those programs instead, with every check, and prints their most expensive calls.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle latency
  cargo oracle latency --up-to 14 --steps 50k        quickly
  cargo oracle latency --csv > latency.csv
  cargo oracle latency --search 8                    heaps with a bounded search
  cargo oracle latency fuzz/artifacts/latency/crash-12345678
  cargo oracle latency corpus/latency-v1/*
  cargo oracle latency --distil corpus/latency-v1 fuzz/corpus/latency
                                                     keeps the worst cases, shrunk

The command needs a build that counts (feature `cost`), which it builds and runs if
necessary.

Exit codes: 0 within the bounds; 1 if a call exceeds the bound of its kind, or another
check fails; else 2 if a file cannot be read or is ill-formed.")]
pub(crate) struct Latency {
    /// Programs, or directories of programs; - for standard input
    #[arg(value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Write the smallest programs with the most expensive calls to this directory, one for each kind
    #[arg(long, value_name = "DIR", requires = "files")]
    pub(super) distil: Option<PathBuf>,
    /// Largest number of live blocks, as a power of two: 4 to 22
    #[arg(long, default_value = "18", value_name = "LOG", value_parser = clap::value_parser!(u32).range(4..=22))]
    pub(super) up_to: u32,
    /// Steps of the workload in each heap
    #[arg(long, default_value = "200k", value_name = "N", value_parser = count)]
    pub(super) steps: u64,
    /// Seed of the workload
    #[arg(long, default_value = "1", value_name = "N")]
    pub(super) seed: u64,
    /// Const parameter SEARCH of the heaps: blocks of a request's own list that are looked at first
    #[arg(long, default_value = "0", value_name = "BLOCKS", conflicts_with = "files",
        value_parser = PossibleValuesParser::new(["0", "1", "8", "64"]).map(|blocks| blocks.parse::<usize>().expect("a number")))]
    pub(super) search: usize,
    /// Print the table as comma-separated values
    #[arg(long)]
    pub(super) csv: bool,
}
