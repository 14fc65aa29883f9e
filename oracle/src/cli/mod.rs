//! The command line: the commands of `cargo oracle`.

mod args;
mod bench;
#[cfg(feature = "bughunt")]
mod bughunt;
#[cfg(unix)]
mod check;
#[cfg(not(unix))]
#[path = "check_absent.rs"]
mod check;
mod convert;
mod corpus;
mod exit;
mod explore;
#[cfg(feature = "fragmentation")]
mod fragmentation;
mod generate;
mod input;
mod interrupt;
#[cfg(feature = "lab")]
mod lab;
mod language;
mod latency;
#[cfg(feature = "guard")]
mod misuse;
mod mutant;
mod output;
mod process;
mod profile;
mod progress;
mod replay;
mod shrink;
mod stderr;
mod stress;
mod text;
mod triage;
mod workers;

use std::io::Write;

use clap::{Parser, Subcommand};

pub(crate) use exit::{Exit, refuse};

/// Verify memoman by comparing it with a specification and with Conte's C code
///
/// A program is a list of malloc, memalign, realloc, free and pool calls, in binary form or as text in an
/// .ops file. Each call goes through the engine, through an executable specification of TLSF and, where
/// it has the geometry, through Conte's C code. After every call, addresses, sizes, payloads, heap walks
/// and free lists are compared. The first difference is a finding. It is shrunk and reported.
#[derive(Parser)]
#[command(name = "oracle", bin_name = "cargo oracle", version, after_help = TOUR)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

const TOUR: &str = "\
Examples:
  cargo oracle stress --seed 1 --ops 20M        check random programs
  cargo oracle replay findings/stress-seed1-42.ops
  cargo oracle shrink crash-1234 -o crash.ops   reduce a program that fails
  cargo oracle triage                           sort and shrink crash files
  cargo oracle corpus                           check every program of the corpus
  cargo oracle convert crash-1234 -o crash.ops  turn a fuzzer's bytes into text
  cargo oracle fragmentation --out results      compare fragmentation with other allocators
  cargo oracle bughunt                          find the faulty allocators of the catalogue
  cargo oracle explore --pool 272 --aligns 16,32   visit every state of a small pool
  cargo oracle latency                          measure the cost of calls in words touched
  cargo oracle check --source tlsf.c            check an allocator written in C
  cargo oracle lab finding.ops -o finding.html  see a run in a browser
  cargo oracle convert --help                   show the op language on one screen

A FILE is a regular file, or - for standard input. Programs in text have at most
1 MiB, inputs in binary at most 64 KiB.

`cargo oracle` is quick to build: a few seconds from an edit to a replay. For long runs and for
measuring, `cargo oracle-release` takes the same commands and is built with all optimisations.

The documentation of `oracle::ops` has the tables of the op language:
  cargo doc --open -p memoman-oracle

Exit codes:
  0    every check agreed
  1    a finding
  2    a file, a directory or an argument is wrong, and no finding was made
  3    --max-states stopped an exploration before its end
  130  interrupted";

#[derive(Subcommand)]
enum Command {
    Check(check::Check),
    Replay(replay::Replay),
    Shrink(shrink::Shrink),
    Triage(triage::Triage),
    Stress(stress::Stress),
    Corpus(corpus::Corpus),
    Convert(convert::Convert),
    Bench(bench::Bench),
    Explore(explore::Explore),
    Latency(latency::Latency),
    #[cfg(feature = "bughunt")]
    Bughunt(bughunt::Bughunt),
    Generate(generate::Generate),
    #[cfg(feature = "guard")]
    Misuse(misuse::Misuse),
    #[cfg(feature = "lab")]
    Lab(lab::Lab),
    #[cfg(feature = "fragmentation")]
    Fragmentation(fragmentation::Fragmentation),
}

impl Cli {
    /// Runs the command. Results go to `out`; what differs from run to run goes to stderr.
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        match &self.command {
            Command::Stress(_) => profile::hint("stress"),
            Command::Bench(_) => profile::hint("bench"),
            Command::Explore(_) => profile::hint("explore"),
            #[cfg(feature = "bughunt")]
            Command::Bughunt(_) => profile::hint("bughunt"),
            _ => {}
        }
        match &self.command {
            Command::Check(check) => check.run(out),
            Command::Replay(replay) => replay.run(out),
            Command::Shrink(shrink) => shrink.run(out),
            Command::Triage(triage) => triage.run(out),
            Command::Stress(stress) => stress.run(out),
            Command::Corpus(corpus) => corpus.run(out),
            Command::Convert(convert) => convert.run(out),
            Command::Bench(bench) => bench.run(out),
            Command::Explore(explore) => explore.run(out),
            Command::Latency(latency) => latency.run(out),
            #[cfg(feature = "bughunt")]
            Command::Bughunt(bughunt) => bughunt.run(out),
            Command::Generate(generate) => generate.run(out),
            #[cfg(feature = "guard")]
            Command::Misuse(misuse) => misuse.run(out),
            #[cfg(feature = "lab")]
            Command::Lab(lab) => lab.run(out),
            #[cfg(feature = "fragmentation")]
            Command::Fragmentation(fragmentation) => fragmentation.run(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_examples() {
        for command in super::Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Examples:"), "{}", command.get_name());
        }
    }
}
