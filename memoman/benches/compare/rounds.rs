//! The rounds: each times every allocator on every workload.

use std::time::Duration;

use crate::common::allocators::{CONTE, LINKED, LOOP, MeasuredAllocator, OUT_OF_LINE};
use crate::common::arena::SharedArena;
use crate::common::check::check;
use crate::common::heaps::{Mimalloc, SystemMalloc};
use crate::common::pass::Refused;
use crate::common::progress::progress;
use crate::common::workloads::BenchWorkload;

/// The times of one workload: by allocator, then by round.
pub(crate) struct WorkloadTimes {
    pub(crate) workload: &'static BenchWorkload,
    pub(crate) calls: usize,
    /// In the order of [`allocators`]. Empty if the allocator does not serve the workload.
    pub(crate) by_allocator: Vec<Vec<Duration>>,
    /// Why an allocator that should serve it does not.
    pub(crate) failures: Vec<String>,
}

/// The loop, C, the inlined allocators, the others.
pub(crate) fn allocators() -> impl Iterator<Item = &'static MeasuredAllocator> {
    [&LOOP, &CONTE].into_iter().chain(&LINKED).chain(&OUT_OF_LINE)
}

pub(crate) fn run(
    workloads: &[&'static BenchWorkload],
    calls: usize,
    rounds: u32,
    touch: bool,
) -> Result<Vec<WorkloadTimes>, String> {
    let traces: Vec<_> = workloads.iter().map(|workload| workload.trace(calls)).collect();
    let arena = SharedArena::touched();
    SystemMalloc::touch();
    Mimalloc::touch();

    let allocators: Vec<_> = allocators().collect();
    let (mut times, mut served) = (Vec::new(), Vec::new());
    for (workload, trace) in workloads.iter().zip(&traces) {
        progress(&format!("checking the allocators: {}", workload.name));
        let failed = check(&arena, workload.name, trace)?;
        let serves = |allocator: &&MeasuredAllocator| {
            allocator.serves(trace)
                && failed.iter().all(|failed| failed.allocator != allocator.name)
        };
        served.push(allocators.iter().map(serves).collect::<Vec<_>>());
        times.push(WorkloadTimes {
            workload,
            calls: trace.calls.len(),
            by_allocator: vec![Vec::new(); allocators.len()],
            failures: failed.into_iter().map(|failed| failed.error).collect(),
        });
    }

    for round in 0..=rounds {
        progress(&format!("round {round} of {rounds}"));
        for ((times, trace), served) in times.iter_mut().zip(&traces).zip(&served) {
            // Each round starts with the next allocator, so that an effect of the order is spread
            // over all of them.
            for turn in 0..allocators.len() {
                let place = (turn + round as usize) % allocators.len();
                if !served[place] {
                    continue;
                }
                let allocator = allocators[place];
                let measure = if touch { allocator.time_touched } else { allocator.time };
                let time = measure(&arena, trace).map_err(|Refused(index)| {
                    format!("{} refused call {index} of {}", allocator.name, times.workload.name)
                })?;
                if round > 0 {
                    times.by_allocator[place].push(time);
                }
            }
        }
    }
    progress("");
    Ok(times)
}
