//! One program on both mallocs: the library is preloaded for the second run.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};

use super::heaps::Heaps;
use super::program::{Found, PYTHON_TESTS, Program};
use super::run::{self, Run, agree};
use super::table::Row;
use crate::cargo;
use crate::stop::failed;

/// Builds the library to preload.
fn build() -> anyhow::Result<PathBuf> {
    let mut build =
        cargo::cargo(&["build", "--quiet", "--release", "--locked", "-p", "memoman-malloc"]);
    build.arg("--message-format=json");
    cargo::build(&mut build)?;
    let library = cargo::target_folder()?.join("release/libmemoman_malloc.so");
    library.canonicalize().with_context(|| format!("cannot find {}", library.display()))
}

/// One program, on both mallocs.
pub(super) struct Comparison<'a> {
    program: &'a Program,
    found: Found,
    library: PathBuf,
    folder: &'a Path,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(program: &'a Program, folder: &'a Path) -> anyhow::Result<Self> {
        Ok(Self { program, found: program.find()?, library: build()?, folder })
    }

    /// Runs it once with each malloc.
    pub(super) fn run(&self) -> anyhow::Result<Row> {
        let systems = self.on_the_systems()?;
        let (ours, heaps) = self.on_memoman(systems.cost.time)?;
        agree(&systems, &ours)?;
        if heaps.named == 0 {
            let name = self.program.process;
            return failed(format!(
                "no process {name} has checked its heap: was the library loaded?"
            ));
        }
        Ok(Row {
            name: self.program.name,
            work: self.work(&ours)?,
            checks: heaps.sound,
            costs: [systems.cost, ours.cost],
        })
    }

    fn on_the_systems(&self) -> anyhow::Result<Run> {
        let mut command = self.program.command(&self.found, self.folder)?;
        let ran = run::run(&mut command, &self.folder.join("system"), Duration::from_secs(900))?;
        ensure!(
            ran.status.success(),
            "it fails on the system's malloc ({}); see {}",
            ran.status,
            ran.streams[1].display()
        );
        Ok(ran)
    }

    fn on_memoman(&self, systems: Duration) -> anyhow::Result<(Run, Heaps)> {
        let lines = self.folder.join("memoman.heaps");
        fs::write(&lines, "")?;
        let mut command = self.program.command(&self.found, self.folder)?;
        command.env("LD_PRELOAD", &self.library).env("MEMOMAN_CHECK", &lines);
        // A thread that waits for a lock for ever looks like a program that takes long.
        let limit = Duration::from_secs(120) + systems * 20;
        let ran = run::run(&mut command, &self.folder.join("memoman"), limit)?;
        match Heaps::read(&fs::read_to_string(&lines)?, self.program.process) {
            Ok(heaps) => Ok((ran, heaps)),
            Err(bad) => failed(format!("heaps are not sound:\n{bad}")),
        }
    }

    /// What the work was: for Python, the number of tests.
    fn work(&self, ran: &Run) -> anyhow::Result<String> {
        if self.program.name != "python3" {
            return Ok(self.program.work.to_owned());
        }
        let printed = fs::read_to_string(&ran.streams[0])?;
        let tests = python_tests(&printed).context("python3 printed no number of tests")?;
        if tests < PYTHON_TESTS {
            return failed(format!(
                "only {tests} of Python's own tests ran; the least is {PYTHON_TESTS}"
            ));
        }
        Ok(format!("{tests} of {}", self.program.work))
    }
}

/// The last line that workloads/python.py prints.
fn python_tests(printed: &str) -> Option<usize> {
    printed.lines().last()?.strip_suffix(" tests")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pythons_last_line_is_the_number_of_its_tests() {
        assert_eq!(python_tests("a: ok\n905 tests\n"), Some(905));
        assert_eq!(python_tests("a: ok\n"), None);
    }
}
