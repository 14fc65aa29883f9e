//! `cargo oracle`: replay, shrink, triage, stress, corpus, convert, bench, explore, bughunt, generate,
//! latency, misuse, fragmentation.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match cli.run(&mut std::io::stdout().lock()) {
        Ok(exit) => exit.into(),
        Err(error) => cli::Exit::of(&error).into(),
    }
}
