//! The names of an allocator, from a file or built in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use super::role::{Argument, Role};
use super::signature::Signature;
use crate::cli::text::shown;

/// The built-in tables. Without `--names`, the first one that a library has is used.
const BUILT_IN: [(&str, &str); 4] = [
    ("tlsf", include_str!("tlsf.toml")),
    ("lv_tlsf", include_str!("lv_tlsf.toml")),
    ("multi_heap", include_str!("multi_heap.toml")),
    ("malloc", include_str!("malloc.toml")),
];

/// The keys of a table that name no function.
const SETTINGS: [&str; 3] = ["malloc_align", "memory_align", "tlsf"];

/// A table: for each role, the functions that can have it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Table {
    /// What it is called in the report.
    name: String,
    roles: BTreeMap<Role, Vec<Signature>>,
    settings: Settings,
    /// A user's table: a function that it names must exist.
    is_strict: bool,
}

/// The settings of a table, beside names.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// The alignment of every block of `malloc`, in bytes.
    pub(crate) malloc_align: Option<usize>,
    /// The alignment of memory that the allocator takes, in bytes.
    pub(crate) memory_align: Option<usize>,
    /// It descends from TLSF 3.1, and may have its numbered faults.
    pub(crate) is_tlsf: bool,
}

/// The functions that a library has.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Names {
    pub(crate) table: String,
    pub(crate) functions: BTreeMap<Role, Signature>,
    pub(crate) settings: Settings,
}

impl Table {
    /// The built-in table of a name, or the table in a file.
    ///
    /// # Errors
    /// No table has the name, or the file is not a table: the place, and what is expected.
    pub(crate) fn named(name: &str) -> anyhow::Result<Self> {
        if let Some((name, text)) = BUILT_IN.iter().find(|(known, _)| *known == name) {
            return Ok(Self::built_in(name, text));
        }
        let path = Path::new(name);
        if path.extension().is_none_or(|extension| extension != "toml") {
            let known: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
            bail!("--names {name}: no such table; known are {}, or a FILE.toml", known.join(", "));
        }
        let text = fs::read_to_string(path).with_context(|| shown(path))?;
        let mut table =
            Self::read(&text).map_err(|error| anyhow::anyhow!("{}: {error}", shown(path)))?;
        table.name = shown(path);
        table.is_strict = true;
        Ok(table)
    }

    fn built_in(name: &str, text: &str) -> Self {
        let table = Self::read(text).unwrap_or_else(|error| panic!("{name}.toml: {error}"));
        Self { name: name.to_owned(), ..table }
    }

    /// Reads a table.
    fn read(text: &str) -> Result<Self, String> {
        let content: toml::Table =
            text.parse().map_err(|error: toml::de::Error| error.to_string())?;
        let mut table = Self::default();
        for (key, value) in &content {
            if let Some(role) = Role::ALL.iter().find(|role| role.key() == key) {
                let texts = match value {
                    toml::Value::String(text) => vec![text.as_str()],
                    toml::Value::Array(all) => all.iter().filter_map(toml::Value::as_str).collect(),
                    _ => Vec::new(),
                };
                let read =
                    |text| Signature::read(*role, text).map_err(|error| format!("{key}: {error}"));
                let signatures = texts.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
                if signatures.is_empty() {
                    return Err(format!("{key}: expected a text, as \"function(argument, …)\""));
                }
                table.roles.insert(*role, signatures);
            } else if !table.settings.set(key, value)? {
                return Err(format!(
                    "`{key}` is no key of a table of names; known are {}",
                    known_keys()
                ));
            }
        }
        table.check()?;
        Ok(table)
    }

    fn check(&self) -> Result<(), String> {
        for role in [Role::Malloc, Role::Free] {
            if !self.roles.contains_key(&role) {
                return Err(format!("`{}` is missing: malloc and free are needed", role.key()));
            }
        }
        let makes = |role| self.roles.contains_key(&role);
        if makes(Role::Create) && !(makes(Role::Size) && makes(Role::AddPool)) {
            return Err("`create` needs `size` and `add_pool` beside it".to_owned());
        }
        let takes_heap = |all: &Vec<Signature>| all.iter().any(|one| one.takes(Argument::Heap));
        let user = self.roles.iter().find(|(_, all)| takes_heap(all));
        match user {
            Some((role, _)) if !makes(Role::Create) && !makes(Role::CreateWithPool) => {
                Err(format!("`{}` takes `heap`; name `create` or `create_with_pool`", role.key()))
            }
            _ => Ok(()),
        }
    }

    /// The functions of this table that a library with these symbols has.
    ///
    /// # Errors
    /// What is missing.
    pub(crate) fn of(&self, symbols: &BTreeSet<String>) -> Result<Names, String> {
        let mut functions = BTreeMap::new();
        for (role, signatures) in &self.roles {
            if let Some(found) = signatures.iter().find(|one| symbols.contains(&one.symbol)) {
                functions.insert(*role, found.clone());
            } else if self.is_strict || matches!(role, Role::Malloc | Role::Free) {
                return Err(format!("it has no symbol `{}`", signatures[0].symbol));
            }
        }
        // A heap that a function takes must be made.
        let has = |role| functions.contains_key(&role);
        if !(has(Role::Size) && has(Role::AddPool)) {
            functions.remove(&Role::Create);
        }
        let makes =
            functions.contains_key(&Role::Create) || functions.contains_key(&Role::CreateWithPool);
        if !makes && functions.values().any(|one| one.takes(Argument::Heap)) {
            return Err("it has no function that makes a heap".to_owned());
        }
        Ok(Names { table: self.name.clone(), functions, settings: self.settings })
    }

    /// The first built-in table that a library with these symbols has.
    pub(crate) fn choose(symbols: &BTreeSet<String>) -> Option<Names> {
        BUILT_IN.iter().find_map(|(name, text)| Self::built_in(name, text).of(symbols).ok())
    }
}

impl Settings {
    /// Sets one; whether it is known.
    fn set(&mut self, key: &str, value: &toml::Value) -> Result<bool, String> {
        let align = || {
            let number = value.as_integer().and_then(|number| usize::try_from(number).ok());
            let power = number.filter(|number| number.is_power_of_two() && *number <= 1 << 16);
            power.map(Some).ok_or_else(|| format!("{key}: expected a power of two up to 65536"))
        };
        match key {
            "malloc_align" => self.malloc_align = align()?,
            "memory_align" => self.memory_align = align()?,
            "tlsf" => {
                self.is_tlsf = value.as_bool().ok_or("tlsf: expected true or false")?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn known_keys() -> String {
    let roles = Role::ALL.iter().map(|role| role.key());
    roles.chain(SETTINGS).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_tables_are_tables() {
        for (name, text) in BUILT_IN {
            Table::built_in(name, text);
        }
    }

    #[test]
    fn every_key_is_known() {
        let error = Table::read("tsize = 1").expect_err("unknown");
        assert!(error.contains("`tsize` is no key"), "{error}");
        for key in Role::ALL.iter().map(|role| role.key()).chain(SETTINGS) {
            assert!(error.contains(key), "{error} lacks {key}");
            let read = Table::read(&format!("{key} = 1.5")).expect_err("no number");
            assert!(!read.contains("is no key"), "{read}");
        }
    }

    #[test]
    fn a_table_that_cannot_work_is_refused() {
        for (text, says) in [
            ("malloc = \"m(size)\"", "`free` is missing"),
            ("malloc = \"m(heap, size)\"\nfree = \"f(block)\"", "takes `heap`"),
            ("malloc = \"m(size)\"\nfree = \"f(block)\"\ncreate = \"c(mem)\"", "needs `size`"),
            ("malloc = 1", "expected a text"),
            ("malloc_align = 12", "power of two"),
            ("malloc", "TOML"),
        ] {
            let error = Table::read(text).expect_err(text);
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn the_symbols_choose_the_table() {
        let set = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect();
        let chosen = |all: &[&str]| Table::choose(&set(all)).map(|names| names.table);
        assert_eq!(chosen(&["malloc", "free"]).as_deref(), Some("malloc"));
        let tlsf = ["tlsf_create_with_pool", "tlsf_malloc", "tlsf_free", "malloc", "free"];
        assert_eq!(chosen(&tlsf).as_deref(), Some("tlsf"));
        assert_eq!(chosen(&["tlsf_malloc", "tlsf_free"]), None, "nothing makes a heap");
        assert_eq!(chosen(&["puts"]), None);
    }
}
