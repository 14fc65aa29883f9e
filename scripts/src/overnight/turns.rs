//! Fuzzing a target for a while: libFuzzer in fork mode, ended as it ends itself when its time is up.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use nix::sys::signal::Signal;

use super::summary::Point;
use crate::cargo;
use crate::fuzzing;
use crate::interrupt;
use crate::tool;

/// What a turn did.
#[derive(Default, Debug)]
pub(super) struct Turn {
    pub(super) runs: u64,
    pub(super) seconds: u64,
    pub(super) points: Vec<Point>,
    /// Whether libFuzzer ended by itself, which it should not.
    pub(super) broken: bool,
}

/// How a target is run.
pub(super) struct Fuzzer<'a> {
    pub(super) target: &'a str,
    pub(super) program: &'a Path,
    pub(super) jobs: u32,
    /// The folder of the night: logs, and `scratch` for libFuzzer.
    pub(super) night: &'a Path,
}

impl Fuzzer<'_> {
    fn scratch(&self) -> PathBuf {
        self.night.join("scratch")
    }

    /// Fuzzes for some time, or until Ctrl-C.
    pub(super) fn turn(&self, time: Duration) -> anyhow::Result<Turn> {
        let dirs = fuzzing::corpora(self.target)?;
        let path = self.night.join(format!("{}.all.log", self.target));
        let log = File::options().create(true).append(true).open(&path)?;
        let from = log.metadata()?.len();
        let mut command = tool::command(self.program);
        command.arg(format!("-fork={}", self.jobs)).args([
            "-ignore_crashes=1",
            "-ignore_timeouts=1",
            "-ignore_ooms=1",
            "-timeout=30",
        ]);
        command.arg(format!("-artifact_prefix=fuzz/artifacts/{}/", self.target)).args(&dirs);
        command
            .env("TMPDIR", self.scratch())
            .env("RUST_BACKTRACE", "0")
            .stdout(log.try_clone()?)
            .stderr(log);
        let started = Instant::now();
        let mut child = tool::spawn(&mut command)?;
        let mut broken = false;
        while started.elapsed() < time && interrupt::requests() == 0 && !broken {
            sleep(Duration::from_millis(200));
            broken = matches!(child.try_wait(), Ok(Some(_)));
        }
        self.stop(&mut child, &dirs[0])
            .with_context(|| format!("cannot save what {} found", self.target))?;

        let mut printed = Vec::new();
        let mut file = File::open(&path)?;
        file.seek(SeekFrom::Start(from))?;
        file.read_to_end(&mut printed)?;
        let printed = String::from_utf8_lossy(&printed);
        let mut short =
            fs::read_to_string(self.night.join(format!("{}.log", self.target))).unwrap_or_default();
        for line in printed
            .lines()
            .filter(|line| ["#", "INFO", "==", "MERGE"].iter().any(|head| line.starts_with(head)))
        {
            short += line;
            short.push('\n');
        }
        fs::write(self.night.join(format!("{}.log", self.target)), short)?;
        let (runs, points) = (runs(&printed), points(&printed));
        Ok(Turn { runs, seconds: started.elapsed().as_secs(), points, broken })
    }

    /// Asks the jobs to stop, so that what they have is merged and counted; what they had no time to hand in
    /// is taken from their folders.
    fn stop(&self, child: &mut Child, corpus: &Path) -> anyhow::Result<()> {
        let folders = self.job_folders()?;
        for folder in &folders {
            // libFuzzer looks for a file that is not empty.
            let _ = fs::write(folder.join("STOP"), [1]);
        }
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(3) && matches!(child.try_wait(), Ok(None)) {
            sleep(Duration::from_millis(100));
        }
        tool::signal(child, Signal::SIGSTOP);
        for folder in &folders {
            for file in cargo::files_below(folder).unwrap_or_default() {
                if is_of_a_job(&file, folder) {
                    let name = file.file_name().context("a file without a name")?;
                    let kept = corpus.join(name);
                    if !kept.exists() {
                        fs::copy(&file, &kept)?;
                    }
                }
            }
        }
        tool::signal(child, Signal::SIGKILL);
        let _ = child.wait();
        for entry in fs::read_dir(self.scratch())? {
            let path = entry?.path();
            let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
        Ok(())
    }

    fn job_folders(&self) -> anyhow::Result<Vec<PathBuf>> {
        let paths = fs::read_dir(self.scratch())?.filter_map(|entry| Some(entry.ok()?.path()));
        Ok(paths
            .filter(|path| {
                path.is_dir()
                    && path.file_name().is_some_and(|name| {
                        name.to_string_lossy().starts_with("libFuzzerTemp.FuzzWithFork")
                    })
            })
            .collect())
    }

    /// The edges and features that the corpus reaches, as libFuzzer counts them.
    pub(super) fn coverage(&self) -> anyhow::Result<String> {
        let mut command = tool::command(self.program);
        command
            .arg("-runs=0")
            .arg(format!("-artifact_prefix={}/", self.scratch().display()))
            .args(fuzzing::corpora(self.target)?);
        let ran = tool::capture(&mut command)?;
        Ok(coverage(&ran.stderr).unwrap_or_else(|| "an input crashes".into()))
    }
}

/// An input that a job has found: below one of its folders C….
fn is_of_a_job(file: &Path, folder: &Path) -> bool {
    let inner = file.strip_prefix(folder).ok().and_then(|path| path.iter().next());
    inner.is_some_and(|first| first.to_string_lossy().starts_with('C'))
}

/// The runs in the last line `#RUNS: cov: …`.
fn runs(printed: &str) -> u64 {
    let lines =
        printed.lines().rev().filter_map(|line| line.strip_prefix('#')?.split_once(": cov: "));
    lines.filter_map(|(runs, _)| runs.parse().ok()).next().unwrap_or(0)
}

/// The lines `#RUNS: cov: EDGES ft: … corp: INPUTS … time: SECONDSs …`.
fn points(printed: &str) -> Vec<Point> {
    let point = |line: &str| {
        let (runs, rest) = line.strip_prefix('#')?.split_once(": cov: ")?;
        let number = |name: &str| {
            rest.split_once(name)?.1.split_whitespace().next()?.trim_end_matches('s').parse().ok()
        };
        let edges = rest.split_whitespace().next()?.parse().ok()?;
        let (inputs, seconds) = (number(" corp: ")?, number(" time: ")?);
        Some(Point { seconds, runs: runs.parse().ok()?, edges, inputs })
    };
    printed.lines().filter_map(point).collect()
}

/// `E edges, F features` from the last line that says so after reading the corpus.
fn coverage(printed: &str) -> Option<String> {
    let line = printed.lines().rfind(|line| line.contains("INITED") || line.contains("DONE"))?;
    let number =
        |name: &str| line.split_once(name)?.1.split_whitespace().next()?.parse::<u64>().ok();
    Some(format!("{} edges, {} features", number("cov: ")?, number("ft: ")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_coverage_are_read_from_libfuzzers_lines() {
        let printed = "INFO: -fork=2\n#100: cov: 5 ft: 9 corp: 3\nop 3\n#250: cov: 6 ft: 11 corp: 4 exec/s 50\n#x: cov: 9\n";
        assert_eq!(runs(printed), 250);
        assert_eq!(runs(""), 0);
        let printed = "#100: cov: 5 ft: 9 corp: 3 exec/s 50 oom/timeout/crash: 0/0/0 time: 2s job: 1 dft_time: 0\n#x: cov: 9\n";
        let point = Point { seconds: 2, runs: 100, edges: 5, inputs: 3 };
        assert_eq!(points(printed), [point]);
        let printed = "#3\tINITED cov: 1200 ft: 5000 corp: 3/20b\n#3\tDONE   cov: 1201 ft: 5001 corp: 3/20b\n";
        assert_eq!(coverage(printed).as_deref(), Some("1201 edges, 5001 features"));
        assert_eq!(coverage("==1== ERROR: libFuzzer: deadly signal"), None);
    }

    #[test]
    fn a_fuzzer_that_is_stopped_hands_in_what_its_jobs_found() {
        let night = tempfile::tempdir().unwrap();
        let corpus = tempfile::tempdir().unwrap();
        let job = night.path().join("scratch/libFuzzerTemp.FuzzWithFork1.dir");
        fs::create_dir_all(job.join("C1")).unwrap();
        fs::write(job.join("C1/new"), "input").unwrap();
        fs::write(job.join("1.log"), "a log").unwrap();
        let fuzzer =
            Fuzzer { target: "ops", program: Path::new("sleep"), jobs: 1, night: night.path() };
        let mut child = tool::spawn(
            tool::command("sh")
                .args(["-c", "trap '' INT; while [ ! -s \"$0/STOP\" ]; do sleep 0.05; done"])
                .arg(&job),
        )
        .unwrap();
        fuzzer.stop(&mut child, corpus.path()).unwrap();
        assert_eq!(cargo::files_below(corpus.path()).unwrap(), [corpus.path().join("new")]);
        assert_eq!(fs::read_dir(night.path().join("scratch")).unwrap().count(), 0);
    }
}
