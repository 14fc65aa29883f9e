//! Payloads hold what was written into them.

use crate::finding::{Check, Checked, Finding};
use crate::lockstep::bookkeeping::Bookkeeping;
use crate::lockstep::columns::Columns;
use crate::shadow::Live;

/// The first `bytes` of a payload are what was written there.
#[inline]
pub(crate) fn payload(columns: &Columns, live: Live, bytes: usize) -> Checked {
    payload_from(columns, live, bytes, 0)
}

/// The same, from word `from` on. Inlined: it runs three times for each call, and a payload is passed in memory.
#[inline]
fn payload_from(columns: &Columns, live: Live, bytes: usize, from: usize) -> Checked {
    if !columns.layers.content {
        return Ok(());
    }
    match live.pattern.first_wrong(columns.payload(live, bytes), from) {
        Some(at) => Err(wrong_byte(live, at)),
        None => Ok(()),
    }
}

#[cold]
fn wrong_byte(live: Live, at: usize) -> Box<Finding> {
    let Live { slot, offset, usable, .. } = live;
    let what = format!("slot {slot}, {usable} bytes at {offset}: byte {at} is wrong");
    Finding::new(Check::Payload, what).at(offset)
}

/// Every live payload, whole.
pub(crate) fn all(columns: &Columns, bookkeeping: &Bookkeeping) -> Checked {
    bookkeeping.slots.iter().try_for_each(|live| payload(columns, live, live.usable))
}

/// The near ends of the payloads around the block touched last: where an overrun shows first.
pub(crate) fn edges(columns: &Columns, bookkeeping: &Bookkeeping) -> Checked {
    const EDGE: usize = 32;
    let (ahead, behind) = bookkeeping.slots.neighbours(bookkeeping.touched);
    if let Some(live) = ahead {
        payload_from(columns, live, live.usable, live.usable.saturating_sub(EDGE) / 8)?;
    }
    behind.map_or(Ok(()), |live| payload(columns, live, live.usable.min(EDGE)))
}
