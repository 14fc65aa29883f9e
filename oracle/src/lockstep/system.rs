//! The platform's malloc beside the columns: only its contract is checked, because its addresses
//! differ.

use std::alloc::{GlobalAlloc, Layout, System as Platform};
use std::collections::HashMap;
use std::ptr::NonNull;

use crate::finding::{Check, Checked, Finding};
use crate::shadow::{Live, Pattern, fill, first_wrong};

/// The blocks of the platform, by slot.
pub(crate) struct System(HashMap<u8, Held>);

struct Held {
    ptr: NonNull<u8>,
    layout: Layout,
    tag: u64,
}

// SAFETY: the allocations have this one owner.
unsafe impl Send for System {}

impl System {
    pub(crate) fn new() -> Self {
        Self(HashMap::new())
    }

    pub(crate) fn malloc(&mut self, live: Live, align: usize, size: usize) -> Checked {
        let Ok(layout) = Layout::from_size_align(size.max(1), align) else { return Ok(()) };
        // SAFETY: the size is not 0.
        let ptr = unsafe { Platform.alloc_zeroed(layout) };
        self.hold(live, layout, ptr)
    }

    pub(crate) fn realloc(&mut self, old: Live, size: usize) -> Checked {
        let Some(held) = self.0.remove(&old.slot) else { return Ok(()) };
        held.check(old.slot, held.layout.size())?;
        let Ok(layout) = Layout::from_size_align(size.max(1), held.layout.align()) else {
            return Ok(());
        };
        // SAFETY: allocated with this layout, not freed since; the size is not 0.
        let ptr = unsafe { Platform.realloc(held.ptr.as_ptr(), held.layout, layout.size()) };
        if ptr.is_null() {
            // Refused: the old block is unchanged, and is freed with `held`.
            return Ok(());
        }
        let kept = held.layout.size().min(layout.size());
        // SAFETY: the bytes behind the kept ones are new, and owned here.
        unsafe { ptr.add(kept).write_bytes(0, layout.size() - kept) };
        let tag = held.tag;
        std::mem::forget(held);
        let live = Live { pattern: Pattern { tag, ..old.pattern }, ..old };
        self.hold_unfilled(live, layout, ptr)?;
        self.0.get(&old.slot).map_or(Ok(()), |held| held.check(old.slot, kept))
    }

    pub(crate) fn free(&mut self, live: Live) -> Checked {
        // Dropping frees.
        self.0.remove(&live.slot).map_or(Ok(()), |held| held.check(live.slot, held.layout.size()))
    }

    pub(crate) fn refill(&mut self, live: Live) {
        if let Some(held) = self.0.get_mut(&live.slot) {
            held.tag = live.pattern.tag;
            held.fill();
        }
    }

    pub(crate) fn check_all(&self) -> Checked {
        self.0.iter().try_for_each(|(&slot, held)| held.check(slot, held.layout.size()))
    }

    fn hold(&mut self, live: Live, layout: Layout, ptr: *mut u8) -> Checked {
        self.hold_unfilled(live, layout, ptr)?;
        self.refill(live);
        Ok(())
    }

    fn hold_unfilled(&mut self, live: Live, layout: Layout, ptr: *mut u8) -> Checked {
        let Some(ptr) = NonNull::new(ptr) else { return Ok(()) };
        if ptr.addr().get() % layout.align() != 0 {
            return Err(Finding::new(Check::Alignment, "the platform's malloc misaligns"));
        }
        self.0.insert(live.slot, Held { ptr, layout, tag: live.pattern.tag });
        Ok(())
    }
}

impl Held {
    fn fill(&mut self) {
        // SAFETY: owned, `layout.size()` bytes long.
        let payload =
            unsafe { std::slice::from_raw_parts_mut(self.ptr.as_ptr(), self.layout.size()) };
        fill(payload, self.tag);
    }

    /// The first `bytes` are what was written.
    fn check(&self, slot: u8, bytes: usize) -> Checked {
        // SAFETY: owned and filled, or copied from what was; at least `bytes` long.
        let payload = unsafe { std::slice::from_raw_parts(self.ptr.as_ptr(), bytes) };
        match first_wrong(payload, self.tag, 0) {
            None => Ok(()),
            Some(at) => {
                let what = format!("slot {slot} of the platform's malloc: byte {at}");
                Err(Finding::new(Check::Payload, what))
            }
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, freed here only.
        unsafe { Platform.dealloc(self.ptr.as_ptr(), self.layout) }
    }
}
