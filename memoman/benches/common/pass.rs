//! One pass of an allocator over a trace: the loop that is timed as a whole.

use std::hint::black_box;
use std::ptr;
use std::time::Duration;

use super::arena::SharedArena;
use super::candidate::Candidate;
use super::clock::PassClock;
use super::trace::{CallTrace, TraceCall};

/// The index of the call that was refused.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) usize);

/// Makes every call. Writes the first byte of each new block, and no other; with `TOUCH`, the first and the last
/// word of each new block are written, and read before it is freed.
#[inline(never)]
pub(crate) fn pass<C: Candidate, const TOUCH: bool>(
    heap: &mut C,
    calls: &[TraceCall],
    slots: &mut [*mut u8],
) -> Result<(), Refused> {
    for (index, call) in calls.iter().enumerate() {
        if !step::<C, TOUCH>(heap, call, slots) {
            return Err(Refused(index));
        }
    }
    Ok(())
}

/// Makes one call. Returns false if it was refused.
#[inline(always)]
pub(crate) fn step<C: Candidate, const TOUCH: bool>(
    heap: &mut C,
    call: &TraceCall,
    slots: &mut [*mut u8],
) -> bool {
    let (slot, size, block) = match *call {
        TraceCall::Malloc { slot, size } => (slot, size, heap.malloc(size as usize)),
        TraceCall::Memalign { slot, align, size } => {
            (slot, size, heap.memalign(align.into(), size as usize))
        }
        TraceCall::Realloc { slot, old, size } => {
            let ptr = slots[slot as usize];
            // SAFETY: `TraceWriter` resizes live slots only, and no call was refused so far.
            (slot, size, unsafe { heap.realloc(ptr, old as usize, size as usize) })
        }
        TraceCall::Free { slot, align, size } => {
            let ptr = slots[slot as usize];
            if TOUCH {
                // SAFETY: a live block of this size, as below, written when it was allocated.
                unsafe { read_ends(ptr, size as usize) };
            }
            // SAFETY: as above.
            unsafe { heap.free(ptr, align.into(), size as usize) };
            return true;
        }
    };
    if block.is_null() {
        return false;
    }
    slots[slot as usize] = block;
    if TOUCH {
        // SAFETY: a live block of this size.
        unsafe { write_ends(block, size as usize) };
    } else {
        // SAFETY: a live block of at least one byte.
        unsafe { block.write(1) };
    }
    true
}

const WORD: usize = size_of::<usize>();

/// Writes the first and the last word of a block; of a block that is shorter than a word, the first byte.
///
/// # Safety
/// A live block of `size` bytes.
#[inline(always)]
unsafe fn write_ends(block: *mut u8, size: usize) {
    if size < WORD {
        // SAFETY: at least one byte.
        return unsafe { block.write(1) };
    }
    // SAFETY: at least a word.
    unsafe {
        block.cast::<usize>().write_unaligned(size);
        block.add(size - WORD).cast::<usize>().write_unaligned(size);
    }
}

/// Reads what [`write_ends`] wrote.
///
/// # Safety
/// A live block of `size` bytes that [`write_ends`] wrote.
#[inline(always)]
unsafe fn read_ends(block: *const u8, size: usize) {
    if size < WORD {
        // SAFETY: at least one byte.
        black_box(unsafe { block.read() });
        return;
    }
    // SAFETY: at least a word.
    unsafe {
        black_box(block.cast::<usize>().read_unaligned());
        black_box(block.add(size - WORD).cast::<usize>().read_unaligned());
    }
}

/// Times a pass. An untimed pass runs first and leaves the heap empty, so that the timed one starts
/// with a used heap, and with its memory in the cache as far as it fits.
pub(crate) fn time<C: Candidate, const TOUCH: bool>(
    arena: &SharedArena,
    trace: &CallTrace,
) -> Result<Duration, Refused> {
    let mut heap = C::fresh(arena);
    let mut slots = vec![ptr::null_mut(); trace.slots];
    pass::<C, TOUCH>(&mut heap, &trace.calls, &mut slots)?;
    let start = PassClock::start();
    pass::<C, TOUCH>(&mut heap, &trace.calls, &mut slots)?;
    Ok(start.elapsed())
}
