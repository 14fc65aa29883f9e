//! One pass of an allocator over a trace: the loop that is timed.

use std::ptr;
use std::time::Duration;

use super::arena::Arena;
use super::clock::Stopwatch;
use super::contender::Contender;
use super::trace::{Op, Trace};

/// Index of the call that was not served.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) usize);

/// Serves every call. Of a new block the first byte is written, and no other.
#[inline(never)]
pub(crate) fn pass<C: Contender>(
    heap: &mut C,
    ops: &[Op],
    slots: &mut [*mut u8],
) -> Result<(), Refused> {
    for (index, op) in ops.iter().enumerate() {
        if !step(heap, op, slots) {
            return Err(Refused(index));
        }
    }
    Ok(())
}

/// Whether the call was served.
#[inline(always)]
pub(crate) fn step<C: Contender>(heap: &mut C, op: &Op, slots: &mut [*mut u8]) -> bool {
    let (slot, block) = match *op {
        Op::Malloc { slot, size } => (slot, heap.malloc(size as usize)),
        Op::Memalign { slot, align, size } => (slot, heap.memalign(align.into(), size as usize)),
        Op::Realloc { slot, old, size } => {
            let ptr = slots[slot as usize];
            // SAFETY: `Writer` resizes live slots only, and the pass has served every call so far.
            (slot, unsafe { heap.realloc(ptr, old as usize, size as usize) })
        }
        Op::Free { slot, align, size } => {
            let ptr = slots[slot as usize];
            // SAFETY: the same.
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

/// Times one pass, after one that is not timed and leaves the heap empty again: what is measured is
/// a heap in use, with its memory in the cache as far as it fits.
pub(crate) fn time<C: Contender>(arena: &Arena, trace: &Trace) -> Result<Duration, Refused> {
    let mut heap = C::fresh(arena);
    let mut slots = vec![ptr::null_mut(); trace.slots];
    pass(&mut heap, &trace.ops, &mut slots)?;
    let start = Stopwatch::start();
    pass(&mut heap, &trace.ops, &mut slots)?;
    Ok(start.elapsed())
}
