//! The recorder's file: one record for each call, in the order of the calls.
//!
//! The file is mapped and shared, so it is complete even if the program ends abnormally.

/// A call; the first record of a file is the head.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct CallRecord {
    /// Of a call: one of the constants below. Of the head: [`MAGIC`].
    pub(crate) kind: u64,
    /// The requested alignment, or 0. Of the head: the number of calls that follow.
    pub(crate) align: u64,
    /// The requested bytes. Of the head: the number of calls beyond the file's capacity.
    pub(crate) size: u64,
    /// The address of the block that is freed or resized.
    pub(crate) old: u64,
    /// The address of the block that is returned.
    pub(crate) new: u64,
}

pub(crate) const MAGIC: u64 = u64::from_ne_bytes(*b"mm-raw\x001");

pub(crate) const MALLOC: u64 = 1;
pub(crate) const MEMALIGN: u64 = 2;
pub(crate) const REALLOC: u64 = 3;
pub(crate) const FREE: u64 = 4;
