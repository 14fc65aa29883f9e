//! Directories of programs: which files there are, always in the same order.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// Files below `dir`, sorted by path. Hidden files and `*.md` are not programs.
///
/// # Errors
/// The directory is missing, or there is no program in it.
pub(crate) fn programs(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let files = files(dir)?;
    if files.is_empty() {
        bail!("{}: there is no program in this directory", dir.display());
    }
    Ok(files)
}

/// The same, but there may be none.
///
/// # Errors
/// The directory is missing.
pub(crate) fn files(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    collect(dir, &mut files)?;
    files.sort();
    Ok(files)
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let unreadable = || format!("{}: not a directory that can be read", dir.display());
    for entry in fs::read_dir(dir).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes()[0] == b'.');
        if hidden || path.extension().is_some_and(|extension| extension == "md") {
            continue;
        }
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

/// The given directories, or, if there are none, the workspace's corpus: that of the workspace
/// around the current directory, else of the one this was built in.
pub(crate) fn or_corpus(dirs: &[PathBuf]) -> Vec<PathBuf> {
    if !dirs.is_empty() {
        return dirs.to_vec();
    }
    ["ops-v1", "latency-v1", "regress"].map(corpus).to_vec()
}

/// A part of the workspace's corpus, found likewise.
pub(crate) fn corpus(part: &str) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let around = here.ancestors().map(|dir| dir.join("corpus"));
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("corpus");
    let corpus = around.into_iter().find(|dir| dir.join("ops-v1").is_dir()).unwrap_or(built_in);
    corpus.strip_prefix(&here).unwrap_or(&corpus).join(part)
}
