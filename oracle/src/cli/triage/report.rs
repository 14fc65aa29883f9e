//! The report of all findings: a table in Markdown, and the comment in each shrunk program.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use oracle::reduce::triage::{Distinct, Target};
use oracle::report::word;

use super::shrink::Shrunk;
use crate::cli::input::load;
use crate::cli::text::{counted, shown};

/// A finding in the table.
pub(super) struct Row {
    pub(super) finding: Distinct,
    pub(super) path: PathBuf,
    /// The size of the shrunk input and of the file, in ops or bytes.
    pub(super) size: String,
    pub(super) command: String,
    /// Whether the shrunk input fails alone, in a new process.
    again: bool,
}

impl Row {
    /// Creates the row. Writes a comment with the finding into the shrunk program.
    pub(super) fn new(
        finding: Distinct,
        shrunk: Shrunk,
        mutant: Option<&str>,
    ) -> anyhow::Result<Self> {
        let Shrunk { path, again, .. } = shrunk;
        let name = word(&path);
        let (size, command) = match (finding.signature.target, mutant) {
            (Target::Ops, mutant) => {
                let [shrunk, whole] = [&path, &finding.files[0]].map(|file| load(file));
                let [shrunk, whole] = [shrunk?.program.ops.len(), whole?.program.ops.len()];
                let size = format!("{shrunk} of {whole} ops");
                let command = match mutant {
                    None => format!("cargo oracle replay {name}"),
                    Some(mutant) => format!("cargo oracle replay --mutant {mutant} {name}"),
                };
                (size, command)
            }
            (Target::Misuse, _) => {
                let bytes = |path: &Path| fs::metadata(path).map(|meta| meta.len());
                let size = format!("{} of {} bytes", bytes(&path)?, bytes(&finding.files[0])?);
                (size, format!("cargo oracle misuse {name}"))
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
        Ok(Self { finding, path, size, command, again })
    }
}

/// Returns the table, and the list of files that no longer fail.
pub(super) fn markdown(rows: &[Row], agreeing: &[&Path]) -> String {
    let mut text = String::new();
    if rows.is_empty() {
        text += "No finding.\n";
    } else {
        text += "| finding | target | check | at | files | size | program |\n";
        text += "|--:|---|---|---|--:|--:|---|\n";
    }
    for (number, Row { finding, path, size, .. }) in (1..).zip(rows) {
        let Distinct { signature, files, .. } = finding;
        let [check, place] = [&signature.check, &signature.place].map(|text| cell(text));
        let (target, path) = (signature.target.name(), shown(path));
        let files = files.len();
        let _ = writeln!(
            text,
            "| {number} | {target} | {check} | {place} | {files} | {size} | `{path}` |"
        );
    }
    for (number, Row { finding, command, again, .. }) in (1..).zip(rows) {
        let _ = write!(text, "\n{number}. {}\n   To run it again: `{command}`", finding.what);
        text += if *again { "\n" } else { " (but it did not fail alone, in a new process)\n" };
        for file in finding.files.iter().take(10) {
            let _ = writeln!(text, "   - `{}`", shown(file));
        }
        if finding.files.len() > 10 {
            let _ = writeln!(text, "   - and {} more", finding.files.len() - 10);
        }
    }
    if !agreeing.is_empty() {
        let _ = writeln!(text, "\nNo longer failing: {}\n", counted(agreeing.len(), "file"));
    }
    for file in agreeing {
        let _ = writeln!(text, "- agrees: `{}`", shown(file));
    }
    text
}

/// Escapes the text for a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
