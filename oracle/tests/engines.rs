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

/// Runs a campaign in `folder` and returns exit code, standard output and standard error.
fn bughunt(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oracle"));
    command.args(["bughunt", "--engines"]).args(arguments).current_dir(folder);
    let Output { status, stdout, stderr } = command.output().expect("the binary starts");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (status.code(), text(stdout), text(stderr))
}

/// The same, for one mutant. The results are kept in `folder`.
fn engines(folder: &Path, mutant: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let first = ["--resume", "state", "--out", ".", "--faults", mutant];
    bughunt(folder, &[&first, arguments].concat())
}

fn lines(folder: &Path) -> usize {
    fs::read_to_string(folder.join("state")).expect("a state").lines().count()
}

const OWN: [&str; 6] = ["--engine", "generator", "--engine", "guided", "--engine", "explorer"];

#[test]
fn a_campaign_runs_what_is_missing_and_keeps_what_it_found() {
    let folder = folder("engines-resume");
    let run = |seeds, seconds| {
        let more = ["--seeds", seeds, "--seconds", seconds];
        engines(&folder, "rule-fifo", &[&OWN[..], &more].concat())
    };
    let (code, out, _) = run("1", "60");
    assert_eq!(code, Some(0), "{out}");
    assert!(
        out.contains("| rule-fifo | 1/1: ") && out.contains("Found by some engine: 1 of 1"),
        "{out}"
    );
    assert_eq!(lines(&folder), 3);
    assert_eq!(
        fs::read_to_string(folder.join("engines.md")).expect("a table")
            + "0 searches are missing\n",
        out
    );
    // The explorer has no seed: two searches are missing.
    let (_, _, err) = run("2", "60");
    assert!(err.contains("3 of 5 searches are done"), "{err}");
    assert_eq!(lines(&folder), 5);
    let before = fs::read(folder.join("state")).expect("a state");
    assert_eq!(run("2", "30").0, Some(0));
    assert_eq!(fs::read(folder.join("state")).expect("a state"), before, "nothing was missing");
}

#[test]
fn an_engine_that_cannot_be_built_is_not_done_and_the_others_go_on() {
    let folder = folder("engines-missing");
    let arguments = [&OWN[..2], &["--seeds", "1", "--engine", "libfuzzer"]].concat();
    let (code, out, err) = engines(&folder, "rule-fifo", &arguments);
    assert!(err.contains("NOT DONE: libFuzzer: scripts/fuzz is part of the repository"), "{err}");
    assert_eq!(code, Some(3), "a search is missing\n{out}");
    assert!(out.contains("| 1/1: "), "{out}");
    assert_eq!(lines(&folder), 1);
}

#[test]
fn a_search_that_finds_nothing_ends_with_its_time() {
    let arguments = [&OWN[..2], &["--seeds", "1", "--seconds", "1"]].concat();
    let (code, out, _) = engines(&folder("engines-time"), "hard-gap-in-16-bits", &arguments);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("- not found: hard-gap-in-16-bits: the gap has 64 KiB or more"), "{out}");
}

#[test]
fn an_unknown_mutant_is_refused() {
    let (code, _, err) = engines(&folder("engines-unknown"), "no-such-mutant", &[]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("expected hard, all or the name of a mutant"), "{err}");
}

/// Before any search: the one asked for would take an hour.
#[test]
fn a_path_that_cannot_be_written_is_refused_by_name_before_any_search() {
    let folder = folder("engines-paths");
    let search = ["--faults", "hard-gap-in-16-bits", "--seconds", "3600", "--engine", "generator"];
    fs::write(folder.join("file"), "").expect("a file");
    for (wrong, message) in [
        (["--resume", "missing/state", "--out", "."], "missing/state: cannot be written"),
        (["--resume", ".", "--out", "."], ".: no regular file"),
        (["--resume", "state", "--out", "file/x"], "file/x: cannot be created as a directory"),
    ] {
        let (code, _, err) = bughunt(&folder, &[&wrong[..], &search].concat());
        assert_eq!(code, Some(2), "{err}");
        assert!(err.contains(message), "{err}");
    }
    assert!(!folder.join("missing").exists());
}
