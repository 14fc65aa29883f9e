//! Inspection: the numbers of a heap, its pools and blocks, and whether it is sound. Reads only.

use core::fmt;
use core::ptr::NonNull;

use crate::chain::block::Block;
use crate::check;
use crate::geometry::{Geometry, WORD};
use crate::heap::Tlsf;
use crate::index::FreeLists;
use crate::law::{Census, Violation};
use crate::pool::Pool;
use crate::pool::table::{Located, PoolTable};
use crate::pool::unlisted::UnlistedPools;
use crate::pool::walk::{BlockInfo, Blocks};
#[cfg(feature = "stats")]
use crate::stats::Stats;

/// Inspection.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Tlsf<ALIGN, FL, SL, POOLS, SEARCH>
{
    /// Alignment of every payload. Mirrors `tlsf_align_size`.
    pub const ALIGN: usize = ALIGN;
    /// Smallest payload of a block. Mirrors `tlsf_block_size_min`.
    pub const BLOCK_SIZE_MIN: usize = Geometry::<ALIGN, FL, SL>::MIN_SIZE;
    /// Largest payload of a block. A request above it is always refused. Without SEARCH, a block gets this
    /// size only by growing in place: the search for it would start above the last list. (TLSF 3.1's
    /// `tlsf_block_size_max` is the first size that no block has.)
    pub const BLOCK_SIZE_MAX: usize = Geometry::<ALIGN, FL, SL>::MAX_SIZE;
    /// Bytes of a pool that are never payload. Mirrors `tlsf_pool_overhead`.
    pub const POOL_OVERHEAD: usize = Geometry::<ALIGN, FL, SL>::POOL_OVERHEAD;
    /// Bytes of the smallest pool.
    pub const POOL_BYTES_MIN: usize = Self::POOL_OVERHEAD + Self::BLOCK_SIZE_MIN;
    /// Bytes of the largest pool.
    pub const POOL_BYTES_MAX: usize = Geometry::<ALIGN, FL, SL>::POOL_BYTES_MAX;
    /// Bytes in front of every payload. Mirrors `tlsf_alloc_overhead`.
    pub const ALLOC_OVERHEAD: usize = WORD;

    /// Returns the bytes from the start of a buffer to the pool, for [`Tlsf::init_in_place`]: the
    /// control rounded up to ALIGN. Mirrors `tlsf_size`.
    ///
    /// # Examples
    /// ```
    /// assert!(memoman::Heap::control_size() >= size_of::<memoman::Heap>());
    /// ```
    #[must_use]
    pub const fn control_size() -> usize {
        size_of::<Self>().next_multiple_of(ALIGN)
    }

    /// Returns the largest request that [`Tlsf::malloc`] would grant now, exactly: one byte more is
    /// refused. Returns 0 if every request would be refused.
    ///
    /// The result is less than the size of the largest free block, unless that size is the first of its
    /// class, or SEARCH finds the block: the search for more starts at the next class. TLSF 3.1 has no such
    /// call.
    ///
    /// # Complexity
    /// O(1), with a bounded search O(SEARCH).
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// let mut heap = memoman::Heap::new();
    /// heap.add_static_pool(buffer)?;
    /// let most = heap.max_allocatable();
    /// assert!(heap.malloc(most + 1).is_none() && heap.malloc(most).is_some());
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[must_use]
    pub fn max_allocatable(&self) -> usize {
        self.lists.highest().map_or(0, |class| {
            let key = Geometry::<ALIGN, FL, SL>::least_key(class.row(), class.list());
            let all = key - Geometry::<ALIGN, FL, SL>::key(0);
            if SEARCH == 0 { all } else { all.max(self.lists.largest_near(class, SEARCH)) }
        })
    }

    /// Returns the pool that `ptr` points into.
    ///
    /// # Complexity
    /// O(pools).
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// let mut heap = memoman::Heap::new();
    /// let pool = heap.add_static_pool(buffer)?;
    /// let block = heap.malloc(100).expect("the pool is empty");
    /// assert_eq!(heap.pool_of(block), Some(pool));
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[must_use]
    pub fn pool_of(&self, ptr: NonNull<u8>) -> Option<Pool> {
        self.pools.iter().find(|pool| pool.contains(ptr))
    }

    /// Returns the pools, in order of addition.
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// let mut heap = memoman::Heap::new();
    /// let pool = heap.add_static_pool(buffer)?;
    /// assert!(heap.pools().eq([pool]));
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    pub fn pools(&self) -> impl DoubleEndedIterator<Item = Pool> + Clone + '_ {
        self.pools.iter()
    }

    /// Returns the blocks of a pool, in address order; none for a pool of another heap. Mirrors
    /// `tlsf_walk_pool`.
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// let mut heap = memoman::Heap::new();
    /// let pool = heap.add_static_pool(buffer)?;
    /// let block = heap.malloc(100).expect("the pool is empty");
    /// let mut blocks = heap.blocks(pool);
    /// assert_eq!(blocks.next().map(|used| used.payload), Some(block));
    /// assert!(blocks.next().is_some_and(|rest| rest.is_free));
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[must_use]
    pub fn blocks(&self, pool: Pool) -> Blocks<'_> {
        let own = self.pools.find(pool).ok();
        // SAFETY: Tiling: a pool of the table.
        own.map_or_else(Blocks::none, |pool| unsafe { Blocks::new::<ALIGN, FL, SL>(pool) })
    }

    /// The bytes of a pool's last block if that is free, else 0. O(pools).
    pub(crate) fn free_tail(&self, pool: Pool) -> usize {
        let Ok(pool) = self.pools.find(pool) else { return 0 };
        // SAFETY: Sentinel: every pool ends in one. BackLink: the word in front of it points at a free last
        // block, which has a header.
        unsafe {
            let sentinel = Block::at(pool.start(), Geometry::<ALIGN, FL, SL>::sentinel(pool));
            match sentinel.header().is_prev_free() {
                true => sentinel.prev_phys().header().size(),
                false => 0,
            }
        }
    }

    /// Checks the laws of address order on one pool (*Tiling*, *Mirror*, *BackLink*, *Coalesced*,
    /// *Sentinel*), and counts what it holds. Returns `None` for a pool of another heap, and otherwise
    /// the counts or the first [`Violation`].
    ///
    /// # Complexity
    /// O(blocks of the pool), constant stack.
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// let mut heap = memoman::Heap::new();
    /// let pool = heap.add_static_pool(buffer)?;
    /// let census = heap.validate_pool(pool).expect("a pool of this heap").expect("no damage");
    /// assert_eq!((census.used_blocks, census.free_blocks), (0, 1));
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[must_use]
    pub fn validate_pool(&self, pool: Pool) -> Option<Result<Census, Violation>> {
        // The table's own value: an equal one of the caller's may be of memory that is gone.
        let (index, pool) = self.pools.iter().enumerate().find(|&(_, own)| own == pool)?;
        // SAFETY: Tiling: a pool of the table.
        Some(unsafe { check::pool::<ALIGN, FL, SL>(index, pool) })
    }

    /// Returns the counters, with feature `stats`. [`Tlsf::validate`] compares them with what it
    /// counts.
    ///
    /// # Complexity
    /// O(1).
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// let mut heap = memoman::Heap::new();
    /// heap.add_static_pool(buffer)?;
    /// assert!(heap.malloc(100).is_some() && heap.malloc(10_000).is_none());
    /// let stats = heap.stats();
    /// assert_eq!((stats.used_blocks, stats.failures), (1, 1));
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[cfg(feature = "stats")]
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.tally.stats()
    }

    /// Checks every law on every block, list and bit, and counts what the heap holds.
    ///
    /// It reads inside the pools only, terminates on any damage, and trusts the table of pools. Of a
    /// live block it reads the header, but not the payload: it follows a stored link only if the link
    /// leads to a free block. (Two exceptions: a damaged size that leads into a payload, where the bytes
    /// are read as a header; and headers that agree that a used block is free, whose last word and links
    /// are read.)
    ///
    /// # Errors
    /// The first [`Violation`] found: the law and the place.
    ///
    /// # Complexity
    /// O(blocks + FL * SL), constant stack. If a link is damaged, O(free blocks * blocks) to locate it.
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// let mut heap = memoman::Heap::new();
    /// heap.add_static_pool(buffer)?;
    /// let _block = heap.malloc(100);
    /// assert_eq!(heap.validate().expect("no damage").used_blocks, 1);
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    pub fn validate(&self) -> Result<Census, Violation> {
        // SAFETY: without unlisted pools, only the table's are read.
        unsafe { check::heap(&self.lists, &self.pools, UnlistedPools::NONE, &self.tally) }
    }

    /// The free blocks by size class, each with its class number, in list order. It is for heaps that
    /// [`Tlsf::validate`] accepts: a damaged link may lead into a payload, whose bytes are then read. It
    /// ends early rather than leave the pools or loop for ever.
    ///
    /// # Safety
    /// As [`check::heap`].
    pub(crate) unsafe fn listed_blocks(
        &self,
        unlisted: UnlistedPools,
    ) -> impl Iterator<Item = (usize, BlockInfo)> + '_ {
        FreeBlocks {
            lists: &self.lists,
            pools: &self.pools,
            unlisted,
            class: 0,
            prev: 0,
            next: None,
        }
    }
}

/// Prints the pools. The free lists are left out: [`Tlsf::blocks`] returns every block.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    fmt::Debug for Tlsf<ALIGN, FL, SL, POOLS, SEARCH>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tlsf").field("pools", &DebugPools(&self.pools)).finish_non_exhaustive()
    }
}

struct DebugPools<'a, const POOLS: usize>(&'a PoolTable<POOLS>);

impl<const POOLS: usize> fmt::Debug for DebugPools<'_, POOLS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter()).finish()
    }
}

struct FreeBlocks<'a, const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize> {
    lists: &'a FreeLists<ALIGN, FL, SL>,
    pools: &'a PoolTable<POOLS>,
    unlisted: UnlistedPools,
    /// The class being listed, or the first to look at.
    class: usize,
    /// The address of the block before, 0 at the head of a list: a block that is reached twice has
    /// another one of the two times, so a cycle ends.
    prev: usize,
    /// The next block of that class.
    next: Option<Block>,
}

impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize> Iterator
    for FreeBlocks<'_, ALIGN, FL, SL, POOLS>
{
    type Item = (usize, BlockInfo);

    fn next(&mut self) -> Option<(usize, BlockInfo)> {
        let block = match self.next {
            Some(block) => block,
            None => {
                let (class, head) = self.lists.first_from(self.class)?;
                self.class = class.index();
                head
            }
        };
        // The pool's own pointer to the place; the stored one is not followed.
        let (block, room) = match self.pools.locate::<ALIGN, FL, SL>(block.addr()) {
            Some(Located { block, room, .. }) => (block, room),
            None => self.unlisted.block::<ALIGN, FL, SL>(block.addr())?,
        };
        // SAFETY: Links: a listed block; located: its header and links are in a pool on any damage.
        let (next, prev, header, payload) =
            unsafe { (block.next_slot().read(), block.word(2), block.header(), block.payload()) };
        let size = header.size();
        if prev != self.prev || !Geometry::<ALIGN, FL, SL>::is_block_size(size) || size > room {
            return None;
        }
        let info = BlockInfo { payload, size, is_free: header.is_free() };
        let class = self.class;
        self.next = next;
        self.prev = if next.is_some() { block.addr() } else { 0 };
        self.class += usize::from(next.is_none());
        Some((class, info))
    }
}
