//! The files of the workspace, as a test finds them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::tree::Files;

/// Folders that hold no source: build products, what a fuzzer writes, results of studies.
const SKIPPED: [&str; 6] =
    ["target", ".git", "fuzz/corpus", "fuzz/artifacts", "fuzz/coverage", "findings"];

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every text file below the root, by its path from there.
pub(crate) fn files(wanted: impl Fn(&str) -> bool) -> Files {
    let mut files = Files::new();
    walk(&root(), "", &wanted, &mut files);
    files
}

fn walk(folder: &Path, prefix: &str, wanted: &impl Fn(&str) -> bool, files: &mut Files) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    for entry in entries {
        let entry = entry.expect("a readable folder");
        let path = format!("{prefix}{}", entry.file_name().to_str().expect("paths are UTF-8"));
        let is_skipped =
            SKIPPED.contains(&&*path) || path.ends_with("/target") || path.starts_with("results");
        let kind = entry.file_type().expect("a readable entry");
        if kind.is_dir() && !is_skipped {
            walk(&entry.path(), &format!("{path}/"), wanted, files);
        } else if kind.is_file() && wanted(&path) {
            if let Ok(text) = fs::read_to_string(entry.path()) {
                files.insert(path, text);
            }
        }
    }
}

/// The roots of every compilation target: libraries, programs, tests, examples, benchmarks.
pub(crate) fn targets(files: &Files) -> Vec<String> {
    let is_target = |path: &str| {
        let Some((folder, file)) = path.rsplit_once('/') else { return false };
        let (above, last) = folder.rsplit_once('/').unwrap_or(("", folder));
        let beside = ["tests", "examples", "benches", "fuzz_targets", "bin"];
        match last {
            "src" => file == "lib.rs" || file == "main.rs",
            last if beside.contains(&last) => !above.ends_with("/src") || last == "bin",
            _ => {
                file == "main.rs" && beside.iter().any(|name| above.ends_with(&format!("/{name}")))
            }
        }
    };
    files.keys().filter(|path| path.ends_with(".rs") && is_target(path)).cloned().collect()
}
