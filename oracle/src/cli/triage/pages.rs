//! The index page of the findings, and a page of the heap lab for each program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use oracle::lab::overview::{Entry, Night, overview};
use oracle::reduce::triage::Target;

use super::ask::{this, wait};
use super::options::Triage;
use super::report::Row;
use crate::cli::output;
use crate::cli::text::shown;
use crate::cli::workers::work;

/// The longest time in which a shrunk program is recorded.
const LONGEST: Duration = Duration::from_secs(60);

impl Triage {
    /// Writes the pages. Returns the path of the index.
    pub(super) fn pages(&self, rows: &[Row]) -> anyhow::Result<PathBuf> {
        let made = work(self.processes(), rows.len(), "pages", |at| self.page(&rows[at]));
        let mut entries = Vec::new();
        for (row, made) in rows.iter().zip(made) {
            let page = made.transpose()?.flatten();
            let (signature, finding) = (&row.finding.signature, &row.finding);
            entries.push(Entry {
                target: signature.target.name().to_owned(),
                check: signature.check.clone(),
                place: signature.place.clone(),
                what: finding.what.clone(),
                files: finding.files.len(),
                size: row.size.clone(),
                page,
                command: row.command.clone(),
            });
        }
        let path = self.out.join("index.html");
        output::write(&path, overview(&entries, self.read_night()?.as_ref()))?;
        Ok(path)
    }

    /// The page of a finding, by its name in the folder of the index. A child process records the run: the
    /// program may end it.
    fn page(&self, row: &Row) -> anyhow::Result<Option<String>> {
        if row.finding.signature.target != Target::Ops || !row.path.starts_with(&self.out) {
            return Ok(None);
        }
        let page = row.path.with_extension("html");
        let _ = fs::remove_file(&page);
        let mut command = this("lab", self.in_place.name())?;
        command.args(["--no-shrink", "-o"]).arg(&page).arg("--").arg(&row.path);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().context("a child process cannot be started")?;
        wait(&mut child, LONGEST)?;
        let name = page.file_name().filter(|_| page.exists());
        Ok(name.map(|name| name.to_string_lossy().into_owned()))
    }

    fn read_night(&self) -> anyhow::Result<Option<Night>> {
        let read = |path: &Path| {
            let text = fs::read_to_string(path)
                .with_context(|| format!("{}: cannot be read", shown(path)))?;
            serde_json::from_str(&text)
                .with_context(|| format!("{}: no night of scripts/overnight", shown(path)))
        };
        self.night.as_deref().map(read).transpose()
    }
}
