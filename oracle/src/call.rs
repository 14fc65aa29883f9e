//! One call of an allocator, and its answer. Values only.

use std::fmt;

use crate::model::Events;

/// One call, resolved: offsets and bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "a variant's sentence covers its fields")]
pub enum Call {
    /// Into this slot.
    Malloc { slot: u8, size: usize },
    /// Into this slot.
    Memalign { slot: u8, align: usize, size: usize },
    /// Of the live block in this slot, or, if it is empty, of null. Aligned from now on; 1 is
    /// TLSF 3.1's call.
    Realloc { slot: u8, align: usize, size: usize },
    /// The live block in this slot, without moving it: what realloc does before it moves.
    Grow { slot: u8, size: usize },
    /// The same, to at most what it has.
    Shrink { slot: u8, size: usize },
    /// The live block in this slot.
    Free { slot: u8 },
    /// A range that may be a pool, or may have to be refused.
    AddPool { mem: usize, bytes: usize },
    /// A pool that is, or was, or is busy.
    RemovePool { mem: usize },
    /// The bytes behind a pool; TLSF 3.1 has no such call.
    ExtendPool { mem: usize, more: usize },
    /// The bytes at the end of a pool; TLSF 3.1 has no such call.
    ShrinkPool { mem: usize, less: usize },
}

impl Call {
    /// The kinds of calls, by name.
    pub const KINDS: [&str; 10] = [
        "malloc",
        "memalign",
        "realloc",
        "free",
        "add_pool",
        "remove_pool",
        "extend_pool",
        "shrink_pool",
        "grow",
        "shrink",
    ];

    /// Its kind: an index into [`Call::KINDS`].
    pub const fn kind(self) -> usize {
        match self {
            Self::Malloc { .. } => 0,
            Self::Memalign { .. } => 1,
            Self::Realloc { .. } => 2,
            Self::Free { .. } => 3,
            Self::AddPool { .. } => 4,
            Self::RemovePool { .. } => 5,
            Self::ExtendPool { .. } => 6,
            Self::ShrinkPool { .. } => 7,
            Self::Grow { .. } => 8,
            Self::Shrink { .. } => 9,
        }
    }

    /// The bytes that it asks for, if it is for a block.
    pub const fn size(self) -> Option<usize> {
        match self {
            Self::Malloc { size, .. }
            | Self::Memalign { size, .. }
            | Self::Realloc { size, .. }
            | Self::Grow { size, .. }
            | Self::Shrink { size, .. } => Some(size),
            _ => None,
        }
    }

    /// About a pool as a whole, not about a block.
    pub(crate) const fn is_of_pools(self) -> bool {
        4 <= self.kind() && self.kind() < 8
    }

    /// A live block, if it is given one: that is never refused.
    pub(crate) const fn frees(self) -> bool {
        matches!(self, Self::Free { .. } | Self::Realloc { size: 0, .. })
    }

    /// A part of realloc: the reference's realloc does the same, if it is done.
    pub(crate) const fn is_part(self) -> bool {
        self.kind() >= 8
    }

    /// The slot of the block that must be live before.
    pub(crate) const fn slot_before(self) -> Option<u8> {
        match self {
            Self::Realloc { slot, .. }
            | Self::Grow { slot, .. }
            | Self::Shrink { slot, .. }
            | Self::Free { slot } => Some(slot),
            _ => None,
        }
    }
}

/// What the subject answered (and, since the run goes on, everyone).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Done, or refused.
    pub done: bool,
    /// The payload, if the call returned one.
    pub payload: Option<usize>,
    /// What the operation did on its way.
    pub events: Events,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Malloc { slot, size } => write!(f, "slot {slot} = malloc({size})"),
            Self::Memalign { slot, align, size } => {
                write!(f, "slot {slot} = memalign({align}, {size})")
            }
            Self::Realloc { slot, align: 1, size } => {
                write!(f, "slot {slot} = realloc(slot {slot}, {size})")
            }
            Self::Realloc { slot, align, size } => {
                write!(f, "slot {slot} = realloc(slot {slot}, {size}) at {align}")
            }
            Self::Grow { slot, size } => write!(f, "grow(slot {slot}, {size})"),
            Self::Shrink { slot, size } => write!(f, "shrink(slot {slot}, {size})"),
            Self::Free { slot } => write!(f, "free(slot {slot})"),
            Self::AddPool { mem, bytes } => write!(f, "add_pool({mem}, {bytes})"),
            Self::RemovePool { mem } => write!(f, "remove_pool({mem})"),
            Self::ExtendPool { mem, more } => write!(f, "extend_pool({mem}, {more})"),
            Self::ShrinkPool { mem, less } => write!(f, "shrink_pool({mem}, {less})"),
        }
    }
}
