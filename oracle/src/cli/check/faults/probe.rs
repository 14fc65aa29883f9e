//! A probe for a numbered fault, and the heap that it works on.

use std::ptr::NonNull;
use std::rc::Rc;

use oracle::geometry::WORD as W;

use crate::cli::check::foreign::{Functions, Handle, Zone};
use crate::cli::check::names::Role;
use crate::cli::check::task::Verdict;

/// Looks for one fault.
pub(crate) struct Probe {
    /// The number in the table of memoman's documentation: `B1`.
    pub(crate) number: &'static str,
    /// What is wrong, in a few words.
    pub(crate) title: &'static str,
    /// The calls that show it, as C. `W` is the bytes of a word, `max` is `block_size_max()`.
    pub(crate) calls: &'static str,
    /// Makes the calls. None: the library lacks a function, or gives no heap.
    pub(super) probe: fn(&Rc<Functions>) -> Option<Verdict>,
    /// The functions that it needs beside malloc and free.
    pub(super) needs: &'static [Role],
}

impl Probe {
    /// Looks for the fault.
    pub(crate) fn run(&self, functions: &Rc<Functions>) -> Verdict {
        if let Some(missing) = self.needs.iter().find(|role| !functions.has(**role)) {
            return Verdict::NotApplicable(format!("it has no `{}`", missing.key()));
        }
        (self.probe)(functions).unwrap_or_else(|| {
            let why = "no heap was made, no block was granted, or one lies outside of its pool";
            Verdict::NotApplicable(why.to_owned())
        })
    }
}

/// `Present` with what was seen, or `Absent` with what was seen instead.
pub(super) fn verdict(present: Option<String>, absent: &str) -> Option<Verdict> {
    Some(present.map_or_else(|| Verdict::Absent(absent.to_owned()), Verdict::Present))
}

/// The bytes behind a pool of a lab.
const SLACK: usize = 1 << 16;

/// A heap with one pool, in memory that is longer.
pub(super) struct Lab {
    pub(super) zone: Zone,
    pub(super) heap: Handle,
    /// Where its pool starts, and its bytes.
    pub(super) pool: (usize, usize),
    bytes: usize,
}

impl Lab {
    /// With a pool of so many bytes, and more memory behind it.
    pub(super) fn new(functions: &Rc<Functions>, bytes: usize) -> Option<Self> {
        let whole = 2 * bytes + SLACK;
        let zone = Zone::new(whole)?;
        functions.start_at(zone.addr());
        let memory = NonNull::slice_from_raw_parts(zone.start(), bytes);
        // SAFETY: the zone is the lab's.
        let heap = unsafe { Handle::new(functions, memory)? };
        Some(Self { pool: (zone.addr(), bytes), zone, heap, bytes: whole })
    }

    /// A pool for the heap's `add_pool`, at an offset of the lab's memory.
    pub(super) fn memory(&self, offset: usize, bytes: usize) -> NonNull<[u8]> {
        assert!(offset + bytes <= self.bytes, "the pool lies in the lab");
        // SAFETY: in the zone.
        NonNull::slice_from_raw_parts(unsafe { self.zone.start().add(offset) }, bytes)
    }

    /// A block, if one is granted.
    pub(super) fn malloc(&self, size: usize) -> Option<usize> {
        self.heap.malloc(size).filter(|&block| block != 0)
    }

    pub(super) fn free(&self, block: usize) {
        // SAFETY: probes free what they may, or are there to be ended by it.
        unsafe { self.heap.free(block, 0) }
    }

    /// The usable bytes of a block, in words for a report.
    pub(super) fn usable(&self, block: usize) -> String {
        // SAFETY: a block that was returned.
        let usable = unsafe { self.heap.usable_size(block, 0) };
        usable.map_or("of unknown size".to_owned(), |bytes| format!("of {bytes} bytes"))
    }

    /// Writes a word of the lab's memory. Returns none, and writes nothing, if the address lies elsewhere: a block of
    /// the library has led there.
    pub(super) fn poke(&self, address: usize, value: usize) -> Option<()> {
        let offset = address.wrapping_sub(self.zone.addr());
        if offset % W != 0 || offset.checked_add(W).is_none_or(|end| end > self.bytes) {
            return None;
        }
        // SAFETY: in the zone, and aligned.
        unsafe { self.zone.start().add(offset).cast::<usize>().write(value) };
        Some(())
    }

    /// All bytes of the lab's memory.
    pub(super) fn bytes(&self) -> Vec<u8> {
        // SAFETY: the zone has so many bytes.
        unsafe { NonNull::slice_from_raw_parts(self.zone.start(), self.bytes).as_ref() }.to_vec()
    }
}

/// A size for a report: near the largest, as the distance to that.
pub(super) fn shown(size: usize) -> String {
    match usize::MAX - size {
        0 => "SIZE_MAX".to_owned(),
        less @ 1..64 => format!("SIZE_MAX - {less}"),
        _ => size.to_string(),
    }
}
