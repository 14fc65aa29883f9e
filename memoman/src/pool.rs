//! Pools: the memory an instance owns, the table of them, and the walk over their blocks.
//!
//! Refuses at the door what TLSF 3.1 corrupts on: overlaps, bad sizes, pools of others. The table
//! is kept in order of addition.

use core::fmt;
use core::iter::FusedIterator;
use core::marker::PhantomData;
use core::ptr::NonNull;

use crate::block::Block;
use crate::cost::{touch, touch_all};
use crate::geometry::{Geometry, WORD};

/// A pool of an instance: where its memory starts, and how many bytes it has.
///
/// A plain value: an instance knows its pools by start and length, and reads no memory through a
/// value that is not in its table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pool {
    mem: NonNull<u8>,
    bytes: usize,
}

impl Pool {
    pub(crate) const fn new(mem: NonNull<u8>, bytes: usize) -> Self {
        Self { mem, bytes }
    }

    /// First byte of the pool's memory.
    #[must_use]
    pub const fn start(self) -> NonNull<u8> {
        self.mem
    }

    /// Bytes of memory, as given.
    #[must_use]
    pub const fn bytes(self) -> usize {
        self.bytes
    }

    /// Whether `ptr` points into the pool's memory.
    #[must_use]
    pub fn contains(self, ptr: NonNull<u8>) -> bool {
        ptr.addr().get().wrapping_sub(self.addr()) < self.bytes
    }

    pub(crate) fn addr(self) -> usize {
        self.mem.addr().get()
    }

    fn overlaps(self, other: Self) -> bool {
        // Neither end overflows: both were checked when their pool came in.
        self.addr() < other.addr() + other.bytes && other.addr() < self.addr() + self.bytes
    }

    /// Whether it lies over no byte of the heap's own.
    pub(crate) fn spares<T>(self, control: &T) -> Result<(), PoolError> {
        let own = Self::new(NonNull::from(control).cast(), size_of::<T>());
        if self.overlaps(own) { Err(PoolError::OverlapsControl) } else { Ok(()) }
    }
}

/// Why a pool was refused. The heap is unchanged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PoolError {
    /// The memory's address is not a multiple of ALIGN (of the control's alignment, for
    /// [`Tlsf::init_in_place`](crate::Tlsf::init_in_place)).
    Misaligned {
        /// The alignment it needs.
        needs: usize,
    },
    /// Fewer bytes than overhead and one least block take.
    TooSmall {
        /// Bytes that would do.
        least: usize,
    },
    /// More bytes than one block may span, or beyond the end of the address space.
    TooLarge {
        /// Bytes that would still do.
        most: usize,
    },
    /// The memory overlaps this pool.
    Overlaps(Pool),
    /// The memory overlaps the heap's own control, where that is now.
    OverlapsControl,
    /// The pool table is full: raise the `POOLS` parameter.
    TableFull,
    /// Not a pool of this instance (any more).
    Unknown,
    /// The pool has live blocks; this is the payload of the first.
    Busy(NonNull<u8>),
}

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Misaligned { needs } => write!(f, "pool memory must be aligned to {needs} bytes"),
            Self::TooSmall { least } => {
                write!(f, "pool too small: it needs at least {least} bytes")
            }
            Self::TooLarge { most } => {
                write!(f, "pool too large: it may have at most {most} bytes")
            }
            Self::Overlaps(pool) => {
                write!(f, "overlaps the pool of {} bytes at {:p}", pool.bytes, pool.mem)
            }
            Self::OverlapsControl => f.write_str("overlaps the heap's own control"),
            Self::TableFull => f.write_str("pool table full: raise the POOLS parameter"),
            Self::Unknown => f.write_str("not a pool of this instance"),
            Self::Busy(payload) => write!(f, "pool has live blocks, the first at {payload:p}"),
        }
    }
}

impl core::error::Error for PoolError {}

// SAFETY: plain addresses; whatever reads memory through one is unsafe, or looks it up in the table
// of a heap that it has exclusive access to.
unsafe impl Send for Pool {}
// SAFETY: as above.
unsafe impl Sync for Pool {}
// SAFETY: as above.
unsafe impl Send for PoolError {}
// SAFETY: as above.
unsafe impl Sync for PoolError {}

/// A place in a pool where a header can be.
pub(crate) struct Located {
    pub(crate) block: Block,
    /// Index of the pool.
    pub(crate) pool: usize,
    /// Bytes from the pool's start.
    pub(crate) offset: usize,
    /// Bytes from the payload to the sentinel.
    pub(crate) room: usize,
}

/// The pools of one instance, in order of addition.
pub(crate) struct PoolTable<const POOLS: usize> {
    pools: [Option<Pool>; POOLS],
    len: usize,
}

impl<const POOLS: usize> PoolTable<POOLS> {
    pub(crate) const EMPTY: Self = Self { pools: [None; POOLS], len: 0 };

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = Pool> + Clone + '_ {
        self.pools[..self.len].iter().flatten().copied().inspect(|_| touch())
    }

    /// A copy of the table, to go through while the heap changes.
    pub(crate) const fn all(&self) -> [Option<Pool>; POOLS] {
        self.pools
    }

    /// Whether `pool` may come in, as far as the other pools go.
    pub(crate) fn admits(&self, pool: Pool) -> Result<(), PoolError> {
        match self.iter().find(|other| other.overlaps(pool)) {
            Some(other) => Err(PoolError::Overlaps(other)),
            None if self.len == POOLS => Err(PoolError::TableFull),
            None => Ok(()),
        }
    }

    /// Adds a pool that [`Self::admits`] let through.
    pub(crate) fn push(&mut self, pool: Pool) {
        touch();
        self.pools[self.len] = Some(pool);
        self.len += 1;
    }

    /// Puts a pool of other length in the place of one of the table, if no other pool is in the way.
    pub(crate) fn replace(&mut self, old: Pool, new: Pool) -> Result<(), PoolError> {
        if let Some(other) = self.iter().find(|&other| other != old && other.overlaps(new)) {
            return Err(PoolError::Overlaps(other));
        }
        let mut entries = self.pools.iter_mut().inspect(|_| touch());
        let own = entries.find(|own| **own == Some(old)).ok_or(PoolError::Unknown)?;
        *own = Some(new);
        Ok(())
    }

    pub(crate) fn find(&self, pool: Pool) -> Result<Pool, PoolError> {
        self.iter().find(|&own| own == pool).ok_or(PoolError::Unknown)
    }

    /// The block at an address, if a header and a least payload can be there. Follows nothing.
    pub(crate) fn locate<const ALIGN: usize, const FL: usize, const SL: usize>(
        &self,
        addr: usize,
    ) -> Option<Located> {
        let first = Geometry::<ALIGN, FL, SL>::FIRST_HEADER;
        self.iter().enumerate().find_map(|(index, pool)| {
            let offset = addr.wrapping_sub(pool.addr());
            let end = Geometry::<ALIGN, FL, SL>::sentinel(pool);
            let fits = offset >= first
                && offset < end
                && end - offset >= Geometry::<ALIGN, FL, SL>::MIN_BLOCK
                && (offset - first) % ALIGN == 0;
            if !fits {
                return None;
            }
            // SAFETY: `offset` is inside the pool and aligned to a word.
            let block = unsafe { Block::at(pool.start(), offset) };
            Some(Located { block, pool: index, offset, room: end - offset - WORD })
        })
    }

    /// Removes a pool; those added later move up.
    pub(crate) fn remove(&mut self, pool: Pool) {
        let Some(index) = self.iter().position(|own| own == pool) else { return };
        touch_all(self.len - index);
        self.pools[index..self.len].rotate_left(1);
        self.len -= 1;
        self.pools[self.len] = None;
    }
}

impl<const ALIGN: usize, const FL: usize, const SL: usize> Geometry<ALIGN, FL, SL> {
    /// Checks the numbers of a pool, touching nothing: its payload, or why not.
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
    pub(crate) fn first_block(pool: Pool) -> Block {
        // SAFETY: a pool in the table is at least FIRST_HEADER + WORD long.
        unsafe { Block::at(pool.mem, Self::FIRST_HEADER) }
    }
}

/// A block as a walk sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BlockInfo {
    /// Its payload.
    pub payload: NonNull<u8>,
    /// Usable bytes.
    pub size: usize,
    /// Free, that is: not handed out.
    pub is_free: bool,
}

/// The blocks of one pool in address order, without the sentinel.
///
/// On a damaged heap it ends early rather than leave the pool.
#[derive(Clone, Debug)]
pub struct Blocks<'a> {
    at: Block,
    /// Bytes from `at` to the pool's sentinel.
    left: usize,
    heap: PhantomData<&'a ()>,
}

impl Blocks<'_> {
    pub(crate) const fn none() -> Self {
        Self { at: Block::NOWHERE, left: 0, heap: PhantomData }
    }

    pub(crate) fn new<const ALIGN: usize, const FL: usize, const SL: usize>(pool: Pool) -> Self {
        let payload = Geometry::<ALIGN, FL, SL>::pool_payload(pool.bytes);
        Self {
            at: Geometry::<ALIGN, FL, SL>::first_block(pool),
            left: payload.map_or(0, |size| WORD + size),
            heap: PhantomData,
        }
    }
}

impl Iterator for Blocks<'_> {
    type Item = BlockInfo;

    #[inline]
    fn next(&mut self) -> Option<BlockInfo> {
        if self.left == 0 {
            return None;
        }
        // SAFETY: Tiling, checked: `at` is `left` > 0 bytes before the pool's sentinel.
        let header = unsafe { self.at.header() };
        let (payload, size) = (self.at.payload(), header.size());
        let whole = size.wrapping_add(WORD);
        if size == 0 || size > self.left || whole > self.left || whole % WORD != 0 {
            self.left = 0;
            return None;
        }
        // SAFETY: `whole` bytes are left in the pool.
        self.at = unsafe { self.at.after(size) };
        self.left -= whole;
        Some(BlockInfo { payload, size, is_free: header.is_free() })
    }
}

impl FusedIterator for Blocks<'_> {}
