//! A night's work: builds, the turns of the targets, what is noted.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;

use super::summary::{Row, Summary};
use super::turns::Fuzzer;
use crate::cargo::{self, cargo};
use crate::fuzzing;
use crate::interrupt;
use crate::stop::Stop;
use crate::tool;

/// A turn takes half an hour at most.
const TURN: u64 = 1800;

/// A night's work.
pub(super) struct Night {
    pub(super) folder: PathBuf,
    pub(super) jobs: u32,
    pub(super) sanitizer: String,
    pub(super) began: SystemTime,
    pub(super) summary: Summary,
    /// Whether something was not done; the notes say what.
    pub(super) incomplete: bool,
}

impl Night {
    /// Builds everything: copies, as distilling builds without a sanitizer, and the tree may change meanwhile.
    pub(super) fn new(targets: Vec<String>, jobs: u32) -> anyhow::Result<Self> {
        let sanitizer = fuzzing::sanitizer()?;
        let date = date("+%Y-%m-%d-%H%M%S")?;
        let folder = cargo::target_folder()?.join("overnight").join(date);
        for name in ["bin", "scratch"] {
            fs::create_dir_all(folder.join(name))
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        eprintln!("scripts/overnight: building {} and the oracle", targets.join(", "));
        for target in &targets {
            fs::copy(fuzzing::build(target, &sanitizer)?, folder.join("bin").join(target))?;
        }
        let mut build = cargo(&[
            "build",
            "-q",
            "--release",
            "--locked",
            "-p",
            "memoman-oracle",
            "--bin",
            "oracle",
            "--message-format=json",
        ]);
        let oracle = cargo::executables(cargo::build(&mut build)?)
            .pop()
            .context("cargo names no executable of the oracle")?;
        fs::copy(oracle, folder.join("bin/oracle"))?;
        let rows = targets.into_iter().map(|target| Row { target, ..Row::default() }).collect();
        let summary = Summary { rows, began: date_now()?, ..Summary::default() };
        Ok(Self { folder, jobs, sanitizer, began: fuzzing::now(), summary, incomplete: false })
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    pub(super) fn with_fuzzer<T>(
        &self,
        target: &str,
        what: impl FnOnce(&Fuzzer<'_>) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        what(&Fuzzer {
            target,
            program: &self.program(target),
            jobs: self.jobs,
            night: &self.folder,
        })
    }

    pub(super) fn targets(&self) -> Vec<String> {
        self.summary.rows.iter().map(|row| row.target.clone()).collect()
    }

    pub(super) fn fuzz(&mut self, seconds: u64) -> anyhow::Result<()> {
        let targets = self.targets();
        for (index, target) in targets.iter().enumerate() {
            let coverage = self.with_fuzzer(target, |fuzzer| fuzzer.coverage())?;
            fs::create_dir_all(Path::new("fuzz/artifacts").join(target))?;
            let row = &mut self.summary.rows[index];
            row.coverage[0] = coverage;
            row.found[0] = fuzzing::count(&Path::new("fuzz/corpus").join(target));
            row.committed = [fuzzing::count(&fuzzing::committed(target)); 2];
        }
        eprintln!(
            "scripts/overnight: fuzzing {} for {seconds} s, {} jobs; Ctrl-C stops it and sums up; logs: {}",
            targets.join(", "),
            self.jobs,
            self.folder.display()
        );
        let turns = seconds.div_ceil(TURN * targets.len() as u64);
        let time = Duration::from_secs(seconds / turns / targets.len() as u64);
        for _ in 0..turns {
            for (index, target) in targets.iter().enumerate() {
                if interrupt::requests() > 0 {
                    continue;
                }
                let turn = self.with_fuzzer(target, |fuzzer| fuzzer.turn(time))?;
                let row = &mut self.summary.rows[index];
                row.add(&turn.points);
                row.runs += turn.runs;
                row.seconds += turn.seconds;
                if turn.broken {
                    self.note(index, &format!("libFuzzer ended by itself; see {target}.all.log"));
                }
            }
        }
        if interrupt::requests() > 0 {
            self.summary.stopped = true;
            interrupt::acknowledge();
            eprintln!(
                "scripts/overnight: stopping; what was found so far is merged and triaged (Ctrl-C again ends this, too)"
            );
        }
        Ok(())
    }

    /// Notes that something was not done.
    pub(super) fn note(&mut self, index: usize, text: &str) {
        self.incomplete = true;
        let notes = &mut self.summary.rows[index].notes;
        if !notes.iter().any(|note| note == text) {
            notes.push(text.to_owned());
        }
    }

    pub(super) fn interrupted(&self) -> anyhow::Result<()> {
        let kept = format!(
            "kept: inputs in fuzz/corpus, findings in fuzz/artifacts, logs and summary in {}",
            self.folder.display()
        );
        Err(Stop::Interrupted(kept).into())
    }
}

pub(super) fn date_now() -> anyhow::Result<String> {
    date("+%Y-%m-%d %H:%M:%S")
}

fn date(format: &str) -> anyhow::Result<String> {
    Ok(tool::capture(tool::command("date").arg(format))?.stdout_of("date")?.trim().to_owned())
}
