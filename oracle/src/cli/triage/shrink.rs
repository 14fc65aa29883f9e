//! A finding's smallest file, shrunk: in one process, or, of what brings its process down, in one
//! for each try.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use oracle::reduce::triage::{Distinct, Target};
use oracle::{shrink_by, shrink_bytes};

use super::Triage;
use super::child::{self, Answer};
use crate::cli::load::load;

/// Shrinking in one process may take so long before it is given up.
const PATIENCE: Duration = Duration::from_secs(120);

/// Processes that shrinking by processes may try, and how long.
const MOST_TRIES: usize = 3000;
const LONGEST: Duration = Duration::from_secs(120);

/// What is left.
#[derive(Clone, Debug)]
pub(super) struct Shrunk {
    pub(super) path: PathBuf,
    /// The input, as text or bytes.
    content: Vec<u8>,
    /// It fails as the file did that it was shrunk from.
    pub(super) again: bool,
}

/// Of the same content, wherever it is.
impl PartialEq for Shrunk {
    fn eq(&self, other: &Self) -> bool {
        self.content == other.content
    }
}

impl Shrunk {
    /// As it was found.
    pub(super) fn whole(finding: &Distinct) -> Self {
        let path = finding.files[0].clone();
        let content = fs::read(&path).unwrap_or_default();
        Self { path, content, again: true }
    }
}

impl Triage {
    /// Into `PREFIX.ops` or `PREFIX.bin`, and a story.
    pub(super) fn shrink(&self, finding: &Distinct, prefix: &Path) -> anyhow::Result<Shrunk> {
        let (target, file) = (finding.signature.target, &finding.files[0]);
        let path = prefix.with_extension(match target {
            Target::Ops => "ops",
            Target::Misuse => "bin",
        });
        let unwritable = || format!("{}: cannot be written", path.display());
        let _ = fs::remove_file(&path);
        let died = match child::ask(target, file, Some(prefix), self.mutant(), PATIENCE)? {
            Answer::Failed(failed) => failed.signature != finding.signature || !path.exists(),
            _ => true,
        };
        if died {
            let left = self.by_processes(finding, prefix)?;
            fs::write(&path, left).with_context(unwritable)?;
            let story = format!("{}\n{}\n", finding.signature.check, finding.what);
            fs::write(prefix.with_extension("txt"), story).with_context(unwritable)?;
        }
        let content = fs::read(&path).with_context(unwritable)?;
        let patience = Duration::from_secs(self.timeout);
        let again = match self.ask(target, &path, patience)? {
            Answer::Failed(failed) => failed.signature.check == finding.signature.check,
            _ => false,
        };
        Ok(Shrunk { path, content, again })
    }

    fn by_processes(&self, finding: &Distinct, prefix: &Path) -> anyhow::Result<Vec<u8>> {
        let (target, file) = (finding.signature.target, &finding.files[0]);
        let (start, mut tries) = (Instant::now(), 0);
        let candidate = prefix.with_extension("candidate");
        let patience = Duration::from_secs(self.timeout);
        let mut fails = |bytes: &[u8]| {
            tries += 1;
            let asked = tries < MOST_TRIES
                && start.elapsed() < LONGEST
                && fs::write(&candidate, bytes).is_ok();
            let answer = || self.ask(target, &candidate, patience);
            asked && matches!(answer(), Ok(Answer::Failed(f)) if f.signature == finding.signature)
        };
        let left = match target {
            Target::Ops => {
                let program = load(file)?.program;
                let mut fails = |program: &oracle::ops::Program| fails(&program.encode());
                shrink_by(&program, program.ops.len(), &mut fails).to_string().into_bytes()
            }
            Target::Misuse => shrink_bytes(&fs::read(file)?, &mut fails),
        };
        let _ = fs::remove_file(&candidate);
        Ok(left)
    }
}
