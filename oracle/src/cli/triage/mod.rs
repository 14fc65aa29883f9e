//! `triage`: what is new among a night's crashes.

mod child;
mod report;
mod shrink;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use oracle::Context;
use oracle::reduce::triage::{Distinct, Target, distinct, merged, slug};

use super::workers::work;
use super::{Exit, interrupt, tree};
use child::Answer;
use report::Row;
use shrink::Shrunk;

/// Look through crash files: which findings they are, each shrunk, with the files that have it
///
/// Each file is run in a process of its own, through the same property as in the fuzzer: one that
/// brings its process down, or does not end, is a finding like any other. Files whose failures agree in
/// target, check and place (the call; of a panic, the line of code) are one finding. Of each, the
/// smallest file is shrunk: to DIR/….ops, or for misuse to the bytes, ….bin, with the story beside it,
/// ….txt. A table of all is printed, and kept as DIR/triage.md. Files that no longer fail are listed.
///
/// A file belongs to the target after which one of its folders is called, unless --target says so.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle triage                                  all of fuzz/artifacts, into findings
  cargo oracle triage fuzz/artifacts/ops --out findings/monday
  cargo oracle triage --target ops crash-12345678 timeout-9abcdef0
  cargo oracle triage --mutant faulty-stale-first-level-bit --target ops corpus/ops-v1

The last line reads `triaged N files, N distinct findings`. Exit codes: 0 no finding, 1 some; 2 if there
was none, but a file or folder is unusable; 130 interrupted.")]
pub(crate) struct Triage {
    /// Crash files, or folders of them
    #[arg(value_name = "PATH", default_value = "fuzz/artifacts")]
    paths: Vec<PathBuf>,
    /// The target that they are crashes of
    #[arg(long, value_parser = target, value_name = "ops | misuse")]
    target: Option<Target>,
    /// Where findings go
    #[arg(long, value_name = "DIR", default_value = "findings")]
    out: PathBuf,
    /// Seconds that a file may take
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
    /// Processes at a time; as many as there are cores by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// A mutant (faulty allocator) of the catalogue in the engine's place, for the target ops
    #[cfg(feature = "bughunt")]
    #[arg(long, value_name = "NAME")]
    mutant: Option<String>,
    /// What a process of its own does: runs the one file
    #[arg(long, hide = true, requires = "target")]
    one: bool,
    /// … and shrinks it, into files that begin so
    #[arg(long, hide = true, requires = "one", value_name = "PREFIX")]
    shrink_into: Option<PathBuf>,
}

fn target(name: &str) -> Result<Target, String> {
    let found = Target::ALL.into_iter().find(|target| target.name() == name);
    found.ok_or_else(|| "expected ops or misuse".to_owned())
}

/// A file to look at.
struct File {
    path: PathBuf,
    target: Target,
    bytes: usize,
}

impl Triage {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let make = self.maker()?;
        if let (true, Some(target), [file]) = (self.one, self.target, &self.paths[..]) {
            child::answer(target, file, self.shrink_into.as_deref(), make, out)?;
            return Ok(Exit::Agrees);
        }
        let (files, mut unusable) = self.files()?;
        fs::create_dir_all(&self.out)
            .with_context(|| format!("{}: cannot be made", self.out.display()))?;
        interrupt::watch()?;
        let patience = Duration::from_secs(self.timeout);
        let answers = work(self.processes(), files.len(), "files", |at| {
            let File { path, target, .. } = &files[at];
            self.ask(*target, path, patience)
        });
        let (mut failures, mut agreeing, mut skipped) = (Vec::new(), Vec::new(), 0);
        for (File { path, bytes, .. }, answer) in files.iter().zip(answers) {
            match answer.transpose()? {
                Some(Answer::Failed(failed)) => failures.push((path.clone(), *bytes, failed)),
                Some(Answer::Agrees) => agreeing.push(path.as_path()),
                Some(Answer::Unusable(why)) => {
                    eprintln!("error: {why}");
                    unusable += 1;
                }
                None => skipped += 1,
            }
        }
        let rows = self.rows(distinct(failures))?;
        let looked_at = files.len() - skipped;
        let table = report::markdown(&rows, &agreeing);
        let kept = self.out.join("triage.md");
        fs::write(&kept, &table).with_context(|| format!("{}", kept.display()))?;
        write!(out, "{table}")?;
        if skipped > 0 {
            writeln!(out, "\ninterrupted: {skipped} files were not looked at")?;
        }
        writeln!(out, "\ntriaged {looked_at} files, {} distinct findings", rows.len())?;
        Ok(match (rows.len(), skipped, unusable) {
            (_, 1.., _) => Exit::Interrupted,
            (1.., _, _) => Exit::Finding,
            (0, _, 1..) => Exit::Unusable,
            (0, ..) => Exit::Agrees,
        })
    }

    /// What is to be looked at, and how many files are of no target.
    fn files(&self) -> anyhow::Result<(Vec<File>, usize)> {
        let mut paths = Vec::new();
        for path in &self.paths {
            match path.is_dir() {
                true => paths.extend(tree::files(path)?),
                false if path.exists() => paths.push(path.clone()),
                false => bail!("{}: there is no such file or folder", path.display()),
            }
        }
        paths.sort();
        paths.dedup();
        let (mut files, mut unusable) = (Vec::new(), 0);
        for path in paths {
            // A relative path may begin inside of the folder that says it.
            let whole = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
            let Some(target) = self.target.or_else(|| Target::of(&whole)) else {
                eprintln!("error: {}: of which target? Say --target ops or misuse", path.display());
                unusable += 1;
                continue;
            };
            let bytes = fs::metadata(&path).map_or(0, |meta| meta.len() as usize);
            files.push(File { path, target, bytes });
        }
        Ok((files, unusable))
    }

    /// Each finding shrunk; those that come to the same are put together.
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
            self.shrink(&findings[at], &self.out.join(&named[at]))
        });
        let mut pairs = Vec::new();
        for (finding, shrunk) in findings.into_iter().zip(shrunk) {
            // After Ctrl-C findings are told by the smallest file as it is.
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
        let row = |(finding, shrunk)| Row::new(finding, shrunk, self.mutant());
        pairs.into_iter().map(row).collect()
    }

    fn processes(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.jobs.map_or_else(cores, usize::from)
    }

    /// The name of the mutant.
    #[cfg(feature = "bughunt")]
    fn mutant(&self) -> Option<&str> {
        self.mutant.as_deref()
    }

    #[cfg(not(feature = "bughunt"))]
    fn mutant(&self) -> Option<&str> {
        None
    }

    /// Makes the contexts of a run.
    #[cfg(feature = "bughunt")]
    fn maker(&self) -> anyhow::Result<Box<dyn Fn() -> Context>> {
        let Some(name) = &self.mutant else { return Ok(Box::new(Context::default)) };
        match oracle::mutants::by_name(name) {
            Some(mutant) => Ok(Box::new(move || Context::with(mutant.maker))),
            None => bail!("no mutant is named {name:?}; see cargo oracle bughunt --list"),
        }
    }

    #[cfg(not(feature = "bughunt"))]
    fn maker(&self) -> anyhow::Result<Box<dyn Fn() -> Context>> {
        Ok(Box::new(Context::default))
    }

    fn ask(&self, target: Target, file: &Path, patience: Duration) -> anyhow::Result<Answer> {
        child::ask(target, file, None, self.mutant(), patience)
    }
}
