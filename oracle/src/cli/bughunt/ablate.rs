//! `bughunt --ablate`: what each layer is worth.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use oracle::Layers;
use oracle::mutants::Planted;
use oracle::mutants::campaign::{Caught, Patience, with_generator};

use super::{Bughunt, write_json};
use crate::cli::workers::work;
use crate::cli::{Exit, interrupt};

/// Calls from seed 1: an ablation is many hunts, and most that end at all end soon.
const CALLS: u64 = 200_000;

const NONE: Layers = Layers { lockstep: false, model: false, content: false, validate: false };

/// All, all but one, only one, none but the contract: a name for each.
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

/// One wrong allocator under each column's layers.
type Row<'a> = (&'a Planted, &'a [Option<Caught>]);

impl Bughunt {
    pub(super) fn ablate(&self, all: &[Planted], out: &mut dyn Write) -> anyhow::Result<Exit> {
        let columns = columns();
        let time = Duration::from_secs(self.seconds);
        let patience = Patience { calls: self.calls.min(CALLS), time };
        let results = work(self.threads(), all.len() * columns.len(), "hunts", |at| {
            let (planted, layers) = (&all[at / columns.len()], columns[at % columns.len()].1);
            with_generator(planted, layers, 1, patience, &|| !interrupt::asked())
        });
        let results: Vec<_> = results.into_iter().map(Option::flatten).collect();
        let rows: Vec<Row<'_>> = all.iter().zip(results.chunks(columns.len())).collect();
        matrix(&columns, &rows, out)?;
        only(&rows, out)?;
        if let Some(file) = &self.json {
            let row = |(planted, caught): &Row<'_>| {
                let names = columns.iter().map(|column| column.0.clone());
                let cells: BTreeMap<_, _> = names.zip(caught.iter().cloned()).collect();
                (planted.name.clone(), cells)
            };
            write_json(file, &rows.iter().map(row).collect::<BTreeMap<_, _>>())?;
        }
        if interrupt::asked() {
            writeln!(out, "interrupted")?;
            return Ok(Exit::Interrupted);
        }
        let caught = rows.iter().filter(|row| row.1[0].is_some()).count();
        writeln!(out, "caught {caught} of {}", rows.len())?;
        Ok(if caught == rows.len() { Exit::Agrees } else { Exit::Finding })
    }
}

/// Calls until caught, in Markdown.
fn matrix(
    columns: &[(String, Layers)],
    rows: &[Row<'_>],
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let head: Vec<_> = columns.iter().map(|column| column.0.as_str()).collect();
    writeln!(out, "| calls until caught | {} |", head.join(" | "))?;
    writeln!(out, "|---|{}", "--:|".repeat(head.len()))?;
    for (planted, caught) in rows {
        let calls = |caught: &Option<Caught>| {
            caught.as_ref().map_or("–".to_owned(), |caught| caught.calls.to_string())
        };
        let cells: Vec<_> = caught.iter().map(calls).collect();
        writeln!(out, "| {} | {} |", planted.name, cells.join(" | "))?;
    }
    let count = |column: usize| rows.iter().filter(|row| row.1[column].is_some()).count();
    let counts: Vec<_> = (0..columns.len()).map(|column| count(column).to_string()).collect();
    writeln!(out, "| **caught of {}** | {} |\n", rows.len(), counts.join(" | "))?;
    Ok(())
}

/// What is not caught any more when a layer is taken away.
fn only(rows: &[Row<'_>], out: &mut dyn Write) -> anyhow::Result<()> {
    for (layer, name) in Layers::NAMES.iter().enumerate() {
        let lost = rows.iter().filter(|row| row.1[0].is_some() && row.1[layer + 1].is_none());
        let names: Vec<_> = lost.map(|row| row.0.name.as_str()).collect();
        let told = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        writeln!(out, "only {name} catches {}: {told}", names.len())?;
    }
    Ok(())
}
