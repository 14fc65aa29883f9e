//! Looking at a heap: its numbers, its pools, blocks and lists, and whether it is sound. Reads only.

use core::ptr::NonNull;

use crate::chain::block::Block;
use crate::check::audit;
use crate::geometry::{Geometry, WORD};
use crate::heap::Tlsf;
use crate::index::FreeLists;
use crate::law::{Census, Violation};
use crate::pool::Pool;
use crate::pool::table::{Located, PoolTable};
use crate::pool::walk::{BlockInfo, Blocks};
#[cfg(feature = "stats")]
use crate::stats::Stats;

/// Looking.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Tlsf<ALIGN, FL, SL, POOLS>
{
    /// Alignment of every payload. Mirrors `tlsf_align_size`.
    pub const ALIGN: usize = ALIGN;
    /// Size classes: `FL * SL`.
    pub const CLASSES: usize = Geometry::<ALIGN, FL, SL>::CLASSES;
    /// Least payload of a block. Mirrors `tlsf_block_size_min`.
    pub const BLOCK_SIZE_MIN: usize = Geometry::<ALIGN, FL, SL>::MIN_SIZE;
    /// Largest payload of a block. No request above it can succeed, and one of it only by growing a
    /// block in place: the search for it would start above the last list. (TLSF 3.1's
    /// `tlsf_block_size_max` names the first size that no block has.)
    pub const BLOCK_SIZE_MAX: usize = Geometry::<ALIGN, FL, SL>::MAX_SIZE;
    /// Bytes of a pool that are never payload. Mirrors `tlsf_pool_overhead`.
    pub const POOL_OVERHEAD: usize = Geometry::<ALIGN, FL, SL>::POOL_OVERHEAD;
    /// Least pool.
    pub const POOL_BYTES_MIN: usize = Self::POOL_OVERHEAD + Self::BLOCK_SIZE_MIN;
    /// Largest pool.
    pub const POOL_BYTES_MAX: usize = Geometry::<ALIGN, FL, SL>::POOL_BYTES_MAX;
    /// Bytes in front of every payload. Mirrors `tlsf_alloc_overhead`.
    pub const ALLOC_OVERHEAD: usize = WORD;

    /// Bytes from the start of a buffer to the pool, for [`Tlsf::init_in_place`]: the control
    /// rounded up to ALIGN. Mirrors `tlsf_size`.
    #[must_use]
    pub const fn control_size() -> usize {
        size_of::<Self>().next_multiple_of(ALIGN)
    }

    /// The number (`row * SL + list`) of the free list that a block of `size` bytes belongs to;
    /// `None` if no block has that size. Mirrors `mapping_insert`.
    #[must_use]
    pub const fn class_of(size: usize) -> Option<usize> {
        if !Geometry::<ALIGN, FL, SL>::is_block_size(size) {
            return None;
        }
        let key = Geometry::<ALIGN, FL, SL>::key(size);
        Some(Geometry::<ALIGN, FL, SL>::class_of_key(key))
    }

    /// The number of the first list whose blocks all hold a request; `None` if no block can, or if
    /// that list lies above the last. Mirrors `mapping_search`.
    #[must_use]
    pub const fn search_class(request: usize) -> Option<usize> {
        let Some(fit) = Geometry::<ALIGN, FL, SL>::fit(request) else { return None };
        let key = Geometry::<ALIGN, FL, SL>::key(fit.bytes());
        let class = Geometry::<ALIGN, FL, SL>::search_class_of_key(key);
        if class < Self::CLASSES { Some(class) } else { None }
    }

    /// The largest request that [`Tlsf::malloc`] would grant now, exactly: one byte more is refused.
    /// 0 if nothing would be. O(1).
    ///
    /// It is less than the largest free block when that lies inside its class: the search for more
    /// would start above it. TLSF 3.1 has no such call, and no other way to know.
    ///
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// let mut heap: memoman::Tlsf = memoman::Tlsf::new();
    /// heap.add_static_pool(buffer)?;
    /// let most = heap.max_allocatable();
    /// assert!(heap.malloc(most + 1).is_none() && heap.malloc(most).is_some());
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[must_use]
    pub fn max_allocatable(&self) -> usize {
        self.lists.highest().map_or(0, |class| {
            let key = Geometry::<ALIGN, FL, SL>::least_key(class.row(), class.list());
            key - Geometry::<ALIGN, FL, SL>::key(0)
        })
    }

    /// The pool that `ptr` points into. O(pools).
    #[must_use]
    pub fn pool_of(&self, ptr: NonNull<u8>) -> Option<Pool> {
        self.pools.iter().find(|pool| pool.contains(ptr))
    }

    /// The pools, in order of addition.
    pub fn pools(&self) -> impl DoubleEndedIterator<Item = Pool> + Clone + '_ {
        self.pools.iter()
    }

    /// The blocks of a pool, in address order; none for a pool of another heap. Mirrors
    /// `tlsf_walk_pool`.
    #[must_use]
    pub fn blocks(&self, pool: Pool) -> Blocks<'_> {
        let own = self.pools.find(pool).ok();
        // SAFETY: Tiling: a pool of the table.
        own.map_or_else(Blocks::none, |pool| unsafe { Blocks::new::<ALIGN, FL, SL>(pool) })
    }

    /// The pool that starts at `start`, as its blocks tell: for those who know no heap, as callers of
    /// `tlsf_walk_pool` and `tlsf_check_pool`. O(blocks of the pool).
    ///
    /// # Safety
    /// `start` is the start of a pool of a sound heap with these parameters, and no verb of that heap
    /// runs at the same time.
    #[must_use]
    pub unsafe fn pool_at(start: NonNull<u8>) -> Pool {
        let mut end = Geometry::<ALIGN, FL, SL>::FIRST_HEADER;
        loop {
            // SAFETY: Tiling: from header to header, up to the sentinel, whose size is 0.
            let size = unsafe { Block::at(start, end).header() }.size();
            end += WORD;
            // The sentinel's, or a damaged one.
            if !Geometry::<ALIGN, FL, SL>::is_block_size(size) {
                return Pool::new(start, end);
            }
            end += size;
        }
    }

    /// [`Tlsf::validate_pool`] for those who know no heap, as callers of `tlsf_check_pool`. It goes by
    /// the sizes it finds, up to the first that no block has: one that is damaged but possible may
    /// lead it out of the pool.
    ///
    /// # Errors
    /// The [`Violation`] names the law, and the place as if the pool were the heap's first.
    ///
    /// # Safety
    /// As [`Tlsf::pool_at`], but for a heap whose damage, if any, leaves each size of a block one
    /// that leads to the next header or that no block has.
    pub unsafe fn validate_pool_at(start: NonNull<u8>) -> Result<Census, Violation> {
        // SAFETY: the caller's.
        let pool = unsafe { Self::pool_at(start) };
        let (lists, pools) = (&FreeLists::<ALIGN, FL, SL>::EMPTY, &PoolTable::<POOLS>::EMPTY);
        audit::audit_chain(lists, pools, 0, pool)
    }

    /// The blocks of a pool of any heap with these parameters.
    ///
    /// # Safety
    /// `pool` is a pool of a heap, now and as long as the iterator is used.
    #[must_use]
    pub unsafe fn blocks_of<'a>(pool: Pool) -> Blocks<'a> {
        // SAFETY: the caller's: a pool.
        unsafe { Blocks::new::<ALIGN, FL, SL>(pool) }
    }

    /// The free blocks by size class, each with its class number (`row * SL + list`), in list
    /// order: within a class, the first is the next to be handed out. On a damaged heap it ends
    /// early rather than leave the pools or run in circles.
    pub fn free_blocks(&self) -> impl Iterator<Item = (usize, BlockInfo)> + '_ {
        let bytes: usize = self.pools.iter().map(Pool::bytes).sum();
        let most = bytes / Geometry::<ALIGN, FL, SL>::MIN_BLOCK;
        FreeBlocks { lists: &self.lists, pools: &self.pools, class: 0, next: None, most }
    }

    /// What a pool holds, by the walk that checks the laws of address order on it (*Tiling*,
    /// *Mirror*, *BackLink*, *Coalesced*, *Sentinel*): `None` for a pool of another heap.
    /// Read-only, O(blocks of the pool), constant stack.
    #[must_use]
    pub fn validate_pool(&self, pool: Pool) -> Option<Result<Census, Violation>> {
        let index = self.pools.iter().position(|own| own == pool)?;
        Some(audit::audit_chain(&self.lists, &self.pools, index, pool))
    }

    /// The counters, with feature `stats`. O(1); [`Tlsf::validate`] compares them with what it
    /// counts.
    #[cfg(feature = "stats")]
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.tally.stats()
    }

    /// Checks every law of every block, list and bit: what the heap holds, or the first law found
    /// broken. Read-only, O(blocks + FL * SL), constant stack; ends on any damage, and reads only
    /// inside the pools, taking the table of them on trust (a damaged link may lead it to read a live
    /// payload, where nobody may be writing at that time).
    ///
    /// # Errors
    /// The [`Violation`] names the law and the place.
    pub fn validate(&self) -> Result<Census, Violation> {
        audit::audit(&self.lists, &self.pools, &self.tally)
    }
}

struct FreeBlocks<'a, const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize> {
    lists: &'a FreeLists<ALIGN, FL, SL>,
    pools: &'a PoolTable<POOLS>,
    /// The class being listed, or the first to look at.
    class: usize,
    /// The next block of that class.
    next: Option<Block>,
    /// Blocks that there can be at most: what ends a cycle.
    most: usize,
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
        self.most = self.most.checked_sub(1)?;
        // The pool's own pointer to the place; the stored one is not followed.
        let Located { block, room, .. } = self.pools.locate::<ALIGN, FL, SL>(block.addr())?;
        // SAFETY: located: a header and the least payload behind it lie in a pool.
        let (next, header, payload) =
            unsafe { (block.next_slot().read(), block.header(), block.payload()) };
        let size = header.size();
        if !Geometry::<ALIGN, FL, SL>::is_block_size(size) || size > room {
            return None;
        }
        let info = BlockInfo { payload, size, is_free: header.is_free() };
        let class = self.class;
        self.next = next;
        self.class += usize::from(next.is_none());
        Some((class, info))
    }
}
