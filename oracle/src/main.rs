//! `cargo oracle`: replay, shrink, triage, stress, corpus, convert, bench, explore, bughunt, generate,
//! latency, misuse, lab, fragmentation.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let result = match cli::Cli::try_parse() {
        Ok(cli) => cli.run(&mut std::io::stdout().lock()),
        Err(error) => return cli::refuse(&error),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(error) => cli::Exit::of(&error).into(),
    }
}
