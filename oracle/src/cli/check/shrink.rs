//! Shrinks a program that ends its process: each candidate runs in a child of its own.

use std::path::Path;
use std::time::{Duration, Instant};

use oracle::ops::Program;
use oracle::shrink_by;

use super::ask::{Death, Ended, ask};
use super::task::{Task, Work};
use crate::cli::interrupt;
use crate::cli::progress::Progress;

/// How long shrinking may take; half of it where each candidate that hangs takes its time.
const BUDGET: Duration = Duration::from_secs(20);

/// A call of a candidate that takes longer hangs.
const SHORT: Duration = Duration::from_millis(400);

/// A program that ends its process, and how it does so.
pub(super) struct Deadly {
    pub(super) program: Program,
    pub(super) death: Death,
    /// Whether the program alone, in a process of its own, ends it. None: Ctrl-C came before that was seen.
    pub(super) is_alone: Option<bool>,
}

/// Shrinks the program of a death; after Ctrl-C, returns it as it is.
///
/// # Errors
/// A child cannot be started, or the harness in it panicked.
pub(super) fn shrink(
    folder: &Path,
    task: &Task,
    program: &Program,
    death: Death,
    patience: Duration,
) -> anyhow::Result<Deadly> {
    let until = Instant::now() + if death.hangs { BUDGET / 2 } else { BUDGET };
    let run = |program: &Program, patience| {
        let work = Work::One { program: program.encode(), shrinks: false };
        ask(folder, &Task { work, ..task.clone() }, patience, &mut |_| {})
    };
    let role = |death: &Death| death.last.running().map(|call| call.role);
    let same = |ended: Ended| match ended {
        Ended::Died(other) => {
            Some(other).filter(|other| (other.hangs, role(other)) == (death.hangs, role(&death)))
        }
        Ended::Outcome(_) | Ended::Interrupted => None,
    };
    let short = if death.hangs { SHORT } else { patience };
    let all = program.ops.len();
    let mut progress = Progress::counting(all as u64, "ops removed");
    let alone = run(program, patience)?;
    let is_alone = (!matches!(alone, Ended::Interrupted)).then(|| same(alone).is_some());
    if is_alone != Some(true) {
        return Ok(Deadly { program: program.clone(), death, is_alone });
    }
    let mut removed = 0;
    let smaller = shrink_by(program, all, &mut |candidate| {
        let in_time = Instant::now() < until && !interrupt::requested();
        let is_same = in_time && run(candidate, short).ok().and_then(same).is_some();
        if is_same {
            removed = (all - candidate.ops.len()) as u64;
        }
        progress.show(removed);
        is_same
    });
    progress.finish(removed);
    // Once more, with all patience.
    Ok(match same(run(&smaller, patience)?) {
        Some(death) => Deadly { program: smaller, death, is_alone },
        None => Deadly { program: program.clone(), death, is_alone },
    })
}
