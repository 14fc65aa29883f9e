//! One run of a program: what it prints, how it ends, its time and its peak of memory.

use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::stop::{Stop, failed};
use crate::{interrupt, tool};

/// What a run took. With its children, for which it has waited.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cost {
    /// On a processor, in user and system mode.
    pub(super) time: Duration,
    /// The most bytes that one of the processes had in memory.
    pub(super) peak: u64,
}

impl Cost {
    /// The least time and the largest peak of two runs.
    pub(super) fn merge(self, other: Self) -> Self {
        Self { time: self.time.min(other.time), peak: self.peak.max(other.peak) }
    }
}

/// A run that has ended.
pub(super) struct Run {
    pub(super) status: ExitStatus,
    pub(super) cost: Cost,
    /// The files with what it printed to standard output and standard error.
    pub(super) streams: [PathBuf; 2],
}

/// Runs a command whose streams go to `PATH.out` and `PATH.err`, and ends it after `limit`.
///
/// # Errors
/// It cannot be started, does not end in time, or Ctrl-C stopped it.
pub(super) fn run(command: &mut Command, path: &Path, limit: Duration) -> anyhow::Result<Run> {
    let streams = ["out", "err"].map(|extension| path.with_extension(extension));
    let create = |path: &PathBuf| {
        File::create(path).with_context(|| format!("cannot write {}", path.display()))
    };
    command.stdout(create(&streams[0])?).stderr(create(&streams[1])?);
    if interrupt::requests() > 0 {
        return Err(Stop::Interrupted(String::new()).into());
    }
    let start = Instant::now();
    let mut child = tool::spawn(command)?;
    loop {
        if let Some((status, cost)) = ended(&child)? {
            return Ok(Run { status, cost, streams });
        }
        if interrupt::requests() > 0 {
            tool::end(&mut child, Duration::from_secs(2));
            return Err(Stop::Interrupted(String::new()).into());
        }
        if start.elapsed() > limit {
            tool::end(&mut child, Duration::from_secs(2));
            return failed(format!(
                "it did not end in {} s and was stopped; what it printed is in {}",
                limit.as_secs(),
                streams[0].display()
            ));
        }
        sleep(Duration::from_millis(10));
    }
}

/// How a child ended, if it has. (`Child::try_wait` does not return what it took.)
fn ended(child: &Child) -> anyhow::Result<Option<(ExitStatus, Cost)>> {
    let id = i32::try_from(child.id()).expect("process ids are positive");
    let mut status = 0;
    // SAFETY: a plain struct of numbers, for which 0 is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both are valid for writes.
    let waited = unsafe { libc::wait4(id, &raw mut status, libc::WNOHANG, &raw mut usage) };
    match waited {
        0 => Ok(None),
        -1 => Err(std::io::Error::last_os_error()).context("cannot wait for a program"),
        _ => {
            let time = seconds(usage.ru_utime) + seconds(usage.ru_stime);
            // Linux counts KiB.
            let peak = u64::try_from(usage.ru_maxrss).unwrap_or_default() << 10;
            Ok(Some((ExitStatus::from_raw(status), Cost { time, peak })))
        }
    }
}

fn seconds(time: libc::timeval) -> Duration {
    let [whole, micros] = [time.tv_sec, time.tv_usec].map(|n| u64::try_from(n).unwrap_or_default());
    Duration::from_secs(whole) + Duration::from_micros(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(60);

    #[test]
    fn a_run_has_streams_status_time_and_peak() {
        let folder = tempfile::tempdir().unwrap();
        let script =
            "echo out; echo err >&2; i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done; exit 7";
        let mut command = tool::command("sh");
        let ran = run(command.args(["-c", script]), &folder.path().join("sh"), LIMIT).unwrap();
        assert_eq!(ran.status.code(), Some(7));
        let texts = ran.streams.map(|path| std::fs::read_to_string(path).unwrap());
        assert_eq!(texts, ["out\n", "err\n"]);
        assert!(ran.cost.time > Duration::from_millis(5), "{:?}", ran.cost);
        assert!(ran.cost.peak > 100 << 10, "{:?}", ran.cost);
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = tool::command("sleep");
        let start = Instant::now();
        let error = run(command.arg("60"), &folder.path().join("sleep"), Duration::from_millis(50));
        assert!(error.err().unwrap().to_string().contains("did not end in 0 s"));
        assert!(start.elapsed() < Duration::from_secs(30));
    }
}
