//! One run of a program: what it prints, how it ends, its time and its peak of memory. And whether two runs
//! agree.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
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
        -1 => Err(io::Error::last_os_error()).context("cannot wait for a program"),
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

/// Fails unless both runs ended in the same way and printed the same.
pub(super) fn agree(systems: &Run, ours: &Run) -> anyhow::Result<()> {
    if systems.status != ours.status {
        return failed(format!(
            "it ends differently: {}, on memoman {}; see {}",
            systems.status,
            ours.status,
            ours.streams[1].display()
        ));
    }
    for (systems, ours) in systems.streams.iter().zip(&ours.streams) {
        if let Some(line) = first_difference(&mut open(systems)?, &mut open(ours)?)? {
            return failed(format!(
                "it prints something else from line {line} on: compare {} with {}",
                systems.display(),
                ours.display()
            ));
        }
    }
    Ok(())
}

fn open(path: &Path) -> anyhow::Result<BufReader<File>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(BufReader::with_capacity(1 << 16, file))
}

/// The number of the first line in which two streams differ. (They are not in memory at once: the peak of this
/// program is the least that is measured of another one.)
fn first_difference(a: &mut impl BufRead, b: &mut impl BufRead) -> io::Result<Option<usize>> {
    let mut line = 1;
    loop {
        let (left, right) = (a.fill_buf()?, b.fill_buf()?);
        let bytes = left.len().min(right.len());
        if bytes == 0 {
            return Ok((left.len() != right.len()).then_some(line));
        }
        let same = left.iter().zip(right).take_while(|(left, right)| left == right).count();
        line += left[..same].iter().filter(|&&byte| byte == b'\n').count();
        if same < bytes {
            return Ok(Some(line));
        }
        a.consume(bytes);
        b.consume(bytes);
    }
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

    fn ran(folder: &Path, name: &str, status: i32, printed: [&str; 2]) -> Run {
        let streams = ["out", "err"].map(|extension| folder.join(name).with_extension(extension));
        for (path, text) in streams.iter().zip(printed) {
            std::fs::write(path, text).unwrap();
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
    fn streams_are_compared_to_their_ends() {
        let difference = |a: &str, b: &str| {
            let short = |text: &str| BufReader::with_capacity(3, io::Cursor::new(text.to_owned()));
            first_difference(&mut short(a), &mut BufReader::new(short(b))).unwrap()
        };
        assert_eq!(difference("", ""), None);
        assert_eq!(difference("0123\n4567\n", "0123\n4567\n"), None);
        assert_eq!(difference("0123\n4567\n", "0123\n4567"), Some(2));
        assert_eq!(difference("0123\n4567\n", "0123\n4568\n"), Some(2));
        assert_eq!(difference("", "0"), Some(1));
    }
}
