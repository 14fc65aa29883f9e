//! `generate`: random programs as files.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use oracle::ops;

use super::Exit;
use super::args::count;

/// Write random programs as binary files: seeds for a fuzzer
///
/// File `seedN-INDEX.bin` is the program that `stress --seed N` runs as number INDEX.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle generate --seed 1 --count 500 --out fuzz/seeds
  cargo oracle generate --seed 1 --first 42 --count 1 --out /tmp    only number 42")]
pub(crate) struct Generate {
    /// Which sequence of programs
    #[arg(long, value_name = "N")]
    seed: u64,
    /// How many programs
    #[arg(long, value_parser = count, value_name = "N")]
    count: u64,
    /// Number of the first
    #[arg(long, value_parser = count, default_value = "0", value_name = "INDEX")]
    first: u64,
    /// Where to; made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Generate {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let Self { seed, count, first, out: dir } = self;
        let unwritable = || format!("{}: cannot be written", dir.display());
        fs::create_dir_all(dir).with_context(unwritable)?;
        let mut bytes = 0;
        for index in *first..first.saturating_add(*count) {
            let program = ops::generate(*seed, index);
            bytes += program.len();
            fs::write(dir.join(format!("seed{seed}-{index:06}.bin")), program)
                .with_context(unwritable)?;
        }
        writeln!(out, "{count} programs, {bytes} bytes in {}", dir.display())?;
        Ok(Exit::Agrees)
    }
}
