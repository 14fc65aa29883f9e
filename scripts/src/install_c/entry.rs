//! One file of an installation, as a value: where it goes and where it comes from.

use std::fmt;
use std::path::PathBuf;

/// One file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Below the prefix, with slashes.
    pub(crate) path: String,
    pub(crate) content: Content,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Copy {
        from: PathBuf,
        executable: bool,
    },
    Text(String),
    /// A symbolic link to a file of the same folder.
    Link(String),
}

impl Entry {
    pub(crate) fn new(path: impl Into<String>, content: Content) -> Self {
        Self { path: path.into(), content }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        match &self.content {
            Content::Link(target) => write!(f, " -> {target}"),
            Content::Copy { .. } | Content::Text(_) => Ok(()),
        }
    }
}
