//! The parent's side of a child process: starts it, watches its calls, and ends it when one does not return.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::pulse::{Call, Pulse, Snapshot};
use super::task::{Outcome, Task, read, write};
use crate::cli::interrupt;
use crate::cli::process::{drain, end};
use crate::cli::text::escaped;

/// The harness's own work between two calls takes no longer, nor the loading of a library.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How a child ended.
#[derive(Debug)]
pub(super) enum Ended {
    Outcome(Outcome),
    Died(Death),
    /// Ctrl-C.
    Interrupted,
}

/// A child that did not end as it should.
#[derive(Clone, Debug)]
pub(super) struct Death {
    /// A call did not return.
    pub(super) hangs: bool,
    /// The signal, or how long the call ran.
    pub(super) how: String,
    /// What it was doing.
    pub(super) last: Snapshot,
    /// The last lines that it printed.
    pub(super) said: String,
}

/// Runs a task in a child process. A call that takes longer than `patience` hangs. `watch` sees how far the
/// child is.
///
/// # Errors
/// The child cannot be started, or the harness in it panicked.
pub(super) fn ask(
    folder: &Path,
    task: &Task,
    patience: Duration,
    watch: &mut dyn FnMut(&Pulse),
) -> anyhow::Result<Ended> {
    let _ = fs::remove_file(folder.join("outcome"));
    write(folder, "task", task)?;
    let pulse = Pulse::create(&folder.join("pulse"))?;
    let this = std::env::current_exe().context("the path of this program is unknown")?;
    let mut command = Command::new(this);
    command.args(["check", "--child"]).arg(folder).env("RUST_BACKTRACE", "0");
    // In a group of its own: Ctrl-C reaches the parent, which ends the child.
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().context("a child process cannot be started")?;
    let pipes = [child.stdout.take().map(drain), child.stderr.take().map(drain)];
    let waited = wait(&mut child, &pulse, patience, watch)?;
    let said: String = pipes.into_iter().flatten().filter_map(|pipe| pipe.join().ok()).collect();
    let died = |hangs, how| {
        Ok(Ended::Died(Death { hangs, how, last: pulse.snapshot(), said: last_lines(&said) }))
    };
    match waited {
        Waited::Interrupted => Ok(Ended::Interrupted),
        Waited::Hangs(time) => died(true, format!("no end within {:.1} s", time.as_secs_f64())),
        Waited::Ended(status) if status.success() => match read(folder, "outcome") {
            Ok(outcome) => Ok(Ended::Outcome(outcome)),
            // The library has ended the process.
            Err(_) => died(false, "the process ended itself: exit(0)".to_owned()),
        },
        Waited::Ended(status) if is_own_panic(status, pulse.snapshot().running(), &said) => bail!(
            "the harness panicked in its child process, which is a mistake of this program:\n{}",
            escaped(&last_lines(&said))
        ),
        Waited::Ended(status) => died(false, end(status)),
    }
}

/// Whether a panic of the harness ended the process, between two calls of the library.
fn is_own_panic(status: ExitStatus, running: Option<Call>, said: &str) -> bool {
    status.code() == Some(101) && running.is_none() && said.contains(" panicked at ")
}

enum Waited {
    Ended(ExitStatus),
    Hangs(Duration),
    Interrupted,
}

fn wait(
    child: &mut Child,
    pulse: &Pulse,
    patience: Duration,
    watch: &mut dyn FnMut(&Pulse),
) -> anyhow::Result<Waited> {
    let (mut ticks, mut moved) = (pulse.ticks(), Instant::now());
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Waited::Ended(status));
        }
        let now = pulse.ticks();
        if now != ticks {
            (ticks, moved) = (now, Instant::now());
        }
        watch(pulse);
        let most = if ticks % 2 == 1 { patience } else { LONGEST_PAUSE };
        let waited = match moved.elapsed() {
            _ if interrupt::requested() => Waited::Interrupted,
            idle if idle >= most => Waited::Hangs(idle),
            _ => {
                thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(20));
                continue;
            }
        };
        child.kill()?;
        child.wait()?;
        return Ok(waited);
    }
}

/// What a library printed before it ended: an assertion, for instance.
fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(5)..].join("\n")
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;
    use crate::cli::check::names::Role;

    #[test]
    fn only_a_panic_between_two_calls_is_the_harness_s_own() {
        let code = |code: i32| ExitStatus::from_raw(code << 8);
        let said = "thread 'main' panicked at probe.rs:94:9:\nthe word lies in the lab\n";
        assert!(is_own_panic(code(101), None, said));
        // The library ended the process.
        assert!(!is_own_panic(code(101), Some(Call::of(Role::Free)), said));
        assert!(!is_own_panic(code(101), None, "exit(101)"));
        assert!(!is_own_panic(code(1), None, said));
        assert!(!is_own_panic(ExitStatus::from_raw(6), None, said));
    }
}
