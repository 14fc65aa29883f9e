//! `bughunt --ablate`: what each layer of checks catches.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use oracle::Layers;
use oracle::mutants::Mutant;
use oracle::mutants::campaign::{Budget, Caught, with_generator};

use super::options::Bughunt;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::workers::work;

/// The most calls for one mutant and one column. Most mutants that are caught at all are caught soon.
const CALLS: u64 = 200_000;

const NONE: Layers = Layers { lockstep: false, model: false, content: false, validate: false };

/// The sets of layers, with a name for each: all, all but one, only one, none.
fn columns() -> Vec<(String, Layers)> {
    let alone = |name| match name {
        "lockstep" => Layers { lockstep: true, ..NONE },
        "model" => Layers { model: true, ..NONE },
        "content" => Layers { content: true, ..NONE },
        _ => Layers { validate: true, ..NONE },
    };
    let without = |name| Layers::ALL.without(name).unwrap_or_default();
    let mut columns = vec![("all".to_owned(), Layers::ALL)];
    columns.extend(Layers::NAMES.map(|name| (format!("without {name}"), without(name))));
    columns.extend(Layers::NAMES.map(|name| (format!("only {name}"), alone(name))));
    columns.push(("contract only".to_owned(), NONE));
    columns
}

/// The results for one mutant, one for each column.
type Row<'a> = (&'a Mutant, &'a [Option<Caught>]);

impl Bughunt {
    pub(super) fn ablate(&self, all: &[Mutant], out: &mut dyn Write) -> anyhow::Result<Exit> {
        let columns = columns();
        let time = Duration::from_secs(self.seconds);
        let budget = Budget { calls: self.calls.min(CALLS), time };
        let results = work(self.threads(), all.len() * columns.len(), "searches", |at| {
            let (mutant, layers) = (&all[at / columns.len()], columns[at % columns.len()].1);
            with_generator(mutant, layers, 1, budget, &|| !interrupt::requested())
        });
        let results: Vec<_> = results.into_iter().map(Option::flatten).collect();
        let rows: Vec<Row<'_>> = all.iter().zip(results.chunks(columns.len())).collect();
        matrix(&columns, &rows, out)?;
        if !interrupt::requested() {
            only(&rows, out)?;
        }
        let row = |(mutant, caught): &Row<'_>| {
            let names = columns.iter().map(|column| column.0.clone());
            let cells: BTreeMap<_, _> = names.zip(caught.iter().cloned()).collect();
            (mutant.name.clone(), cells)
        };
        self.write_json(&rows.iter().map(row).collect::<BTreeMap<_, _>>())?;
        self.finish(rows.iter().filter(|row| row.1[0].is_some()).count(), rows.len(), out)
    }
}

/// Prints the calls until a mutant was caught, as a Markdown table.
fn matrix(
    columns: &[(String, Layers)],
    rows: &[Row<'_>],
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let head: Vec<_> = columns.iter().map(|column| column.0.as_str()).collect();
    writeln!(out, "| calls until caught | {} |", head.join(" | "))?;
    writeln!(out, "|---|{}", "--:|".repeat(head.len()))?;
    for (mutant, caught) in rows {
        let calls = |caught: &Option<Caught>| {
            caught.as_ref().map_or("–".to_owned(), |caught| caught.calls.to_string())
        };
        let cells: Vec<_> = caught.iter().map(calls).collect();
        writeln!(out, "| {} | {} |", mutant.name, cells.join(" | "))?;
    }
    let count = |column: usize| rows.iter().filter(|row| row.1[column].is_some()).count();
    let counts: Vec<_> = (0..columns.len()).map(|column| count(column).to_string()).collect();
    writeln!(out, "| **caught of {}** | {} |\n", rows.len(), counts.join(" | "))?;
    Ok(())
}

/// Prints which mutants are not caught without a layer.
fn only(rows: &[Row<'_>], out: &mut dyn Write) -> anyhow::Result<()> {
    for (layer, name) in Layers::NAMES.iter().enumerate() {
        let lost = rows.iter().filter(|row| row.1[0].is_some() && row.1[layer + 1].is_none());
        let names: Vec<_> = lost.map(|row| row.0.name.as_str()).collect();
        let names_shown = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        writeln!(out, "only {name} catches {}: {names_shown}", names.len())?;
    }
    Ok(())
}
