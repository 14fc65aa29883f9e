//! What the corpus alone cannot reach, one by one, with reasons: `scripts/coverage.exclusions`.

use std::cell::Cell;

use anyhow::{Context as _, ensure};

use super::source::Source;

/// The parts of the engine that are left out of the count where they are missed.
#[derive(Default, Debug)]
pub(super) struct Exclusions {
    entries: Vec<Exclusion>,
}

#[derive(Debug)]
struct Exclusion {
    file: String,
    what: What,
    /// The missed lines and branches that it excuses.
    excused: Cell<usize>,
}

#[derive(PartialEq, Eq, Debug)]
enum What {
    File,
    Function(String),
    /// A line of code as it is written.
    Line(String),
}

impl Exclusions {
    /// Reads lines `file | * or fn NAME or a line of code | reason`.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let mut exclusions = Self::default();
        for (number, line) in
            text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        {
            let at = || format!("line {}: expected file | what | reason", number + 1);
            let (file, rest) = line.split_once(" | ").with_context(at)?;
            let (what, reason) = rest.rsplit_once(" | ").with_context(at)?;
            ensure!(!reason.trim().is_empty(), at());
            let what = match what.trim() {
                "*" => What::File,
                what => what.strip_prefix("fn ").filter(|name| !name.contains(' ')).map_or_else(
                    || What::Line(what.to_owned()),
                    |name| What::Function(name.to_owned()),
                ),
            };
            exclusions.entries.push(Exclusion {
                file: file.trim().to_owned(),
                what,
                excused: Cell::new(0),
            });
        }
        Ok(exclusions)
    }

    /// Whether a missed line, or branch at it, is excused.
    pub(super) fn excuses(&self, file: &str, source: &Source, line: usize) -> bool {
        let entry = self.entries.iter().find(|entry| {
            entry.file == file
                && match &entry.what {
                    What::File => true,
                    What::Function(name) => source.function(line) == Some(name),
                    What::Line(code) => source.code(line) == Some(code),
                }
        });
        entry.inspect(|entry| entry.excused.set(entry.excused.get() + 1)).is_some()
    }

    /// How many missed lines and branches are excused.
    pub(super) fn count(&self) -> usize {
        self.entries.iter().map(|entry| entry.excused.get()).sum()
    }

    /// The entries that excuse nothing.
    pub(super) fn stale(&self) -> impl Iterator<Item = String> {
        self.entries.iter().filter(|entry| entry.excused.get() == 0).map(|entry| {
            let what = match &entry.what {
                What::File => "*".to_owned(),
                What::Function(name) => format!("fn {name}"),
                What::Line(code) => code.clone(),
            };
            format!("the exclusion of {}, {what} excuses nothing: remove it", entry.file)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_functions_and_lines_are_excluded_and_the_other_entries_are_stale() {
        let text = "# why\n\na.rs | * | a lock\nb.rs | fn new | const\nb.rs | let a = b | c; | a bit\nb.rs | fn gone | old\n";
        let exclusions = Exclusions::parse(text).unwrap();
        let source = Source::scan("fn new() {\n    1;\n}\nlet a = b | c;\n");
        assert!(exclusions.excuses("a.rs", &source, 3));
        assert!(exclusions.excuses("b.rs", &source, 2));
        assert!(exclusions.excuses("b.rs", &source, 4));
        assert!(!exclusions.excuses("c.rs", &source, 2));
        assert_eq!(exclusions.count(), 3);
        assert_eq!(
            exclusions.stale().collect::<Vec<_>>(),
            ["the exclusion of b.rs, fn gone excuses nothing: remove it"]
        );
    }

    #[test]
    fn an_exclusion_without_a_reason_is_an_error() {
        for text in ["a.rs | *", "a.rs | * | ", "\na.rs"] {
            assert!(
                Exclusions::parse(text)
                    .unwrap_err()
                    .to_string()
                    .contains("expected file | what | reason")
            );
        }
    }
}
