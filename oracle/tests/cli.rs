//! The command line as a user runs it: exit codes and output.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The result of a command.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn oracle(args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oracle"));
    let output = command.args(args).stdin(Stdio::null()).output().expect("the binary starts");
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

/// A directory for one test, removed at the end.
struct Dir(PathBuf);

impl Dir {
    fn new(test: &str) -> Self {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).expect("a directory");
        Self(dir)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("UTF-8").to_owned()
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, content).expect("a file");
        path
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The trace hash of the last line.
fn trace(out: &str) -> &str {
    let line = out.lines().next_back().expect("a verdict");
    line.rsplit_once("trace ").expect("a trace").1
}

#[test]
fn text_and_binary_of_a_program_have_one_trace() {
    let dir = Dir::new("one-trace");
    let binary = dir.file("program.bin", oracle::ops::generate(7, 3));
    let text = dir.path("program.ops");
    assert_eq!(oracle(&["convert", &binary, "-o", &text]).code, Some(0));
    let [binary, text] = [binary, text].map(|file| oracle(&["replay", &file]));
    assert_eq!((binary.code, text.code), (Some(0), Some(0)), "{}{}", binary.out, text.out);
    assert_eq!(trace(&binary.out), trace(&text.out));
    assert!(binary.out.lines().count() > 10);
}

#[test]
fn replay_prints_calls_and_offsets_unless_quiet() {
    let dir = Dir::new("shows");
    // The content is text; the name does not matter.
    let file = dir.file("program", "# small\nops v1\npool 256\nmalloc 3 tiny 24\n");
    let ran = oracle(&["replay", &file]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.out.contains("slot 3 = malloc(24)"), "{}", ran.out);
    let quiet = oracle(&["replay", "--quiet", &file]);
    assert_eq!(quiet.out.lines().count(), 1);
    assert_eq!(trace(&quiet.out), trace(&ran.out));
    assert_eq!(oracle(&["replay", "--against", "system", &file]).code, Some(0));
}

#[test]
fn an_ill_formed_text_is_located_and_the_other_files_still_run() {
    let dir = Dir::new("ill-formed");
    let wrong = dir.file("wrong.ops", "ops v1\npool 256\nmalloc 3 teeny 24\n");
    let right = dir.file("right.ops", "ops v1\nmalloc 3 tiny 24\n");
    let ran = oracle(&["replay", &wrong, &dir.path("missing"), &right]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("wrong.ops: line 3, column 10: `teeny`; expected"), "{}", ran.err);
    assert!(ran.err.contains("missing: cannot be read"), "{}", ran.err);
    assert!(ran.out.contains("right.ops: agrees"), "{}", ran.out);
}

#[test]
fn text_is_never_run_as_bytes() {
    let dir = Dir::new("not-bytes");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = root.join("README.md").to_str().expect("UTF-8").to_owned();
    for command in ["replay", "convert"] {
        let ran = oracle(&[command, &readme]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{}", ran.err);
        assert!(ran.err.contains("README.md: line 3, column 1: `A`; expected ops"), "{}", ran.err);
    }
    // A program is recognised under any name, and behind comments.
    let program = root.join("corpus/regress/b01-malloc-size-wraps.ops");
    let text = fs::read_to_string(&program).expect("a program");
    assert!(text.starts_with('#'));
    let other = dir.file("b01.txt", &text);
    let [named, other] =
        [program.to_str().expect("UTF-8"), &other].map(|file| oracle(&["replay", file]));
    assert_eq!((named.code, other.code), (Some(0), Some(0)));
    assert_eq!(trace(&named.out), trace(&other.out));
    assert!(!other.out.contains("binary"), "{}", other.out);
    let bytes = dir.file("bytes", [0; 12]);
    let ran = oracle(&["replay", "--quiet", &bytes]);
    assert!(ran.out.contains("bytes, read as binary: agrees"), "{}", ran.out);
}

#[cfg(feature = "guard")]
#[test]
fn misuse_takes_no_text() {
    let dir = Dir::new("misuse-text");
    let bytes = dir.file("bytes", [7; 40]);
    assert_eq!(oracle(&["misuse", &bytes]).code, Some(0));
    for name in ["finding.ops", "finding"] {
        let text = dir.file(name, "# by hand\nops v1\nmalloc 3 tiny 24\n");
        let ran = oracle(&["misuse", &text, &bytes]);
        assert_eq!(ran.code, Some(2), "{}", ran.out);
        assert!(ran.err.contains("cargo oracle replay"), "{}", ran.err);
        assert!(ran.out.contains("of 1 inputs"), "the other file still runs: {}", ran.out);
    }
}

#[test]
fn conversion_there_and_back_keeps_the_program() {
    let dir = Dir::new("round-trip");
    let binary = dir.file("binary", oracle::ops::generate(11, 5));
    let text = oracle(&["convert", &binary]);
    assert_eq!(text.code, Some(0), "{}", text.err);
    let text_file = dir.file("text", &text.out);
    let again = dir.path("again");
    assert_eq!(oracle(&["convert", &text_file, "-o", &again]).code, Some(0));
    assert_eq!(oracle(&["convert", &again]).out, text.out);
}

#[test]
fn stress_prints_the_same_for_any_number_of_jobs_and_every_time() {
    let stress = |jobs| {
        let ran = oracle(&["stress", "--seed", "9", "--ops", "20k", "--jobs", jobs]);
        assert_eq!(ran.code, Some(0), "{}", ran.out);
        ran.out
    };
    let one = stress("1");
    assert_eq!(one, stress("2"));
    assert_eq!(one, stress("2"));
    let verdict = one.lines().next_back().expect("a verdict");
    assert!(verdict.starts_with("agrees: 2") && verdict.contains(" seed 9,"), "{verdict}");
}

#[test]
fn corpus_and_bench_run_what_generate_writes() {
    let dir = Dir::new("corpus");
    let seeds = dir.path("seeds");
    let made = oracle(&["generate", "--seed", "2", "--count", "20", "--out", &seeds]);
    assert_eq!(made.code, Some(0), "{}", made.err);
    let again = fs::read(Path::new(&seeds).join("seed2-000019.bin")).expect("the last one");
    assert_eq!(again, oracle::ops::generate(2, 19));
    dir.file("seeds/README.md", "not a program");
    let corpus = oracle(&["corpus", &seeds]);
    assert_eq!(corpus.code, Some(0), "{}", corpus.err);
    assert!(corpus.out.contains("seeds: 20 files, "), "{}", corpus.out);
    let bench = oracle(&["bench", "--rounds", "1", &seeds]);
    let last = bench.out.lines().next_back().expect("a result");
    let rate = last.strip_prefix("checked_ops_per_s=").expect("the rate");
    assert!(rate.parse::<u64>().expect("a number") > 0);
}

#[test]
fn a_corpus_that_is_missing_or_empty_is_an_error() {
    let dir = Dir::new("no-corpus");
    let empty = dir.path(".");
    for (corpus, why) in [(dir.path("missing"), "not a directory"), (empty, "no program")] {
        for command in ["corpus", "bench"] {
            let ran = oracle(&[command, &corpus]);
            assert_eq!(ran.code, Some(2));
            assert!(ran.err.contains(why), "{}", ran.err);
        }
    }
}

#[test]
fn help_teaches_by_examples() {
    let top = oracle(&["--help"]);
    assert_eq!(top.code, Some(0));
    assert!(top.out.contains("oracle::ops") && top.out.contains("Exit codes:"));
    let mut commands = vec!["replay", "stress", "corpus", "convert", "bench", "generate"];
    commands.extend(cfg!(feature = "guard").then_some("misuse"));
    commands.extend(cfg!(feature = "fragmentation").then_some("fragmentation"));
    for command in commands {
        assert!(top.out.contains(command), "{command}");
        let help = oracle(&[command, "--help"]).out;
        assert!(help.contains(&format!("Examples:\n  cargo oracle {command}")), "{help}");
    }
    assert!(oracle(&["convert", "--help"]).out.contains("memalign 32 align 64"));
}

#[test]
#[cfg(feature = "lab")]
fn a_page_of_the_lab_replaces_a_page_and_nothing_else() {
    let dir = Dir::new("lab");
    let file = dir.file("a.ops", "ops v1\npool 256\nmalloc 3 tiny 24\n");
    let page = dir.path("a.html");
    for _ in 0..2 {
        let ran = oracle(&["lab", &file, "-o", &page, "--states", "1"]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(
            ran.out.contains("3 calls") && ran.out.contains("all columns agree"),
            "{}",
            ran.out
        );
        assert!(ran.out.contains("\"step\":1"), "{}", ran.out);
    }
    assert!(fs::read_to_string(&page).expect("a page").contains("memoman-lab"));
    let ran = oracle(&["lab", &page, "-o", &file]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("a.ops: exists and is no page of the lab"), "{}", ran.err);
    assert!(fs::read_to_string(&file).expect("the program").starts_with("ops v1"));
    let trace = dir.file("a.trace", "calls v1\npool 4096\nm 0 100\nx\n");
    let ran = oracle(&["lab", &trace, "-o", &page]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("a.trace: line 4: \"x\"; expected"), "{}", ran.err);
}

#[test]
#[cfg(feature = "lab")]
fn a_trace_is_checked_after_one_call_or_more_and_no_rate_precedes_an_error() {
    let dir = Dir::new("lab-trace");
    let trace = dir.file("a.trace", "calls v1\npool 4096\nm 0 100\nf 0\n");
    let page = dir.path("a.html");
    let ran = oracle(&["lab", &trace, "-o", &page, "--every", "0"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("expected a number of calls, from 1"), "{}", ran.err);
    let ran = oracle(&["lab", &trace, "-o", &page, "--pool", "1"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.starts_with("error: ") && ran.err.contains("can be no pool"), "{}", ran.err);
    let ran = oracle(&["lab", &trace, "-o", &page, "--every", "1"]);
    assert_eq!((ran.code, ran.err.contains("calls/s")), (Some(0), true), "{}", ran.err);
}

/// The recorder's own writer and reader. The oracle does not depend on the recorder, and has a reader of its own.
#[cfg(feature = "lab")]
#[path = "../../memoman/preload/src/format.rs"]
mod format;

#[test]
#[cfg(feature = "lab")]
fn what_the_recorder_writes_is_the_same_calls_as_its_own_reader_has() {
    use format::{TraceEncoder, TraceEvent};
    let mut encoder = TraceEncoder::new();
    let slots = [1, 127, 128, 300, 5000].map(|size| encoder.malloc(size));
    let aligned = [0, 9, 12].map(|log2| encoder.memalign(1 << log2, 40));
    slots[1..4].iter().for_each(|&slot| encoder.free(slot));
    encoder.realloc(slots[4], 9000);
    let again = [100, 50].map(|size| encoder.malloc(size));
    [aligned[1], again[0]].into_iter().for_each(|slot| encoder.free(slot));
    let bytes = encoder.finish();
    let events = format::decode(&bytes).expect("a trace");
    let lines = events.iter().map(|event| match event {
        TraceEvent::Malloc { slot, size } => format!("m {slot} {size}\n"),
        TraceEvent::Memalign { slot, align, size } => format!("a {slot} {align} {size}\n"),
        TraceEvent::Realloc { slot, size } => format!("r {slot} {size}\n"),
        TraceEvent::Free { slot } => format!("f {slot}\n"),
    });
    let text: String = ["calls v1\n".to_owned()].into_iter().chain(lines).collect();
    let dir = Dir::new("lab-format");
    let (compact, text) = (dir.file("a.trace", &bytes), dir.file("b.trace", &text));
    let page = dir.path("a.html");
    let states = (0..=events.len()).map(|call| call.to_string()).collect::<Vec<_>>().join(",");
    let [compact, text] = [compact, text].map(|file| {
        let ran = oracle(&["lab", &file, "-o", &page, "--pool", "64k", "--states", &states]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        ran.out.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    });
    assert_eq!(compact.len(), 1 + events.len());
    assert_eq!(compact, text);
}

#[test]
#[cfg(all(feature = "bughunt", feature = "lab"))]
fn a_report_ends_with_the_command_that_opens_it_in_the_lab() {
    let dir = Dir::new("lab-command");
    let file = dir.file(
        "b.ops",
        "ops v1\npool 512\nmalloc 0 tiny 24\nmalloc 1 tiny 24\nfree slot 0\nfree slot 1\n",
    );
    let mutant = ["--mutant", "rule-never-merges-next"];
    let ran = oracle(&["replay", mutant[0], mutant[1], &file]);
    assert_eq!(ran.code, Some(1));
    let last = ran.out.trim_end().lines().next_back().expect("a line");
    assert_eq!(
        last.trim(),
        format!("cargo oracle lab {} {} {file} -o b.html", mutant[0], mutant[1])
    );
    let page = dir.path("b.html");
    assert_eq!(oracle(&["lab", mutant[0], mutant[1], &file, "-o", &page]).code, Some(1));
    assert!(fs::read_to_string(&page).expect("a page").contains("cargo oracle replay --mutant"));
}

#[test]
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn large_programs_without_address_space_are_one_error_before_anything_runs() {
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -v 2000000; exec \"$0\" stress --large --calls 1k --jobs 2"]);
    let output = shell.arg(env!("CARGO_BIN_EXE_oracle")).output().expect("a shell");
    let error = String::from_utf8(output.stderr).expect("text");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(
        error.starts_with("error: --large needs ") && error.contains("on 2 threads"),
        "{error}"
    );
}
