//! Measures the cost of calls, in a build that counts.

use std::io::Write;
use std::path::{Path, PathBuf};

use oracle::latency::{self, OperationKind, WorstCalls, corpus, scale};
use oracle::ops::Program;
use oracle::{Config, Report};

use super::options::Latency;
use crate::cli::exit::Exit;
use crate::cli::input::{self, load};
use crate::cli::output;
use crate::cli::stderr::note;
use crate::cli::text::shown;

/// A row of the table: a name, and the most expensive call of each kind.
type Row = (String, WorstCalls);

impl Latency {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        if !self.files.is_empty() {
            return self.programs(out);
        }
        let mut sizes = Vec::new();
        for log in (4..=self.up_to).step_by(2) {
            sizes.push((1 << log, self.worst(1 << log)));
        }
        let mut corpus = WorstCalls::default();
        // An installed oracle has no corpus: then the table has no such row. The programs of the corpus
        // have heaps without a bounded search.
        let files = match input::corpus("latency-v1") {
            _ if self.search > 0 => Vec::new(),
            Ok(dir) => input::programs(&dir)?,
            Err(error) => {
                note!("no row for the corpus: {error}");
                Vec::new()
            }
        };
        if !run_all(&load_all(&files)?, &mut |_, worst| corpus.join(worst), out)? {
            return Ok(Exit::Finding);
        }
        let row = |&(live, worst): &(usize, WorstCalls)| (format!("2^{}", live.ilog2()), worst);
        let mut rows: Vec<Row> = sizes.iter().map(row).collect();
        if !files.is_empty() {
            rows.push(("corpus".to_owned(), corpus));
        }
        self.table(&rows, out)?;
        if let Some((live, kind, cost)) = scale::grows(&sizes, self.search) {
            let most = kind.most_with(0, self.search);
            writeln!(
                out,
                "grows: {kind} touched {cost} words with {live} live blocks; its bound is {most}"
            )?;
            return Ok(Exit::Finding);
        }
        writeln!(
            out,
            "flat: with 2^4 to 2^{} live blocks no kind of call touches more words than its bound",
            self.up_to
        )?;
        Ok(Exit::Agrees)
    }

    /// The worst cases in a heap with `live` blocks and the bounded search of the option.
    fn worst(&self, live: usize) -> WorstCalls {
        let (seed, steps) = (self.seed, self.steps);
        match self.search {
            1 => scale::worst::<1>(live, seed, steps, scale::nothing),
            8 => scale::worst::<8>(live, seed, steps, scale::nothing),
            64 => scale::worst::<64>(live, seed, steps, scale::nothing),
            _ => scale::worst::<0>(live, seed, steps, scale::nothing),
        }
    }

    /// Runs programs, and prints or writes the most expensive ones.
    fn programs(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let mut files = Vec::new();
        for file in &self.files {
            if file.is_dir() {
                files.extend(input::programs(file)?);
            } else {
                files.push(file.clone());
            }
        }
        let programs = load_all(&files)?;
        if let Some(kept) = &self.distil {
            return distil(&programs, kept, out);
        }
        let mut rows: Vec<Row> = Vec::new();
        let mut add = |path: &Path, worst: &WorstCalls| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            rows.push((name.chars().take(20).collect(), *worst));
        };
        if !run_all(&programs, &mut add, out)? {
            return Ok(Exit::Finding);
        }
        self.table(&rows, out)?;
        writeln!(out, "agrees: no kind of call touches more words than its bound")?;
        Ok(Exit::Agrees)
    }

    /// Prints the table: a line for each kind of call, a column for each row.
    fn table(&self, rows: &[Row], out: &mut dyn Write) -> anyhow::Result<()> {
        let (comma, first, width) = if self.csv { (",", 0, 0) } else { (" ", 20, 6) };
        write!(out, "{:<first$}", "kind")?;
        for (name, _) in rows {
            write!(out, "{comma}{name:>width$}")?;
        }
        writeln!(out, "{comma}{:>width$}", "bound")?;
        for kind in OperationKind::all() {
            write!(out, "{kind:<first$}")?;
            for (name, worst) in rows {
                let cost = worst.cost(kind).filter(|_| !kind.walks());
                let cost = cost.map_or_else(|| "-".to_owned(), |cost| cost.to_string());
                let width = if self.csv { 0 } else { width.max(name.chars().count()) };
                write!(out, "{comma}{cost:>width$}")?;
            }
            // A kind that walks has no figure: `-`, and the bound of an empty heap.
            let most = if kind.walks() { kind.most() } else { kind.most_with(0, self.search) };
            writeln!(out, "{comma}{most:>width$}")?;
        }
        Ok(())
    }
}

fn load_all(files: &[PathBuf]) -> anyhow::Result<Vec<(PathBuf, Program)>> {
    files.iter().map(|file| Ok((file.clone(), load(file)?.program))).collect()
}

/// Runs the programs; returns whether every check agreed on all of them.
fn run_all(
    programs: &[(PathBuf, Program)],
    each: &mut dyn FnMut(&Path, &WorstCalls),
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let mut sound = true;
    for (path, program) in programs {
        match latency::run(program, &Config::default()) {
            Ok((_, worst)) => each(path, &worst),
            Err(failure) => {
                let mut report = Report::of(&failure);
                report.file = Some(path.clone());
                writeln!(out, "{}: a finding\n\n{report}\n", shown(path))?;
                sound = false;
            }
        }
    }
    Ok(sound)
}

fn distil(
    programs: &[(PathBuf, Program)],
    kept: &Path,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    output::make_dir(kept)?;
    let programs: Vec<_> = programs.iter().map(|(_, program)| program.clone()).collect();
    let found = corpus::smallest_worst_cases(&programs);
    for (kind, cost, program) in &found {
        let file = kept.join(kind.to_string());
        output::write(&file, program.encode())?;
        let ops = program.ops.len();
        writeln!(out, "{kind:<20} {cost:>4} of {:>4}, {ops:>3} ops", kind.most())?;
    }
    writeln!(out, "kept {} programs of {}", found.len(), programs.len())?;
    Ok(Exit::Agrees)
}
