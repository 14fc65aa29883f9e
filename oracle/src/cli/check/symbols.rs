//! The symbols of a shared library, read from its file: nothing of it runs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use object::{Object as _, ObjectSymbol as _};

use crate::cli::text::shown;

/// What a library defines for others, and what it needs of them.
pub(crate) struct Symbols {
    pub(crate) defined: BTreeSet<String>,
    pub(crate) needed: BTreeSet<String>,
}

/// Reads them.
///
/// # Errors
/// The file cannot be read, or is no library of this system.
pub(crate) fn symbols(path: &Path) -> anyhow::Result<Symbols> {
    let bytes = fs::read(path).with_context(|| shown(path))?;
    let what = || format!("{}: no shared library of this system (ELF or Mach-O)", shown(path));
    let file = object::File::parse(&*bytes).with_context(what)?;
    let mut symbols = Symbols { defined: BTreeSet::new(), needed: BTreeSet::new() };
    // Mach-O puts an underscore in front of the names of C.
    let prefix = if file.format() == object::BinaryFormat::MachO { "_" } else { "" };
    for symbol in file.dynamic_symbols().chain(file.symbols().filter(|_| !prefix.is_empty())) {
        let Ok(name) = symbol.name() else { continue };
        let name = name.strip_prefix(prefix).unwrap_or(name).to_owned();
        match symbol.is_undefined() {
            true => symbols.needed.insert(name),
            false => symbols.defined.insert(name),
        };
    }
    Ok(symbols)
}
