//! The workspace's structure: no circle of imports, layers, sizes and names of files, plain words,
//! documents whose paths exist.
//!
//! `cargo test -p memoman-oracle --test structure`

mod circles;
mod imports;
mod layers;
mod paths;
mod tree;
mod words;
mod workspace;

use circles::{circles, group};
use imports::{Import, imports};
use tree::{Files, Tree};

/// A longer file holds more than one idea: split it.
const MOST_LINES: usize = 400;

/// README.md can be read in five minutes.
const MOST_LINES_OF_README: usize = 150;

/// The documents of the whole; their paths are from the root.
const DOCUMENTS: [&str; 5] =
    ["README.md", "ARCHITECTURE.md", "BENCHMARKS.md", "CONTRIBUTING.md", "SECURITY.md"];

fn assert_none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}: {}\n{}", found.len(), found.join("\n"));
}

fn sources() -> Files {
    workspace::files(|path| path.ends_with(".rs"))
}

fn all_imports(files: &Files) -> Vec<Import> {
    let mut all: Vec<Import> = workspace::targets(files)
        .iter()
        .flat_map(|root| imports(&Tree::load(files, root)))
        .collect();
    all.sort();
    all.dedup();
    all
}

/// Each circle of imports, as text: its imports in order, then all those between files of its group.
fn circles_as_text(all: &[Import]) -> Vec<String> {
    let as_text = |circle: Vec<Import>| {
        let lines = |imports: &[&Import]| -> String {
            imports.iter().map(|import| format!("\n    {import}")).collect()
        };
        let members = group(all, &circle[0].from);
        let files: Vec<&str> = circle.iter().map(|import| &*import.from).collect();
        let mut text = format!("{}:", files.join(" -> "));
        text += &lines(&circle.iter().collect::<Vec<_>>());
        if members.len() > circle.len() {
            text += &format!("\n  all imports of this group:{}", lines(&members));
        }
        text
    };
    circles(all).into_iter().map(as_text).collect()
}

#[test]
fn no_file_imports_a_file_that_imports_it() {
    let all = all_imports(&sources());
    assert!(all.len() > 300, "the imports are found: {}", all.len());
    assert_none("circles of imports", &circles_as_text(&all));
}

#[test]
fn a_folder_imports_from_folders_below_it_only() {
    let all = all_imports(&sources());
    let found: Vec<String> =
        layers::LAYERS.iter().flat_map(|layers| layers.violations(&all)).collect();
    assert_none("imports upwards", &found);
}

#[test]
fn the_layers_are_those_that_the_architecture_draws() {
    let text = std::fs::read_to_string(workspace::root().join("ARCHITECTURE.md")).expect("a map");
    for layers in &layers::LAYERS {
        let below: Vec<&str> =
            layers.order.iter().copied().filter(|name| !["main", "lib"].contains(name)).collect();
        assert_eq!(layers.order_in(&text), below, "{}", layers.source);
    }
}

#[test]
fn a_file_has_at_most_400_lines() {
    let is_long = |(path, text): (&String, &String)| {
        let lines = text.lines().count();
        (lines > MOST_LINES).then(|| format!("{path}: {lines} lines"))
    };
    let found: Vec<String> = sources().iter().filter_map(is_long).collect();
    assert_none("long files", &found);
    let readme = std::fs::read_to_string(workspace::root().join("README.md")).expect("a README");
    assert!(
        readme.lines().count() <= MOST_LINES_OF_README,
        "README.md: move details to its documents"
    );
}

#[test]
fn a_module_with_children_is_a_folder_with_mod_rs() {
    let files = sources();
    let has_folder = |path: &&String| {
        let folder = format!("{}/", path.trim_end_matches(".rs"));
        files.keys().any(|other| other.starts_with(&folder))
    };
    let found: Vec<String> = files.keys().filter(has_folder).cloned().collect();
    assert_none("files beside a folder of their name", &found);
}

#[test]
fn the_text_is_in_plain_words() {
    let files = workspace::files(|_| true);
    let found: Vec<String> =
        files.iter().flat_map(|(path, text)| words::replaced_words(path, text)).collect();
    assert_none("replaced words", &found);
}

#[test]
fn every_path_that_a_document_names_exists() {
    let root = workspace::root();
    let files = workspace::files(|_| true);
    // A name without a folder is that of a file somewhere.
    let is_a_name = |name: &str| files.keys().any(|path| path.ends_with(&format!("/{name}")));
    // What commands write is ignored by git.
    let ignored =
        std::fs::read_to_string(root.join(".gitignore")).expect("a list of what is ignored");
    let is_written =
        |path: &str| ignored.lines().any(|line| line.trim_matches('/') == path.trim_matches('/'));
    let mut found = Vec::new();
    for document in DOCUMENTS {
        let text = std::fs::read_to_string(root.join(document)).expect("a document");
        for path in paths::named_paths(&text) {
            let is_known = is_written(&path) || (!path.contains('/') && is_a_name(&path));
            if !is_known && !root.join(&path).exists() {
                found.push(format!("{document}: {path} does not exist"));
            }
        }
    }
    assert_none("paths of documents", &found);
}

/// A small crate with the files given.
fn small(files: &[(&str, &str)]) -> Vec<Import> {
    let files: Files =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    imports(&Tree::load(&files, "src/lib.rs"))
}

fn edges(imports: &[Import]) -> Vec<String> {
    imports.iter().map(|import| format!("{} {}", import.from, import.to)).collect()
}

#[test]
fn a_planted_circle_is_found_with_its_lines() {
    let all = small(&[
        ("src/lib.rs", "mod a;\nmod b;\nmod c;"),
        ("src/a.rs", "//! A.\nuse crate::{b::{self, B}, c::*};\npub struct A;"),
        ("src/b.rs", "use std::fmt;\nuse super::\n    c::C;\npub struct B;"),
        ("src/c.rs", "pub struct C;\nfn c() { crate::a::A; }"),
    ]);
    let text = circles_as_text(&all);
    assert_eq!(text.len(), 1, "{text:?}");
    for line in
        ["src/a.rs:2 imports src/c.rs (crate::c)", "src/c.rs:2 imports src/a.rs (crate::a::A)"]
    {
        assert!(text[0].contains(line), "{}", text[0]);
    }
    assert!(text[0].contains("src/b.rs:3 imports src/c.rs (super::c::C)"), "{}", text[0]);
}

#[test]
fn a_reexport_is_followed_to_the_file_that_defines_the_name() {
    let all = small(&[
        ("src/lib.rs", "mod a;\nmod b;\npub use a::*;"),
        (
            "src/a/mod.rs",
            "mod inner;\nmod other;\npub(crate) use inner::{Deep, deeper::Deeper as D};",
        ),
        ("src/a/inner.rs", "pub struct Deep;\npub mod deeper { pub struct Deeper; }"),
        ("src/a/other.rs", "use super::Deep;"),
        ("src/b.rs", "use crate::a::D;\nuse crate::Deep;"),
    ]);
    assert_eq!(edges(&all), ["src/a/other.rs src/a/inner.rs", "src/b.rs src/a/inner.rs"]);
}

#[test]
fn a_module_and_a_function_of_one_name_are_distinguished_by_the_rest_of_the_path() {
    let all = small(&[
        ("src/lib.rs", "pub mod run;\npub use run::context::run;"),
        ("src/run/mod.rs", "pub mod config;\npub mod context;\npub mod failure;"),
        ("src/run/config.rs", "pub struct Config;"),
        ("src/run/context.rs", "use crate::run::failure::Failure;\npub fn run() {}"),
        ("src/run/failure.rs", "use crate::run::config::Config;\npub struct Failure;"),
    ]);
    assert!(circles(&all).is_empty(), "{all:?}");
    assert!(edges(&all).contains(&"src/run/failure.rs src/run/config.rs".to_owned()));
}

#[test]
fn a_module_that_uses_what_it_reexports_imports_it() {
    let all = small(&[
        ("src/lib.rs", "mod a;\npub use a::A;\npub fn f(_: A) {}"),
        ("src/a.rs", "use crate::f;\npub struct A;"),
    ]);
    assert_eq!(circles(&all).len(), 1);
}

#[test]
fn tests_and_other_crates_do_not_count() {
    let all = small(&[
        (
            "src/lib.rs",
            "mod a;\nmod b;\nuse b::b;\nuse rand::rand;\nuse rand::*;\nfn f() { unknown(); }",
        ),
        (
            "src/a.rs",
            "#[cfg(test)]\nmod tests { use super::*;\nuse crate::b::B; }\n#[test]\nfn t() { crate::b::b(); }",
        ),
        ("src/b.rs", "#[cfg(all(test, unix))]\nuse crate::a::A;\npub fn b() {}\npub struct B;"),
    ]);
    assert_eq!(edges(&all), ["src/lib.rs src/b.rs"]);
}
