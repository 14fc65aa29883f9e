//! What can be wrong with a call, and the reaction to it. Values only: no pointer here is followed.

use core::fmt;
use core::ptr::NonNull;

use crate::heap::error::RequestError;
use crate::law::{Law, Violation};
use crate::pool::PoolError;

/// What is wrong with a call on a [`Guarded`](crate::Guarded) heap. No byte of the heap was changed.
///
/// Pools are numbered as [`Tlsf::pools`](crate::Tlsf::pools) lists them; offsets count from the
/// pool's start to the pointer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Misuse {
    /// No block of this heap can start there: the pointer is in no pool, or in bytes of a pool that
    /// are never payload.
    Foreign {
        /// The pointer.
        ptr: NonNull<u8>,
    },
    /// The pointer is in a pool, but not a multiple of ALIGN.
    Misaligned {
        /// The pointer.
        ptr: NonNull<u8>,
        /// The number of its pool.
        pool: usize,
        /// Bytes from the pool's start.
        offset: usize,
    },
    /// The pointer is in a live block (header included), but not at the start of its payload.
    Interior {
        /// The pointer.
        ptr: NonNull<u8>,
        /// The number of its pool.
        pool: usize,
        /// Bytes from the pool's start.
        offset: usize,
        /// The payload of the live block.
        block: NonNull<u8>,
    },
    /// The pointer is in free space: if a block was there, it was freed, and may have been merged.
    Double {
        /// The pointer.
        ptr: NonNull<u8>,
        /// The number of its pool.
        pool: usize,
        /// Bytes from the pool's start.
        offset: usize,
        /// The payload of the free block around it.
        block: NonNull<u8>,
    },
    /// The pointer is in no pool of the table, but may be in an unlisted pool (feature `internals`), and the
    /// words around it are not those of a live block.
    Unlisted {
        /// The pointer.
        ptr: NonNull<u8>,
        /// The first law that a live block there would break: *Membership* if a free block is there.
        law: Law,
    },
    /// The block is live, but it is less aligned or smaller than the layout it is freed with.
    Layout {
        /// The pointer.
        ptr: NonNull<u8>,
        /// Bytes that the block has.
        usable: usize,
    },
    /// The heap is damaged: the call cannot be checked, or would not be safe.
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

impl Misuse {
    /// What is wrong, without the addresses that `Display` adds. It needs no code that formats.
    ///
    /// # Examples
    /// ```
    /// use core::ptr::NonNull;
    /// let misuse = memoman::Misuse::Foreign { ptr: NonNull::<u64>::dangling().cast() };
    /// assert_eq!(misuse.message(), "foreign pointer");
    /// assert_eq!(misuse.to_string(), "foreign pointer 0x8: no block of this heap can start there");
    /// ```
    #[must_use]
    pub const fn message(&self) -> &'static str {
        match self {
            Self::Foreign { .. } => "foreign pointer",
            Self::Misaligned { .. } => "misaligned pointer",
            Self::Interior { .. } => "interior pointer",
            Self::Double { .. } => "double free",
            Self::Unlisted { law: Law::Membership, .. } => "double free in an unlisted pool",
            Self::Unlisted { .. } => "no live block of an unlisted pool",
            Self::Layout { .. } => "a block is freed with another layout",
            Self::Damaged(_) => "damaged heap",
        }
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Foreign { ptr } => {
                write!(f, "foreign pointer {ptr:p}: no block of this heap can start there")
            }
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
            Self::Unlisted { ptr, law: Law::Membership } => {
                write!(f, "double free of {ptr:p} in an unlisted pool: a free block is there")
            }
            Self::Unlisted { ptr, law } => write!(
                f,
                "no live block at {ptr:p}, in an unlisted pool: it would break law {law:?} ({})",
                law.statement()
            ),
            Self::Layout { ptr, usable } => {
                write!(f, "the block {ptr:p} of {usable} bytes is freed with another layout")
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
    /// The call returns the misuse.
    #[default]
    Error,
    /// The call panics with the misuse as its message.
    Panic,
    /// The call prints the misuse to standard error, and ends the program: [`std::process::abort`]. Feature
    /// `std`. It allocates nothing, so it works where the heap is the global allocator and damaged.
    #[cfg(feature = "std")]
    Abort,
    /// The call passes the misuse to the handler, once. If the handler returns, the call returns the
    /// misuse.
    Handler(fn(&Misuse)),
}

impl Reaction {
    /// Reacts to a misuse.
    #[track_caller]
    pub(crate) fn to(self, misuse: &Misuse) {
        match self {
            Self::Error => {}
            Self::Panic => panic!("{misuse}"),
            #[cfg(feature = "std")]
            Self::Abort => abort(misuse),
            Self::Handler(handler) => handler(misuse),
        }
    }
}

#[cfg(feature = "std")]
#[cold]
fn abort(misuse: &Misuse) -> ! {
    use std::io::Write;
    // There is nothing to do about a standard error that is closed.
    _ = writeln!(std::io::stderr(), "memoman: {misuse}");
    std::process::abort()
}

/// Why a call on a [`Guarded`](crate::Guarded) heap did nothing: no byte of the heap was changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum GuardError {
    /// The caller misused the heap, or the heap is damaged.
    Misuse(Misuse),
    /// The request was refused, as by a [`Tlsf`](crate::Tlsf).
    Request(RequestError),
    /// The pool was refused, as by a [`Tlsf`](crate::Tlsf).
    Pool(PoolError),
}

impl From<Misuse> for GuardError {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse)
    }
}

impl From<RequestError> for GuardError {
    fn from(refused: RequestError) -> Self {
        Self::Request(refused)
    }
}

impl From<PoolError> for GuardError {
    fn from(refused: PoolError) -> Self {
        Self::Pool(refused)
    }
}

impl GuardError {
    /// What is wrong, without numbers and addresses. It needs no code that formats.
    ///
    /// # Examples
    /// ```
    /// use memoman::{GuardError, RequestError};
    /// assert_eq!(GuardError::from(RequestError::ZeroSize).message(), RequestError::ZeroSize.message());
    /// ```
    #[must_use]
    pub const fn message(&self) -> &'static str {
        match self {
            Self::Misuse(misuse) => misuse.message(),
            Self::Request(refused) => refused.message(),
            Self::Pool(refused) => refused.message(),
        }
    }
}

impl fmt::Display for GuardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misuse(misuse) => misuse.fmt(f),
            Self::Request(refused) => refused.fmt(f),
            Self::Pool(refused) => refused.fmt(f),
        }
    }
}

impl core::error::Error for GuardError {}
