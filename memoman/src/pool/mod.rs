//! Pools: the memory of a heap, the table of its pools, and the walk over their blocks.
//!
//! Refuses what TLSF 3.1 corrupts on: overlaps, invalid sizes, pools of other heaps. The table is in
//! order of addition.

pub(crate) mod table;
pub(crate) mod unlisted;
pub(crate) mod walk;

use core::fmt;
use core::ptr::NonNull;

use crate::chain::block::Block;
use crate::geometry::{Geometry, WORD};

/// A pool of a heap: the start of its memory, and its bytes.
///
/// A plain value: a heap finds its pools by start and length, and reads no memory through a value that
/// is not in its table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pool {
    mem: NonNull<u8>,
    bytes: usize,
}

impl Pool {
    pub(crate) const fn new(mem: NonNull<u8>, bytes: usize) -> Self {
        Self { mem, bytes }
    }

    /// The first byte of the pool's memory.
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096));
    /// let start = buffer.as_ptr().addr();
    /// let pool = memoman::Heap::new().add_static_pool(buffer)?;
    /// assert!(pool.start().addr().get() - start < memoman::WORD);
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[must_use]
    pub const fn start(self) -> NonNull<u8> {
        self.mem
    }

    /// The bytes of memory, as added.
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096));
    /// let pool = memoman::Heap::new().add_static_pool(buffer)?;
    /// assert!((4000..=4096).contains(&pool.bytes()));
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[must_use]
    pub const fn bytes(self) -> usize {
        self.bytes
    }

    /// Returns whether `ptr` points into the pool's memory.
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096));
    /// let mut heap = memoman::Heap::new();
    /// let pool = heap.add_static_pool(buffer)?;
    /// let block = heap.malloc(100).expect("the pool is empty");
    /// assert!(pool.contains(block));
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[must_use]
    pub fn contains(self, ptr: NonNull<u8>) -> bool {
        ptr.addr().get().wrapping_sub(self.addr()) < self.bytes
    }

    pub(crate) fn addr(self) -> usize {
        self.mem.addr().get()
    }

    fn overlaps(self, other: Self) -> bool {
        // Neither end overflows: both were checked when their pool was added.
        self.addr() < other.addr() + other.bytes && other.addr() < self.addr() + self.bytes
    }

    /// The place of a value, as if it were a pool.
    pub(crate) fn of<T>(value: &T) -> Self {
        Self::new(NonNull::from(value).cast(), size_of::<T>())
    }

    /// Refuses a pool that overlaps the control of its heap.
    pub(crate) fn spares(self, control: Self) -> Result<(), PoolError> {
        if self.overlaps(control) { Err(PoolError::OverlapsControl) } else { Ok(()) }
    }
}

/// What an operation on pools returns.
pub(crate) type PoolResult<T> = Result<T, PoolError>;

/// A pool that was shortened, and the memory that it lost.
pub(crate) type Shortened = (Pool, NonNull<[u8]>);

/// Why a pool was refused. The heap is unchanged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PoolError {
    /// The memory's address is not a multiple of ALIGN (of the control's alignment, for
    /// [`Tlsf::init_in_place`](crate::Tlsf::init_in_place)).
    Misaligned {
        /// The required alignment.
        needs: usize,
    },
    /// Fewer bytes than the overhead and one smallest block.
    TooSmall {
        /// The fewest bytes that are enough.
        least: usize,
    },
    /// More bytes than one block may have, or beyond the end of the address space.
    TooLarge {
        /// The most bytes that are possible.
        most: usize,
    },
    /// The memory overlaps this pool.
    Overlaps(Pool),
    /// The memory overlaps the heap's own control, at its present address. For the operations of a
    /// [`Shared`](crate::Shared) or `Guarded`, that whole value is the control.
    OverlapsControl,
    /// The pool table is full: raise the `POOLS` parameter.
    TableFull,
    /// The pool is not, or is no longer, a pool of this heap.
    Unknown,
    /// The pool has live blocks; this is the payload of the first of them.
    Busy(NonNull<u8>),
}

impl PoolError {
    /// What is wrong, without the numbers that `Display` adds. It needs no code that formats.
    ///
    /// # Examples
    /// ```
    /// let error = memoman::PoolError::TooSmall { least: 40 };
    /// assert_eq!(error.message(), "pool too small");
    /// assert_eq!(error.to_string(), "pool too small: it needs at least 40 bytes");
    /// ```
    #[must_use]
    pub const fn message(&self) -> &'static str {
        match self {
            Self::Misaligned { .. } => "misaligned pool",
            Self::TooSmall { .. } => "pool too small",
            Self::TooLarge { .. } => "pool too large",
            Self::Overlaps(_) => "pool overlaps another pool",
            Self::OverlapsControl => "pool overlaps the heap's own control",
            Self::TableFull => "pool table full: raise the POOLS parameter",
            Self::Unknown => "not a pool of this heap",
            Self::Busy(_) => "pool has live blocks",
        }
    }
}

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())?;
        match *self {
            Self::Misaligned { needs } => {
                write!(f, ": its memory must be aligned to {needs} bytes")
            }
            Self::TooSmall { least } => write!(f, ": it needs at least {least} bytes"),
            Self::TooLarge { most } => write!(f, ": it may have at most {most} bytes"),
            Self::Overlaps(pool) => write!(f, " of {} bytes at {:p}", pool.bytes, pool.mem),
            Self::Busy(payload) => write!(f, ", the first at {payload:p}: free them first"),
            Self::OverlapsControl | Self::TableFull | Self::Unknown => Ok(()),
        }
    }
}

impl core::error::Error for PoolError {}

// SAFETY: plain addresses; code that reads memory through one is unsafe, or finds it in the table of a
// heap that it has exclusive access to.
unsafe impl Send for Pool {}
// SAFETY: as above.
unsafe impl Sync for Pool {}
// SAFETY: as above.
unsafe impl Send for PoolError {}
// SAFETY: as above.
unsafe impl Sync for PoolError {}

impl<const ALIGN: usize, const FL: usize, const SL: usize> Geometry<ALIGN, FL, SL> {
    /// The payload of a pool with these numbers, or the reason for refusing it. Touches no memory.
    pub(crate) fn pool(mem: NonNull<u8>, bytes: usize) -> Result<usize, PoolError> {
        let least = Self::POOL_OVERHEAD + Self::MIN_SIZE;
        let most = Self::POOL_BYTES_MAX.min(usize::MAX - mem.addr().get());
        if mem.addr().get() & (ALIGN - 1) != 0 {
            return Err(PoolError::Misaligned { needs: ALIGN });
        }
        let (too_small, too_large) = (PoolError::TooSmall { least }, PoolError::TooLarge { most });
        let error = if bytes < least { too_small } else { too_large };
        Self::pool_payload(bytes).filter(|_| bytes <= most).ok_or(error)
    }

    /// Bytes from a pool's start to its sentinel.
    pub(crate) fn sentinel(pool: Pool) -> usize {
        Self::FIRST_HEADER + WORD + Self::pool_payload(pool.bytes).unwrap_or(0)
    }

    /// The first block of a pool.
    ///
    /// # Safety
    /// The pool is one of a heap, now.
    pub(crate) unsafe fn first_block(pool: Pool) -> Block {
        // SAFETY: Tiling: a pool is at least FIRST_HEADER + WORD long.
        unsafe { Block::at(pool.mem, Self::FIRST_HEADER) }
    }
}
