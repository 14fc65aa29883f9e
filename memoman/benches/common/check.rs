//! Verifies all allocators on a trace.

use super::allocators::{CONTE, LINKED};
use super::arena::SharedArena;
use super::trace::CallTrace;

/// Every allocator serves every call with a correct block, and memoman places each block where the C
/// code does.
pub(crate) fn check(arena: &SharedArena, workload: &str, trace: &CallTrace) -> Result<(), String> {
    let mut placements = Vec::new();
    for allocator in [&CONTE].into_iter().chain(&LINKED) {
        let placement = (allocator.verify)(arena, trace)
            .map_err(|error| format!("{} on {workload}: {error}", allocator.name))?;
        placements.push(placement);
    }
    if placements[0] != placements[1] {
        return Err(format!("memoman and C place blocks differently on {workload}"));
    }
    Ok(())
}
