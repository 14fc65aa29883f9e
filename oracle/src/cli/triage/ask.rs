//! Runs a file in a child process: a file that kills its process does not end the others.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use oracle::reduce::triage::Target;

use super::protocol::{Verdict, understand};
use crate::cli::interrupt;
use crate::cli::process::drain;

/// Runs the file in a child process, and kills it after `timeout`.
///
/// # Errors
/// The child process cannot be started.
pub(super) fn ask(
    target: Target,
    file: &Path,
    prefix: Option<&Path>,
    mutant: Option<&str>,
    timeout: Duration,
) -> anyhow::Result<Verdict> {
    let mut command = this("triage", mutant)?;
    command.args(["--one", "--target", target.name()]);
    if let Some(prefix) = prefix {
        command.arg("--shrink-into").arg(prefix);
    }
    command.arg("--").arg(file).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context("a child process cannot be started")?;
    let out = child.stdout.take().map(drain);
    let err = child.stderr.take().map(drain);
    let status = wait(&mut child, timeout)?;
    if status.is_some_and(is_interrupted) {
        return Ok(Verdict::Interrupted);
    }
    let [out, err] = [out, err].map(|text| text.and_then(|text| text.join().ok()));
    let (out, err) = (out.unwrap_or_default(), err.unwrap_or_default());
    Ok(understand(target, file, status, timeout, &out, &err))
}

/// Returns the call of a subcommand of this program, without standard input.
pub(super) fn this(subcommand: &str, mutant: Option<&str>) -> anyhow::Result<Command> {
    let this = std::env::current_exe().context("the path of this program is unknown")?;
    let mut command = Command::new(this);
    command.arg(subcommand).args(mutant.map(|name| format!("--mutant={name}")));
    command.env("RUST_BACKTRACE", "0").stdin(Stdio::null());
    Ok(command)
}

/// Returns whether Ctrl-C ended the child: a terminal sends it to the children, too.
fn is_interrupted(status: ExitStatus) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        if status.signal() != Some(2) {
            return false;
        }
        // The handler of this process may run a little later than the child ends.
        thread::sleep(Duration::from_millis(100));
    }
    !status.success() && interrupt::requested()
}

/// Waits for the child; returns `None` if it was killed after the timeout.
pub(super) fn wait(child: &mut Child, timeout: Duration) -> anyhow::Result<Option<ExitStatus>> {
    let (start, mut pause) = (Instant::now(), Duration::from_millis(1));
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() >= timeout {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}
