//! The untimed pass: does an allocator serve what it is asked for?
//!
//! First by addresses: no block may reach into another, or out of the arena. Then, on the same heap,
//! by content: every block is filled to its last byte with a pattern of its own, and looked at when
//! it is resized or freed. In this order, as an allocator that lies would not outlive the second.

use std::collections::BTreeMap;
use std::ptr;

use super::arena::{Arena, HEAP};
use super::contender::Contender;
use super::entries::{CONTE, LINKED};
use super::trace::{Op, Trace, WORD};

/// What the pass has seen.
pub(crate) struct Service {
    /// Over all addresses, as offsets in the arena; none if they are elsewhere.
    pub(crate) placement: Option<u64>,
}

#[derive(Clone, Copy)]
struct Live {
    ptr: *mut u8,
    size: usize,
    tag: u64,
}

/// Every allocator serves every call, and memoman where the C code does.
pub(crate) fn check(arena: &Arena, workload: &str, trace: &Trace) -> Result<(), String> {
    let mut placements = Vec::new();
    for entry in [&CONTE].into_iter().chain(&LINKED) {
        let service = (entry.verify)(arena, trace)
            .map_err(|story| format!("{} on {}: {story}", entry.name, workload))?;
        placements.push(service.placement);
    }
    if placements[0] != placements[1] {
        return Err(format!("memoman and C place blocks differently on {}", workload));
    }
    Ok(())
}

/// Serves the trace twice, as the timed run does, with every check.
pub(crate) fn verify<C: Contender>(arena: &Arena, trace: &Trace) -> Result<Service, String> {
    let mut heap = C::fresh(arena);
    let mut slots = vec![Live { ptr: ptr::null_mut(), size: 0, tag: 0 }; trace.slots];
    let mut placement = Some(0_u64);
    let mut taken = BTreeMap::new();
    for (index, op) in trace.ops.iter().enumerate() {
        if let Op::Realloc { slot, .. } | Op::Free { slot, .. } = *op {
            taken.remove(&slots[slot as usize].ptr.addr());
        }
        serve(&mut heap, op, None, &mut slots)
            .and_then(|block| alone(block, &mut taken).and(inside(arena, block, &mut placement)))
            .map_err(|story| format!("call {index}, {op:?}: {story}"))?;
    }
    for (index, op) in trace.ops.iter().enumerate() {
        let tag = (index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        serve(&mut heap, op, Some(tag), &mut slots)
            .and_then(|block| inside(arena, block, &mut placement))
            .map_err(|story| format!("call {index} of the second pass, {op:?}: {story}"))?;
    }
    Ok(Service { placement })
}

/// A block shares no byte with another. `taken` has the ends of live blocks by their starts.
fn alone(
    block: Option<(*mut u8, usize)>,
    taken: &mut BTreeMap<usize, usize>,
) -> Result<(), String> {
    let Some((ptr, size)) = block else { return Ok(()) };
    let (start, end) = (ptr.addr(), ptr.addr() + size);
    let before = taken.range(..end).next_back();
    if before.is_some_and(|(_, &its_end)| its_end > start) {
        return Err(format!("the block at {ptr:p} overlaps a live one"));
    }
    taken.insert(start, end);
    Ok(())
}

/// The new block, if there is one. Without a tag nothing is written or looked at.
fn serve<C: Contender>(
    heap: &mut C,
    op: &Op,
    tag: Option<u64>,
    slots: &mut [Live],
) -> Result<Option<(*mut u8, usize)>, String> {
    let (slot, ptr, align, size) = match *op {
        Op::Malloc { slot, size } => (slot, heap.malloc(size as usize), WORD, size),
        Op::Memalign { slot, align, size } => {
            (slot, heap.memalign(align.into(), size as usize), align, size)
        }
        Op::Realloc { slot, old, size } => {
            let live = slots[slot as usize];
            if tag.is_some() {
                whole(live.ptr, live.size, live.tag)?;
            }
            // SAFETY: `Writer` resizes live slots only, and every call was served.
            let ptr = unsafe { heap.realloc(live.ptr, old as usize, size as usize) };
            if tag.is_some() && !ptr.is_null() {
                whole(ptr, live.size.min(size as usize), live.tag)
                    .map_err(|story| format!("after the move, {story}"))?;
            }
            (slot, ptr, WORD, size)
        }
        Op::Free { slot, align, size } => {
            let live = slots[slot as usize];
            if tag.is_some() {
                whole(live.ptr, live.size, live.tag)?;
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
        return Err(format!("misaligned: {ptr:p}"));
    }
    let size = size as usize;
    slots[slot as usize] = Live { ptr, size, tag: tag.unwrap_or_default() };
    if let Some(tag) = tag {
        fill(ptr, size, tag);
    }
    Ok(Some((ptr, size)))
}

/// A block lies in the arena, all of it; or none does, if the allocator has memory of its own.
fn inside(
    arena: &Arena,
    block: Option<(*mut u8, usize)>,
    placement: &mut Option<u64>,
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

fn fill(ptr: *mut u8, size: usize, tag: u64) {
    for at in (0..size).step_by(8) {
        let bytes = (tag ^ at as u64).to_ne_bytes();
        // SAFETY: inside the block.
        unsafe { ptr.add(at).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len().min(size - at)) };
    }
}

fn whole(ptr: *mut u8, size: usize, tag: u64) -> Result<(), String> {
    for at in (0..size).step_by(8) {
        let bytes = (tag ^ at as u64).to_ne_bytes();
        let len = bytes.len().min(size - at);
        // SAFETY: inside the block, and written by `fill`.
        let seen = unsafe { std::slice::from_raw_parts(ptr.add(at), len) };
        if *seen != bytes[..len] {
            return Err(format!("the block at {ptr:p} lost its content at byte {at} of {size}"));
        }
    }
    Ok(())
}
