//! Runs all files, merges their failures into findings, and writes the table.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::bail;
use oracle::reduce::triage::{Distinct, Target, distinct, merged, slug};

use super::ask::ask;
use super::child;
use super::options::Triage;
use super::protocol::Verdict;
use super::report::{Row, markdown};
use super::shrink::{Shrunk, shrink};
use crate::cli::exit::Exit;
use crate::cli::input::{self, MOST_BINARY, is_stdin, read};
use crate::cli::stderr::note;
use crate::cli::text::{counted, escaped, shown};
use crate::cli::workers::work;
use crate::cli::{interrupt, output};

/// A file to run.
struct File {
    path: PathBuf,
    target: Target,
    bytes: usize,
}

impl Triage {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let maker = self.in_place.maker()?;
        if let (true, Some(target), [file]) = (self.one, self.target, &self.paths[..]) {
            child::run_file(target, file, self.shrink_into.as_deref(), maker, out)?;
            return Ok(Exit::Agrees);
        }
        let (files, mut unusable) = self.files()?;
        output::make_dir(&self.out)?;
        interrupt::handle()?;
        let timeout = Duration::from_secs(self.timeout);
        let verdicts = work(self.processes(), files.len(), "files", |at| {
            let File { path, target, .. } = &files[at];
            ask(*target, path, None, self.in_place.name(), timeout)
        });
        let (mut failures, mut agreeing, mut skipped) = (Vec::new(), Vec::new(), 0);
        for (File { path, bytes, .. }, verdict) in files.iter().zip(verdicts) {
            match verdict.transpose()? {
                Some(Verdict::Failed(failed)) => failures.push((path.clone(), *bytes, failed)),
                Some(Verdict::Agrees) => agreeing.push(path.as_path()),
                Some(Verdict::Unusable(why)) => {
                    note!("error: {}", escaped(&why));
                    unusable += 1;
                }
                Some(Verdict::Interrupted) | None => skipped += 1,
            }
        }
        let rows = self.rows(distinct(failures))?;
        let triaged = files.len() - skipped;
        let table = markdown(&rows, &agreeing);
        let kept = self.out.join("triage.md");
        output::write(&kept, &table)?;
        write!(out, "{table}")?;
        #[cfg(feature = "lab")]
        writeln!(out, "\nTo see it in a browser: {}", shown(&self.pages(&rows)?))?;
        if skipped > 0 {
            writeln!(
                out,
                "\ninterrupted, before it ran {}; the results so far are in {}",
                counted(skipped, "file"),
                shown(&kept)
            )?;
        }
        let (files, findings) = (counted(triaged, "file"), counted(rows.len(), "distinct finding"));
        writeln!(out, "\ntriaged {files}, {findings}")?;
        Ok(match (rows.len(), skipped, unusable) {
            (_, 1.., _) => Exit::Interrupted,
            (1.., _, _) => Exit::Finding,
            (0, _, 1..) => Exit::Unusable,
            (0, ..) => Exit::Agrees,
        })
    }

    /// Returns the files to run, and the number of files without a target.
    fn files(&self) -> anyhow::Result<(Vec<File>, usize)> {
        let mut paths = Vec::new();
        for path in &self.paths {
            match path.is_dir() {
                true => paths.extend(input::files(path)?),
                false if is_stdin(path) => paths.push(self.keep_stdin()?),
                false if path.exists() => paths.push(path.clone()),
                false => bail!("{}: no such file or directory", shown(path)),
            }
        }
        paths.sort();
        paths.dedup();
        let (mut files, mut unusable) = (Vec::new(), 0);
        for path in paths {
            // A relative path may start inside the directory that names the target.
            let whole = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
            let Some(target) = self.target.or_else(|| Target::of(&whole)) else {
                note!("error: {}: target unknown; add --target ops or misuse", shown(&path));
                unusable += 1;
                continue;
            };
            let bytes = fs::metadata(&path).map_or(0, |meta| meta.len() as usize);
            files.push(File { path, target, bytes });
        }
        Ok((files, unusable))
    }

    /// Saves standard input as a file, which child processes can read and the report can name.
    fn keep_stdin(&self) -> anyhow::Result<PathBuf> {
        let bytes = read(Path::new("-"), MOST_BINARY as u64)?;
        output::make_dir(&self.out)?;
        let path = self.out.join("stdin");
        output::write(&path, bytes)?;
        Ok(path)
    }

    /// Shrinks each finding. Those that shrink to the same input are merged.
    fn rows(&self, findings: Vec<Distinct>) -> anyhow::Result<Vec<Row>> {
        let mut named = Vec::new();
        for finding in &findings {
            let slug = slug(&finding.signature);
            let same = |number: &usize| match number {
                1 => slug.clone(),
                _ => format!("{slug}-{number}"),
            };
            let free = (1..).map(|number| same(&number)).find(|name| !named.contains(name));
            named.extend(free);
        }
        let shrunk = work(self.processes(), findings.len(), "findings shrunk", |at| {
            shrink(self, &findings[at], &self.out.join(&named[at]))
        });
        let mut pairs = Vec::new();
        for (finding, shrunk) in findings.into_iter().zip(shrunk) {
            // After Ctrl-C, the smallest file stands for the finding.
            let whole = || Shrunk::whole(&finding);
            pairs.push((finding.clone(), shrunk.unwrap_or_else(|| Ok(whole()))?));
        }
        let all: Vec<PathBuf> = pairs.iter().map(|(_, shrunk)| shrunk.path.clone()).collect();
        let pairs = merged(pairs);
        for path in all {
            if !pairs.iter().any(|(_, kept)| kept.path == path) && path.starts_with(&self.out) {
                let _ = (fs::remove_file(&path), fs::remove_file(path.with_extension("txt")));
            }
        }
        let row = |(finding, shrunk)| Row::new(finding, shrunk, self.in_place.name());
        pairs.into_iter().map(row).collect()
    }
}
