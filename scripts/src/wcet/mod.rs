//! `scripts/wcet`: the instructions of each operation's best, usual and worst path, under callgrind.

mod callgrind;
mod counts;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use clap::Parser;

use self::counts::{Committed, Count};
use crate::cargo::{self, Rustc};
use crate::script::Script;
use crate::stop::failed;
use crate::tool;

/// Count the instructions of each operation's best, usual and worst path, beside TLSF 3.1 in C.
///
/// Sets up each scenario of oracle/examples/wcet in heaps with 2^6, 2^12 and 2^18 live blocks and as many
/// free ones, makes its one call under callgrind, and prints a table: instructions from the operation's
/// first to its return, without the copy of a realloc that moves (memcpy's), and cycles as cachegrind
/// estimates them (instructions + 10 for a miss of L1 + 100 for one of the last level; 32 KiB, 1 MiB) with
/// caches swept and with caches warm. Instructions are the same with both.
///
/// The case "most" is the most expensive of some hundred variants of these paths, for memoman and for C each.
///
/// A second table has the worst paths of heaps with a bounded search (const parameter SEARCH).
///
/// Fails if a count depends on the number of blocks by more than 2 %.
#[derive(Parser)]
#[command(name = "scripts/wcet", bin_name = "scripts/wcet", after_help = NOTES)]
pub(crate) struct Wcet {
    /// Fail as well if a count of memoman's exceeds the committed one (memoman/benches/wcet.csv) by more
    /// than 2 %; only warn if those were counted with another rustc
    #[arg(long, conflicts_with = "bless")]
    check: bool,
    /// Write the counts to memoman/benches/wcet.csv, to be committed
    #[arg(long)]
    bless: bool,
}

const NOTES: &str = "\
Examples:
  scripts/wcet
  scripts/wcet --check          as CI does
  scripts/wcet --bless          after a change that is worth it; give the reason in the commit

Exit codes: 0 done, 1 a count grew, 2 it cannot be counted here, 130 interrupted.
Needs: valgrind 3.19 or newer, a C compiler, a 64-bit machine; ten seconds once it is built.";

const COMMITTED: &str = "memoman/benches/wcet.csv";

impl Script for Wcet {
    fn run(self) -> anyhow::Result<()> {
        cargo::enter_root()?;
        tool::require("valgrind", "the package valgrind")?;
        tool::require(&tool::cc(), "a C compiler, or set CC")?;
        let committed = match fs::read_to_string(COMMITTED) {
            Ok(text) => {
                Committed::parse(&text).with_context(|| format!("cannot read {COMMITTED}"))?
            }
            Err(_) if !self.check => Committed::default(),
            Err(error) => {
                return Err(error).with_context(|| {
                    format!("cannot read {COMMITTED}; scripts/wcet --bless writes it")
                });
            }
        };
        let rustc = Rustc::ask()?;
        let rustc = format!("{}, {}", rustc.version, rustc.host);
        let cc = cargo::version_line(&tool::cc())?;
        let counts = count(&build()?)?;
        let rows = counts::most(&counts)?;

        println!(
            "Instructions a call, and estimated cycles with caches cold and warm (at 2^18 live blocks)."
        );
        println!("{rustc}; {cc}, -O3 -DNDEBUG\n");
        print!("{}", counts::table(&rows, &counts, &committed));
        println!(
            "\nWith a bounded search that finds its block last, or none (then as the worst case above):\n\n{}",
            counts::searches(&counts)
        );
        let grown = counts::grown(&counts);
        if !grown.is_empty() {
            return failed(format!(
                "these counts depend on the number of blocks by more than 2 %:\n{}",
                grown.join("\n")
            ));
        }
        println!("No count depends on the number of blocks: 2^6, 2^12, 2^18 live.");

        if self.bless {
            fs::write(COMMITTED, Committed::render(&rustc, &cc, &rows))?;
            println!("scripts/wcet: wrote {COMMITTED}");
        }
        if self.check {
            let (worse, lower) = committed.compare(&rows);
            if lower > 0 {
                eprintln!(
                    "scripts/wcet: {lower} counts are lower than committed; scripts/wcet --bless writes them"
                );
            }
            if worse.is_empty() {
                println!("scripts/wcet: no count exceeds the committed one by more than 2 %");
            } else if committed.rustc == rustc {
                return failed(format!(
                    "more instructions than committed, by more than 2 %; if they are worth it: scripts/wcet --bless\n{}",
                    worse.join("\n")
                ));
            } else {
                eprintln!(
                    "{}\nscripts/wcet: the committed counts are of {}, this is {rustc}: no failure",
                    worse.join("\n"),
                    committed.rustc
                );
            }
        }
        Ok(())
    }
}

/// Builds the example without the oracle's feature `stats`: the engine as it is by default.
fn build() -> anyhow::Result<std::path::PathBuf> {
    let mut build =
        cargo::cargo(&["build", "--quiet", "--release", "--locked", "-p", "memoman-oracle"]);
    build.args(["--no-default-features", "--features", "reference", "--example", "wcet"]);
    build.arg("--message-format=json");
    // With flags from outside, other code would be counted.
    build.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo::executables(cargo::build(&mut build)?)
        .pop()
        .context("cargo names no executable of the example wcet")
}

/// Runs the example under callgrind: one part of its output for each line that the example prints.
fn count(program: &Path) -> anyhow::Result<Vec<Count>> {
    let work = tempfile::tempdir()?;
    let part = work.path().join("part");
    let mut valgrind = tool::command("valgrind");
    valgrind.args([
        "--tool=callgrind",
        "--compress-strings=no",
        "--compress-pos=no",
        "--toggle-collect=measured_*",
    ]);
    valgrind.arg(format!("--callgrind-out-file={}", part.display()));
    for operation in ["malloc", "memalign", "realloc", "free"] {
        valgrind.arg(format!("--dump-after=measured_{operation}"));
    }
    valgrind
        .args(["--cache-sim=yes", "--I1=32768,8,64", "--D1=32768,8,64", "--LL=1048576,16,64"])
        .arg(program);
    let printed = tool::capture(&mut valgrind)?.stdout_of("the example under callgrind")?;
    let lines: Vec<_> = printed.lines().collect();
    let parts = fs::read_dir(work.path())?.filter(|entry| {
        entry.as_ref().is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("part."))
    });
    let parts = parts.count();
    ensure!(
        !lines.is_empty() && parts == lines.len(),
        "callgrind wrote {parts} parts for {} calls; is this valgrind older than 3.19?",
        lines.len()
    );
    let program = program.to_string_lossy();
    let costs = lines.iter().enumerate().map(|(index, line)| {
        let file = work.path().join(format!("part.{}", index + 1));
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Count::new(line, callgrind::cost(&text, &program))
    });
    costs.collect()
}
