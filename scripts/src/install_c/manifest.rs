//! Installing and removing files. A list of what was installed lies among them: one line for each file or
//! link, below the prefix; those of folders that the installation made end with a slash.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use super::entry::{Content, Entry};

/// Where the list is, below the prefix.
const LIST: &str = "share/memoman/installed";
/// The line of the prefix itself.
const PREFIX: &str = "./";

/// Writes all files below `destination`, and removes those of an older installation that are no longer part of it.
///
/// # Errors
/// A file cannot be written. Those written before stay.
pub(crate) fn install(destination: &Path, entries: &[Entry]) -> anyhow::Result<()> {
    let old = read(destination)?.unwrap_or_default();
    let mut list: BTreeSet<String> = entries.iter().map(|entry| entry.path.clone()).collect();
    list.insert(LIST.to_owned());
    // A folder that an older installation made is still its own.
    list.extend(old.iter().filter(|line| line.ends_with('/')).cloned());
    if !destination.is_dir() {
        fs::create_dir_all(destination).with_context(|| cannot("make", destination))?;
        list.insert(PREFIX.to_owned());
    }
    for folder in list.iter().flat_map(|path| folders(path)).collect::<BTreeSet<_>>() {
        let path = destination.join(&folder);
        match fs::create_dir(&path) {
            Ok(()) => {
                fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
                list.insert(folder);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => {}
            Err(error) => return Err(error).with_context(|| cannot("make", &path)),
        }
    }
    // The list first: whatever happens from here on, `remove` finds what was installed.
    let text =
        |list: &BTreeSet<String>| list.iter().map(|line| format!("{line}\n")).collect::<String>();
    let both = list.union(&old).cloned().collect();
    write(destination, &Entry::new(LIST, Content::Text(text(&both))))?;
    for entry in entries {
        write(destination, entry)?;
    }
    for gone in old.difference(&list) {
        delete(&destination.join(gone))?;
    }
    write(destination, &Entry::new(LIST, Content::Text(text(&list))))
}

/// Removes what [`install`] wrote, and the folders that it made if nothing else is in them.
///
/// # Errors
/// There is no list, or a file cannot be removed.
pub(crate) fn remove(destination: &Path) -> anyhow::Result<()> {
    let Some(list) = read(destination)? else {
        bail!(
            "nothing to remove: scripts/install-c has installed nothing below {} (no {LIST})",
            destination.display()
        );
    };
    let (folders, files): (Vec<_>, Vec<_>) = list.iter().partition(|line| line.ends_with('/'));
    let mut removed = 0;
    // The list last: until then, the removal can be repeated.
    let listed = files.iter().filter(|file| **file != LIST);
    for file in listed.map(|file| file.as_str()).chain([LIST]) {
        removed += usize::from(delete(&destination.join(file))?);
    }
    // From the inside out: a folder's line is behind those of the folders in it, and the prefix is last.
    for folder in folders.into_iter().rev() {
        let path = if folder == PREFIX { destination.to_owned() } else { destination.join(folder) };
        match fs::remove_dir(&path) {
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {
                eprintln!("kept, as other files are in it: {}", path.display());
            }
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| cannot("remove", &path));
            }
            _ => {}
        }
    }
    eprintln!("removed {removed} files below {}", destination.display());
    Ok(())
}

/// The lines of the list; none if there is no list.
fn read(destination: &Path) -> anyhow::Result<Option<BTreeSet<String>>> {
    let path = destination.join(LIST);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        text => text.with_context(|| cannot("read", &path))?,
    };
    for line in text.lines() {
        let mut parts = Path::new(line).components();
        let inside = !line.is_empty() && parts.all(|part| matches!(part, Component::Normal(_)));
        ensure!(
            inside || line == PREFIX,
            "{}: '{line}' is no file below the prefix; nothing was changed",
            path.display()
        );
    }
    Ok(Some(text.lines().map(str::to_owned).collect()))
}

/// The folders that a path is in, the outermost first: `a/`, `a/b/`.
fn folders(path: &str) -> impl Iterator<Item = String> {
    path.match_indices('/').map(|(at, _)| path[..=at].to_owned())
}

/// Puts a file in place at once: a program that has the old one open keeps it.
fn write(destination: &Path, entry: &Entry) -> anyhow::Result<()> {
    let path = destination.join(&entry.path);
    let mut new = path.clone().into_os_string();
    new.push(format!(".new-{}", std::process::id()));
    let new = PathBuf::from(new);
    put(&new, &entry.content)
        .and_then(|()| fs::rename(&new, &path))
        .inspect_err(|_| drop(fs::remove_file(&new)))
        .with_context(|| cannot("write", &path))
}

fn put(path: &Path, content: &Content) -> io::Result<()> {
    let mode = match content {
        Content::Link(target) => return symlink(target, path),
        Content::Text(text) => fs::write(path, text).map(|()| 0o644)?,
        Content::Copy { from, executable } => {
            fs::copy(from, path)?;
            if *executable { 0o755 } else { 0o644 }
        }
    };
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Removes a file or a link; returns whether it existed.
fn delete(path: &Path) -> anyhow::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| cannot("remove", path)),
    }
}

fn cannot(what: &str, path: &Path) -> String {
    format!("cannot {what} {}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cargo::files_below;

    fn text(path: &str, text: &str) -> Entry {
        Entry::new(path, Content::Text(text.into()))
    }

    fn link(path: &str, target: &str) -> Entry {
        Entry::new(path, Content::Link(target.into()))
    }

    #[test]
    fn what_was_installed_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let prefix = folder.path().join("a prefix");
        fs::create_dir_all(prefix.join("include")).unwrap();
        fs::create_dir_all(prefix.join("lib")).unwrap();
        fs::write(prefix.join("lib/other"), "another package's").unwrap();
        let entries = [
            text("include/a.h", "1"),
            text("lib/b.1", "2"),
            link("lib/b", "b.1"),
            text("lib/c/d/e", "3"),
        ];
        install(&prefix, &entries).unwrap();
        assert_eq!(fs::read_to_string(prefix.join("lib/b")).unwrap(), "2");
        fs::write(prefix.join("lib/c/mine"), "the user's").unwrap();

        remove(&prefix).unwrap();
        let left = files_below(&prefix).unwrap();
        assert_eq!(left, ["lib/c/mine", "lib/other"].map(|path| prefix.join(path)));
        // Folders that were empty before stay; those of the installation go, except where a file is.
        assert!(prefix.join("include").is_dir());
        assert!(!prefix.join("share").exists() && !prefix.join("lib/c/d").exists());
        assert!(remove(&prefix).unwrap_err().to_string().contains("nothing to remove"));
    }

    #[test]
    fn an_installation_replaces_an_older_one() {
        let folder = tempfile::tempdir().unwrap();
        let prefix = folder.path().join("new/prefix");
        install(&prefix, &[text("lib/a", "old"), text("lib/gone", "old")]).unwrap();
        let open = fs::File::open(prefix.join("lib/a")).unwrap();
        install(&prefix, &[text("lib/a", "new, and longer"), text("bin/b", "new")]).unwrap();
        assert_eq!(fs::read_to_string(prefix.join("lib/a")).unwrap(), "new, and longer");
        assert_eq!(io::read_to_string(open).unwrap(), "old");
        assert!(!prefix.join("lib/gone").exists());

        // A folder made by the older installation is removed with the newer one.
        remove(&prefix).unwrap();
        assert!(!prefix.exists());
    }

    #[test]
    fn a_list_that_names_files_elsewhere_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (prefix, outside) = (folder.path().join("prefix"), folder.path().join("outside"));
        install(&prefix, &[text("lib/a", "1")]).unwrap();
        fs::write(&outside, "not ours").unwrap();
        for line in ["../outside", outside.to_str().unwrap(), "lib/../../outside", ""] {
            fs::write(prefix.join(LIST), format!("lib/a\n{line}\n")).unwrap();
            let error = remove(&prefix).unwrap_err().to_string();
            assert!(error.contains("is no file below the prefix"), "{line}: {error}");
            assert!(install(&prefix, &[text("lib/a", "2")]).is_err());
        }
        assert!(outside.exists() && prefix.join("lib/a").exists());
    }
}
