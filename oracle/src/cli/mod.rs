//! The command line: what can be asked, and how the answer leaves the process.

mod args;
mod bench;
#[cfg(feature = "bughunt")]
mod bughunt;
mod convert;
mod corpus;
mod drive;
mod explore;
#[cfg(feature = "fragmentation")]
mod fragmentation;
mod generate;
mod interrupt;
mod language;
mod latency;
mod load;
#[cfg(feature = "guard")]
mod misuse;
mod profile;
mod progress;
mod replay;
mod shrink;
mod stress;
#[cfg(feature = "fragmentation")]
mod tables;
mod tree;
mod triage;
mod workers;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Differential verification of memoman: run programs of allocator calls, check every step.
///
/// A program (binary, or text in an .ops file) is a list of malloc, memalign, realloc, free and
/// pool calls. Each call goes through the engine, an executable specification of TLSF and, where
/// it has the geometry, Conte's C code; addresses, sizes, payloads, heap walks and free lists are
/// compared after every one of them. The first difference is a finding: it is shrunk, and told.
#[derive(Parser)]
#[command(name = "oracle", bin_name = "cargo oracle", version, after_help = TOUR)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

const TOUR: &str = "\
Examples:
  cargo oracle stress --seed 1 --ops 20M        hunt with random programs
  cargo oracle replay findings/stress-seed1-42.ops
  cargo oracle shrink crash-1234 -o crash.ops   what matters of a program that fails
  cargo oracle triage                           what is new among a night's crashes
  cargo oracle corpus                           everything kept from earlier hunts
  cargo oracle convert crash-1234 -o crash.ops  a fuzzer's bytes as text, to edit
  cargo oracle fragmentation --out results       what heaps lose, beside other allocators
  cargo oracle bughunt                          what the harness catches of what is planted
  cargo oracle explore --pool 272 --aligns 16,32   every state of a small pool
  cargo oracle latency                          what calls cost; that it does not grow
  cargo oracle convert --help                   the op language on one screen

`cargo oracle` is quick to build: a few seconds from an edit to a replay. For long runs and for
measuring, `cargo oracle-release` takes the same commands and is built with all optimisations.

The language's tables are in the documentation of `oracle::ops`:
  cargo doc --open -p memoman-oracle

Exit codes:
  0    every check agreed
  1    a finding
  2    a file, a directory or an argument is wrong (and there was no finding)
  3    an exploration was stopped before its end by --max-states
  130  interrupted";

#[derive(Subcommand)]
enum Command {
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
    #[cfg(feature = "fragmentation")]
    Fragmentation(fragmentation::Fragmentation),
}

impl Cli {
    /// Does what was asked; results go to `out`, what differs from run to run to stderr.
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
            #[cfg(feature = "fragmentation")]
            Command::Fragmentation(fragmentation) => fragmentation.run(out),
        }
    }
}

/// What the exit code says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// Every check agreed, or there was nothing to check.
    Agrees,
    /// A finding.
    Finding,
    /// A file, a directory or an argument was wrong.
    Unusable,
    /// It was stopped before the end, as asked.
    Open,
    /// By Ctrl-C.
    Interrupted,
    /// Nobody reads stdout any more: what a shell reports of SIGPIPE.
    Unread,
}

impl Exit {
    /// Says on stderr what went wrong.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            return Self::Unread;
        }
        eprintln!("error: {error:#}");
        Self::Unusable
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Agrees => 0,
            Exit::Finding => 1,
            Exit::Unusable => 2,
            Exit::Open => 3,
            Exit::Interrupted => 130,
            Exit::Unread => 141,
        })
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
