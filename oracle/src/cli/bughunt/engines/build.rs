//! The programs of the other engines, built by the repository's scripts. One build serves all mutants.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

use super::engine::Engine;
use crate::cli::stderr::note;

/// Builds the program of an engine and returns its path.
///
/// # Errors
/// It cannot be built here: a tool is missing, or this is not the repository.
pub(super) fn build(engine: Engine) -> anyhow::Result<PathBuf> {
    note!("building the fuzz target of {engine}; some minutes the first time");
    match engine {
        Engine::Libfuzzer => {
            let mut build = Command::new("scripts/fuzz");
            // The harness checks the bytes itself; AddressSanitizer would take two thirds of the time.
            build.args(["build", "mutant"]).env("SANITIZER", "none");
            last_line(build)
        }
        Engine::Afl => {
            let mut build = Command::new("scripts/afl");
            build.args(["mutant", "--build"]);
            last_line(build)
        }
        Engine::Bolero => bolero(),
        _ => bail!("{engine} is part of this program"),
    }
}

/// The last line that a script prints is the path.
fn last_line(mut build: Command) -> anyhow::Result<PathBuf> {
    let name = build.get_program().to_string_lossy().into_owned();
    let printed = run(&mut build).with_context(|| format!("{name} is part of the repository"))?;
    let line = printed.lines().last().with_context(|| format!("{name} printed no path"))?;
    Ok(line.into())
}

fn bolero() -> anyhow::Result<PathBuf> {
    #[derive(Deserialize)]
    struct Message {
        executable: Option<PathBuf>,
    }
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(["test", "--release", "--locked", "--no-run", "--message-format=json"]);
    build.args(["--package", "memoman-fuzz-bolero", "--test", "mutant"]);
    let messages = run(&mut build)?;
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Message>(line).ok());
    messages.filter_map(|message| message.executable).next_back().context("cargo built no test")
}

/// Runs a build and returns what it prints.
fn run(build: &mut Command) -> anyhow::Result<String> {
    let ran = build.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    ensure!(ran.status.success(), "the build failed");
    Ok(String::from_utf8_lossy(&ran.stdout).into_owned())
}
