//! Verifies all allocators on a trace.

use super::allocators::{CONTE, LINKED, MeasuredAllocator, Role};
use super::arena::SharedArena;
use super::trace::CallTrace;

/// An allocator that failed the check of a workload. It has no figure there.
pub(crate) struct FailedCheck {
    pub(crate) allocator: &'static str,
    pub(crate) error: String,
}

/// Every allocator serves every call with a correct block, and memoman places each block where the C
/// code does. Returns the other allocators that do not.
///
/// # Errors
/// memoman or the C code fails.
pub(crate) fn check(
    arena: &SharedArena,
    workload: &str,
    trace: &CallTrace,
) -> Result<Vec<FailedCheck>, String> {
    let (mut placements, mut failed) = (Vec::new(), Vec::new());
    let all = [&CONTE].into_iter().chain(&LINKED).filter(|allocator| allocator.serves(trace));
    for MeasuredAllocator { name: allocator, role, verify, .. } in all {
        match verify(arena, trace) {
            Ok(placement) if *role == Role::Own => placements.push(placement),
            Ok(_) => {}
            Err(error) => {
                let error = format!("{allocator} on {workload}: {error}");
                if *role == Role::Own {
                    return Err(error);
                }
                failed.push(FailedCheck { allocator, error });
            }
        }
    }
    if placements[0].is_none() || placements[0] != placements[1] {
        return Err(format!("memoman and C place blocks differently on {workload}"));
    }
    Ok(failed)
}
