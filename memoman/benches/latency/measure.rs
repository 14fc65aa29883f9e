//! Histograms of call times, for each allocator and kind of call.

use hdrhistogram::Histogram;

use crate::common::allocators::{CONTE, LINKED, LOOP, MeasuredAllocator};
use crate::common::arena::SharedArena;
use crate::common::check::check;
use crate::common::heaps::SystemMalloc;
use crate::common::pass::Refused;
use crate::common::progress::progress;
use crate::common::ticks::calibrate;
use crate::common::trace::{CallTrace, TraceCall};
use crate::common::workloads::BenchWorkload;

pub(crate) const KINDS: [&str; 4] = ["malloc", "free", "realloc", "memalign"];

fn kind(call: &TraceCall) -> usize {
    match call {
        TraceCall::Malloc { .. } => 0,
        TraceCall::Free { .. } => 1,
        TraceCall::Realloc { .. } => 2,
        TraceCall::Memalign { .. } => 3,
    }
}

pub(crate) struct Latencies {
    pub(crate) ns_per_tick: f64,
    /// The ticks that reading the clock takes.
    pub(crate) own: u64,
    pub(crate) rows: Vec<AllocatorLatencies>,
}

pub(crate) struct AllocatorLatencies {
    pub(crate) name: &'static str,
    pub(crate) kinds: [KindLatencies; 4],
}

pub(crate) struct KindLatencies {
    /// For each call, the median of its times, in ticks.
    pub(crate) typical: Histogram<u64>,
    /// The longest of all times.
    pub(crate) worst: u64,
}

impl KindLatencies {
    fn new() -> Self {
        let typical = Histogram::new_with_max(1 << 33, 3).expect("valid bounds");
        Self { typical, worst: 0 }
    }
}

/// memoman, C, and the two other allocators made for real time.
fn allocators() -> [&'static MeasuredAllocator; 4] {
    [&LINKED[0], &CONTE, &LINKED[1], &LINKED[2]]
}

pub(crate) fn run(
    workloads: &[&'static BenchWorkload],
    calls: usize,
    passes: u32,
) -> Result<Latencies, String> {
    let ns_per_tick = calibrate();
    let arena = SharedArena::touched();
    SystemMalloc::touch();
    let traces: Vec<_> = workloads.iter().map(|workload| workload.trace(calls)).collect();
    for (workload, trace) in workloads.iter().zip(&traces) {
        progress(&format!("checking the allocators: {}", workload.name));
        let failed = check(&arena, workload.name, trace)?;
        let used = |name| allocators().iter().any(|allocator| allocator.name == name);
        if let Some(failed) = failed.into_iter().find(|failed| used(failed.allocator)) {
            return Err(failed.error);
        }
    }
    let own = clock_ticks(&arena, &traces[0])?;

    let mut rows = allocators().map(|allocator| AllocatorLatencies {
        name: allocator.name,
        kinds: std::array::from_fn(|_| KindLatencies::new()),
    });
    for (workload, trace) in workloads.iter().zip(&traces) {
        let mut times: [Vec<Vec<u32>>; 4] = Default::default();
        for pass in 1..=passes {
            progress(&format!("{}: pass {pass} of {passes}", workload.name));
            for (allocator, times) in allocators().into_iter().zip(&mut times) {
                times.push(ticks(allocator, &arena, trace).map_err(|error| {
                    format!("{} on {}: {error}", allocator.name, workload.name)
                })?);
            }
        }
        for (row, times) in rows.iter_mut().zip(&times) {
            row.add(trace, times, own);
        }
    }
    progress("");
    Ok(Latencies { ns_per_tick, own, rows: rows.into() })
}

impl AllocatorLatencies {
    fn add(&mut self, trace: &CallTrace, passes: &[Vec<u32>], own: u64) {
        let mut times = Vec::new();
        for (index, call) in trace.calls.iter().enumerate() {
            times.clear();
            times.extend(passes.iter().map(|pass| u64::from(pass[index]).saturating_sub(own)));
            times.sort_unstable();
            let kind = &mut self.kinds[kind(call)];
            kind.typical.saturating_record(times[times.len() / 2]);
            kind.worst = kind.worst.max(times[times.len() - 1]);
        }
    }
}

fn clock_ticks(arena: &SharedArena, trace: &CallTrace) -> Result<u64, String> {
    let mut times = ticks(&LOOP, arena, trace)?;
    times.sort_unstable();
    Ok(times[times.len() / 2].into())
}

fn ticks(
    allocator: &MeasuredAllocator,
    arena: &SharedArena,
    trace: &CallTrace,
) -> Result<Vec<u32>, String> {
    (allocator.ticks)(arena, trace).map_err(|Refused(index)| format!("call {index} was refused"))
}
