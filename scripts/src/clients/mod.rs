//! `scripts/clients`: real programs on memoman.

mod heaps;
mod program;
mod run;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Parser;

use self::heaps::Heaps;
use self::program::{PROGRAMS, PYTHON_TESTS, Program};
use self::run::{Cost, Run};
use self::table::Row;
use crate::cargo;
use crate::script::Script;
use crate::stop::{Stop, failed, not_done};

/// Run real programs on memoman, beside the system's malloc.
///
/// Builds the malloc of memoman/preload/malloc and runs each program twice: on the system's malloc, and with the
/// library preloaded, in all its processes. Both must print the same, byte for byte, and end the same way; each
/// process that exits validates its heap; and the peak of memory must be at most 1.5 times the system's. Prints a
/// table of time and peak.
///
/// Programs: sqlite3, python3 (with at least 500 of its own tests), perl, git, gcc and, if the machine has it,
/// node. What is missing is installed where apt can. Fewer programs than required are an error.
#[derive(Parser)]
#[command(name = "scripts/clients", bin_name = "scripts/clients", after_help = NOTES)]
pub(crate) struct Clients {
    /// Only these programs
    #[arg(value_name = "PROGRAM", value_parser = PROGRAMS.map(|program| program.name))]
    programs: Vec<String>,
    /// Run each program so often with each malloc; the table has the least time and the largest peak
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
}

const NOTES: &str = "\
Examples:
  scripts/clients
  scripts/clients perl git
  scripts/clients --runs 5 sqlite3

What the programs printed stays in target/clients.

Exit codes: 0 all agree, 1 output, heap or peak is wrong, or a required program is missing, 2 nothing can be
run here, 130 interrupted.
Needs: 64-bit Linux with glibc; the programs, which it installs where this is root and has apt; two minutes.";

/// The peak of memory may be so many times the system's.
const PEAK_MAX: f64 = 1.5;

impl Script for Clients {
    fn run(self) -> anyhow::Result<()> {
        cargo::enter_root()?;
        if !cfg!(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")) {
            return not_done("the library works on 64-bit Linux with glibc only");
        }
        let library = build()?;
        let folder = cargo::target_folder()?.join("clients");
        let is_chosen = |program: &&Program| {
            self.programs.is_empty() || self.programs.iter().any(|name| name == program.name)
        };
        let chosen: Vec<_> = PROGRAMS.iter().filter(is_chosen).collect();

        let (mut rows, mut missing) = (Vec::new(), Vec::new());
        for (number, program) in chosen.iter().enumerate() {
            eprintln!("scripts/clients: {} of {}: {}", number + 1, chosen.len(), program.name);
            match Comparison::new(program, &library, &folder, self.runs).and_then(|all| all.run()) {
                Ok(row) => rows.push(row),
                Err(error) if is_not_done(&error) => {
                    println!("NOT DONE: scripts/clients: {}: {error}", program.name);
                    missing.push(*program);
                }
                Err(error) => return Err(error.context(program.name)),
            }
        }
        if rows.is_empty() {
            return not_done("no program ran");
        }
        println!("{}", table::render(&rows));
        println!(
            "{} of {} programs ran. Each printed the same on both mallocs.",
            rows.len(),
            chosen.len()
        );
        // A program that was named is required, too.
        missing.retain(|program| program.required || !self.programs.is_empty());
        if missing.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = missing.iter().map(|program| program.name).collect();
        failed(format!("these required programs did not run: {}", names.join(", ")))
    }
}

fn is_not_done(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(Stop::NotDone(_)))
}

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
struct Comparison<'a> {
    program: &'a Program,
    found: program::Found,
    library: &'a Path,
    folder: PathBuf,
    runs: u32,
}

impl<'a> Comparison<'a> {
    fn new(
        program: &'a Program,
        library: &'a Path,
        folder: &Path,
        runs: u32,
    ) -> anyhow::Result<Self> {
        let folder = folder.join(program.name);
        fs::create_dir_all(&folder)?;
        Ok(Self { program, found: program.find()?, library, folder, runs })
    }

    fn run(&self) -> anyhow::Result<Row> {
        let mut costs: Option<[Cost; 2]> = None;
        let (mut work, mut processes) = (String::new(), 0);
        for _ in 0..self.runs {
            let systems = self.on_the_systems()?;
            let (ours, heaps) = self.on_memoman(systems.cost.time)?;
            agree(&systems, &ours)?;
            if heaps.named == 0 {
                return failed(format!(
                    "no process {} has checked its heap: was the library loaded?",
                    self.program.process
                ));
            }
            let new = [systems.cost, ours.cost];
            costs = Some(costs.map_or(new, |old| [old[0].merge(new[0]), old[1].merge(new[1])]));
            (work, processes) = (self.work(&ours)?, heaps.sound);
        }
        let costs = costs.expect("at least one run");
        let row = Row { name: self.program.name, work, processes, costs };
        if row.peak_ratio() > PEAK_MAX {
            return failed(format!(
                "the peak of memory is {:.2} times the system's; the limit is {PEAK_MAX}",
                row.peak_ratio()
            ));
        }
        Ok(row)
    }

    fn on_the_systems(&self) -> anyhow::Result<Run> {
        let mut command = self.program.command(&self.found, &self.folder)?;
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
        let mut command = self.program.command(&self.found, &self.folder)?;
        command.env("LD_PRELOAD", self.library).env("MEMOMAN_CHECK", &lines);
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

/// Fails unless both runs ended in the same way and printed the same.
fn agree(systems: &Run, ours: &Run) -> anyhow::Result<()> {
    if systems.status != ours.status {
        return failed(format!(
            "it ends differently: {} on the system's malloc, {} on memoman; see {}",
            systems.status,
            ours.status,
            ours.streams[1].display()
        ));
    }
    for (systems, ours) in systems.streams.iter().zip(&ours.streams) {
        if fs::read(systems)? != fs::read(ours)? {
            return failed(format!(
                "it prints something else: compare {} with {}",
                systems.display(),
                ours.display()
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::ExitStatus;

    fn ran(folder: &Path, name: &str, status: i32, printed: [&str; 2]) -> Run {
        let streams = ["out", "err"].map(|extension| folder.join(name).with_extension(extension));
        for (path, text) in streams.iter().zip(printed) {
            fs::write(path, text).unwrap();
        }
        let cost = Cost { time: Duration::ZERO, peak: 0 };
        Run { status: ExitStatus::from_raw(status), cost, streams }
    }

    #[test]
    fn a_byte_of_difference_in_either_stream_or_the_status_is_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        let systems = ran(folder.path(), "system", 0, ["1\n", "2\n"]);
        let error = |status, printed| {
            agree(&systems, &ran(folder.path(), "memoman", status, printed))
                .err()
                .map(|error| error.to_string())
        };
        assert_eq!(error(0, ["1\n", "2\n"]), None);
        assert!(error(0, ["1", "2\n"]).unwrap().contains("memoman.out"));
        assert!(error(0, ["1\n", "3\n"]).unwrap().contains("memoman.err"));
        assert!(error(6, ["1\n", "2\n"]).unwrap().contains("ends differently"));
    }

    #[test]
    fn pythons_last_line_is_the_number_of_its_tests() {
        assert_eq!(python_tests("a: ok\n905 tests\n"), Some(905));
        assert_eq!(python_tests("a: ok\n"), None);
    }
}
