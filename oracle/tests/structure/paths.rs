//! Paths that a document names.

use std::collections::BTreeSet;

/// Ends of names that make a word in backticks a path.
const ENDS: [&str; 10] =
    [".rs", ".md", ".toml", ".h", ".c", ".ops", ".csv", ".sh", ".lock", ".yml"];

/// The paths in `text`: targets of links, and words in backticks that look like a path. Words of code
/// blocks are commands, not paths.
pub(crate) fn named_paths(text: &str) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        paths.extend(line.split('`').skip(1).step_by(2).filter_map(as_path));
        paths.extend(line.split("](").skip(1).filter_map(|rest| {
            let target = rest.split([')', '#']).next()?;
            (!target.is_empty() && !target.contains("://")).then(|| target.to_owned())
        }));
    }
    paths
}

/// `word`, if it is a path: it ends like one, or is a folder, or a script.
fn as_path(word: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-*".contains(c);
    let first = word.split_whitespace().next()?;
    if ENDS.contains(&word) {
        return None;
    }
    let is_path = ENDS.iter().any(|end| word.ends_with(end))
        || word.ends_with('/')
        || first.starts_with("scripts/")
        || first.starts_with(".ci/");
    let path =
        if first.starts_with("scripts/") || first.starts_with(".ci/") { first } else { word };
    (is_path && path.chars().all(plain)).then(|| path.to_owned())
}

#[test]
fn paths_are_links_and_words_in_backticks() {
    let text = "See [the map](ARCHITECTURE.md#map), `oracle/src/`, `scripts/fuzz ops`, `Tlsf::new`,\n\
                [a page](https://example.org/x.md), `a / b`, `crash-….ops`.\n```sh\n`out/`\n```\n`x.rs`";
    let found: Vec<String> = named_paths(text).into_iter().collect();
    assert_eq!(found, ["ARCHITECTURE.md", "oracle/src/", "scripts/fuzz", "x.rs"]);
}
