//! Files that commands write.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use super::text::shown;

/// Writes a file.
///
/// # Errors
/// The file cannot be written: its name and the reason.
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) -> anyhow::Result<()> {
    fs::write(path, content).with_context(|| format!("{}: cannot be written", shown(path)))
}

/// Creates a directory and its parents, unless it exists.
///
/// # Errors
/// The directory cannot be created: its name and the reason.
pub(crate) fn make_dir(path: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(path)
        .with_context(|| format!("{}: cannot be created as a directory", shown(path)))
}
