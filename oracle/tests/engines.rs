//! `bughunt --engines` as a user runs it: results are kept, and only what is missing is run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder for one test.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Runs a campaign that keeps its results in `folder`, which is also the working directory.
fn engines(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oracle"));
    command.args(["bughunt", "--engines", "--resume", "state", "--out", "."]).args(arguments);
    command.current_dir(folder).output().expect("the binary starts")
}

fn lines(folder: &Path) -> usize {
    fs::read_to_string(folder.join("state")).expect("a state").lines().count()
}

const OWN: [&str; 6] = ["--engine", "generator", "--engine", "guided", "--engine", "explorer"];

#[test]
fn a_campaign_runs_what_is_missing_and_keeps_what_it_found() {
    let folder = folder("engines-resume");
    let run = |more: &[&str]| engines(&folder, &[&OWN, more].concat());
    let first = run(&["--faults", "rule-fifo", "--seeds", "1", "--seconds", "60"]);
    let out = String::from_utf8_lossy(&first.stdout).into_owned();
    assert_eq!(first.status.code(), Some(0), "{out}");
    assert!(
        out.contains("| rule-fifo | 1/1: ") && out.contains("Found by some engine: 1 of 1"),
        "{out}"
    );
    assert_eq!(lines(&folder), 3);
    assert!(folder.join("engines.md").exists());
    // The explorer has no seed: two searches are missing.
    let second = run(&["--faults", "rule-fifo", "--seeds", "2", "--seconds", "60"]);
    let err = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(err.contains("3 of 5 searches are done"), "{err}");
    assert_eq!(lines(&folder), 5);
    let before = fs::read(folder.join("state")).expect("a state");
    let third = run(&["--faults", "rule-fifo", "--seeds", "2", "--seconds", "30"]);
    assert_eq!(third.status.code(), Some(0));
    assert_eq!(fs::read(folder.join("state")).expect("a state"), before, "nothing was missing");
}

#[test]
fn an_engine_that_cannot_be_built_is_not_done_and_the_others_go_on() {
    let folder = folder("engines-missing");
    let arguments = ["--faults", "rule-fifo", "--seeds", "1", "--engine", "libfuzzer"];
    let ran = engines(&folder, &[&arguments[..], &OWN[..2]].concat());
    let err = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(err.contains("NOT DONE: libFuzzer: scripts/fuzz is part of the repository"), "{err}");
    let out = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert_eq!(ran.status.code(), Some(3), "a search is missing\n{out}");
    assert!(out.contains("| 1/1: "), "{out}");
    assert_eq!(lines(&folder), 1);
}

#[test]
fn a_search_that_finds_nothing_ends_with_its_time() {
    let folder = folder("engines-time");
    let arguments = ["--faults", "hard-gap-in-16-bits", "--seeds", "1", "--seconds", "1"];
    let ran = engines(&folder, &[&arguments[..], &OWN[..2]].concat());
    let out = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert_eq!(ran.status.code(), Some(0), "{out}");
    assert!(out.contains("- not found: hard-gap-in-16-bits: the gap has 64 KiB or more"), "{out}");
}

#[test]
fn an_unknown_mutant_is_refused() {
    let ran = engines(&folder("engines-unknown"), &["--faults", "no-such-mutant"]);
    let err = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(2), "{err}");
    assert!(err.contains("expected hard, all or the name of a mutant"), "{err}");
}
