//! Other programs: looked for, run in process groups of their own, and stopped on Ctrl-C.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::interrupt;
use crate::stop::{Stop, not_done};

/// A command without what `cargo run` set for this program only, in a process group of its own: Ctrl-C
/// reaches this program, which then stops the group.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = without_cargos(Command::new(program));
    command.process_group(0).stdin(Stdio::null());
    command
}

/// A command without what `cargo run` set for this program only.
pub(crate) fn without_cargos(mut command: Command) -> Command {
    const HEADS: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if HEADS.iter().any(|head| text.starts_with(head)) {
            command.env_remove(&name);
        }
    }
    command
}

/// The path of a program, if it is on `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return Path::new(program).is_file().then(|| program.into());
    }
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// Fails as not done, if a program is missing; `package` says what to install.
pub(crate) fn require(program: &str, package: &str) -> anyhow::Result<PathBuf> {
    match find(program) {
        Some(path) => Ok(path),
        None => not_done(format!("{program} is missing; install {package}")),
    }
}

/// The C compiler: `CC`, or `cc`.
pub(crate) fn cc() -> String {
    std::env::var("CC").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "cc".into())
}

/// Whether this is root, who may install packages.
///
/// # Errors
/// The program `id` cannot be run.
pub(crate) fn is_root() -> anyhow::Result<bool> {
    Ok(capture(command("id").arg("-u"))?.stdout.trim() == "0")
}

/// The number of processors to use.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// What a program printed, and how it ended.
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Its standard output, or an error with the end of what it printed if it failed.
    pub(crate) fn stdout_of(self, what: &str) -> anyhow::Result<String> {
        if self.status.success() {
            return Ok(self.stdout);
        }
        let printed = if self.stderr.trim().is_empty() { &self.stdout } else { &self.stderr };
        anyhow::bail!("{what} failed ({}):\n{}", self.status, last_lines(printed, 20))
    }
}

/// A number with its noun: `1 finding`, `2 findings`.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}

/// The last lines of a text.
pub(crate) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Runs a program to its end and captures what it prints. (To files: a pipe that is full would stop it.)
///
/// # Errors
/// It cannot be started, or Ctrl-C stopped it.
pub(crate) fn capture(command: &mut Command) -> anyhow::Result<Ran> {
    let (mut out, mut err) = (tempfile::tempfile()?, tempfile::tempfile()?);
    command.stdout(out.try_clone()?).stderr(err.try_clone()?);
    let status = status(command)?;
    Ok(Ran { status, stdout: read_back(&mut out)?, stderr: read_back(&mut err)? })
}

/// As [`capture`], but what it prints to standard error is shown at once.
///
/// # Errors
/// As for [`capture`].
pub(crate) fn capture_stdout(command: &mut Command) -> anyhow::Result<Ran> {
    let mut out = tempfile::tempfile()?;
    command.stdout(out.try_clone()?);
    let status = status(command)?;
    Ok(Ran { status, stdout: read_back(&mut out)?, stderr: String::new() })
}

fn read_back(file: &mut File) -> anyhow::Result<String> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Runs a program to its end.
///
/// # Errors
/// It cannot be started, or Ctrl-C stopped it.
pub(crate) fn status(command: &mut Command) -> anyhow::Result<ExitStatus> {
    status_with(command, Duration::from_secs(5))
}

/// As [`status`], with the time that the program has to end in after Ctrl-C.
///
/// # Errors
/// As for [`status`].
pub(crate) fn status_with(command: &mut Command, patience: Duration) -> anyhow::Result<ExitStatus> {
    if interrupt::requests() > 0 {
        return Err(Stop::Interrupted(String::new()).into());
    }
    let mut child = spawn(command)?;
    loop {
        if let Some(status) = child.try_wait()? {
            // Ctrl-C that reached the program otherwise is Ctrl-C, too.
            if interrupt::requests() > 0 {
                return Err(Stop::Interrupted(String::new()).into());
            }
            return Ok(status);
        }
        if interrupt::requests() > 0 {
            end(&mut child, patience);
            return Err(Stop::Interrupted(String::new()).into());
        }
        sleep(Duration::from_millis(20));
    }
}

/// Starts a program.
///
/// # Errors
/// It cannot be started.
pub(crate) fn spawn(command: &mut Command) -> anyhow::Result<Child> {
    command
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().to_string_lossy()))
}

/// Sends a signal to a program that [`command`] made, and to what it started.
pub(crate) fn signal(child: &Child, signal: Signal) {
    let group = i32::try_from(child.id()).expect("process ids are positive");
    // No such group: it ended already.
    let _ = killpg(Pid::from_raw(group), signal);
}

/// Ends a program and what it started: with SIGINT, and with SIGKILL if it still runs after `patience`.
pub(crate) fn end(child: &mut Child, patience: Duration) {
    signal(child, Signal::SIGINT);
    let asked = Instant::now();
    while asked.elapsed() < patience && interrupt::requests() < 2 {
        if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
            break;
        }
        sleep(Duration::from_millis(20));
    }
    signal(child, Signal::SIGKILL);
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_streams_of_a_program_are_captured() {
        let ran = capture(command("sh").args(["-c", "echo out; echo err >&2; exit 3"])).unwrap();
        assert_eq!(
            (ran.stdout.as_str(), ran.stderr.as_str(), ran.status.code()),
            ("out\n", "err\n", Some(3))
        );
        let error = ran.stdout_of("the program").unwrap_err().to_string();
        assert!(error.contains("the program failed") && error.ends_with("err"), "{error}");
    }

    #[test]
    fn a_missing_program_is_not_done_and_says_what_to_install() {
        let error = require("memoman-no-such-program", "the package none").unwrap_err();
        assert!(
            matches!(error.downcast_ref(), Some(Stop::NotDone(text)) if text.contains("install the package none"))
        );
        assert!(require("sh", "a shell").is_ok());
    }

    #[test]
    fn ending_a_program_ends_what_it_started() {
        let script = "trap '' INT; sleep 60 & echo started; wait; sleep 60";
        let mut child = spawn(command("sh").args(["-c", script]).stdout(Stdio::piped())).unwrap();
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut [0; 8]).unwrap();
        end(&mut child, Duration::from_millis(100));
        // The pipe is at its end when no process has it open any more.
        assert_eq!(out.read(&mut [0; 1]).unwrap(), 0);
    }

    #[test]
    fn one_thing_is_singular() {
        assert_eq!([0, 1, 2].map(|number| counted(number, "run")), ["0 runs", "1 run", "2 runs"]);
    }

    #[test]
    fn only_the_last_lines_are_shown() {
        assert_eq!(last_lines("a\nb\nc\n", 2), "b\nc");
        assert_eq!(last_lines("a", 2), "a");
    }
}
