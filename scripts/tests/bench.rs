//! `scripts/bench`: the benchmarks that it lists, and what it runs. In place of cargo is a script that prints its
//! arguments.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn bench(arguments: &[&str]) -> Command {
    let mut command = Command::new(root().join("scripts/bench"));
    command.args(arguments);
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_list_has_each_benchmark_of_the_package_and_two_more() {
    let ran = bench(&["--list"]).output().unwrap();
    assert!(ran.status.success());
    let listed = text(&ran.stdout);
    let mut listed: Vec<_> =
        listed.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    let manifest = fs::read_to_string(root().join("memoman/benches/Cargo.toml")).unwrap();
    let names = manifest.split("[[bench]]").skip(1).map(|entry| {
        entry.lines().find_map(|line| line.strip_prefix("name = ")).unwrap().trim_matches('"')
    });
    // compare with --touch, and scripts/bench-c.
    let mut expected: Vec<_> = names.chain(["touch", "c"]).collect();
    listed.sort_unstable();
    expected.sort_unstable();
    assert_eq!(listed, expected);
}

#[test]
fn wrong_arguments_are_named_before_anything_is_built() {
    for (arguments, message) in [
        (["--bench", "nothing"], "'nothing' is no benchmark of scripts/bench --list"),
        (["--runs", "0"], "--runs takes a number from 1 on, not '0'"),
        (["--quick", "--bench"], "--bench needs a value"),
    ] {
        let ran = bench(&arguments).env("PATH", "/usr/bin:/bin").output().unwrap();
        assert_eq!(ran.status.code(), Some(2), "{arguments:?}");
        assert!(text(&ran.stderr).contains(message), "{}", text(&ran.stderr));
    }
}

/// Runs the script with a cargo that prints its arguments, and fails where they contain `fails`.
fn with_false_cargo(folder: &Path, arguments: &[&str], fails: &str) -> Output {
    let cargo = folder.join("cargo");
    let script =
        format!("#!/bin/sh\ncase \"$*\" in *{fails}*) exit 1 ;; esac\necho \"cargo $*\"\n");
    fs::write(&cargo, script).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    bench(arguments).arg("--out").arg(folder.join("out")).env("PATH", path).output().unwrap()
}

#[test]
fn each_chosen_benchmark_runs_and_is_in_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--quick", "--runs", "2", "--bench", "touch", "--bench", "worst"];
    let ran = with_false_cargo(folder.path(), &arguments, "nothing");
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let report = fs::read_to_string(folder.path().join("out/report.md")).unwrap();
    let out = folder.path().join("out");
    let line = |rest: &str| {
        let rest = rest.replace("OUT", &out.display().to_string());
        format!("cargo bench -q --locked -p memoman-bench --bench {rest} --quick")
    };
    let sections = [
        ("touch, run 1 of 2", line("compare -- --touch --json OUT/touch.json")),
        ("touch, run 2 of 2", line("compare -- --touch --json OUT/touch-2.json")),
        ("worst, run 1 of 1", line("worst -- --out OUT")),
    ];
    for (title, line) in sections {
        assert!(report.contains(&format!("## {title}\n")), "{report}");
        assert!(report.contains(&line), "{line}\n{report}");
    }
    assert!(report.ends_with("![worst](worst.svg)\n"), "{report}");
    assert!(!report.contains("latency"), "{report}");
}

#[test]
fn a_benchmark_that_fails_ends_the_script_without_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let ran = with_false_cargo(folder.path(), &["--bench", "latency"], "latency");
    assert_eq!(ran.status.code(), Some(1));
    assert!(!folder.path().join("out/report.md").exists());
}
