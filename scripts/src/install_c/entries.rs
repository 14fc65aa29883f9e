//! The files of an installation.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use super::entry::{Content, Entry};
use super::libraries::{libraries, name};
use super::library::Library;
use super::{cmake, pkg_config};

/// All files of an installation, except for the list of them.
pub(crate) fn entries(root: &Path, prefix: &str, library: &Library) -> anyhow::Result<Vec<Entry>> {
    let mut entries = headers(&root.join("memoman/capi/include"), library)?;
    let (files, libraries) = libraries(library)?;
    entries.extend(files);
    for (name, text) in pkg_config::files(prefix, library, &libraries) {
        entries.push(Entry::new(format!("lib/pkgconfig/{name}"), Content::Text(text)));
    }
    for (name, text) in cmake::files(library, &libraries) {
        entries.push(Entry::new(format!("lib/cmake/memoman/{name}"), Content::Text(text)));
    }
    Ok(entries)
}

/// The committed headers, and those of the configuration in the place of committed ones.
fn headers(include: &Path, library: &Library) -> anyhow::Result<Vec<Entry>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(include).with_context(|| format!("no {}", include.display()))? {
        files.push(entry?.path());
    }
    files.retain(|file| library.headers.iter().all(|other| other.file_name() != file.file_name()));
    files.extend_from_slice(&library.headers);
    files.sort_by_key(|file| file.file_name().map(ToOwned::to_owned));
    files
        .into_iter()
        .map(|from| {
            Ok(Entry::new(
                format!("include/{}", name(&from)?),
                Content::Copy { from, executable: false },
            ))
        })
        .collect()
}
