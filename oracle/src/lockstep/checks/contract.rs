//! The contract of an allocator: judged by what was handed out, not by the specification.

use crate::action::Action;
use crate::finding::{Check, Checked, Finding};
use crate::geometry::WORD;
use crate::lockstep::bookkeeping::Bookkeeping;
use crate::lockstep::columns::Columns;
use crate::shadow::Live;

/// The contract of a payload that was just handed out, or resized: its usable bytes.
pub(crate) fn payload(
    columns: &Columns,
    bookkeeping: &Bookkeeping,
    action: Action,
    before: Option<Live>,
    payload: usize,
) -> Checked<usize> {
    let own_align = columns.geometry.align;
    let (align, size) = match action {
        Action::Memalign { align, size, .. } | Action::Realloc { align, size, .. } => {
            (align.max(own_align), size)
        }
        Action::Malloc { size, .. } | Action::Grow { size, .. } | Action::Shrink { size, .. } => {
            (own_align, size)
        }
        _ => return Ok(0),
    };
    let outside = |usable: usize| {
        let inside = |&(mem, bytes): &(usize, usize)| {
            let end = payload.checked_add(usable);
            payload >= mem + own_align && end.is_some_and(|end| end <= mem + bytes - WORD)
        };
        !bookkeeping.pools.iter().any(inside)
    };
    if outside(0) {
        let what = format!("the payload's offset is {payload}");
        return Err(Finding::new(Check::Containment, what).at(payload));
    }
    if payload % align != 0 {
        let what = format!("offset {payload} is not a multiple of {align}");
        return Err(Finding::new(Check::Alignment, what).at(payload));
    }
    let usable = columns.subject.usable_size(payload);
    if usable < size {
        let what = format!("{usable} usable bytes at {payload} for a request of {size}");
        return Err(Finding::new(Check::UsableSize, what).at(payload));
    }
    if outside(usable) {
        let what = format!("{usable} bytes at {payload} reach out of the pool");
        return Err(Finding::new(Check::Containment, what).at(payload));
    }
    // The block itself, if realloc kept it, is no neighbour; if it moved, it is free by now.
    let slots = &bookkeeping.slots;
    let [mut ahead, here, mut behind] = slots.around(payload);
    if let Some(own) = before {
        (ahead, behind) = slots.neighbours_without(payload, own.slot);
    }
    let another = |live: &Live| before.is_none_or(|own| own.slot != live.slot);
    let clash = ahead
        .filter(|live| live.offset + live.usable + WORD > payload)
        .or(behind.filter(|live| payload + usable + WORD > live.offset))
        .or(here.filter(another));
    if let Some(Live { slot, offset, usable: bytes, .. }) = clash {
        let what =
            format!("{usable} bytes at {payload} overlap slot {slot}: {bytes} bytes at {offset}");
        return Err(Finding::new(Check::Overlap, what).at(payload));
    }
    Ok(usable)
}

/// The contract of pools: all bytes of a pool are the arena's and in no other pool, and no pool is
/// removed, or gives up bytes, while a block is live in them.
pub(crate) fn pools(columns: &Columns, bookkeeping: &Bookkeeping, action: Action) -> Checked {
    let mem = match action {
        Action::AddPool { mem, .. } | Action::RemovePool { mem } => mem,
        Action::ExtendPool { mem, .. } | Action::ShrinkPool { mem, .. } => mem,
        _ => return Ok(()),
    };
    let old = bookkeeping.pools.iter().find(|pool| pool.0 == mem).map_or(0, |pool| pool.1);
    let (taken, given_up) = match action {
        Action::AddPool { bytes, .. } => (bytes, 0..0),
        Action::ExtendPool { more, .. } => (bookkeeping.resized(mem, more, 0), 0..0),
        Action::ShrinkPool { less, .. } => (0, mem + bookkeeping.resized(mem, 0, less)..mem + old),
        _ => (0, mem..mem + old),
    };
    let arena = columns.subject.arena().bytes();
    if mem.checked_add(taken).is_none_or(|end| end > arena) {
        let what = format!("a pool of {taken} bytes at {mem} reaches out of the arena");
        return Err(Finding::new(Check::Containment, what));
    }
    let is_new = matches!(action, Action::AddPool { .. });
    let mut others = bookkeeping.pools.iter().filter(|pool| pool.0 != mem || is_new);
    if let Some((other, bytes)) =
        others.find(|(other, bytes)| mem < other + bytes && *other < mem + taken)
    {
        let what = format!("{taken} bytes at {mem} are a pool, as are {bytes} at {other}");
        return Err(Finding::new(Check::Overlap, what).at(mem));
    }
    let lost =
        |live: &Live| live.offset < given_up.end && given_up.start < live.offset + live.usable;
    if let Some(live) = bookkeeping.slots.iter().find(lost) {
        let what = format!("slot {} at {} is live in no pool", live.slot, live.offset);
        return Err(Finding::new(Check::Containment, what).at(live.offset));
    }
    Ok(())
}
