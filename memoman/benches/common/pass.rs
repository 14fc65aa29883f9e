//! One pass of an allocator over a trace: the loop that is timed as a whole.

use std::ptr;
use std::time::Duration;

use super::arena::SharedArena;
use super::candidate::Candidate;
use super::clock::PassClock;
use super::trace::{CallTrace, TraceCall};

/// The index of the call that was refused.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) usize);

/// Makes every call. Writes the first byte of each new block, and no other.
#[inline(never)]
pub(crate) fn pass<C: Candidate>(
    heap: &mut C,
    calls: &[TraceCall],
    slots: &mut [*mut u8],
) -> Result<(), Refused> {
    for (index, call) in calls.iter().enumerate() {
        if !step(heap, call, slots) {
            return Err(Refused(index));
        }
    }
    Ok(())
}

/// Makes one call. Returns false if it was refused.
#[inline(always)]
pub(crate) fn step<C: Candidate>(heap: &mut C, call: &TraceCall, slots: &mut [*mut u8]) -> bool {
    let (slot, block) = match *call {
        TraceCall::Malloc { slot, size } => (slot, heap.malloc(size as usize)),
        TraceCall::Memalign { slot, align, size } => {
            (slot, heap.memalign(align.into(), size as usize))
        }
        TraceCall::Realloc { slot, old, size } => {
            let ptr = slots[slot as usize];
            // SAFETY: `TraceWriter` resizes live slots only, and no call was refused so far.
            (slot, unsafe { heap.realloc(ptr, old as usize, size as usize) })
        }
        TraceCall::Free { slot, align, size } => {
            let ptr = slots[slot as usize];
            // SAFETY: as above.
            unsafe { heap.free(ptr, align.into(), size as usize) };
            return true;
        }
    };
    if block.is_null() {
        return false;
    }
    slots[slot as usize] = block;
    // SAFETY: a live block of at least one byte.
    unsafe { block.write(1) };
    true
}

/// Times a pass. An untimed pass runs first and leaves the heap empty, so that the timed one starts
/// with a used heap, and with its memory in the cache as far as it fits.
pub(crate) fn time<C: Candidate>(
    arena: &SharedArena,
    trace: &CallTrace,
) -> Result<Duration, Refused> {
    let mut heap = C::fresh(arena);
    let mut slots = vec![ptr::null_mut(); trace.slots];
    pass(&mut heap, &trace.calls, &mut slots)?;
    let start = PassClock::start();
    pass(&mut heap, &trace.calls, &mut slots)?;
    Ok(start.elapsed())
}
