//! Shrinks the smallest file of a finding: in one child process or, if the input kills its process, in
//! one for each try.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use oracle::reduce::triage::{Distinct, Target};
use oracle::{shrink_by, shrink_bytes};

use super::ask::ask;
use super::options::Triage;
use super::protocol::Verdict;
use crate::cli::input::{MOST_BINARY, MOST_TEXT, load, read};
use crate::cli::{interrupt, output};

/// The timeout of shrinking in one process.
const TIMEOUT: Duration = Duration::from_secs(120);

/// The largest number of processes that shrinking by processes starts, and its timeout.
const MOST_TRIES: usize = 3000;
const LONGEST: Duration = Duration::from_secs(120);

/// The shrunk input.
#[derive(Clone, Debug)]
pub(super) struct Shrunk {
    pub(super) path: PathBuf,
    /// The input, as text or bytes.
    content: Vec<u8>,
    /// Whether it fails like the file from which it was shrunk.
    pub(super) again: bool,
}

/// Equal if the contents are.
impl PartialEq for Shrunk {
    fn eq(&self, other: &Self) -> bool {
        self.content == other.content
    }
}

impl Shrunk {
    /// Returns the smallest file, not shrunk.
    pub(super) fn whole(finding: &Distinct) -> Self {
        let path = finding.files[0].clone();
        let content = read(&path, MOST_TEXT).unwrap_or_default();
        Self { path, content, again: true }
    }
}

/// Shrinks into `PREFIX.ops` or `PREFIX.bin`, with the report in `PREFIX.txt`.
pub(super) fn shrink(triage: &Triage, finding: &Distinct, prefix: &Path) -> anyhow::Result<Shrunk> {
    let (target, file) = (finding.signature.target, &finding.files[0]);
    let path = prefix.with_extension(match target {
        Target::Ops => "ops",
        Target::Misuse => "bin",
    });
    let _ = fs::remove_file(&path);
    let died = match ask(target, file, Some(prefix), triage.in_place.name(), TIMEOUT)? {
        Verdict::Failed(failed) => failed.signature != finding.signature || !path.exists(),
        Verdict::Interrupted => return Ok(Shrunk::whole(finding)),
        _ => true,
    };
    if died {
        output::write(&path, by_processes(triage, finding, prefix)?)?;
        let report = format!("{}\n{}\n", finding.signature.check, finding.what);
        output::write(&prefix.with_extension("txt"), report)?;
    }
    let content = read(&path, MOST_TEXT)?;
    let timeout = Duration::from_secs(triage.timeout);
    let again = match ask(target, &path, None, triage.in_place.name(), timeout)? {
        Verdict::Failed(failed) => failed.signature.check == finding.signature.check,
        _ => false,
    };
    Ok(Shrunk { path, content, again })
}

fn by_processes(triage: &Triage, finding: &Distinct, prefix: &Path) -> anyhow::Result<Vec<u8>> {
    let (target, file) = (finding.signature.target, &finding.files[0]);
    let (start, mut tries) = (Instant::now(), 0);
    let candidate = prefix.with_extension("candidate");
    let timeout = Duration::from_secs(triage.timeout);
    let mut fails = |bytes: &[u8]| {
        tries += 1;
        let may_try = tries < MOST_TRIES && start.elapsed() < LONGEST && !interrupt::requested();
        let verdict = || ask(target, &candidate, None, triage.in_place.name(), timeout);
        may_try
            && fs::write(&candidate, bytes).is_ok()
            && matches!(verdict(), Ok(Verdict::Failed(f)) if f.signature == finding.signature)
    };
    let shrunk = match target {
        Target::Ops => {
            let program = load(file)?.program;
            let mut fails = |program: &oracle::ops::Program| fails(&program.encode());
            shrink_by(&program, program.ops.len(), &mut fails).to_string().into_bytes()
        }
        Target::Misuse => shrink_bytes(&read(file, MOST_BINARY as u64)?, &mut fails),
    };
    let _ = fs::remove_file(&candidate);
    Ok(shrunk)
}
