//! `corpus`: every program of some directories.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use oracle::{Config, Context, Stats};

use super::args::{Beside, flags};
use super::exit::Exit;
use super::input::{load, or_corpus, programs};
use super::text::{message, shown};
use crate::cli::stderr::note;

/// Run every program below some directories, and print the statistics of all
///
/// The default is the workspace's corpus: corpus/ops-v1, corpus/latency-v1 and corpus/regress. Hidden
/// files, *.md and symbolic links to directories are skipped. The programs share their contexts, as in a
/// fuzzer.
///
/// The hash behind `programs` is that of the programs' text, which is the same on 64-bit and 32-bit
/// targets. Calls and trace depend on the size of a word.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle corpus
  cargo oracle corpus fuzz/corpus/ops
  cargo oracle corpus --against system

Exit codes: 0 all agree; 1 a program has a finding; else 2 if a directory is missing
or empty, or a file cannot be read or is ill-formed.")]
pub(crate) struct Corpus {
    /// Directories of programs
    #[arg(value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// Allocator to compare the engine with
    #[arg(long, value_enum, default_value_t = Beside::STANDARD, value_name = "ALLOCATOR")]
    against: Beside,
    /// Run programs with a bounded search (const parameter SEARCH) in place of their geometry
    #[arg(long)]
    search: bool,
}

/// The results of the files.
#[derive(Default)]
struct Sum {
    stats: Stats,
    /// Of the programs in geometries that the C code has.
    of_conte: Stats,
    /// Of the programs in other geometries.
    of_others: Stats,
    findings: Vec<PathBuf>,
    unusable: u64,
}

impl Corpus {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let start = Instant::now();
        let dirs = or_corpus(&self.dirs)?;
        let files: Vec<_> = dirs.iter().map(|dir| programs(dir)).collect::<Result<_, _>>()?;
        let (mut context, mut sum) = (Context::default(), Sum::default());
        for (dir, files) in dirs.iter().zip(&files) {
            self.dir(dir, files, &mut context, &mut sum, out)?;
        }
        writeln!(out, "{}", sum.stats)?;
        let seconds = start.elapsed().as_secs_f64();
        note!("{seconds:.1} s, {:.0} calls/s", sum.stats.steps as f64 / seconds);
        for file in &sum.findings {
            writeln!(
                out,
                "finding: cargo oracle replay {}{}",
                shown(file),
                flags(self.against, self.search)
            )?;
        }
        Ok(match (sum.findings.len(), sum.unusable) {
            (1.., _) => Exit::Finding,
            (0, 1..) => Exit::Unusable,
            (0, 0) => {
                for (name, part) in [("C has", &sum.of_conte), ("C does not have", &sum.of_others)]
                {
                    let Stats { inputs, steps, trace, .. } = part;
                    writeln!(
                        out,
                        "geometries that {name}: {steps} calls of {inputs} programs, trace {trace:016x}"
                    )?;
                }
                let Stats { inputs, steps, trace, .. } = sum.stats;
                writeln!(out, "agrees: {steps} calls of {inputs} programs, trace {trace:016x}")?;
                Exit::Agrees
            }
        })
    }

    fn dir(
        &self,
        dir: &Path,
        files: &[PathBuf],
        context: &mut Context,
        sum: &mut Sum,
        out: &mut dyn Write,
    ) -> anyhow::Result<()> {
        // Only a list is made here; `replay` shrinks.
        let config =
            Config { against: self.against.into(), search: self.search, ..Config::default() };
        let (mut bytes, mut text, before) = (0, FNV_BASIS, sum.stats.steps);
        for file in files {
            let loaded = match load(file) {
                Ok(loaded) => loaded,
                Err(error) => {
                    note!("error: {}", message(&error));
                    sum.unusable += 1;
                    continue;
                }
            };
            bytes += loaded.bytes;
            text = loaded.program.to_string().bytes().fold(text, fnv);
            match context.observe(&loaded.program, &config, &mut |_| {}) {
                Ok(stats) => {
                    let of_conte = loaded.program.header.geometry().is_contes();
                    let part = match of_conte && !self.search {
                        true => &mut sum.of_conte,
                        false => &mut sum.of_others,
                    };
                    part.add(&stats);
                    sum.stats.add(&stats);
                }
                Err(failure) => {
                    let (kind, finding) = (failure.kind(), &failure.finding);
                    let (check, what) = (finding.check, &finding.what);
                    writeln!(out, "{}: {kind:?}: {check}: {what}", shown(file))?;
                    sum.findings.push(file.clone());
                }
            }
        }
        let (count, calls) = (files.len(), sum.stats.steps - before);
        let dir = shown(dir);
        writeln!(out, "{dir}: {count} files, {bytes} bytes, programs {text:016x}, {calls} calls")?;
        Ok(())
    }
}

/// The FNV-1a hash of no bytes.
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// Adds a byte to an FNV-1a hash.
fn fnv(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}
