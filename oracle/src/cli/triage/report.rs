//! What is told of findings: a table in Markdown, and the comment in each program.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use oracle::reduce::triage::{Distinct, Target};

use super::shrink::Shrunk;
use crate::cli::load::load;

/// A finding in the table.
pub(super) struct Row {
    finding: Distinct,
    path: PathBuf,
    /// Ops of the shrunk program and of the file it came from, or bytes.
    left: String,
    command: String,
    again: bool,
}

impl Row {
    /// Writes into a program what it is.
    pub(super) fn new(
        finding: Distinct,
        shrunk: Shrunk,
        mutant: Option<&str>,
    ) -> anyhow::Result<Self> {
        let Shrunk { path, again, .. } = shrunk;
        let shown = path.display();
        let (left, command) = match (finding.signature.target, mutant) {
            (Target::Ops, mutant) => {
                let [left, of] = [&path, &finding.files[0]].map(|file| load(file));
                let left = format!("{} of {} ops", left?.program.ops.len(), of?.program.ops.len());
                let command = match mutant {
                    None => format!("cargo oracle replay {shown}"),
                    Some(name) => format!("cargo oracle shrink --mutant {name} {shown}"),
                };
                (left, command)
            }
            (Target::Misuse, _) => {
                let bytes = |path: &Path| fs::metadata(path).map(|meta| meta.len());
                let left = format!("{} of {} bytes", bytes(&path)?, bytes(&finding.files[0])?);
                (left, format!("cargo oracle misuse {shown}"))
            }
        };
        if path.extension().is_some_and(|extension| extension == "ops")
            && !finding.files.contains(&path)
        {
            let text = fs::read_to_string(&path)?;
            let Distinct { signature, what, files } = &finding;
            let first = files[0].file_name().unwrap_or_default().to_string_lossy();
            let count = files.len();
            let head = format!("# {}, at {}\n# {what}\n", signature.check, signature.place);
            let from = format!("# shrunk from {first}, one of {count} with this finding\n");
            fs::write(&path, head + &from + &text)?;
        }
        Ok(Self { finding, path, left, command, again })
    }
}

/// The table, and what no longer fails.
pub(super) fn markdown(rows: &[Row], agreeing: &[&Path]) -> String {
    let mut text = String::new();
    if rows.is_empty() {
        text += "No finding.\n";
    } else {
        text += "| finding | target | check | at | files | left | program |\n";
        text += "|--:|---|---|---|--:|--:|---|\n";
    }
    for (number, Row { finding, path, left, .. }) in (1..).zip(rows) {
        let Distinct { signature, files, .. } = finding;
        let [check, place] = [&signature.check, &signature.place].map(|text| cell(text));
        let (target, path) = (signature.target.name(), path.display());
        let files = files.len();
        let _ = writeln!(
            text,
            "| {number} | {target} | {check} | {place} | {files} | {left} | `{path}` |"
        );
    }
    for (number, Row { finding, command, again, .. }) in (1..).zip(rows) {
        let _ = write!(text, "\n{number}. {}\n   See it again: `{command}`", finding.what);
        text += if *again { "\n" } else { " (but alone, in a fresh process, it did not fail)\n" };
        for file in finding.files.iter().take(10) {
            let _ = writeln!(text, "   - `{}`", file.display());
        }
        if finding.files.len() > 10 {
            let _ = writeln!(text, "   - and {} more", finding.files.len() - 10);
        }
    }
    if !agreeing.is_empty() {
        let _ = writeln!(text, "\nNo longer failing: {} files\n", agreeing.len());
    }
    for file in agreeing {
        let _ = writeln!(text, "- agrees: `{}`", file.display());
    }
    text
}

/// One line of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
