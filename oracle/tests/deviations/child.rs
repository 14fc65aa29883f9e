//! Runs the current test again in a child process, in which the C code may crash or hang.

use std::any::type_name;
use std::env;
use std::process::{Command, Stdio, exit};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The environment variable that names the child's task.
const TASK: &str = "DEVIATION";

/// A call that takes microseconds counts as hanging after this time.
const TIMEOUT: Duration = Duration::from_secs(4);

/// The outcome of a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// The C check passed.
    Passes,
    /// The C check failed.
    Fails,
    Crashes,
    Hangs,
}

/// Returns the task, if this process is a child.
pub(crate) fn task() -> Option<String> {
    env::var(TASK).ok()
}

/// Ends the child with the status of the C check; zero if it passed.
pub(crate) fn report(status: i32) -> ! {
    exit(if status == 0 { 40 } else { 41 })
}

/// Runs a task of `test` in a child process, which ends in [`report`], crashes or hangs.
pub(crate) fn in_child<T: Fn()>(_test: T, task: &str) -> Outcome {
    let (_crate, name) = type_name::<T>().split_once("::").expect("a test has a path");
    let mut child = Command::new(env::current_exe().expect("the path of this program"))
        .args(["--exact", "--nocapture", name])
        .env(TASK, task)
        .stdout(Stdio::null())
        .spawn()
        .expect("the child starts");
    let start = Instant::now();
    while start.elapsed() < TIMEOUT {
        if let Some(status) = child.try_wait().expect("a child of this process") {
            return match status.code() {
                Some(40) => Outcome::Passes,
                Some(41) => Outcome::Fails,
                // The exit codes of the test harness.
                Some(code @ (0 | 1 | 101)) => panic!("{task} of {name} did nothing: {code}"),
                _ => Outcome::Crashes,
            };
        }
        sleep(Duration::from_millis(2));
    }
    child.kill().and_then(|()| child.wait()).expect("a child of this process");
    Outcome::Hangs
}
