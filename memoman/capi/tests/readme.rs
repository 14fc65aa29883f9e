//! The first programs of both READMEs: the files and commands of each passage, in a fresh folder.
//!
//! A block of code whose first line is a comment with nothing but a file's name is that file. A passage is
//! the part below one heading; it has the files of the headings above it, too. Its commands print what the
//! comment at their end says.
// CI tests this package with other features and on 32 bits, too: what is installed is the same then.
#![cfg(all(unix, feature = "tlsf-names", not(feature = "guard"), target_pointer_width = "64"))]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{folder, isolated, one_build_at_a_time, root, run};

#[derive(Clone, Default)]
struct Passage {
    title: String,
    files: Vec<(String, String)>,
    commands: String,
}

/// The passages of a document that have commands.
fn passages(text: &str) -> Vec<Passage> {
    let mut passages = Vec::new();
    // Of the part of the document, and of the passage in it.
    let (mut part, mut passage) = (Passage::default(), Passage::default());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            passages.push(passage);
            part = Passage { title: title.to_owned(), ..Passage::default() };
            passage = part.clone();
        } else if let Some(title) = line.strip_prefix("### ") {
            if passage.commands.is_empty() && passage.title == part.title {
                part.files.clone_from(&passage.files);
            }
            passages.push(passage);
            passage = Passage { title: title.to_owned(), ..part.clone() };
        } else if let Some(language) = line.strip_prefix("```") {
            let block: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            let text = block.join("\n") + "\n";
            match block.first().and_then(|first| file_name(first)) {
                Some(name) => passage.files.push((name.to_owned(), text)),
                None if language == "sh" => passage.commands += &text,
                None => {}
            }
        }
    }
    passages.push(passage);
    passages.retain(|passage| passage.commands.contains("install-c"));
    passages
}

/// The name in a comment such as `/* ten.c */`.
fn file_name(line: &str) -> Option<&str> {
    let comment = ["/* ", "// ", "# "].iter().find_map(|open| line.strip_prefix(open))?;
    let name = comment.trim_end_matches(" */");
    (name.contains('.') && !name.contains([' ', '/'])).then_some(name)
}

/// Runs a passage's commands, and compares what they print with the comment of the last.
fn works(document: &str, passage: &Passage) {
    let Passage { title, files, commands } = passage;
    assert!(!files.is_empty(), "{document}, {title}: commands without a program");
    assert!(commands.lines().count() <= 10, "{document}, {title}: more than ten lines");
    let last = commands.lines().last().unwrap();
    let (_, expected) = last.split_once("  # ").expect("a comment with what the program prints");

    let folder = folder(&format!("readme/{document}/{}", title.replace(' ', "-")));
    fs::remove_dir_all(&folder).unwrap();
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
    // The repository is where it is.
    assert!(commands.contains("../memoman/scripts/"), "{document}, {title}");
    let root = format!("'{}'/", root().display());
    let commands = commands.replace("../memoman/", &root);
    let mut shell = isolated("sh");
    shell.args(["-euc", &commands]).current_dir(&folder);
    let printed = one_build_at_a_time(|| run(&mut shell));
    assert_eq!(printed.lines().last(), Some(expected.trim()), "{document}, {title}: {commands}");
}

fn all_work(document: &str, path: PathBuf, expected: &[&str]) {
    let passages = passages(&fs::read_to_string(path).unwrap());
    let titles: Vec<_> = passages.iter().map(|passage| passage.title.as_str()).collect();
    assert_eq!(titles, expected, "{document}");
    for passage in &passages {
        let tools = ["pkg-config", "cmake"];
        let missing = tools.iter().find(|tool| {
            passage.commands.contains(&format!("{tool} "))
                && Command::new(tool).arg("--version").output().is_err()
        });
        match missing {
            Some(tool) => {
                eprintln!("SKIPPED: {document}, {}: no {tool} on this machine", passage.title);
            }
            None => works(document, passage),
        }
    }
}

#[test]
fn the_first_programs_of_the_librarys_readme_run_with_its_commands() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    all_work(
        "capi",
        path,
        &[
            "C with pkg-config",
            "C with CMake",
            "C with the compiler alone",
            "C++ with pkg-config",
            "C++ with CMake",
        ],
    );
}

#[test]
fn the_first_program_of_the_repositorys_readme_runs_with_its_commands() {
    all_work("root", root().join("README.md"), &["From C and C++"]);
}
