//! The running test again, alone in a process of its own: there the C code may crash or hang.

use std::any::type_name;
use std::env;
use std::process::{Command, Stdio, exit};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Set for the child: what to do there.
const ERRAND: &str = "DEVIATION";

/// After this long a call that takes microseconds does not come back.
const PATIENCE: Duration = Duration::from_secs(4);

/// How an errand ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// The C code saw nothing wrong.
    Passes,
    /// The C code said that something is wrong.
    Objects,
    Crashes,
    Hangs,
}

/// What this process is to do, if it is a child.
pub(crate) fn errand() -> Option<String> {
    env::var(ERRAND).ok()
}

/// Ends the child: what the C code said, zero if nothing is wrong.
pub(crate) fn report(status: i32) -> ! {
    exit(if status == 0 { 40 } else { 41 })
}

/// Sends `test` on an errand, which ends in [`report`], or does not.
pub(crate) fn send<T: Fn()>(_test: T, errand: &str) -> Fate {
    let (_crate, name) = type_name::<T>().split_once("::").expect("a test has a path");
    let mut child = Command::new(env::current_exe().expect("tests know their program"))
        .args(["--exact", "--nocapture", name])
        .env(ERRAND, errand)
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts again");
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait().expect("it is ours") {
            return match status.code() {
                Some(40) => Fate::Passes,
                Some(41) => Fate::Objects,
                // What the test harness says of its tests.
                Some(code @ (0 | 1 | 101)) => panic!("{errand} of {name} did nothing: {code}"),
                _ => Fate::Crashes,
            };
        }
        sleep(Duration::from_millis(2));
    }
    child.kill().and_then(|()| child.wait()).expect("it is ours");
    Fate::Hangs
}
