//! `misuse`: the guard under misused pointers and damage.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use oracle::guard::{self, Tally};

use super::args::count;
use super::exit::Exit;
use super::input::load_bytes;
use super::output;
use super::text::{message, shown};
use crate::cli::stderr::note;

/// The number of inputs that --out writes at least, and at most.
const LEAST_FILES: u64 = 100;
const MOST_FILES: u64 = 100_000;

/// Run inputs of the fuzz target `misuse`, from files or random
///
/// An input is a program of valid calls on a guarded heap (feature `guard`), with misused pointers and
/// damage to single fields. The guard must refuse every misuse with the right reason and change nothing.
/// `validate` must report every damage that is not benign. The output lists what the inputs did, and which
/// law was reported for which damage. A finding is reported with every step.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle misuse fuzz/artifacts/misuse/crash-12345678
  cargo oracle misuse corpus/misuse-v1/*
  cargo oracle misuse - <crash-12345678
  cargo oracle misuse --seed 1 --steps 2M
  cargo oracle misuse --seed 1 --steps 0 --out DIR      writes the first 100 inputs to DIR

Exit codes: 0 every promise holds; 1 an input has a finding; else 2 if a file cannot be
read or is text.")]
pub(crate) struct Misuse {
    /// Inputs in the binary form of the fuzz target; - for standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Seed of the random inputs
    #[arg(long, conflicts_with = "files", default_value = "1", value_name = "N")]
    seed: u64,
    /// Least number of steps of random inputs
    #[arg(long, conflicts_with = "files", default_value = "200k", value_name = "N", value_parser = count)]
    steps: u64,
    /// Write each random input to a file in this directory, at least 100
    #[arg(long, conflicts_with = "files", value_name = "DIR")]
    out: Option<PathBuf>,
}

/// The results so far.
#[derive(Default)]
struct Sum {
    tally: Tally,
    found: bool,
    unusable: bool,
}

impl Sum {
    fn run(&mut self, name: &str, bytes: &[u8], out: &mut dyn Write) -> anyhow::Result<()> {
        match guard::run(bytes) {
            Ok(more) => self.tally.add(&more),
            Err(failure) => {
                writeln!(out, "{name}: a finding\n{failure}\n")?;
                self.found = true;
            }
        }
        Ok(())
    }
}

impl Misuse {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let mut sum = Sum::default();
        for file in &self.files {
            match load_bytes(file) {
                Ok(bytes) => sum.run(&shown(file), &bytes, out)?,
                Err(error) => {
                    note!("error: {}", message(&error));
                    sum.unusable = true;
                }
            }
        }
        if self.files.is_empty() {
            self.random(&mut sum, out)?;
        }
        writeln!(out, "{}", sum.tally)?;
        Ok(match (sum.found, sum.unusable) {
            (true, _) => Exit::Finding,
            (false, true) => Exit::Unusable,
            (false, false) => Exit::Agrees,
        })
    }

    /// Runs random inputs until there were enough steps and files, or one failed.
    fn random(&self, sum: &mut Sum, out: &mut dyn Write) -> anyhow::Result<()> {
        for number in 0.. {
            let enough = sum.tally.steps >= self.steps && number > 0;
            if sum.found || enough && (self.out.is_none() || number >= LEAST_FILES) {
                break;
            }
            let bytes = guard::generate(self.seed, number);
            let name = format!("seed{}-{number:06}.bin", self.seed);
            if let Some(dir) = &self.out {
                if number == MOST_FILES {
                    bail!(
                        "{}: {MOST_FILES} inputs written, the limit; use fewer --steps",
                        shown(dir)
                    );
                }
                output::make_dir(dir)?;
                output::write(&Path::new(dir).join(&name), &bytes)?;
            }
            sum.run(&name, &bytes, out)?;
        }
        Ok(())
    }
}
