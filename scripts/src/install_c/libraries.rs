//! The libraries as they are installed: under which names, with which links.

use std::path::Path;

use anyhow::Context as _;

use super::entry::{Content, Entry};
use super::library::Library;

/// The version of the library: that of the workspace.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The number that changes with the binary interface.
pub(crate) const MAJOR: &str = env!("CARGO_PKG_VERSION_MAJOR");

/// Where the libraries are, below the prefix.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Libraries {
    /// The static library.
    pub(crate) archive: String,
    pub(crate) shared: Option<Shared>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shared {
    /// The file that is loaded.
    pub(crate) file: String,
    /// The name that a program remembers, where it is not the file's.
    pub(crate) soname: Option<String>,
    /// What a program is linked with on Windows.
    pub(crate) import: Option<String>,
}

/// The libraries, under the names that the platform's linkers and loaders look for.
pub(crate) fn libraries(library: &Library) -> anyhow::Result<(Vec<Entry>, Libraries)> {
    let (mut entries, mut archive, mut shared, mut import) = (Vec::new(), None, None, None);
    for from in &library.files {
        let name = name(from)?;
        let copy = |path: &str, executable| {
            Entry::new(path, Content::Copy { from: from.clone(), executable })
        };
        // The file, the name that programs remember, and the name that they are linked with.
        let versioned = match name {
            "libmemoman.so" => Some(["libmemoman.so.{}", ""]),
            "libmemoman.dylib" => Some(["libmemoman.{}.dylib", "@rpath/"]),
            _ => None,
        };
        if let Some([pattern, search]) = versioned {
            let (file, soname) = (pattern.replace("{}", VERSION), pattern.replace("{}", MAJOR));
            shared = Some((format!("lib/{file}"), Some(format!("{search}{soname}"))));
            entries.push(copy(&format!("lib/{file}"), true));
            entries.push(Entry::new(format!("lib/{soname}"), Content::Link(file)));
            entries.push(Entry::new(format!("lib/{name}"), Content::Link(soname)));
            continue;
        }
        // On Windows, the loader looks beside programs.
        let path = format!("{}/{name}", if name.ends_with(".dll") { "bin" } else { "lib" });
        match name {
            "libmemoman.a" | "memoman.lib" => archive = Some(path.clone()),
            "libmemoman.dll.a" | "memoman.dll.lib" => import = Some(path.clone()),
            "memoman.dll" => shared = Some((path.clone(), None)),
            // A module for WebAssembly.
            "memoman.wasm" => {}
            // What only a debugger reads.
            _ => continue,
        }
        entries.push(copy(&path, name.ends_with(".dll")));
    }
    let shared = shared.map(|(file, soname)| Shared { file, soname, import });
    let archive = archive.context("cargo built no static library")?;
    Ok((entries, Libraries { archive, shared }))
}

/// A file's name.
pub(crate) fn name(file: &Path) -> anyhow::Result<&str> {
    let name = file.file_name().and_then(|name| name.to_str());
    name.with_context(|| format!("{} has no name of letters", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::install_c::target::Target;

    fn of(files: &[&str]) -> (Vec<String>, Libraries) {
        let library = Library {
            target: Target::parse("linux unknown gnu x86_64 64").unwrap(),
            files: files.iter().map(|name| Path::new("/built").join(name)).collect(),
            headers: Vec::new(),
            settings: Vec::new(),
            needs: Vec::new(),
        };
        let (entries, libraries) = libraries(&library).unwrap();
        (entries.iter().map(ToString::to_string).collect(), libraries)
    }

    #[test]
    fn on_elf_and_apple_the_shared_library_has_its_version_and_two_links() {
        for (name, pattern, search) in [
            ("libmemoman.so", "libmemoman.so.{}", ""),
            ("libmemoman.dylib", "libmemoman.{}.dylib", "@rpath/"),
        ] {
            let [file, soname] = [VERSION, MAJOR].map(|version| pattern.replace("{}", version));
            let (entries, libraries) = of(&["libmemoman.a", name]);
            let expected = [
                "lib/libmemoman.a".to_owned(),
                format!("lib/{file}"),
                format!("lib/{soname} -> {file}"),
                format!("lib/{name} -> {soname}"),
            ];
            assert_eq!(entries, expected);
            let shared = libraries.shared.unwrap();
            assert_eq!(shared.file, format!("lib/{file}"));
            assert_eq!(shared.soname, Some(format!("{search}{soname}")));
        }
    }

    #[test]
    fn on_windows_programs_are_linked_with_the_import_library() {
        let (entries, libraries) =
            of(&["memoman.dll", "libmemoman.dll.a", "libmemoman.a", "memoman.pdb"]);
        assert_eq!(entries, ["bin/memoman.dll", "lib/libmemoman.dll.a", "lib/libmemoman.a"]);
        assert_eq!(libraries.shared.unwrap().import.as_deref(), Some("lib/libmemoman.dll.a"));
    }

    #[test]
    fn a_target_may_have_only_a_static_library() {
        let (entries, libraries) = of(&["libmemoman.a"]);
        assert_eq!((&entries[..], libraries.shared), (&["lib/libmemoman.a".to_owned()][..], None));
    }
}
