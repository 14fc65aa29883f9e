//! The folder scripts/, .ci/run and the forge's workflows agree with each other.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The executable files of scripts/, by name.
fn scripts() -> Vec<String> {
    let entries = fs::read_dir(root().join("scripts")).unwrap().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    let programs =
        files.filter(|entry| entry.metadata().unwrap().permissions().mode() & 0o100 != 0);
    programs.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// What `.ci/run --list` prints.
fn list() -> String {
    let ran =
        Command::new("bash").arg(".ci/run").arg("--list").current_dir(root()).output().unwrap();
    assert!(ran.status.success());
    String::from_utf8(ran.stdout).unwrap()
}

/// The first words of these lines, with the number of seconds behind each.
fn steps<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<(&'a str, u64)> {
    let fields = lines.map(|line| {
        let mut fields = line.split_whitespace();
        (fields.next().unwrap(), fields.next().unwrap().parse().unwrap())
    });
    fields.filter(|&(name, _)| name != "total").collect()
}

#[test]
fn the_readme_has_one_line_for_each_script() {
    let readme = read("scripts/README.md");
    for script in scripts() {
        let lines =
            readme.lines().filter(|line| line.starts_with(&format!("| `{script}` | "))).count();
        assert_eq!(lines, 1, "scripts/README.md has {lines} lines of {script}");
    }
}

#[test]
fn no_script_is_longer_than_100_lines() {
    for script in scripts() {
        let lines = read(&format!("scripts/{script}")).lines().count();
        assert!(
            lines <= 100,
            "scripts/{script} has {lines} lines; write it in the package memoman-scripts"
        );
    }
    let awk = fs::read_dir(root().join("scripts")).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(
        awk.filter(|path| path.extension().is_some_and(|extension| extension == "awk")).count(),
        0
    );
}

#[test]
fn every_script_of_the_package_has_a_front_end() {
    let program = env!("CARGO_BIN_EXE_memoman-scripts");
    let front_end = read("scripts/wcet");
    let named = Command::new(program).output().unwrap();
    assert_eq!(named.status.code(), Some(2));
    let message = String::from_utf8(named.stderr).unwrap();
    let (_, names) = message.trim().rsplit_once(": ").unwrap();
    assert!(names.split(", ").count() > 5);
    for name in names.split(", ") {
        // The front end of install-c leaves the caller's flags for cargo to the library; it is run below.
        if name != "install-c" {
            assert_eq!(read(&format!("scripts/{name}")), front_end, "scripts/{name}");
        }
        let help = Command::new(program).args([name, "--help"]).output().unwrap();
        assert!(help.status.success() && !help.stdout.is_empty());
    }
}

#[test]
fn a_front_end_shows_that_cargo_waits_or_compiles_and_passes_its_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let cargo = folder.path().join("cargo");
    fs::write(
        &cargo,
        "#!/bin/sh\nif [ \"$1\" = build ]; then\n  echo '    Blocking waiting' >&2\n  \
         echo '    Finished `dev`' >&2\n  exit \"${FAILS:-0}\"\nfi\nshift 5\necho \"$@\"\n",
    )
    .unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let run = |fails: &str| {
        let mut command = Command::new(root().join("scripts/fuzz"));
        let command = command.args(["fmt", "a b"]).env("PATH", &path).env("FAILS", fails);
        let ran = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (ran.status.code(), text(ran.stdout), text(ran.stderr))
    };
    let printed = "    Blocking waiting\n".to_owned();
    assert_eq!(run("0"), (Some(0), "-- fuzz fmt a b\n".to_owned(), printed.clone()));
    assert_eq!(run("101"), (Some(2), String::new(), printed));
}

#[test]
fn every_script_prints_help_with_examples_and_refuses_unknown_options() {
    let front_end = read("scripts/wcet");
    for script in scripts() {
        // Those of the package are tested there; their front end would build it again.
        if read(&format!("scripts/{script}")) == front_end {
            continue;
        }
        let run = |argument: &str| {
            Command::new(root().join("scripts").join(&script)).arg(argument).output().unwrap()
        };
        let help = run("--help");
        let printed = String::from_utf8(help.stdout).unwrap();
        assert!(
            help.status.success() && printed.contains("Examples:") && printed.contains("Usage: "),
            "scripts/{script} --help"
        );
        assert_eq!(
            run("--no-such-option").status.code(),
            Some(2),
            "scripts/{script} --no-such-option"
        );
    }
}

#[test]
fn the_budgets_of_ci_add_up_to_15_minutes_at_most() {
    let list = list();
    let steps = steps(list.lines().filter(|line| !line.contains("by name only")));
    assert!(steps.len() > 10);
    assert!(steps.iter().map(|(_, budget)| budget).sum::<u64>() <= 900);
}

#[test]
fn an_unknown_step_of_ci_is_an_error() {
    let ran =
        Command::new("bash").args([".ci/run", "nothing"]).current_dir(root()).output().unwrap();
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8(ran.stderr).unwrap().contains("'nothing' is no step"));
}

#[test]
fn the_workflow_runs_each_step_of_ci_once() {
    let workflow = read(".github/workflows/ci.yml");
    let (_, matrix) = workflow.split_once("        steps:\n").unwrap();
    let listed = matrix.lines().map_while(|line| line.strip_prefix("          - "));
    let mut listed: Vec<_> = listed.flat_map(|line| line.split_whitespace()).collect();
    let list = list();
    let mut steps: Vec<_> = steps(list.lines()).into_iter().map(|(name, _)| name).collect();
    listed.sort();
    steps.sort();
    assert_eq!(listed, steps);
}
