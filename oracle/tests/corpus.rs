//! The corpus replays without a finding, and stays small: every input that once showed something,
//! and every input that reaches what no other does.

use std::fs;
use std::path::{Path, PathBuf};

use oracle::ops::{MAX_BYTES, Program};
use oracle::{Config, Context, Report};

const MOST_FILES: usize = 2000;
const MOST_BYTES: usize = 1_000_000;

/// The files of one folder of `corpus/`, by name, hidden ones left out.
fn files(folder: &str) -> Vec<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(folder);
    let entries = fs::read_dir(&corpus).unwrap_or_else(|error| panic!("{corpus:?}: {error}"));
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| !name(path).starts_with('.'));
    files.sort();
    files
}

/// All binary programs: those that reach code that no other reaches, and the worst cases.
fn inputs() -> Vec<PathBuf> {
    [files("ops-v1"), files("latency-v1")].concat()
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// Replays all programs in one context, and prints a report of each that fails.
fn replay(programs: impl Iterator<Item = (PathBuf, Program)>, config: &Config) {
    let mut context = Context::default();
    let mut failed = Vec::new();
    for (path, program) in programs {
        if let Err(failure) = context.observe(&program, config, &mut |_| {}) {
            println!("{path:?}\n{}\n", Report::with(&mut context, &failure));
            failed.push(path);
        }
    }
    assert!(failed.is_empty(), "findings in {failed:?}");
}

fn decoded(path: PathBuf) -> (PathBuf, Program) {
    let bytes = fs::read(&path).expect("a readable file");
    (path, Program::decode(&bytes))
}

#[test]
fn every_input_replays_without_a_finding() {
    replay(inputs().into_iter().map(decoded), &Config::default());
}

/// In the two configurations with a bounded search, in place of the geometries that the headers name.
#[test]
fn every_input_replays_with_a_bounded_search_without_a_finding() {
    let config = Config { search: true, ..Config::default() };
    replay(inputs().into_iter().map(decoded), &config);
}

#[test]
fn every_program_that_once_failed_replays_without_a_finding() {
    let programs = files("regress").into_iter().map(|path| {
        assert_eq!(path.extension(), Some("ops".as_ref()), "{path:?}");
        let text = fs::read_to_string(&path).expect("readable text");
        let program = text.parse().unwrap_or_else(|error| panic!("{path:?}: {error}"));
        (path, program)
    });
    replay(programs, &Config::default());
}

#[test]
fn the_corpus_is_neither_empty_nor_large() {
    let (inputs, regress) = (inputs(), files("regress"));
    assert!(
        !inputs.is_empty() && !regress.is_empty(),
        "a corpus that holds nothing checks nothing"
    );
    let bytes = |path: &PathBuf| fs::metadata(path).expect("a file").len() as usize;
    for input in &inputs {
        assert!(bytes(input) <= MAX_BYTES, "{input:?}: bytes behind byte {MAX_BYTES} are not read");
    }
    let all: usize = inputs.iter().chain(&regress).map(bytes).sum();
    assert!(all <= MOST_BYTES, "{all} bytes");
    assert!(inputs.len() + regress.len() <= MOST_FILES);
}
