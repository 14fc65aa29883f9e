//! What can be wrong with a call, and what to do about it. Values only: no pointer here is followed.

use core::fmt;
use core::ptr::NonNull;

use crate::law::Violation;

/// What is wrong with a call on a [`Guarded`](crate::Guarded) heap. No byte of the heap was changed.
///
/// Pools are numbered as [`Tlsf::pools`](crate::Tlsf::pools) lists them; offsets count from the
/// pool's start to the pointer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Misuse {
    /// No block of this heap can be there: in no pool, or in the bytes of one that are never payload.
    Foreign {
        /// The pointer.
        ptr: NonNull<u8>,
    },
    /// In a pool, but not a multiple of ALIGN.
    Misaligned {
        /// The pointer.
        ptr: NonNull<u8>,
        /// Its pool.
        pool: usize,
        /// Where in the pool.
        offset: usize,
    },
    /// In a live block (its header counts), but not the start of its payload.
    Interior {
        /// The pointer.
        ptr: NonNull<u8>,
        /// Its pool.
        pool: usize,
        /// Where in the pool.
        offset: usize,
        /// The payload of the live block.
        block: NonNull<u8>,
    },
    /// In free space: freed already, if it ever was a block; it may have been merged since.
    Double {
        /// The pointer.
        ptr: NonNull<u8>,
        /// Its pool.
        pool: usize,
        /// Where in the pool.
        offset: usize,
        /// The payload of the free block that has it now.
        block: NonNull<u8>,
    },
    /// A live block, but it is not aligned, or not as large, as the layout that it is freed with.
    Layout {
        /// The pointer.
        ptr: NonNull<u8>,
        /// Bytes that the block has.
        usable: usize,
    },
    /// The heap is damaged, so that the call cannot be answered for.
    Damaged(Violation),
}

// SAFETY: plain addresses, and nothing is read through them here.
unsafe impl Send for Misuse {}
// SAFETY: as above.
unsafe impl Sync for Misuse {}

impl From<Violation> for Misuse {
    fn from(violation: Violation) -> Self {
        Self::Damaged(violation)
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Foreign { ptr } => write!(f, "foreign pointer {ptr:p}: no block can be there"),
            Self::Misaligned { ptr, pool, offset } => {
                write!(f, "misaligned pointer {ptr:p} at pool {pool}, offset {offset}")
            }
            Self::Interior { ptr, pool, offset, block } => write!(
                f,
                "interior pointer {ptr:p} at pool {pool}, offset {offset}: in the live block {block:p}"
            ),
            Self::Double { ptr, pool, offset, block } => write!(
                f,
                "double free of {ptr:p} at pool {pool}, offset {offset}: in the free block {block:p}"
            ),
            Self::Layout { ptr, usable } => {
                write!(f, "the block {ptr:p} of {usable} bytes was freed with another layout")
            }
            Self::Damaged(violation) => write!(f, "damaged heap: {violation}"),
        }
    }
}

impl core::error::Error for Misuse {}

/// What a [`Guarded`](crate::Guarded) heap does about a [`Misuse`]. The call changes nothing in any
/// case.
#[derive(Clone, Copy, Default, Debug)]
#[non_exhaustive]
pub enum Reaction {
    /// The call returns it.
    #[default]
    Error,
    /// The call panics with it.
    Panic,
    /// The handler is told, once; if it comes back, the call returns the misuse.
    Handler(fn(&Misuse)),
}
