//! One search of another engine, in a process group of its own.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use oracle::mutants::target::{CALLS, MUTANT};
use oracle::ops::MAX_BYTES;

use super::clock::{Clock, descendants};
use super::engine::Engine;
use super::plan::Wanted;
use super::record::Record;
use crate::cli::{interrupt, output};

/// The shortest time between two looks at a child.
const TICK: Duration = Duration::from_millis(20);

/// How many times the processor time may pass, on a machine that others use as well.
const PATIENCE: u32 = 8;

/// The committed programs, from which libFuzzer and AFL++ start.
const CORPUS: &str = "corpus/ops-v1";

/// A search to run.
pub(super) struct Search<'a> {
    pub(super) wanted: Wanted<'a>,
    /// The program of the engine.
    pub(super) program: &'a Path,
    /// An empty folder.
    pub(super) folder: PathBuf,
}

impl Search<'_> {
    /// Runs the search. Returns `None` after Ctrl-C.
    ///
    /// # Errors
    /// The engine cannot start, or ends early without a finding.
    pub(super) fn run(&self) -> anyhow::Result<Option<Record>> {
        let Wanted { engine, mutant, seed, seconds } = self.wanted;
        output::make_dir(&self.folder)?;
        let log = self.folder.join("log");
        let calls = self.folder.join("calls");
        let mut command = self.command();
        command.env(MUTANT, &mutant.name).env(CALLS, &calls).env("RUST_BACKTRACE", "0");
        let file = File::create(&log)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let (clock, limit) = (Clock::of_children(), Duration::from_secs(seconds));
        let mut group = Group::spawn(&mut command)?;
        let mut processor = Duration::ZERO;
        let ended = loop {
            processor = clock.processor_of(group.number()).max(processor);
            if let Some(status) = group.0.try_wait()? {
                break Some(status);
            }
            let late = processor >= limit || clock.wall() >= limit * PATIENCE;
            if late || interrupt::requested() || self.has_crash() {
                break None;
            }
            // Each look reads all processes: a fiftieth of the time so far is as exact, and costs little.
            sleep((clock.wall() / 50).clamp(TICK, TICK * 10));
        };
        let wall = clock.wall();
        group.end();
        let found = self.has_crash() || ended.is_some_and(|status| !status.success());
        if !found && interrupt::requested() {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        let count = fs::read(&calls).ok().and_then(|bytes| bytes.try_into().ok());
        let calls = count.map_or(0, u64::from_le_bytes);
        if calls == 0 || !found && ended.is_some() {
            bail!("{engine} ended without a finding: {}", last_lines(&text, ended));
        }
        Ok(Some(Record {
            engine,
            mutant: mutant.name.clone(),
            seed,
            // A search that waited too long for a processor had less.
            given: if found { seconds } else { seconds.min(processor.as_secs()) },
            found,
            calls,
            processor: processor.as_secs_f64(),
            wall: wall.as_secs_f64(),
            check: found.then(|| check(&text)).flatten(),
        }))
    }

    fn command(&self) -> Command {
        let Wanted { engine, seed, seconds, .. } = self.wanted;
        let own = self.folder.join("new");
        match engine {
            Engine::Afl => {
                let mut fuzz = Command::new("cargo");
                fuzz.args(["afl", "fuzz", "-i", CORPUS, "-o"]).arg(own);
                fuzz.args(["-s", &seed.to_string(), "-t", "2000", "--"]).arg(self.program);
                for name in [
                    "SKIP_CPUFREQ",
                    "I_DONT_CARE_ABOUT_MISSING_CRASHES",
                    "NO_UI",
                    "NO_AFFINITY",
                    "FAST_CAL",
                    "BENCH_UNTIL_CRASH",
                    // One of the programs to start from may find the mutant.
                    "CRASHING_SEEDS_AS_NEW_CRASH",
                    // Running each program to start from many times takes longer than a search.
                    "NO_STARTUP_CALIBRATION",
                    "DISABLE_TRIM",
                ] {
                    fuzz.env(format!("AFL_{name}"), "1");
                }
                let library = format!("{DLL_PREFIX}afl_mutations{DLL_SUFFIX}");
                let library = self.program.with_file_name(library);
                if library.is_file() {
                    fuzz.env("AFL_CUSTOM_MUTATOR_LIBRARY", library);
                }
                fuzz
            }
            Engine::Bolero => {
                let mut test = Command::new(self.program);
                test.args(["--exact", "mutant", "--nocapture"]);
                let milliseconds = seconds * 1000 * u64::from(PATIENCE);
                test.env("BOLERO_RANDOM_SEED", seed.to_string())
                    .env("BOLERO_RANDOM_ITERATIONS", usize::MAX.to_string())
                    .env("BOLERO_RANDOM_TEST_TIME_MS", milliseconds.to_string());
                test
            }
            _ => {
                // It makes no folder by itself; a failure shows when it starts.
                let _ = fs::create_dir(&own);
                let mut fuzz = Command::new(self.program);
                fuzz.arg(format!("-seed={seed}")).arg(format!("-max_len={MAX_BYTES}"));
                fuzz.arg("-timeout=60");
                fuzz.arg(format!("-artifact_prefix={}/", self.folder.display()));
                fuzz.arg(own).arg(CORPUS);
                fuzz
            }
        }
    }

    /// AFL++ has written a crash.
    fn has_crash(&self) -> bool {
        let crashes = self.folder.join("new/default/crashes");
        self.wanted.engine == Engine::Afl
            && fs::read_dir(crashes).is_ok_and(|mut entries| {
                entries.any(|entry| {
                    entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("id"))
                })
            })
    }
}

/// The check that the message of a finding names.
fn check(log: &str) -> Option<String> {
    let found = log.lines().find_map(|line| line.split_once("found: "))?.1;
    Some(found.split(" (at op").next().unwrap_or(found).to_owned())
}

fn last_lines(log: &str, ended: Option<ExitStatus>) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let from = lines.len().saturating_sub(12);
    let status = ended.map(|status| format!("{status}; ")).unwrap_or_default();
    format!("{status}its last lines:\n{}", lines[from..].join("\n"))
}

/// How long a child may take to end by itself.
const FAREWELL: Duration = Duration::from_secs(3);

/// A child that leads a process group. It ends with this value, and its descendants with it.
struct Group(Child);

impl Group {
    fn spawn(command: &mut Command) -> anyhow::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let name = command.get_program().to_string_lossy().into_owned();
        Ok(Self(command.spawn().with_context(|| format!("cannot start {name}"))?))
    }

    fn number(&self) -> u32 {
        self.0.id()
    }

    /// Ends it: AFL++ ends its own children, which are in other groups, when it is interrupted. What is left
    /// after a while is killed.
    fn end(&mut self) {
        if matches!(self.0.try_wait(), Ok(Some(_))) {
            return;
        }
        let family = descendants(self.number());
        signal("-INT", &[format!("-{}", self.number())]);
        let start = Instant::now();
        while start.elapsed() < FAREWELL && matches!(self.0.try_wait(), Ok(None)) {
            sleep(TICK);
        }
        if matches!(self.0.try_wait(), Ok(None)) {
            signal("-KILL", &family.iter().map(ToString::to_string).collect::<Vec<_>>());
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

fn signal(name: &str, processes: &[String]) {
    let mut kill = Command::new("kill");
    let _ = kill.arg(name).arg("--").args(processes).stderr(Stdio::null()).status();
}
