//! The fuzzing scripts from start to end, with stand-ins for cargo, libFuzzer and the oracle: what they print
//! and return for no finding, a finding, a broken build, and Ctrl-C.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A cargo that knows what the scripts ask of it. ROOT is the workspace, MODE the behaviour.
const CARGO: &str = r#"#!/bin/bash
program=$ROOT/target/fuzz/address/$(rustc -vV | sed -n 's/^host: //p')/release/ops
case "$1 $2" in
"metadata "*) echo "{\"target_directory\":\"$ROOT/target\"}" ;;
"fuzz --version") echo "cargo-fuzz 0.13.2" ;;
"fuzz build")
  [ "$MODE" != broken ] || exit 101
  mkdir -p "${program%/*}" && cp "$ROOT/fuzzer" "$program"
  ;;
"fuzz run") exec "$program" -fork=1 ;;
"build "*) echo "{\"reason\":\"compiler-artifact\",\"executable\":\"$ROOT/oracle\"}" ;;
*) exit 9 ;;
esac
"#;

/// A libFuzzer. It saves a finding if the mode is `finding`, and otherwise runs until it is stopped.
const FUZZER: &str = r##"#!/bin/bash
case "$1" in
-runs=0) echo "#2 DONE cov: 5 ft: 7 corp: 1/1b" >&2 ;;
-set_cover_merge=1) echo merged >"$3/merged" ;;
-fork=*)
  if [ "$MODE" = finding ]; then
    mkdir -p fuzz/artifacts/ops && echo bytes >fuzz/artifacts/ops/crash-1
    exit 77
  fi
  [ "$MODE" = endless ] || exit 0
  echo "#10: cov: 5 ft: 7 corp: 1" >&2
  echo new >fuzz/corpus/ops/new
  touch "$ROOT/started"
  sleep 60
  ;;
esac
"##;

const ORACLE: &str =
    "#!/bin/bash\n[ \"$1\" = triage ] && echo 'triaged 0 files, 0 distinct findings'\n";

/// A workspace with stand-ins.
struct Workspace(tempfile::TempDir);

impl Workspace {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["scripts", "bin", "fuzz/fuzz_targets", "corpus/ops-v1"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("fuzz/fuzz_targets/ops.rs"), "").unwrap();
        fs::write(folder.path().join("corpus/ops-v1/seed"), "seed").unwrap();
        let programs =
            [("bin/cargo", CARGO), ("bin/c++", ""), ("fuzzer", FUZZER), ("oracle", ORACLE)];
        for (name, text) in programs {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn start(&self, mode: &str, arguments: &[&str]) -> Child {
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new(env!("CARGO_BIN_EXE_memoman-scripts"));
        command.args(arguments).env("PATH", path).env("CARGO", self.path("bin/cargo"));
        command
            .env("CARGO_MANIFEST_DIR", self.path("scripts"))
            .env("ROOT", self.0.path())
            .env("MODE", mode);
        command.env_remove("TMPDIR").env_remove("SANITIZER");
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn run(&self, mode: &str, arguments: &[&str]) -> (Option<i32>, String) {
        finish(self.start(mode, arguments).wait_with_output().unwrap())
    }

    /// Starts it, stops it once it fuzzes, and returns what it printed.
    fn stop(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let child = self.start("endless", arguments);
        let started = Instant::now();
        while !self.path("started").exists() && started.elapsed() < Duration::from_secs(60) {
            sleep(Duration::from_millis(50));
        }
        let stopped =
            Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(stopped.success());
        finish(child.wait_with_output().unwrap())
    }
}

fn finish(output: Output) -> (Option<i32>, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout) + &text(output.stderr))
}

#[test]
fn fuzz_without_a_finding_ends_with_0() {
    let (code, printed) = Workspace::new().run("quiet", &["fuzz", "ops", "-runs=9"]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("fuzzing ops from 1 input;"), "{printed}");
}

#[test]
fn a_finding_of_fuzz_is_named_with_the_commands_that_show_it_and_ends_with_1() {
    let (code, printed) = Workspace::new().run("finding", &["fuzz"]);
    assert_eq!(code, Some(1), "{printed}");
    for command in [
        "cargo oracle replay 'fuzz/artifacts/ops/crash-1'",
        "scripts/fuzz fmt ops",
        "scripts/fuzz tmin ops",
    ] {
        assert!(printed.contains(command), "{printed}");
    }
}

#[test]
fn a_broken_build_is_no_finding() {
    let (code, printed) = Workspace::new().run("broken", &["fuzz"]);
    assert_eq!(code, Some(2), "{printed}");
    assert!(printed.contains("the fuzz target ops does not build"), "{printed}");
}

#[test]
fn fuzz_says_what_it_kept_when_it_is_stopped() {
    let (code, printed) = Workspace::new().stop(&["fuzz"]);
    assert_eq!(code, Some(130), "{printed}");
    assert!(
        printed.contains("interrupted; kept: 1 new input in fuzz/corpus/ops, 0 findings"),
        "{printed}"
    );
}

#[test]
fn overnight_merges_and_sums_up_when_it_is_stopped() {
    let workspace = Workspace::new();
    let (code, printed) = workspace.stop(&["overnight", "--seconds", "600", "--no-distil"]);
    assert_eq!(code, Some(130), "{printed}");
    assert!(printed.contains("interrupted; kept: inputs in fuzz/corpus"), "{printed}");
    assert!(printed.contains("stopped by hand"), "{printed}");
    assert!(printed.contains("| 10 |"), "{printed}");
    // The corpus is the merged one.
    assert_eq!(fs::read_to_string(workspace.path("fuzz/corpus/ops/merged")).unwrap(), "merged\n");
    assert!(!workspace.path("fuzz/corpus/ops/new").exists());
    let nights = fs::read_dir(workspace.path("target/overnight")).unwrap();
    assert!(
        nights
            .map(|night| night.unwrap().path())
            .all(|night| Path::new(&night).join("summary.md").exists())
    );
}

#[test]
fn an_unknown_target_is_an_error() {
    let (code, printed) = Workspace::new().run("quiet", &["fuzz", "nothing"]);
    assert_eq!(code, Some(2));
    assert!(printed.contains("'nothing' is no target; the targets are: ops"), "{printed}");
}
