//! What the documents show of `cargo oracle`: the finding in README.md is printed exactly as it is there,
//! and every command and option that they name exists.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const DOCUMENTS: [&str; 4] = ["README.md", "ARCHITECTURE.md", "BENCHMARKS.md", "CONTRIBUTING.md"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).expect("a document")
}

fn oracle(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_oracle"))
        .args(args)
        .current_dir(root())
        .output()
        .expect("the binary starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "oracle {}: {error}", args.join(" "));
    String::from_utf8(output.stdout).expect("text")
}

/// Where a document leaves lines out, it has a line of one ellipsis.
#[test]
#[cfg(target_pointer_width = "64")]
fn the_finding_in_the_readme_is_printed_as_it_stands_there() {
    let readme = document("README.md");
    let start = readme.find("\ncargo oracle shrink").expect("a command") + 1;
    let (command, rest) = readme[start..].split_once('\n').expect("more lines");
    let shown = rest.split("```text\n").nth(1).and_then(|rest| rest.split("```").next());
    let args: Vec<&str> = command.split_whitespace().skip(2).collect();
    let printed = oracle(&args);
    let mut lines = printed.lines();
    for line in shown.expect("a finding").lines().filter(|line| *line != "…") {
        assert!(lines.any(|printed| printed == line), "not printed: {line:?}\n{printed}");
    }
}

#[test]
fn every_command_and_option_that_a_document_names_exists() {
    let mut helps: BTreeMap<String, String> = BTreeMap::new();
    for name in DOCUMENTS {
        let text = document(name);
        let text = text.replace("cargo oracle-release ", "cargo oracle ");
        for command in text.split("cargo oracle ").skip(1) {
            // To the end of the line, of the code, or of the sentence.
            let command = command.split(['\n', '`', '|', ';', '#']).next().unwrap_or_default();
            let mut words = command.split_whitespace();
            let Some(subcommand) = words.next() else { continue };
            let help = helps
                .entry(subcommand.to_owned())
                .or_insert_with(|| oracle(&[subcommand, "--help"]));
            for option in words.filter(|word| word.starts_with("--")) {
                assert!(help.contains(option), "{name}: cargo oracle {subcommand} has no {option}");
            }
        }
    }
    assert!(helps.len() > 5, "commands are found: {:?}", helps.keys());
}

#[test]
fn the_example_of_the_readme_is_that_of_memomans_own_which_is_tested() {
    let example = |name: &str| {
        let text = document(name);
        let (_, code) = text.split_once("```rust\n").expect("an example");
        code.split_once("```").expect("its end").0.to_owned()
    };
    assert_eq!(example("README.md"), example("memoman/README.md"));
}

#[test]
fn the_readme_of_the_oracle_shows_the_test_of_the_example_crate() {
    let test = document("oracle/examples/first-fit/tests/harness.rs");
    assert!(document("oracle/README.md").contains(&format!("```rust\n{test}```\n")));
    let target = document("oracle/examples/first-fit/fuzz/fuzz_targets/harness.rs");
    for text in [test, target] {
        assert!(text.lines().count() <= 30);
    }
}
