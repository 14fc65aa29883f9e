//! From passes to a histogram for each allocator and kind of call.

use hdrhistogram::Histogram;

use crate::common::arena::Arena;
use crate::common::entries::{CONTE, Entry, LINKED, LOOP};
use crate::common::heaps::Platform;
use crate::common::pass::Refused;
use crate::common::progress::progress;
use crate::common::ticks::calibrate;
use crate::common::trace::{Op, Trace};
use crate::common::verify::check;
use crate::common::workloads::Workload;

pub(crate) const KINDS: [&str; 4] = ["malloc", "free", "realloc", "memalign"];

fn kind(op: &Op) -> usize {
    match op {
        Op::Malloc { .. } => 0,
        Op::Free { .. } => 1,
        Op::Realloc { .. } => 2,
        Op::Memalign { .. } => 3,
    }
}

pub(crate) struct Measured {
    pub(crate) ns_per_tick: f64,
    /// Ticks of the clock by itself.
    pub(crate) own: u64,
    pub(crate) rows: Vec<Row>,
}

pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) kinds: [Kind; 4],
}

pub(crate) struct Kind {
    /// Of each call, the median of its times, in ticks.
    pub(crate) typical: Histogram<u64>,
    /// The longest of all times.
    pub(crate) worst: u64,
}

impl Kind {
    fn new() -> Self {
        let typical = Histogram::new_with_max(1 << 33, 3).expect("sound bounds");
        Self { typical, worst: 0 }
    }
}

/// memoman, C, and the other two that are real-time allocators.
fn entries() -> [&'static Entry; 4] {
    [&LINKED[0], &CONTE, &LINKED[1], &LINKED[2]]
}

pub(crate) fn run(
    workloads: &[&'static Workload],
    calls: usize,
    passes: u32,
) -> Result<Measured, String> {
    let ns_per_tick = calibrate();
    let arena = Arena::touched();
    Platform::touch();
    let traces: Vec<_> = workloads.iter().map(|workload| workload.trace(calls)).collect();
    for (workload, trace) in workloads.iter().zip(&traces) {
        progress(&format!("checking the service: {}", workload.name));
        check(&arena, workload.name, trace)?;
    }
    let own = cost_of_the_clock(&arena, &traces[0])?;

    let mut rows = entries()
        .map(|entry| Row { name: entry.name, kinds: std::array::from_fn(|_| Kind::new()) });
    for (workload, trace) in workloads.iter().zip(&traces) {
        let mut times: [Vec<Vec<u32>>; 4] = Default::default();
        for pass in 1..=passes {
            progress(&format!("{}: pass {pass} of {passes}", workload.name));
            for (entry, times) in entries().into_iter().zip(&mut times) {
                times
                    .push(ticks(entry, &arena, trace).map_err(|story| {
                        format!("{} on {}: {story}", entry.name, workload.name)
                    })?);
            }
        }
        for (row, times) in rows.iter_mut().zip(&times) {
            row.add(trace, times, own);
        }
    }
    progress("");
    Ok(Measured { ns_per_tick, own, rows: rows.into() })
}

impl Row {
    fn add(&mut self, trace: &Trace, passes: &[Vec<u32>], own: u64) {
        let mut times = Vec::new();
        for (index, op) in trace.ops.iter().enumerate() {
            times.clear();
            times.extend(passes.iter().map(|pass| u64::from(pass[index]).saturating_sub(own)));
            times.sort_unstable();
            let kind = &mut self.kinds[kind(op)];
            kind.typical.saturating_record(times[times.len() / 2]);
            kind.worst = kind.worst.max(times[times.len() - 1]);
        }
    }
}

fn cost_of_the_clock(arena: &Arena, trace: &Trace) -> Result<u64, String> {
    let mut times = ticks(&LOOP, arena, trace)?;
    times.sort_unstable();
    Ok(times[times.len() / 2].into())
}

fn ticks(entry: &Entry, arena: &Arena, trace: &Trace) -> Result<Vec<u32>, String> {
    (entry.ticks)(arena, trace).map_err(|Refused(index)| format!("call {index} was refused"))
}
