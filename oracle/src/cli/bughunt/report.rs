//! The results as a Markdown table.

use std::collections::BTreeSet;
use std::io::Write;

use oracle::mutants::Mutant;
use oracle::mutants::campaign::{Caught, Explored};
use serde::Serialize;

/// The results for one mutant.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    name: &'a str,
    mistake: &'a str,
    /// For each seed.
    caught: &'a [Option<Caught>],
    explored: Option<&'a Explored>,
}

impl<'a> Row<'a> {
    pub(super) fn new(
        mutant: &'a Mutant,
        caught: &'a [Option<Caught>],
        explored: Option<&'a Explored>,
    ) -> Self {
        Self { name: &mutant.name, mistake: mutant.mistake, caught, explored }
    }

    /// Random programs caught it from every seed.
    pub(super) fn is_caught(&self) -> bool {
        self.caught.iter().all(Option::is_some)
    }

    fn catches(&self) -> impl Iterator<Item = &Caught> {
        self.caught.iter().flatten()
    }

    /// The median of `key` over the seeds from which it was caught.
    fn median<T: PartialOrd + Copy>(&self, key: impl Fn(&Caught) -> T) -> Option<T> {
        middle(self.catches().map(key).collect())
    }

    /// The explorer's result, in a few words.
    fn exploration(&self) -> String {
        let Some(explored) = self.explored else { return "–".to_owned() };
        match (&explored.found, explored.closed) {
            (Some(found), _) => format!("{} deep, {} moves", found.depth, explored.transitions),
            (None, true) => "not found, all scopes closed".to_owned(),
            (None, false) => format!("not found in {} moves", explored.transitions),
        }
    }
}

fn middle<T: PartialOrd + Copy>(mut all: Vec<T>) -> Option<T> {
    all.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
    all.get(all.len().checked_sub(1)? / 2).copied()
}

/// Prints the table. Numbers are medians over the seeds.
pub(super) fn table(rows: &[Row<'_>], out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(
        out,
        "| mutant | mistake | seeds | calls | s | check | geometry | ops | shrunk in s | explorer |"
    )?;
    writeln!(out, "|---|---|--:|--:|--:|---|---|--:|--:|---|")?;
    for row in rows {
        let list = |key: fn(&Caught) -> &str| {
            let all: BTreeSet<_> = row.catches().map(key).collect();
            all.into_iter().collect::<Vec<_>>().join(", ")
        };
        let number = |value: Option<f64>| value.map_or("–".to_owned(), |v| format!("{v:.2}"));
        let whole = |value: Option<u64>| value.map_or("–".to_owned(), |v| v.to_string());
        writeln!(
            out,
            "| {} | {} | {} of {} | {} | {} | {} | {} | {} | {} | {} |",
            row.name,
            row.mistake,
            row.catches().count(),
            row.caught.len(),
            whole(row.median(|caught| caught.calls)),
            number(row.median(|caught| caught.seconds)),
            list(|caught| &caught.check),
            list(|caught| caught.geometry),
            whole(row.median(|caught| caught.ops as u64)),
            number(row.median(|caught| caught.shrink_seconds)),
            row.exploration(),
        )?;
    }
    writeln!(out)?;
    Ok(())
}

/// Prints the totals, and which mutants were not caught.
pub(super) fn sums(rows: &[Row<'_>], out: &mut dyn Write) -> anyhow::Result<()> {
    let all = || rows.iter().flat_map(Row::catches);
    let most = |key: fn(&Caught) -> f64| all().map(key).fold(0.0, f64::max);
    if let Some(calls) = middle(all().map(|caught| caught.calls).collect()) {
        let slowest = most(|caught| caught.seconds);
        writeln!(out, "found: median after {calls} calls, slowest after {slowest:.2} s")?;
    }
    if let Some(ops) = middle(all().map(|caught| caught.ops).collect()) {
        let slowest = most(|caught| caught.shrink_seconds);
        writeln!(out, "shrunk: median {ops} ops, slowest {slowest:.2} s")?;
    }
    let explored: Vec<_> = rows.iter().filter_map(|row| row.explored).collect();
    if !explored.is_empty() {
        let found = explored.iter().filter(|explored| explored.found.is_some()).count();
        writeln!(out, "explorer: found {found} of {}", explored.len())?;
    }
    for row in rows {
        if let Some(caught) = row.catches().find(|caught| !caught.expected) {
            let (name, check) = (row.name, &caught.check);
            writeln!(out, "{name} was caught by {check}, which the catalogue does not expect")?;
        }
    }
    for row in rows.iter().filter(|row| !row.is_caught()) {
        let (from, seeds) = (row.catches().count(), row.caught.len());
        writeln!(out, "not caught: {} (from {from} of {seeds} seeds)", row.name)?;
    }
    Ok(())
}
