//! The untimed pass: checks the blocks that an allocator returns.
//!
//! First by addresses: no block overlaps another or leaves the arena. Then, with the same heap, by
//! content: every block is filled with a pattern of its own, and compared when it is resized or freed.
//! In this order, because filling overlapping blocks could crash a faulty allocator.

use std::collections::BTreeMap;
use std::ptr;

use super::arena::{HEAP, SharedArena};
use super::candidate::Candidate;
use super::trace::{CallTrace, TraceCall, WORD};

/// A hash of all addresses, as offsets in the arena; none if a block was outside.
pub(crate) type Placement = Option<u64>;

#[derive(Clone, Copy)]
struct FilledBlock {
    ptr: *mut u8,
    size: usize,
    pattern: u64,
}

/// Replays the trace twice, as the timed run does, with every check.
pub(crate) fn verify<C: Candidate>(
    arena: &SharedArena,
    trace: &CallTrace,
) -> Result<Placement, String> {
    let mut heap = C::fresh(arena);
    let empty = FilledBlock { ptr: ptr::null_mut(), size: 0, pattern: 0 };
    let mut slots = vec![empty; trace.slots];
    let mut placement = Some(0_u64);
    let mut ends = BTreeMap::new();
    for (index, call) in trace.calls.iter().enumerate() {
        if let TraceCall::Realloc { slot, .. } | TraceCall::Free { slot, .. } = *call {
            ends.remove(&slots[slot as usize].ptr.addr());
        }
        step(&mut *heap, call, None, &mut slots)
            .and_then(|block| {
                no_overlap(block, &mut ends).and(inside(arena, block, &mut placement))
            })
            .map_err(|error| format!("call {index}, {call:?}: {error}"))?;
    }
    for (index, call) in trace.calls.iter().enumerate() {
        let pattern = (index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        step(&mut *heap, call, Some(pattern), &mut slots)
            .and_then(|block| inside(arena, block, &mut placement))
            .map_err(|error| format!("call {index} of the second pass, {call:?}: {error}"))?;
    }
    Ok(placement)
}

/// The block shares no byte with another. `ends` maps the starts of live blocks to their ends.
fn no_overlap(
    block: Option<(*mut u8, usize)>,
    ends: &mut BTreeMap<usize, usize>,
) -> Result<(), String> {
    let Some((ptr, size)) = block else { return Ok(()) };
    let (start, end) = (ptr.addr(), ptr.addr() + size);
    let before = ends.range(..end).next_back();
    if before.is_some_and(|(_, &its_end)| its_end > start) {
        return Err(format!("the block at {ptr:p} overlaps a live one"));
    }
    ends.insert(start, end);
    Ok(())
}

/// Makes one call. Returns the new block, if the call returns one. Without a pattern, no block is
/// filled or compared.
fn step<C: Candidate>(
    heap: &mut C,
    call: &TraceCall,
    pattern: Option<u64>,
    slots: &mut [FilledBlock],
) -> Result<Option<(*mut u8, usize)>, String> {
    let (slot, ptr, align, size) = match *call {
        TraceCall::Malloc { slot, size } => (slot, heap.malloc(size as usize), WORD, size),
        TraceCall::Memalign { slot, align, size } => {
            (slot, heap.memalign(align.into(), size as usize), align, size)
        }
        TraceCall::Realloc { slot, old, size } => {
            let live = slots[slot as usize];
            if pattern.is_some() {
                intact(live.ptr, live.size, live.pattern)?;
            }
            // SAFETY: `TraceWriter` resizes live slots only, and no call was refused so far.
            let ptr = unsafe { heap.realloc(live.ptr, old as usize, size as usize) };
            if pattern.is_some() && !ptr.is_null() {
                intact(ptr, live.size.min(size as usize), live.pattern)
                    .map_err(|error| format!("after the realloc, {error}"))?;
            }
            (slot, ptr, WORD, size)
        }
        TraceCall::Free { slot, align, size } => {
            let live = slots[slot as usize];
            if pattern.is_some() {
                intact(live.ptr, live.size, live.pattern)?;
            }
            // SAFETY: as above.
            unsafe { heap.free(live.ptr, align.into(), size as usize) };
            return Ok(None);
        }
    };
    if ptr.is_null() {
        return Err("refused".to_owned());
    }
    if ptr.addr() % usize::from(align) != 0 {
        return Err(format!("the block at {ptr:p} is not aligned to {align}"));
    }
    let size = size as usize;
    slots[slot as usize] = FilledBlock { ptr, size, pattern: pattern.unwrap_or_default() };
    if let Some(pattern) = pattern {
        fill(ptr, size, pattern);
    }
    Ok(Some((ptr, size)))
}

/// A block that starts in the arena ends in it. Adds its offset to the placement, which becomes none
/// if the allocator uses memory of its own.
fn inside(
    arena: &SharedArena,
    block: Option<(*mut u8, usize)>,
    placement: &mut Placement,
) -> Result<(), String> {
    let Some((ptr, size)) = block else { return Ok(()) };
    *placement = match (arena.offset(ptr), *placement) {
        (Some(offset), _) if offset + size > HEAP => {
            return Err("the block leaves the arena".to_owned());
        }
        (Some(offset), Some(hash)) => {
            Some((hash ^ offset as u64).wrapping_mul(0x0100_0000_01B3).rotate_left(23))
        }
        _ => None,
    };
    Ok(())
}

fn fill(ptr: *mut u8, size: usize, pattern: u64) {
    for at in (0..size).step_by(8) {
        let bytes = (pattern ^ at as u64).to_ne_bytes();
        // SAFETY: inside the block.
        unsafe { ptr.add(at).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len().min(size - at)) };
    }
}

/// The bytes of a block are those that `fill` wrote.
fn intact(ptr: *mut u8, size: usize, pattern: u64) -> Result<(), String> {
    for at in (0..size).step_by(8) {
        let bytes = (pattern ^ at as u64).to_ne_bytes();
        let len = bytes.len().min(size - at);
        // SAFETY: inside the block, and written by `fill`.
        let seen = unsafe { std::slice::from_raw_parts(ptr.add(at), len) };
        if *seen != bytes[..len] {
            return Err(format!("the block at {ptr:p} has changed at byte {at} of {size}"));
        }
    }
    Ok(())
}
