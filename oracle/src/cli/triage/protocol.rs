//! What a child process prints about one file, and how the parent reads it.

use std::io::Write;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use oracle::reduce::triage::{Failed, Signature, Target};

use crate::cli::input::load;
use crate::cli::process::end;

/// The verdict about a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    Agrees,
    Failed(Failed),
    /// The file is not an input of the target.
    Unusable(String),
    /// Ctrl-C ended the child, too: nothing is known about the file.
    Interrupted,
}

/// Prints a failure, as the last lines of the child.
pub(super) fn print(failed: &Failed, out: &mut dyn Write) -> anyhow::Result<()> {
    let Failed { signature: Signature { check, place, .. }, what } = failed;
    Ok(write!(out, "check: {check}\nplace: {place}\nwhat: {what}\nfailed\n")?)
}

/// Reads the verdict from the child's output and its end; `status` is `None` if it was killed.
pub(super) fn understand(
    target: Target,
    file: &Path,
    status: Option<ExitStatus>,
    timeout: Duration,
    out: &str,
    err: &str,
) -> Verdict {
    let field = |name: &str| out.lines().rev().find_map(|line| line.strip_prefix(name));
    let text = |name| field(name).unwrap_or_default().to_owned();
    if let Some(why) = field("unusable: ") {
        return Verdict::Unusable(why.to_owned());
    }
    let well = status.is_some_and(|status| status.success());
    match out.lines().next_back() {
        Some("agrees") if well => Verdict::Agrees,
        Some("failed") if well => {
            let signature = Signature { target, check: text("check: "), place: text("place: ") };
            Verdict::Failed(Failed { signature, what: text("what: ") })
        }
        _ => {
            let how = match status {
                Some(status) => format!("the process died: {}", end(status)),
                None => format!("no end within {} s", timeout.as_secs()),
            };
            let op = (target == Target::Ops).then(|| next_op(file, field("op: "))).flatten();
            Verdict::Failed(Failed::died(target, &how, err, op.as_deref()))
        }
    }
}

/// Returns the op at which the child died. The child prints each step when it is done: it died at the op
/// behind the last one printed.
fn next_op(file: &Path, done: Option<&str>) -> Option<String> {
    let program = load(file).ok()?.program;
    // The first step is the harness's own, and is printed with the number of the first op.
    let done: usize = done?.parse().ok()?;
    let next = program.ops.get(done + 1).or(program.ops.get(done));
    next.map(ToString::to_string)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    fn verdict(status: Option<i32>, out: &str, err: &str) -> Verdict {
        let status = status.map(ExitStatus::from_raw);
        let timeout = Duration::from_secs(10);
        understand(Target::Misuse, Path::new("none"), status, timeout, out, err)
    }

    #[test]
    fn the_printed_verdict_is_read_back() {
        let (check, place) = ("law Mirror broken".to_owned(), "malloc".to_owned());
        let signature = Signature { target: Target::Misuse, check, place };
        let failed = Failed { signature, what: "check: in the text".to_owned() };
        let mut out = Vec::new();
        print(&failed, &mut out).expect("memory");
        let out = String::from_utf8(out).expect("text");
        assert_eq!(verdict(Some(0), &out, ""), Verdict::Failed(failed));
        assert_eq!(verdict(Some(0), "op: 3\nagrees\n", ""), Verdict::Agrees);
        assert_eq!(verdict(Some(0), "unusable: text\n", ""), Verdict::Unusable("text".to_owned()));
    }

    #[test]
    fn a_child_that_dies_or_does_not_end_has_failed() {
        let check = |verdict| match verdict {
            Verdict::Failed(failed) => failed.signature.check,
            other => panic!("{other:?}"),
        };
        assert_eq!(check(verdict(Some(11), "op: 3\n", "")), "the process died: segmentation fault");
        assert_eq!(check(verdict(Some(6), "agrees\n", "")), "the process died: abort");
        assert_eq!(check(verdict(None, "op: 3\n", "")), "no end within 10 s");
        assert!(check(verdict(Some(101 << 8), "", "")).contains("101"));
        assert!(check(verdict(Some(0), "", "")).starts_with("the process died"));
    }
}
