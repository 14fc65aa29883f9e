//! Directories of programs: their files, always in the same order.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::read::is_stdin;
use crate::cli::text::shown;

/// The largest number of files below a directory.
const MOST_FILES: usize = 200_000;

/// The largest depth of directories.
const MOST_DEPTH: usize = 64;

/// Returns the files below `dir`, sorted by path. Hidden files and `*.md` are not programs.
///
/// # Errors
/// The directory cannot be read, or contains no program.
pub(crate) fn programs(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if is_stdin(dir) {
        bail!(
            "-: expected a directory; `cargo oracle replay -` runs a program from standard input"
        );
    }
    let files = files(dir)?;
    if files.is_empty() {
        bail!("{}: no program in this directory; give one that contains programs", shown(dir));
    }
    Ok(files)
}

/// Returns the same files, of which there may be none.
///
/// Symbolic links to files are followed. Those to directories are not: they may form circles.
///
/// # Errors
/// The directory cannot be read, or has too many files or levels.
pub(crate) fn files(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    collect(dir, 0, &mut files)?;
    files.sort();
    Ok(files)
}

fn collect(dir: &Path, depth: usize, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let unreadable = || format!("{}: not a directory that can be read", shown(dir));
    if depth > MOST_DEPTH {
        bail!("{}: more than {MOST_DEPTH} levels of directories", shown(dir));
    }
    for entry in fs::read_dir(dir).with_context(unreadable)? {
        let entry = entry.with_context(unreadable)?;
        let path = entry.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes()[0] == b'.');
        if hidden || path.extension().is_some_and(|extension| extension == "md") {
            continue;
        }
        let kind = entry.file_type().with_context(unreadable)?;
        if kind.is_dir() {
            collect(&path, depth + 1, files)?;
        } else if !kind.is_symlink() || !path.is_dir() {
            files.push(path);
        }
        if files.len() > MOST_FILES {
            bail!("{}: more than {MOST_FILES} files; give smaller directories", shown(dir));
        }
    }
    Ok(())
}

/// Returns the given directories or, if none is given, those of the workspace's corpus.
///
/// # Errors
/// None is given, and no corpus is found.
pub(crate) fn or_corpus(dirs: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    if !dirs.is_empty() {
        return Ok(dirs.to_vec());
    }
    ["ops-v1", "latency-v1", "regress"].into_iter().map(corpus).collect()
}

/// Returns a part of the workspace's corpus: that of the workspace around the current directory, or else of
/// the one in which this program was built.
///
/// # Errors
/// There is no such workspace: the oracle was installed from its package.
pub(crate) fn corpus(part: &str) -> anyhow::Result<PathBuf> {
    let here = std::env::current_dir().unwrap_or_default();
    let around = here.ancestors().map(|dir| dir.join("corpus"));
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("corpus");
    let Some(corpus) = around.chain([built_in]).find(|dir| dir.join("ops-v1").is_dir()) else {
        bail!(
            "no directory corpus/ops-v1 here or above; name directories of programs, or run this in \
             memoman's repository"
        );
    };
    Ok(corpus.strip_prefix(&here).unwrap_or(&corpus).join(part))
}
