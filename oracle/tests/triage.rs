//! `cargo oracle triage` as a user runs it: the crashes of one mutant are few findings, each shrunk.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs a command; returns the exit code, stdout and stderr.
fn oracle(args: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oracle"));
    let output = command.args(args).stdin(Stdio::null()).output().expect("the binary starts");
    let [out, err] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).expect("text"));
    (output.status.code(), out, err)
}

/// Crash files in directories that are named after targets.
struct Crashes(PathBuf);

impl Crashes {
    fn new(test: &str) -> Self {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("triage-{test}"));
        let _ = fs::remove_dir_all(&dir);
        for target in ["ops", "misuse"] {
            fs::create_dir_all(dir.join(target)).expect("a directory");
        }
        Self(dir)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), content).expect("a file");
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("UTF-8").to_owned()
    }

    /// The files of a folder with that ending.
    fn ending(&self, dir: &str, ending: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.0.join(dir)).expect("a directory");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths.filter(|path| path.extension().is_some_and(|found| found == ending)).collect()
    }
}

impl Drop for Crashes {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn crashes_of_one_bug_are_few_findings_that_replay() {
    for (mutant, check, most) in [
        // A check fails, in more than one operation.
        ("wrapper-usable-size-too-small", "fewer usable bytes than requested", 1),
        // It panics, at several lines.
        ("faulty-largest-pool-accepted", "a panic", 3),
    ] {
        let crashes = Crashes::new(mutant);
        for number in 0..40 {
            crashes.file(&format!("ops/crash-{number}"), oracle::ops::generate(3, number));
        }
        crashes.file("ops/crash-empty", "");
        let (artifacts, out) = (crashes.path("ops"), crashes.path("out"));
        let (code, said, err) = oracle(&["triage", "--mutant", mutant, &artifacts, "--out", &out]);
        assert_eq!(code, Some(1), "{said}{err}");
        let programs = crashes.ending("out", "ops");
        assert!((1..=most).contains(&programs.len()), "{said}");
        let last = match programs.len() {
            1 => "triaged 41 files, 1 distinct finding".to_owned(),
            some => format!("triaged 41 files, {some} distinct findings"),
        };
        assert_eq!(said.lines().next_back(), Some(last.as_str()));
        assert!(said.contains(&format!("| ops | {check} |")), "{said}");
        assert!(said.contains("- agrees: ") && !said.contains("did not fail"), "{said}");
        let kept = fs::read_to_string(crashes.0.join("out/triage.md")).expect("the table");
        assert!(said.starts_with(&kept));
        for program in &programs {
            let text = fs::read_to_string(program).expect("a program");
            assert!(text.starts_with(&format!("# {check}, at ")), "{text}");
            assert_eq!(text.parse::<oracle::ops::Program>().expect("a program").ops.len(), 1);
            assert!(program.with_extension("txt").exists());
            let program = program.to_str().expect("UTF-8");
            assert!(said.contains(&format!("replay --mutant {mutant} {program}")), "{said}");
            let (code, said, _) = oracle(&["replay", "--mutant", mutant, program]);
            assert_eq!(code, Some(1), "{said}");
            let again = format!("cargo oracle replay --mutant {mutant} {program}\n");
            assert!(said.contains(&again), "{said}");
            // The engine itself has no such bug.
            assert_eq!(oracle(&["replay", "--quiet", program]).0, Some(0));
        }
        let lab = cfg!(feature = "lab");
        if lab {
            let index = fs::read_to_string(crashes.0.join("out/index.html")).expect("an index");
            assert_eq!(index.matches("<li><h3><a href=").count(), programs.len(), "{said}");
            for program in &programs {
                let page = program.with_extension("html");
                let text = fs::read_to_string(&page).expect("a page of the lab");
                assert!(text.contains("memoman-lab") && text.contains(check), "{page:?}");
                let name = page.file_name().and_then(|name| name.to_str()).expect("UTF-8");
                assert!(index.contains(&format!("<a href=\"{name}\">{check}, at ")), "{index}");
            }
        }
        // No other file is left.
        let files = fs::read_dir(crashes.0.join("out")).expect("a directory").count();
        let each = if lab { 3 } else { 2 };
        assert_eq!(files, each * programs.len() + each - 1);
    }
}

#[test]
fn files_that_no_longer_fail_are_listed() {
    let crashes = Crashes::new("sound");
    crashes.file("ops/crash-1", oracle::ops::generate(3, 1));
    crashes.file("ops/timeout-1.ops", "ops v1\nmalloc 0 tiny 8\n");
    let mut files = 2;
    if cfg!(feature = "guard") {
        crashes.file("misuse/crash-2", [7; 40]);
        files += 1;
    }
    let (code, said, err) = oracle(&["triage", &crashes.path("."), "--out", &crashes.path("out")]);
    let last = format!("triaged {files} files, 0 distinct findings");
    assert_eq!((code, said.lines().next_back()), (Some(0), Some(&*last)), "{said}{err}");
    assert_eq!(said.matches("- agrees: ").count(), files, "{said}");
    // A directory without files is not an error.
    let empty = Crashes::new("empty");
    let (code, said, _) = oracle(&["triage", &empty.path("ops"), "--out", &empty.path("out")]);
    assert_eq!(
        (code, said.lines().next_back()),
        (Some(0), Some("triaged 0 files, 0 distinct findings"))
    );
}

#[test]
fn unusable_files_are_refused_and_the_others_still_run() {
    let crashes = Crashes::new("refused");
    crashes.file("crash-unknown", [0; 8]);
    crashes.file("ops/wrong.ops", "ops v1\nmalloc here\n");
    crashes.file("ops/right", [0; 8]);
    let out = crashes.path("out");
    let (code, said, err) =
        oracle(&["triage", &crashes.path("ops"), &crashes.path("crash-unknown"), "--out", &out]);
    assert_eq!(code, Some(2), "{said}{err}");
    assert!(err.contains("crash-unknown: target unknown"), "{err}");
    assert!(err.contains("wrong.ops: line 2, column 8"), "{err}");
    assert!(said.contains("ops/right`"), "{said}");
    let with = ["triage", "--target", "ops", &crashes.path("crash-unknown"), "--out", &out];
    assert_eq!(oracle(&with).0, Some(0));
    for wrong in [&["triage", "--target", "op", &out][..], &["triage", "--mutant", "unknown", &out]]
    {
        assert_eq!(oracle(wrong).0, Some(2));
    }
    let missing = oracle(&["triage", &crashes.path("missing"), "--out", &out]);
    assert_eq!(missing.0, Some(2));
    assert!(missing.2.contains("missing: no such file or directory"), "{}", missing.2);
}
