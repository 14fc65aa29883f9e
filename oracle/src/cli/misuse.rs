//! `misuse`: the pointer policy under hostile pointers and damage.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use oracle::guard::{self, Tally};

use super::Exit;
use super::args::count;
use super::load::load_bytes;

/// Run inputs of the fuzz target `misuse`: from files, or random ones
///
/// An input is a program of valid calls on a heap with the pointer policy (feature `guard`), mixed
/// with hostile pointers and damage to single fields. Every misuse must be refused as what it is,
/// with nothing changed; all damage must be named by `validate`, or be benign. Printed are what the
/// inputs did, and which damage was named by which law; of a finding, each step.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle misuse fuzz/artifacts/misuse/crash-12345678
  cargo oracle misuse corpus/misuse-v1/*
  cargo oracle misuse --seed 1 --steps 2M
  cargo oracle misuse --seed 1 --steps 0 --out DIR      writes the first 100 inputs to DIR

Exit codes: 1 if any input has a finding, else 2 if any file is unreadable or text.")]
pub(crate) struct Misuse {
    /// Inputs, as the fuzzer keeps them
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Random inputs instead: which
    #[arg(long, conflicts_with = "files", default_value = "1")]
    seed: u64,
    /// … and how many steps of them
    #[arg(long, conflicts_with = "files", default_value = "200k", value_parser = count)]
    steps: u64,
    /// … to be written there, a file each
    #[arg(long, conflicts_with = "files", value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Misuse {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let (mut tally, mut found, mut unusable) = (Tally::default(), false, false);
        let mut one = |name: &str, bytes: &[u8], out: &mut dyn Write| {
            match guard::run(bytes) {
                Ok(more) => tally.add(&more),
                Err(finding) => {
                    writeln!(out, "{name}: a finding\n{finding}\n")?;
                    found = true;
                }
            }
            anyhow::Ok((tally.steps, found))
        };
        for file in &self.files {
            match load_bytes(file) {
                Ok(bytes) => drop(one(&file.display().to_string(), &bytes, out)?),
                Err(error) => {
                    eprintln!("error: {error:#}");
                    unusable = true;
                }
            }
        }
        let mut number = 0;
        while self.files.is_empty() {
            let bytes = guard::generate(self.seed, number);
            let name = format!("seed{}-{number:06}.bin", self.seed);
            if let Some(dir) = &self.out {
                fs::create_dir_all(dir)?;
                fs::write(dir.join(&name), &bytes)?;
            }
            let (steps, found) = one(&name, &bytes, out)?;
            number += 1;
            if found || steps >= self.steps && (self.out.is_none() || number >= 100) {
                break;
            }
        }
        writeln!(out, "{tally}")?;
        Ok(match (found, unusable) {
            (true, _) => Exit::Finding,
            (false, true) => Exit::Unusable,
            (false, false) => Exit::Agrees,
        })
    }
}
