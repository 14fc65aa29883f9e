//! Functions for tools that inspect a heap: size classes, free lists, and pools without their heap
//! (feature `internals`). They change no heap, and no operation depends on them.

use core::alloc::Layout;
use core::ptr::NonNull;

use crate::chain::block::{Block, UsedBlock};
use crate::check;
use crate::geometry::{Geometry, WORD};
use crate::heap::Tlsf;
use crate::law::{Census, Violation};
use crate::pool::Pool;
use crate::pool::unlisted::UnlistedPools;
use crate::pool::walk::{BlockInfo, Blocks};

/// Internals, for tools that look inside (feature `internals`).
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Tlsf<ALIGN, FL, SL, POOLS, SEARCH>
{
    /// Number of size classes: `FL * SL`.
    pub const CLASSES: usize = Geometry::<ALIGN, FL, SL>::CLASSES;

    /// Returns the number (`row * SL + list`) of the free list that a block of `size` bytes belongs
    /// to; `None` if no block has that size. Mirrors `mapping_insert`.
    ///
    /// # Examples
    /// ```
    /// use memoman::{Heap, WORD};
    /// assert_eq!(Heap::class_of(5 * WORD), Some(5));
    /// assert_eq!(Heap::class_of(5 * WORD + 1), None);
    /// ```
    #[must_use]
    pub const fn class_of(size: usize) -> Option<usize> {
        if !Geometry::<ALIGN, FL, SL>::is_block_size(size) {
            return None;
        }
        let key = Geometry::<ALIGN, FL, SL>::key(size);
        Some(Geometry::<ALIGN, FL, SL>::class_of_key(key))
    }

    /// Returns the number of the first list in which every block holds the request; `None` if no block
    /// can hold it, or if no such list exists. Mirrors `mapping_search`.
    ///
    /// # Examples
    /// ```
    /// use memoman::{Heap, WORD};
    /// assert_eq!(Heap::search_class(5 * WORD - 1), Some(5));
    /// assert_eq!(Heap::search_class(Heap::BLOCK_SIZE_MAX), None);
    /// ```
    #[must_use]
    pub const fn search_class(request: usize) -> Option<usize> {
        let Some(fit) = Geometry::<ALIGN, FL, SL>::fit(request) else { return None };
        let key = Geometry::<ALIGN, FL, SL>::key(fit.bytes());
        let class = Geometry::<ALIGN, FL, SL>::search_class_of_key(key);
        if class < Self::CLASSES { Some(class) } else { None }
    }

    /// Returns the size of the smallest free block that a request for the layout is sure to find: the
    /// search starts at the first list in which every block is large enough. `None` if no such list
    /// exists.
    ///
    /// # Examples
    /// ```
    /// # use core::alloc::Layout;
    /// use memoman::{Heap, WORD};
    /// assert_eq!(Heap::search_size(Layout::new::<[usize; 5]>()), Some(5 * WORD));
    /// ```
    #[must_use]
    pub const fn search_size(layout: Layout) -> Option<usize> {
        match Geometry::<ALIGN, FL, SL>::need(layout.align(), layout.size()) {
            Some(need) => Geometry::<ALIGN, FL, SL>::search_size(need),
            None => None,
        }
    }

    /// Returns the most bytes that a block allocated for `request` bytes can take beyond them;
    /// `None` if no block holds the request.
    ///
    /// # Examples
    /// ```
    /// use memoman::Heap;
    /// assert_eq!(Heap::waste_of(1), Some(Heap::WASTE_MAX));
    /// ```
    #[must_use]
    pub const fn waste_of(request: usize) -> Option<usize> {
        match Geometry::<ALIGN, FL, SL>::fit(request) {
            Some(fit) => Some(WORD + fit.bytes() - request + Geometry::<ALIGN, FL, SL>::REST_MAX),
            None => None,
        }
    }

    /// Returns the free blocks by size class, each with its class number (`row * SL + list`), in
    /// list order: within a class, the first is the next to be allocated. On a damaged heap it ends
    /// early rather than leave the pools or loop for ever.
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// use memoman::Heap;
    /// let mut heap = Heap::new();
    /// heap.add_static_pool(buffer)?;
    /// let (class, block) = heap.free_blocks().next().expect("the pool is one free block");
    /// assert_eq!(Heap::class_of(block.size), Some(class));
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    pub fn free_blocks(&self) -> impl Iterator<Item = (usize, BlockInfo)> + '_ {
        // SAFETY: without unlisted pools, only the table's are read.
        unsafe { self.listed_blocks(UnlistedPools::NONE) }
    }

    /// Appends the heads of all free lists as addresses, the bitmap of those that hold blocks, and the pools:
    /// all of the heap outside of its pools that inspection reads, the counters apart.
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096));
    /// use memoman::Heap;
    /// let mut heap = Heap::new();
    /// heap.add_static_pool(buffer)?;
    /// let mut index = Vec::new();
    /// heap.copy_index(&mut index);
    /// assert!(heap.malloc(1 << 20).is_none() && heap.is_index(&index));
    /// assert!(heap.malloc(100).is_some() && !heap.is_index(&index));
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    pub fn copy_index(&self, out: &mut impl Extend<usize>) {
        out.extend(self.heads());
        out.extend(self.bits_and_pools());
    }

    /// Returns whether [`Tlsf::copy_index`] would append exactly these words.
    #[must_use]
    pub fn is_index(&self, words: &[usize]) -> bool {
        let Some((heads, rest)) = words.split_at_checked(Self::CLASSES) else { return false };
        // A loop without branches, which a compiler turns into wide operations.
        self.heads().zip(heads).fold(0, |any, (own, word)| any | (own ^ word)) == 0
            && self.bits_and_pools().eq(rest.iter().copied())
    }

    fn heads(&self) -> impl Iterator<Item = usize> + '_ {
        let (_, heads) = self.lists.levels();
        heads.as_flattened().iter().map(|head| head.map_or(0, Block::addr))
    }

    fn bits_and_pools(&self) -> impl Iterator<Item = usize> + '_ {
        let (occupied, _) = self.lists.levels();
        let (first, second) = occupied.levels();
        let pools = self.pools.iter().flat_map(|pool| [pool.addr(), pool.bytes()]);
        second.iter().map(|bits| *bits as usize).chain([first]).chain(pools)
    }

    /// Returns the pool that starts at `start`, found by a walk over its blocks: for callers that do
    /// not know the heap, such as `tlsf_walk_pool` and `tlsf_check_pool`.
    ///
    /// # Safety
    /// `start` is the start of a pool of a sound heap with these parameters, and no operation of
    /// that heap runs at the same time.
    ///
    /// # Complexity
    /// O(blocks of the pool).
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096));
    /// use memoman::Heap;
    /// let mut heap = Heap::new();
    /// let pool = heap.add_static_pool(buffer)?;
    /// // SAFETY: a pool of a sound heap of this type, which is not in use.
    /// assert_eq!(unsafe { Heap::pool_at(pool.start()) }.start(), pool.start());
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
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

    /// [`Tlsf::validate_pool`] for callers that do not know the heap, such as `tlsf_check_pool`.
    ///
    /// It follows the sizes in the headers, up to the first size that no block can have. A damaged size
    /// that a block could have may lead it out of the pool.
    ///
    /// # Errors
    /// The [`Violation`]: the law, and the place as if the pool were the heap's first.
    ///
    /// # Safety
    /// As [`Tlsf::pool_at`], but the heap may be damaged. Even then, the size in each header leads to
    /// the next header, or is one that no block can have.
    ///
    /// # Complexity
    /// O(blocks of the pool).
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096));
    /// use memoman::Heap;
    /// let mut heap = Heap::new();
    /// let pool = heap.add_static_pool(buffer)?;
    /// // SAFETY: a pool of a sound heap of this type, which is not in use.
    /// let census = unsafe { Heap::validate_pool_at(pool.start()) }.expect("no damage");
    /// assert_eq!(census.free_blocks, 1);
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    pub unsafe fn validate_pool_at(start: NonNull<u8>) -> Result<Census, Violation> {
        // SAFETY: the caller's: the start of a pool.
        unsafe { check::pool::<ALIGN, FL, SL>(0, Self::pool_at(start)) }
    }

    /// Returns the blocks of a pool of any heap with these parameters.
    ///
    /// # Safety
    /// `pool` is a pool of a heap, now and as long as the iterator is used.
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096));
    /// use memoman::Heap;
    /// let mut heap = Heap::new();
    /// let pool = heap.add_static_pool(buffer)?;
    /// // SAFETY: a pool of a heap of this type, which is not in use.
    /// assert!(unsafe { Heap::blocks_of(pool) }.eq(heap.blocks(pool)));
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[must_use]
    pub unsafe fn blocks_of<'a>(pool: Pool) -> Blocks<'a> {
        // SAFETY: the caller's: a pool.
        unsafe { Blocks::new::<ALIGN, FL, SL>(pool) }
    }

    /// Returns whether the block in front of an allocated block is free, and whether the one behind it is:
    /// what freeing it would merge.
    ///
    /// # Safety
    /// `ptr` is an allocated block of a heap with these parameters, and no operation of that heap runs at
    /// the same time.
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096));
    /// use memoman::Heap;
    /// let mut heap = Heap::new();
    /// heap.add_static_pool(buffer)?;
    /// let block = heap.malloc(100).expect("the pool is empty");
    /// // SAFETY: a block of a heap of this type.
    /// assert_eq!(unsafe { Heap::free_neighbours(block) }, (false, true));
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[must_use]
    pub unsafe fn free_neighbours(ptr: NonNull<u8>) -> (bool, bool) {
        // SAFETY: Tiling: a block of a sound heap has one behind it, at least the sentinel.
        unsafe {
            let block = UsedBlock::from_payload(ptr);
            let header = block.header();
            let behind = block.place().after(header.size()).header();
            (header.is_prev_free(), behind.is_free())
        }
    }
}
