//! `generate`: random programs as files.

use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use oracle::ops;

use super::args::{count, language_version};
use super::exit::Exit;
use super::output;
use super::text::shown;

/// The largest number of files that one command writes.
const MOST_FILES: u64 = 1_000_000;

/// Write random programs as binary files, as seeds for a fuzzer
///
/// File `seedN-INDEX.bin` is the program that `stress --seed N` runs as number INDEX; with --large, that is
/// `seedN-INDEX.bin2` of `stress --large`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle generate --seed 1 --count 500 --out fuzz/seeds
  cargo oracle generate --seed 1 --first 42 --count 1 --out /tmp    only number 42

Exit codes: 0 written; 2 the directory cannot be written, or an argument is wrong.")]
pub(crate) struct Generate {
    /// Seed of the sequence of programs
    #[arg(long, value_name = "N")]
    seed: u64,
    /// Number of programs, at most 1M
    #[arg(long, value_parser = count, value_name = "N")]
    count: u64,
    /// Index of the first program
    #[arg(long, value_parser = count, default_value = "0", value_name = "INDEX")]
    first: u64,
    /// Programs of version 2, with pools up to 4 GiB
    #[arg(long)]
    large: bool,
    /// Directory for the files; created if missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Generate {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let Self { seed, count, first, large, out: dir } = self;
        let version = language_version(*large);
        let extension = if *large { "bin2" } else { "bin" };
        if *count > MOST_FILES {
            bail!("--count {count}: more than {MOST_FILES} files; use --first for further ones");
        }
        output::make_dir(dir)?;
        let mut bytes = 0;
        for index in *first..first.saturating_add(*count) {
            let program = ops::generate_as(version, *seed, index);
            bytes += program.len();
            output::write(&dir.join(format!("seed{seed}-{index:06}.{extension}")), program)?;
        }
        writeln!(out, "{count} programs, {bytes} bytes in {}", shown(dir))?;
        Ok(Exit::Agrees)
    }
}
