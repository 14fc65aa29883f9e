//! The memory that the harness offers to an allocator under test.

use std::cell::Cell;
use std::ptr::NonNull;

use crate::arena::{Arena, SMALL_BYTES};
use crate::finding::{Check, Checked, Finding};

/// What fresh memory holds, so that an allocator that expects zeros fails, and equally in each run.
const FRESH: u8 = 0xA5;

/// Bytes on each side of the memory that must not change.
const ZONE: usize = 64;

thread_local! {
    /// An arena that is used again: making one costs more than a short program.
    static SPARE: Cell<Option<Arena>> = const { Cell::new(None) };
}

/// Memory for an allocator under test. It may take it, or have memory of its own.
#[derive(Debug)]
pub struct Memory {
    arena: Option<Arena>,
    /// The range that is offered: start and bytes.
    range: (usize, usize),
    is_taken: bool,
}

impl Memory {
    pub(super) fn new() -> Self {
        let arena = SPARE.take().unwrap_or_else(|| Arena::of(SMALL_BYTES));
        Self { arena: Some(arena), range: (0, 0), is_taken: false }
    }

    /// Returns the memory, to be used until the allocator is dropped. It starts at a multiple of 8, and is
    /// not zeroed. Blocks must lie in it from now on.
    pub fn take(&mut self) -> NonNull<[u8]> {
        self.is_taken = true;
        self.slice(self.range)
    }

    /// Returns how many bytes there are: how much the program works with, also of an allocator that has
    /// memory of its own.
    pub const fn bytes(&self) -> usize {
        self.range.1
    }

    /// Offers a range, with the bytes that fresh memory has in it and beside it.
    pub(super) fn offer(&mut self, (mem, bytes): (usize, usize)) {
        self.range = (mem, bytes);
        self.is_taken = false;
        let (from, to) = zones(mem, bytes);
        // SAFETY: the range is clipped to the arena, which this owns.
        unsafe { self.at(from).write_bytes(FRESH, to - from) };
    }

    pub(super) const fn is_taken(&self) -> bool {
        self.is_taken
    }

    /// A range of the arena.
    pub(super) fn slice(&self, (mem, bytes): (usize, usize)) -> NonNull<[u8]> {
        assert!(mem + bytes <= SMALL_BYTES, "{bytes} bytes at {mem} lie outside of the arena");
        let start = NonNull::new(self.at(mem)).expect("an arena is not at address 0");
        NonNull::slice_from_raw_parts(start, bytes)
    }

    /// The offset of an address, wrapping if it lies before the arena.
    pub(super) fn offset(&self, ptr: NonNull<u8>) -> usize {
        self.arena().offset(ptr.as_ptr())
    }

    /// The bytes beside the offered range are unchanged.
    pub(super) fn check_zones(&self) -> Checked {
        let (mem, bytes) = self.range;
        let (from, to) = zones(mem, bytes);
        let mut beside = (from..mem).chain(mem + bytes..to);
        // SAFETY: the range is clipped to the arena, which this owns.
        let Some(at) = beside.find(|&at| unsafe { self.at(at).read() } != FRESH) else {
            return Ok(());
        };
        let what = format!("the byte at {at}, of memory from {mem} to {}", mem + bytes);
        Err(Finding::new(Check::Outside, what).at(at))
    }

    fn at(&self, offset: usize) -> *mut u8 {
        self.arena().at(offset)
    }

    fn arena(&self) -> &Arena {
        self.arena.as_ref().expect("it is there until it is dropped")
    }
}

/// Where the zones around a range start and end.
fn zones(mem: usize, bytes: usize) -> (usize, usize) {
    (mem.saturating_sub(ZONE), (mem + bytes + ZONE).min(SMALL_BYTES))
}

impl Drop for Memory {
    fn drop(&mut self) {
        // A thread that ends keeps none.
        let arena = self.arena.take();
        let _ = SPARE.try_with(|spare| spare.set(arena));
    }
}
