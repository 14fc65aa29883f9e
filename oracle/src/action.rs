//! What a program does to its slots, before slots are resolved to offsets. Values only.

use std::fmt;

use crate::call::{Call, CallKind};

/// One call as a program names it: blocks by slot, bytes and pools as numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "a variant's sentence covers its fields")]
pub enum Action {
    /// Into this slot.
    Malloc { slot: u8, size: usize },
    /// Into this slot.
    Memalign { slot: u8, align: usize, size: usize },
    /// Of the live block in this slot or, if it is empty, of null. The block is aligned to `align`
    /// from now on; 1 is TLSF 3.1's call.
    Realloc { slot: u8, align: usize, size: usize },
    /// The live block in this slot, without moving it.
    Grow { slot: u8, size: usize },
    /// The live block in this slot, without moving it, to at most its present size.
    Shrink { slot: u8, size: usize },
    /// The live block in this slot.
    Free { slot: u8 },
    /// A range that can become a pool, or has to be refused.
    AddPool { mem: usize, bytes: usize },
    /// A pool that is present, or was, or is busy.
    RemovePool { mem: usize },
    /// The bytes behind a pool; TLSF 3.1 has no such call.
    ExtendPool { mem: usize, more: usize },
    /// The bytes at the end of a pool; TLSF 3.1 has no such call.
    ShrinkPool { mem: usize, less: usize },
}

impl Action {
    /// The kind of the call that results from it.
    pub const fn kind(self) -> CallKind {
        match self {
            Self::Malloc { .. } => CallKind::Malloc,
            Self::Memalign { .. } => CallKind::Memalign,
            Self::Realloc { .. } => CallKind::Realloc,
            Self::Free { .. } => CallKind::Free,
            Self::AddPool { .. } => CallKind::AddPool,
            Self::RemovePool { .. } => CallKind::RemovePool,
            Self::ExtendPool { .. } => CallKind::ExtendPool,
            Self::ShrinkPool { .. } => CallKind::ShrinkPool,
            Self::Grow { .. } => CallKind::Grow,
            Self::Shrink { .. } => CallKind::Shrink,
        }
    }

    /// The requested bytes, if it requests a block.
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

    /// It frees a live block, if its slot holds one: that is never refused.
    pub const fn frees(self) -> bool {
        matches!(self, Self::Free { .. } | Self::Realloc { size: 0, .. })
    }

    /// The slot whose live block it is about.
    pub const fn slot_before(self) -> Option<u8> {
        match self {
            Self::Realloc { slot, .. }
            | Self::Grow { slot, .. }
            | Self::Shrink { slot, .. }
            | Self::Free { slot } => Some(slot),
            _ => None,
        }
    }

    /// The call, when the slot holds the block with this `payload`. None if the slot is empty and
    /// the call needs a block.
    #[inline]
    pub const fn call(self, payload: Option<usize>) -> Option<Call> {
        Some(match (self, payload) {
            (Self::Malloc { size, .. }, _) => Call::Malloc { size },
            (Self::Memalign { align, size, .. }, _) => Call::Memalign { align, size },
            (Self::Realloc { align, size, .. }, payload) => Call::Realloc { payload, align, size },
            (Self::Grow { size, .. }, Some(payload)) => Call::Grow { payload, size },
            (Self::Shrink { size, .. }, Some(payload)) => Call::Shrink { payload, size },
            (Self::Free { .. }, Some(payload)) => Call::Free { payload },
            (Self::AddPool { mem, bytes }, _) => Call::AddPool { mem, bytes },
            (Self::RemovePool { mem }, _) => Call::RemovePool { mem },
            (Self::ExtendPool { mem, more }, _) => Call::ExtendPool { mem, more },
            (Self::ShrinkPool { mem, less }, _) => Call::ShrinkPool { mem, less },
            (Self::Grow { .. } | Self::Shrink { .. } | Self::Free { .. }, None) => return None,
        })
    }

    /// Three numbers, different for different actions: traces are hashed from them.
    pub(crate) fn numbers(self) -> [u64; 3] {
        let (slot, a, b) = match self {
            Self::Malloc { slot, size }
            | Self::Grow { slot, size }
            | Self::Shrink { slot, size } => (slot, size, 0),
            Self::Memalign { slot, align, size } => (slot, size, align),
            Self::Realloc { slot, align, size } => (slot, size, if align == 1 { 0 } else { align }),
            Self::Free { slot } => (slot, 0, 0),
            Self::AddPool { mem, bytes } => (0, mem, bytes),
            Self::RemovePool { mem } => (0, mem, 0),
            Self::ExtendPool { mem, more } => (0, mem, more),
            Self::ShrinkPool { mem, less } => (0, mem, less),
        };
        [(self.kind().index() as u64) << 8 | u64::from(slot), a as u64, b as u64]
    }
}

impl fmt::Display for Action {
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
