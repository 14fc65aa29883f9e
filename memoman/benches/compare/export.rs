//! Traces as files for `scripts/bench-c`, whose C program reads them.

use std::fs;
use std::path::Path;

use crate::common::trace::{CallTrace, TraceCall, WORD};
use crate::common::workloads::BenchWorkload;

/// Writes each trace to `DIR/WORKLOAD.calls`, and prints the workload's name and its number of calls.
pub(crate) fn run(
    dir: &Path,
    workloads: &[&'static BenchWorkload],
    calls: usize,
) -> Result<(), String> {
    for workload in workloads {
        let trace = workload.trace(calls);
        let path = dir.join(workload.name).with_extension("calls");
        fs::create_dir_all(dir)
            .and_then(|()| fs::write(&path, bytes(&trace)))
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
        println!("{} {}", workload.name, trace.calls.len());
    }
    Ok(())
}

/// Numbers of 32 bits: the calls and the slots; then kind, slot, alignment and size of each call.
fn bytes(trace: &CallTrace) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut put = |numbers: &[u32]| {
        bytes.extend(numbers.iter().flat_map(|number| number.to_ne_bytes()));
    };
    put(&[trace.calls.len() as u32, trace.slots as u32]);
    for call in &trace.calls {
        let word = u32::from(WORD);
        put(&match *call {
            TraceCall::Malloc { slot, size } => [0, slot, word, size],
            TraceCall::Memalign { slot, align, size } => [1, slot, align.into(), size],
            TraceCall::Realloc { slot, size, .. } => [2, slot, word, size],
            TraceCall::Free { slot, align, size } => [3, slot, align.into(), size],
        });
    }
    bytes
}
