//! What the recorder writes while the program runs: one record a call, in the order of the calls.
//!
//! The file is mapped and shared, so it needs no last write: it is whole however the program ends.

/// A call, or, as the first of a file, the head.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Record {
    /// Of a call: one of the constants below. Of the head: [`MAGIC`].
    pub(crate) kind: u64,
    /// The alignment asked for, if one was. Of the head: how many calls follow.
    pub(crate) align: u64,
    /// Bytes asked for. Of the head: calls that had no room.
    pub(crate) size: u64,
    /// The block given back or resized.
    pub(crate) old: u64,
    /// The block handed out.
    pub(crate) new: u64,
}

pub(crate) const MAGIC: u64 = u64::from_ne_bytes(*b"mm-raw\x001");

pub(crate) const MALLOC: u64 = 1;
pub(crate) const MEMALIGN: u64 = 2;
pub(crate) const REALLOC: u64 = 3;
pub(crate) const FREE: u64 = 4;
