//! Which file imports which: each path of a module, resolved to the file that defines what it names.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::tree::{Name, Tree};

/// One file uses a name that another defines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) line: usize,
    pub(crate) path: String,
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} imports {} ({})", self.from, self.line, self.to, self.path)
    }
}

/// The imports of a crate, one for each pair of files: the first.
pub(crate) fn imports(tree: &Tree) -> Vec<Import> {
    let mut found: BTreeMap<(String, String), Import> = BTreeMap::new();
    for (index, module) in tree.modules.iter().enumerate() {
        for mention in &module.mentions {
            for to in tree.files_of(index, &mention.path) {
                if to == module.file {
                    continue;
                }
                let path = mention.path.join("::");
                let from = module.file.clone();
                let import = Import { from, to, line: mention.line, path };
                let key = (import.from.clone(), import.to.clone());
                let first = found.entry(key).or_insert_with(|| import.clone());
                if import.line < first.line {
                    *first = import;
                }
            }
        }
    }
    found.into_values().collect()
}

impl Tree {
    /// The files that define what `path` names in module `from`; none for another crate's names.
    fn files_of(&self, from: usize, path: &[String]) -> BTreeSet<String> {
        let mut files = BTreeSet::new();
        let mut rest = path;
        loop {
            self.resolve(from, rest, &mut files, &mut BTreeSet::new());
            let internal =
                matches!(rest.first().map(String::as_str), Some("crate" | "super" | "self"));
            if !files.is_empty() || !internal {
                return files;
            }
            // The last name is made by a macro or is another crate's: what holds it, then.
            rest = &rest[..rest.len() - 1];
        }
    }

    /// Resolves `path` as the code of module `from` writes it.
    fn resolve(
        &self,
        from: usize,
        path: &[String],
        files: &mut BTreeSet<String>,
        seen: &mut BTreeSet<(usize, Vec<String>)>,
    ) {
        let mut module = from;
        let mut rest = path;
        while let Some((first, tail)) = rest.split_first() {
            match first.as_str() {
                "crate" => module = 0,
                "self" => {}
                "super" => module = self.modules[module].parent.unwrap_or(0),
                _ => break,
            }
            rest = tail;
        }
        self.descend(module, rest, files, seen);
    }

    /// Resolves what is left of a path inside of `module`. A name that the module does not have is
    /// another crate's, or the prelude's.
    fn descend(
        &self,
        module: usize,
        rest: &[String],
        files: &mut BTreeSet<String>,
        seen: &mut BTreeSet<(usize, Vec<String>)>,
    ) {
        if !seen.insert((module, rest.to_vec())) {
            return;
        }
        let here = &self.modules[module];
        let Some((name, tail)) = rest.split_first() else {
            files.insert(here.file.clone());
            return;
        };
        let Some(meanings) = here.names.get(name) else {
            // `use other_crate::*` says nothing about files of this one.
            let is_own = |first: &String| {
                matches!(&**first, "crate" | "super" | "self") || here.names.contains_key(first)
            };
            for glob in here.globs.iter().filter(|glob| glob.first().is_some_and(is_own)) {
                let path: Vec<String> = glob.iter().chain(rest).cloned().collect();
                self.resolve(module, &path, files, seen);
            }
            return;
        };
        // Of a module and a function of one name, only the module has names in it.
        let is_module = |meaning: &Name| matches!(meaning, Name::Module(_));
        let only_modules = !tail.is_empty() && meanings.iter().any(is_module);
        for meaning in meanings.iter().filter(|meaning| !only_modules || is_module(meaning)) {
            match meaning {
                Name::Module(child) => self.descend(*child, tail, files, seen),
                Name::Item => drop(files.insert(here.file.clone())),
                // `use bytes::bytes` is another crate's, unless there is a module of that name.
                Name::Import(path) if path.first() == Some(name) && meanings.len() == 1 => {}
                Name::Import(path) if seen.len() < 64 => {
                    let path: Vec<String> = path.iter().chain(tail).cloned().collect();
                    self.resolve(module, &path, files, seen);
                }
                Name::Import(_) => {}
            }
        }
    }
}
