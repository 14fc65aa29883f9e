//! The mutants that cargo-mutants knows, and the keys that name them in each state of the tree.

use std::collections::HashMap;

use anyhow::Context as _;
use serde::Deserialize;

/// A mutant of the engine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Mutant {
    /// As cargo-mutants lists it, with line and column.
    pub(super) name: String,
    /// What does not change when code above does: file, change, function, and the line with a mark in front
    /// of what is changed.
    pub(super) key: String,
}

impl Mutant {
    /// The marked line of the key.
    pub(super) fn line(&self) -> &str {
        self.key.split_once(" @ ").map_or("", |(_, line)| line)
    }
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    file: String,
    span: Span,
}

#[derive(Deserialize)]
struct Span {
    start: Position,
}

#[derive(Deserialize, Clone, Copy)]
struct Position {
    line: usize,
    column: usize,
}

/// Reads `cargo mutants --list --json`, in the order of the source. `read` returns the text of a file.
pub(super) fn parse(
    json: &str,
    read: impl Fn(&str) -> anyhow::Result<String>,
) -> anyhow::Result<Vec<Mutant>> {
    let mut listed: Vec<Listed> = serde_json::from_str(json)
        .context("cannot read what cargo mutants --list --json prints")?;
    listed.sort_by(|a, b| {
        let place = |listed: &Listed| (listed.span.start.line, listed.span.start.column);
        (&a.file, place(a), &a.name).cmp(&(&b.file, place(b), &b.name))
    });
    let mut files = HashMap::<String, Vec<String>>::new();
    let mut seen = HashMap::<String, usize>::new();
    let mut mutants = Vec::new();
    for Listed { name, file, span: Span { start } } in listed {
        if !files.contains_key(&file) {
            files.insert(file.clone(), read(&file)?.lines().map(str::to_owned).collect());
        }
        let line = files[&file]
            .get(start.line - 1)
            .with_context(|| format!("{file} has no line {}", start.line))?;
        let place = format!("{file}:{}:{}: ", start.line, start.column);
        let change = name
            .strip_prefix(&place)
            .with_context(|| format!("a name without its place: {name}"))?;
        let mut key = format!("{file}: {change} @ {}", marked(line, start.column));
        let times = seen.entry(key.clone()).and_modify(|times| *times += 1).or_insert(1);
        if *times > 1 {
            key = format!("{key} #{times}");
        }
        mutants.push(Mutant { name, key });
    }
    Ok(mutants)
}

/// A line without its indentation, and ▸ in front of a column (from 1).
fn marked(line: &str, column: usize) -> String {
    let at = line.char_indices().nth(column - 1).map_or(line.len(), |(at, _)| at);
    format!("{}▸{}", &line[..at], &line[at..]).trim_start_matches(' ').to_owned()
}

/// The K-th of N parts, in turn: neighbours take about as long as each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shard {
    part: usize,
    parts: usize,
}

impl Shard {
    pub(super) const ALL: Self = Self { part: 0, parts: 1 };

    pub(super) fn of<T>(self, all: Vec<T>) -> Vec<T> {
        all.into_iter().skip(self.part).step_by(self.parts).collect()
    }
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text
            .split_once('/')
            .and_then(|(part, parts)| Some((part.parse().ok()?, parts.parse().ok()?)));
        match numbers {
            Some((part, parts)) if part < parts => Ok(Self { part, parts }),
            _ => Err("expected K/N, with K from 0 to N-1".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"[
      {"name":"memoman/src/a.rs:2:11: replace < with <= in f","file":"memoman/src/a.rs","span":{"start":{"line":2,"column":11},"end":{"line":2,"column":12}},"genre":"BinaryOperator"},
      {"name":"memoman/src/a.rs:1:1: replace f -> bool with true","file":"memoman/src/a.rs","span":{"start":{"line":1,"column":1},"end":{"line":3,"column":2}}},
      {"name":"memoman/src/a.rs:3:11: replace < with <= in f","file":"memoman/src/a.rs","span":{"start":{"line":3,"column":11},"end":{"line":3,"column":12}}}
    ]"#;

    #[test]
    fn a_key_has_the_marked_line_and_no_number() {
        let mutants = parse(JSON, |_| {
            Ok("fn f() {\n    let x = a < b;\n    let x = a < b;\n".replace("= a", "=a"))
        })
        .unwrap();
        let keys: Vec<_> = mutants.iter().map(|mutant| &*mutant.key).collect();
        assert_eq!(
            keys,
            [
                "memoman/src/a.rs: replace f -> bool with true @ ▸fn f() {",
                "memoman/src/a.rs: replace < with <= in f @ let x ▸=a < b;",
                "memoman/src/a.rs: replace < with <= in f @ let x ▸=a < b; #2",
            ]
        );
        assert_eq!(mutants[0].line(), "▸fn f() {");
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(marked("  é < b", 5), "é ▸< b");
        assert_eq!(marked("a", 9), "a▸");
    }

    #[test]
    fn shards_share_out_all_in_turn() {
        let shard = |text: &str| text.parse::<Shard>();
        assert_eq!(shard("1/3").unwrap().of((0..7).collect()), [1, 4]);
        assert_eq!(Shard::ALL.of(vec![1, 2]), [1, 2]);
        for wrong in ["3/3", "1/0", "1", "a/b", "-1/2"] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_list_is_an_error() {
        assert!(parse("no mutants to filter", |_| Ok(String::new())).is_err());
    }
}
