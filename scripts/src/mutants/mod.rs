//! `scripts/mutants`: cargo-mutants over the engine, with a list of the mutants that no test can distinguish
//! from it.

mod ledger;
mod listing;
mod stages;
mod summary;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::Parser;
use nix::sys::signal::kill;
use nix::unistd::Pid;

use self::listing::{Mutant, Shard};
use self::stages::Work;
use self::summary::{Equivalents, Summary};
use crate::cargo::{self, cargo};
use crate::script::Script;
use crate::stop::{Stop, failed};
use crate::tool;

/// Run cargo-mutants over the engine: a test must catch each small change, or a list gives the reason.
///
/// Makes every mutant of the engine (memoman/src) that cargo-mutants knows, one at a time, in a copy of the
/// tree, and checks whether a test fails. Each stage judges the mutants that the stage before missed:
///
///   0  the engine's unit tests, with all features: quick to build
///   1  all of its own tests
///   2  those without features: code that stands in for a feature that is off
///   3  the oracle's: corpus replay, generator, mapping, explorer
///
/// A mutant that no stage catches must be on the list of equivalents, scripts/mutants.equivalents, with the
/// reason why no test can distinguish it from the engine. Those are made and judged like any other.
///
/// Every verdict is kept in target/mutants/ledger. After Ctrl-C the same command continues. A mutant that was
/// caught stays caught while its line is unchanged; one that was not is judged again when engine, tests or
/// corpus have changed.
///
/// The last line reads `mutants N caught N unviable N timeout N equivalent N survivors N`; unviable ones do
/// not compile. Those that time out (endless loops: 20 times as long as the tests take, and two minutes at
/// least) count as caught; on a busy machine, delete their lines from the ledger and run the command again.
///
/// cargo-mutants changes no `unsafe fn`: the planted bugs (cargo oracle bughunt) cover those.
#[derive(Parser)]
#[command(name = "scripts/mutants", bin_name = "scripts/mutants", after_help = NOTES, verbatim_doc_comment)]
pub(crate) struct Mutants {
    /// Choose the mutants of one file of memoman/src, for example geometry.rs; may be repeated
    #[arg(long = "file", value_name = "NAME")]
    files: Vec<String>,
    /// Choose those whose name (as --list prints it) matches a regular expression
    #[arg(long = "match", value_name = "REGEX")]
    matching: Option<String>,
    /// Choose those in what has changed since a commit
    #[arg(long, value_name = "COMMIT")]
    in_diff: Option<String>,
    /// Choose the K-th of N parts, K from 0
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,
    /// Judge so many at a time, 1 to 64 [default: one for each processor, at most 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    jobs: Option<u32>,
    /// Print the chosen mutants and make none
    #[arg(long)]
    list: bool,
    /// Forget earlier verdicts
    #[arg(long)]
    fresh: bool,
}

const NOTES: &str = "\
Examples:
  scripts/mutants --file geometry.rs
  scripts/mutants --in-diff origin/main
  scripts/mutants --shard 0/8            all of it takes hours on two cores: some 10 s each
  nice scripts/mutants --jobs 1

Exit codes: 0 done, 1 one survives that is not on the list, one on the list does not, or one on the list is no
mutant, 2 it cannot be run, 130 interrupted: the verdicts so far are kept.
Needs: a C compiler. Installs cargo-mutants.";

const EQUIVALENTS: &str = "scripts/mutants.equivalents";
const VERSION: &str = "27.1.0";

impl Script for Mutants {
    fn run(self) -> anyhow::Result<()> {
        cargo::enter_root()?;
        let equivalents = fs::read_to_string(EQUIVALENTS)
            .with_context(|| format!("cannot read {EQUIVALENTS}"))?;
        let equivalents = Equivalents::parse(&equivalents).context(EQUIVALENTS)?;
        let files =
            self.files.iter().map(|file| engine_file(file)).collect::<anyhow::Result<Vec<_>>>()?;
        cargo::install("mutants", "mutants", VERSION, true)?;

        // All of the engine's, not only the chosen ones: a key then means the same in each run.
        let all = list(&[])?;
        ensure!(!all.is_empty(), "cargo mutants lists no mutants");
        let whole = files.is_empty()
            && self.matching.is_none()
            && self.in_diff.is_none()
            && self.shard.is_none();
        let chosen = if whole { all.clone() } else { self.choose(&all, &files)? };
        if self.list {
            for mutant in chosen {
                println!("{}", mutant.name);
            }
            let stale: Vec<_> = equivalents.stale(&all).collect();
            for key in &stale {
                eprintln!("on the list of equivalents, but no mutant: {key}");
            }
            if !stale.is_empty() {
                return failed(format!("{EQUIVALENTS} is not up to date: see above"));
            }
            return Ok(());
        }

        let processors = u32::try_from(tool::processors()).unwrap_or(4);
        let work = Work {
            folder: PathBuf::from("target/mutants"),
            stamp: stamp()?,
            jobs: self.jobs.unwrap_or(processors.min(4)),
        };
        fs::create_dir_all(&work.folder)?;
        let _lock = Lock::take(&work.folder.join("lock"))?;
        if self.fresh {
            work.forget()?;
        }
        work.run(&chosen, &all).map_err(|error| match error.downcast_ref() {
            Some(Stop::Interrupted(_)) => {
                let kept = "the verdicts so far are in target/mutants/ledger; the same command continues from there";
                Stop::Interrupted(kept.into()).into()
            }
            _ => error,
        })?;
        let summary = Summary::new(&chosen, &all, &work.verdicts(), &equivalents, &work.stamp);
        print!("{}", summary.text);
        if summary.bad {
            failed("mutants survive, or the list of equivalents is wrong: see above")
        } else {
            Ok(())
        }
    }
}

impl Mutants {
    fn choose(&self, all: &[Mutant], files: &[String]) -> anyhow::Result<Vec<Mutant>> {
        let mut options = Vec::new();
        for file in files {
            options.extend(["--file".to_owned(), file.clone()]);
        }
        if let Some(regex) = &self.matching {
            options.extend(["--re".to_owned(), regex.clone()]);
        }
        let diff = tempfile::NamedTempFile::new()?;
        if let Some(commit) = &self.in_diff {
            ensure!(!commit.starts_with('-'), "'{commit}' is no commit");
            let text =
                tool::capture(tool::command("git").args(["diff", commit, "--", "memoman/src"]))?;
            let text = text.stdout_of(&format!("git diff {commit}"))?;
            if text.is_empty() {
                return Ok(Vec::new());
            }
            fs::write(diff.path(), text)?;
            options.extend(["--in-diff".to_owned(), diff.path().to_string_lossy().into_owned()]);
        }
        let names: std::collections::HashSet<_> =
            list(&options)?.into_iter().map(|mutant| mutant.name).collect();
        let chosen = all.iter().filter(|mutant| names.contains(&mutant.name)).cloned().collect();
        let chosen = self.shard.unwrap_or(Shard::ALL).of(chosen);
        if chosen.is_empty() && self.in_diff.is_none() && self.shard.is_none() {
            bail!("no mutant is called so; --list prints them all");
        }
        Ok(chosen)
    }
}

/// The path of a file that --file names.
fn engine_file(name: &str) -> anyhow::Result<String> {
    let path = format!("memoman/src/{}", name.trim_start_matches("memoman/src/"));
    ensure!(Path::new(&path).is_file(), "there is no file {path}");
    Ok(path)
}

fn list(options: &[String]) -> anyhow::Result<Vec<Mutant>> {
    let mut list = cargo(&[
        "mutants",
        "--list",
        "--json",
        "-p",
        "memoman",
        "--all-features",
        "--colors",
        "never",
    ]);
    let json = tool::capture(list.args(options))?.stdout_of("cargo mutants --list")?;
    // Nothing in a diff is a message, and no list.
    if !json.trim_start().starts_with('[') {
        return Ok(Vec::new());
    }
    listing::parse(&json, |file| {
        fs::read_to_string(file).with_context(|| format!("cannot read {file}"))
    })
}

/// The state of everything that verdicts depend on.
fn stamp() -> anyhow::Result<String> {
    let mut files = vec![PathBuf::from("Cargo.toml"), PathBuf::from("Cargo.lock")];
    for folder in ["corpus", "memoman", "oracle", "reference-conte"] {
        files.extend(
            cargo::files_below(Path::new(folder))?
                .into_iter()
                .filter(|file| !file.iter().any(|part| part == "target")),
        );
    }
    let contents: Vec<_> = files.iter().map(fs::read).collect::<Result<_, _>>()?;
    Ok(ledger::stamp(contents.into_iter()))
}

/// One run at a time in a tree: a file with the process's number.
struct Lock(PathBuf);

impl Lock {
    fn take(path: &Path) -> anyhow::Result<Self> {
        let holder = fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok());
        if holder.is_some_and(|holder| kill(Pid::from_raw(holder), None).is_ok()) {
            bail!(
                "another scripts/mutants runs in this tree (process {}); wait for its end",
                holder.unwrap_or_default()
            );
        }
        fs::write(path, std::process::id().to_string())?;
        Ok(Self(path.to_owned()))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_runs_in_one_tree_are_refused_and_a_dead_ones_lock_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let lock = Lock::take(&path).unwrap();
        assert!(Lock::take(&path).is_err());
        drop(lock);
        // Greater than any process's number.
        fs::write(&path, i32::MAX.to_string()).unwrap();
        assert!(Lock::take(&path).is_ok());
    }

    #[test]
    fn options_out_of_bounds_are_errors() {
        for wrong in [["--jobs", "0"], ["--jobs", "100000"], ["--shard", "8/8"], ["--file", ""]] {
            let parsed = Mutants::try_parse_from(["scripts/mutants"].iter().chain(&wrong));
            assert!(parsed.is_err() || engine_file(wrong[1]).is_err(), "{wrong:?}");
        }
    }
}
