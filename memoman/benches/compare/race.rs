//! The rounds.

use std::time::Duration;

use crate::common::arena::Arena;
use crate::common::entries::{CALLED, CONTE, Entry, LINKED, LOOP};
use crate::common::heaps::Platform;
use crate::common::pass::Refused;
use crate::common::progress::progress;
use crate::common::verify::check;
use crate::common::workloads::Workload;

/// Times of one workload: a row for each allocator, an entry for each round.
pub(crate) struct Times {
    pub(crate) workload: &'static Workload,
    pub(crate) calls: usize,
    /// In the order of [`entries`].
    pub(crate) rows: Vec<Vec<Duration>>,
}

/// The loop, C, those linked in, those behind a call.
pub(crate) fn entries() -> impl Iterator<Item = &'static Entry> {
    [&LOOP, &CONTE].into_iter().chain(&LINKED).chain(&CALLED)
}

pub(crate) fn run(
    workloads: &[&'static Workload],
    calls: usize,
    rounds: u32,
) -> Result<Vec<Times>, String> {
    let traces: Vec<_> = workloads.iter().map(|workload| workload.trace(calls)).collect();
    let arena = Arena::touched();
    Platform::touch();
    for (workload, trace) in workloads.iter().zip(&traces) {
        progress(&format!("checking the service: {}", workload.name));
        check(&arena, workload.name, trace)?;
    }

    let entries: Vec<_> = entries().collect();
    let mut times: Vec<_> = workloads
        .iter()
        .zip(&traces)
        .map(|(workload, trace)| Times {
            workload,
            calls: trace.ops.len(),
            rows: vec![Vec::new(); entries.len()],
        })
        .collect();
    for round in 0..=rounds {
        progress(&format!("round {round} of {rounds}"));
        for (times, trace) in times.iter_mut().zip(&traces) {
            // Who begins moves on, so that nobody always follows the same neighbour's interrupt.
            for turn in 0..entries.len() {
                let place = (turn + round as usize) % entries.len();
                let entry = entries[place];
                let time = (entry.time)(&arena, trace).map_err(|Refused(index)| {
                    format!("{} refused call {index} of {}", entry.name, times.workload.name)
                })?;
                if round > 0 {
                    times.rows[place].push(time);
                }
            }
        }
    }
    progress("");
    Ok(times)
}
