//! Shrinks a program that ends its process: each candidate runs in a child of its own.

use std::path::Path;
use std::time::{Duration, Instant};

use oracle::ops::Program;
use oracle::shrink_by;

use super::ask::{Death, Ended, ask};
use super::task::{Task, Work};
use crate::cli::interrupt;

/// How long shrinking may take; half of it where each candidate that hangs takes its time.
const BUDGET: Duration = Duration::from_secs(20);

/// A call of a candidate that takes longer hangs.
const SHORT: Duration = Duration::from_millis(400);

/// A program that ends its process, and how it does so.
pub(super) struct Deadly {
    pub(super) program: Program,
    pub(super) death: Death,
    /// The program alone, in a process of its own, ends it.
    pub(super) is_alone: bool,
}

/// Shrinks the program of a death.
///
/// # Errors
/// A child cannot be started.
pub(super) fn shrink(
    folder: &Path,
    task: &Task,
    program: &Program,
    death: Death,
    patience: Duration,
) -> anyhow::Result<Deadly> {
    let until = Instant::now() + if death.hangs { BUDGET / 2 } else { BUDGET };
    let run = |program: &Program, patience| -> Option<Death> {
        let work = Work::One { program: program.encode(), shrinks: false };
        match ask(folder, &Task { work, ..task.clone() }, patience, &mut |_| {}) {
            Ok(Ended::Died(death)) => Some(death),
            _ => None,
        }
    };
    let role = |death: &Death| death.last.running().map(|call| call.role);
    let is_same = |other: &Death| (other.hangs, role(other)) == (death.hangs, role(&death));
    let short = if death.hangs { SHORT } else { patience };
    if !run(program, patience).is_some_and(|other| is_same(&other)) {
        return Ok(Deadly { program: program.clone(), death, is_alone: false });
    }
    let smaller = shrink_by(program, program.ops.len(), &mut |candidate| {
        let in_time = Instant::now() < until && !interrupt::requested();
        in_time && run(candidate, short).is_some_and(|other| is_same(&other))
    });
    // Once more, with all patience.
    let again = run(&smaller, patience).filter(|other| is_same(other));
    Ok(match again {
        Some(death) => Deadly { program: smaller, death, is_alone: true },
        None => Deadly { program: program.clone(), death, is_alone: true },
    })
}
