//! Hostile input: `cargo oracle` reads every file and directory with a limit, and refuses what it cannot
//! use with a short message and exit code 2.

#![cfg(unix)]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// No refusal takes longer, not even in a debug build on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A directory for one test, removed at the end.
struct Dir(PathBuf);

impl Dir {
    fn new(test: &str) -> Self {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hostile-{test}"));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).expect("a directory");
        Self(dir)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("UTF-8").to_owned()
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        fs::write(self.0.join(name), content).expect("a file");
        self.path(name)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn start(args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oracle"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the binary starts")
}

/// Waits for the end; kills a command that hangs.
fn end(mut child: Child) -> Output {
    let start = Instant::now();
    while child.try_wait().expect("a child of this process").is_none() {
        if start.elapsed() > TIMEOUT {
            let _ = child.kill();
            panic!("no end within {TIMEOUT:?}");
        }
        sleep(Duration::from_millis(5));
    }
    child.wait_with_output().expect("its output")
}

/// Runs a command with this standard input.
fn with_stdin(args: &[&str], input: &[u8]) -> Output {
    let mut child = start(args);
    // A command that refuses the input may close the pipe early.
    let _ = child.stdin.take().expect("piped").write_all(input);
    end(child)
}

fn oracle(args: &[&str]) -> Output {
    with_stdin(args, b"")
}

/// Checks for exit code 2 and a message of at most `lines` lines without control characters; returns it.
fn refused(args: &[&str], lines: usize) -> String {
    let output = oracle(args);
    let error = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{args:?}: {error}");
    assert!((1..=lines).contains(&error.lines().count()), "{args:?}: {error}");
    assert!(error.chars().all(|c| c == '\n' || !c.is_control()), "{args:?}: {error:?}");
    error
}

/// Each command that reads a file.
fn readers(file: &str) -> Vec<Vec<&str>> {
    let mut readers = vec![vec!["replay", file], vec!["shrink", file], vec!["convert", file]];
    if cfg!(feature = "guard") {
        readers.push(vec!["misuse", file]);
    }
    readers
}

#[test]
fn files_that_are_not_regular_are_refused() {
    let dir = Dir::new("special");
    let fifo = dir.path("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
    let circle = dir.path("circle.ops");
    symlink("circle.ops", &circle).expect("a link");
    let (link, folder) = (dir.path("link"), dir.path("folder"));
    symlink("/dev/zero", &link).expect("a link");
    fs::create_dir(&folder).expect("a directory");
    for (file, why) in [
        ("/dev/zero", "a device, not a regular file"),
        (&link, "a device, not a regular file"),
        (&fifo, "a FIFO, not a regular file"),
        (&folder, "a directory, not a regular file"),
        (&circle, "circle.ops: cannot be read"),
        (&dir.path("missing"), "missing: cannot be read"),
    ] {
        for args in readers(file) {
            let error = refused(&args, 2);
            assert!(error.contains(why) && error.contains(file), "{args:?}: {error}");
        }
    }
}

#[test]
fn large_files_are_refused_unread() {
    let dir = Dir::new("large");
    let huge = dir.file("huge", "");
    // Sparse: it takes no space.
    let file = fs::File::options().write(true).open(&huge).expect("a file");
    file.set_len(8 << 30).expect("a sparse file");
    for args in readers(&huge) {
        let start = Instant::now();
        assert!(refused(&args, 2).contains("8589934592 bytes; the limit is"), "{args:?}");
        assert!(start.elapsed() < TIMEOUT / 3, "{args:?}");
    }
    let binary = dir.file("binary", vec![0; 65 * 1024]);
    assert!(refused(&["replay", &binary], 2).contains("the limit of the binary form is 65536"));
    let text = dir.file("text", format!("ops v1\n{}", "# a comment\n".repeat(100_000)));
    assert!(refused(&["replay", &text], 2).contains("the limit is 1048576"));
    // A word of a megabyte is not repeated in the message.
    let word = dir.file("word.ops", format!("ops v1\nmalloc {}\n", "x".repeat(1_000_000)));
    let error = refused(&["replay", &word], 2);
    assert!(error.contains("line 2, column 8") && error.len() < 1000, "{error}");
}

#[test]
fn directories_may_have_circles_and_special_files() {
    let dir = Dir::new("circles");
    fs::create_dir_all(dir.0.join("a/b")).expect("directories");
    symlink("..", dir.0.join("a/b/up")).expect("a link");
    symlink(".", dir.0.join("a/self")).expect("a link");
    dir.file("a/b/one", oracle::ops::generate(1, 1));
    let corpus = oracle(&["corpus", &dir.path("a")]);
    let out = String::from_utf8(corpus.stdout).expect("text");
    assert_eq!(corpus.status.code(), Some(0), "{out}");
    assert!(out.contains("a: 1 files, "), "{out}");
    let triage = ["triage", "--target", "ops", &dir.path("a"), "--out", &dir.path("out")];
    let triaged = oracle(&triage);
    assert_eq!(triaged.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&triaged.stdout).contains("triaged 1 file,"));

    // A FIFO among the files is named; the others still run.
    let fifo = dir.path("a/fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
    assert!(refused(&["corpus", &dir.path("a")], 3).contains("a/fifo: a FIFO"));
    assert!(refused(&triage, 3).contains("a/fifo: a FIFO"));

    let deep = "d/".repeat(100);
    fs::create_dir_all(dir.0.join("deep").join(&deep)).expect("directories");
    let error = refused(&["corpus", &dir.path("deep")], 3);
    assert!(error.contains("more than 64 levels of directories"), "{error}");
    assert!(refused(&["corpus", "-"], 3).contains("expected a directory"));
}

#[test]
fn control_characters_are_escaped_in_every_message() {
    let dir = Dir::new("control");
    let words = dir.file("words.ops", "ops v1\nmalloc \u{1b}[31m\u{7}\u{202e} tiny 1\n");
    let error = refused(&["replay", &words], 2);
    assert!(error.contains(r"`\u{1b}[31m\u{7}\u{202e}`"), "{error}");
    let name = dir.file("a\u{1b}[31m\nb.ops", "ops v1\nmalloc\n");
    let error = refused(&["replay", &name], 3);
    assert!(error.contains(r"a\u{1b}[31m"), "{error}");
    let quiet = dir.file("c\u{1b}[31m", "ops v1\nmalloc 0 tiny 1\n");
    let output = oracle(&["replay", "--quiet", &quiet]);
    assert!(!output.stdout.contains(&0x1b) && output.status.success(), "{output:?}");
    let error = refused(&["replay", &dir.path("missing\u{1b}[2J")], 2);
    assert!(error.contains(r"missing\u{1b}[2J: cannot be read"), "{error}");
    assert!(refused(&["stress", "--jobs", "\u{1b}[31m"], 9).contains("invalid value"));
}

#[test]
fn byte_order_marks_are_ignored_or_named() {
    let dir = Dir::new("marks");
    let utf8 = dir.file("utf8", b"\xef\xbb\xbfops v1\r\nmalloc 3 tiny 24\r\n");
    assert_eq!(oracle(&["replay", &utf8]).status.code(), Some(0));
    let utf16: Vec<u8> = "\u{feff}ops v1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for name in ["utf16", "utf16.ops"] {
        let file = dir.file(name, &utf16);
        assert!(refused(&["replay", &file], 2).contains("text in UTF-16; expected UTF-8"));
    }
}

#[test]
fn a_dash_is_standard_input_with_the_same_limits() {
    let dir = Dir::new("dash");
    let text = b"ops v1\nmalloc 3 tiny 24\n";
    let replay = with_stdin(&["replay", "-"], text);
    assert_eq!(replay.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&replay.stdout).contains("-: agrees: "), "{replay:?}");
    let binary = with_stdin(&["convert", "-"], text);
    assert_eq!(oracle::ops::Program::decode(&binary.stdout).ops.len(), 1);
    assert_eq!(with_stdin(&["convert", "-"], &binary.stdout).status.code(), Some(0));
    // Every check agrees: there is nothing to shrink.
    assert_eq!(with_stdin(&["shrink", "-"], text).status.code(), Some(2));
    let triage = ["triage", "--target", "ops", "-", "--out", &dir.path("out")];
    let triaged = with_stdin(&triage, &binary.stdout);
    assert_eq!(triaged.status.code(), Some(0), "{triaged:?}");
    if cfg!(feature = "guard") {
        assert_eq!(with_stdin(&["misuse", "-"], &[7; 40]).status.code(), Some(0));
    }
    let twice = with_stdin(&["replay", "-", "-"], text);
    assert_eq!(twice.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&twice.stderr).contains("only once"));

    // A stream without an end.
    let mut command = Command::new(env!("CARGO_BIN_EXE_oracle"));
    command.args(["replay", "-"]).stdin(fs::File::open("/dev/zero").expect("a device"));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let endless = end(child.expect("the binary starts"));
    assert_eq!(endless.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&endless.stderr).contains("standard input: more than 1048576"));
}

/// A pipe without a reader.
fn unread() -> Stdio {
    let mut gone = Command::new("true").stdin(Stdio::piped()).spawn().expect("true runs");
    let pipe = gone.stdin.take().expect("a pipe");
    gone.wait().expect("true ends");
    pipe.into()
}

#[test]
fn messages_without_a_reader_change_no_exit_code() {
    let dir = Dir::new("unread");
    dir.file("some.ops", "ops v1\nmalloc 0 tiny 1\n");
    for (args, code) in [(["corpus", &dir.path("")], 0), (["corpus", "/no/such/folder"], 2)] {
        let ran = Command::new(env!("CARGO_BIN_EXE_oracle"))
            .args(args)
            .stdout(Stdio::null())
            .stderr(unread())
            .status();
        assert_eq!(ran.expect("the binary starts").code(), Some(code), "{args:?}");
    }
}

#[test]
fn absurd_numbers_are_refused_before_any_work() {
    let dir = Dir::new("numbers");
    let out = dir.path("out");
    let mut absurd = vec![
        vec!["stress", "--jobs", "100000"],
        vec!["stress", "--jobs", "0"],
        vec!["stress", "--seed", "18446744073709551616"],
        vec!["stress", "--ops", "99999999999999999999"],
        vec!["explore", "--pool", "272", "--jobs", "65536"],
        vec!["explore", "--pool", "18446744073709551615"],
        vec!["explore", "--pool", "64", "--pools", "1000000000"],
        vec!["explore", "--pool", "64", "--max-states", "1e9"],
        vec!["triage", "--jobs", "513", "--out", &out],
        vec!["triage", "--timeout", "18446744073709551615", "--out", &out],
        vec!["generate", "--seed", "1", "--count", "1000G", "--out", &out],
        vec!["bench", "--rounds", "0"],
    ];
    if cfg!(feature = "bughunt") {
        absurd.push(vec!["bughunt", "--seeds", "18446744073709551615"]);
        absurd.push(vec!["bughunt", "--seconds", "18446744073709551615"]);
        absurd.push(vec!["bughunt", "--jobs", "100000"]);
    }
    if cfg!(feature = "fragmentation") {
        absurd.push(vec!["fragmentation", "--jobs", "100000", "--out", &out]);
    }
    for args in &absurd {
        let start = Instant::now();
        let error = refused(args, 9);
        assert!(error.starts_with("error: "), "{args:?}: {error}");
        assert!(start.elapsed() < TIMEOUT / 3, "{args:?}");
    }
    assert!(!Path::new(&out).exists());
}

/// Starts a command, and interrupts it as Ctrl-C does.
fn interrupted(args: &[&str]) -> (Option<i32>, String, String) {
    let child = start(args);
    // The handler is set before the first batch: well within this time.
    sleep(Duration::from_millis(1500));
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
    let output = end(child);
    let [out, err] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).expect("text"));
    (output.status.code(), out, err)
}

#[test]
fn an_interrupted_command_prints_its_results_so_far() {
    let dir = Dir::new("interrupt");
    let (code, out, err) = interrupted(&["stress", "--seed", "1", "--ops", "100G", "--jobs", "1"]);
    assert_eq!(code, Some(130), "{err}");
    let last = out.lines().next_back().expect("a verdict");
    assert!(last.starts_with("interrupted: ") && last.contains(", trace "), "{out}");
    assert!(err.contains("no finding so far, so no file was written"), "{err}");

    let explore = ["explore", "--pool", "448", "--aligns", "16,32", "--jobs", "1"];
    let (code, out, err) = interrupted(&explore);
    assert_eq!(code, Some(130), "{out}{err}");
    assert!(out.lines().next_back().is_some_and(|line| line.starts_with("OPEN states=")), "{out}");
    assert!(err.contains("states are not kept"), "{err}");

    if cfg!(feature = "bughunt") {
        let json = dir.path("campaign.json");
        let (code, out, err) = interrupted(&["bughunt", "--seeds", "100", "--json", &json]);
        assert_eq!(code, Some(130), "{out}{err}");
        assert!(
            out.lines().next_back().is_some_and(|line| line.starts_with("interrupted")),
            "{out}"
        );
        assert!(fs::read_to_string(&json).is_ok_and(|text| text.starts_with('[')), "{err}");
    }
}
