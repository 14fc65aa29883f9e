//! Pools beyond the table (feature `internals`): for the C library's TLSF 3.1 names, whose programs may add
//! a pool whenever a request fails. The operations on blocks do not know the table, so they are the same.

use core::ptr::NonNull;

use crate::chain::block::Block;
use crate::chain::header::Header;
use crate::check;
use crate::geometry::Geometry;
use crate::heap::Tlsf;
use crate::law::{Census, Violation};
use crate::pool::unlisted::UnlistedPools;
use crate::pool::walk::BlockInfo;
use crate::pool::{Pool, PoolError};

/// Pools beyond the table (feature `internals`).
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Tlsf<ALIGN, FL, SL, POOLS, SEARCH>
{
    /// Adds a pool without entering it in the table: for a heap whose table is full. Placement is as
    /// after [`Tlsf::add_pool`], and as TLSF 3.1's after `tlsf_add_pool`.
    ///
    /// The blocks of such a pool are allocated, resized and freed as all others. What needs to know
    /// where the pool lies does not include it:
    ///
    /// - overlaps with *other unlisted pools* are not detected; those with pools of the table, with the
    ///   heap and with `unlisted` are;
    /// - [`Tlsf::pools`], [`Tlsf::pool_of`], [`Tlsf::blocks`], [`Tlsf::validate_pool`],
    ///   [`Tlsf::extend_pool`] and [`Tlsf::shrink_pool`] do not find it ([`Tlsf::blocks_of`] and
    ///   [`Tlsf::validate_pool_at`] need no table);
    /// - [`Tlsf::validate`] reports *Links*, and [`Tlsf::free_blocks`], [`Tlsf::explain`] and
    ///   [`Tlsf::try_allocate`] count less than there is, when a list leads into it: use
    ///   [`Tlsf::validate_with`] and [`Tlsf::free_blocks_with`], and [`Tlsf::allocate`];
    /// - [`Tlsf::reset`] forgets it: its memory is the caller's again, and `unlisted` must be set to
    ///   [`UnlistedPools::NONE`].
    ///
    /// # Errors
    /// As [`Tlsf::add_pool`], except [`PoolError::TableFull`].
    ///
    /// # Safety
    /// As [`Tlsf::add_pool`]. The memory overlaps no unlisted pool of this heap. `unlisted` is this heap's:
    /// [`UnlistedPools::NONE`] at first, and then as these functions left it.
    ///
    /// # Complexity
    /// O(POOLS): constant, however many unlisted pools the heap has.
    ///
    /// # Examples
    /// ```
    /// use core::ptr::NonNull;
    /// use memoman::{PoolError, Tlsf, UnlistedPools, WORD};
    ///
    /// let mut memory = [[0_usize; 64]; 3];
    /// let mut heap = Tlsf::<WORD, 12, 8, 1>::new();
    /// let mut unlisted = UnlistedPools::NONE;
    /// for memory in &mut memory {
    ///     let (start, bytes) = (NonNull::from(&mut *memory).cast(), size_of_val(memory));
    ///     // SAFETY: each outlives the heap, and nothing else uses it; they do not overlap.
    ///     let added = unsafe { heap.add_pool(start, bytes) };
    ///     if added == Err(PoolError::TableFull) {
    ///         // SAFETY: as above.
    ///         unsafe { heap.add_unlisted_pool(&mut unlisted, start, bytes) }?;
    ///     }
    /// }
    /// assert_eq!((heap.pools().count(), unlisted.count()), (1, 2));
    /// assert!((0..3).all(|_| heap.malloc(60 * WORD).is_some()));
    /// # Ok::<(), PoolError>(())
    /// ```
    pub unsafe fn add_unlisted_pool(
        &mut self,
        unlisted: &mut UnlistedPools,
        mem: NonNull<u8>,
        bytes: usize,
    ) -> Result<Pool, PoolError> {
        let controls = [Pool::of(self), Pool::of(unlisted)];
        // SAFETY: the caller's.
        unsafe { self.add_unlisted_pool_beside(controls, unlisted, mem, bytes) }
    }

    /// [`Tlsf::add_unlisted_pool`] for a heap that is part of a larger control.
    ///
    /// # Safety
    /// As [`Tlsf::add_unlisted_pool`].
    pub(crate) unsafe fn add_unlisted_pool_beside<const N: usize>(
        &mut self,
        controls: [Pool; N],
        unlisted: &mut UnlistedPools,
        mem: NonNull<u8>,
        bytes: usize,
    ) -> Result<Pool, PoolError> {
        Geometry::<ALIGN, FL, SL>::pool(mem, bytes)?;
        let pool = Pool::new(mem, bytes);
        controls.into_iter().try_for_each(|control| pool.spares(control))?;
        self.pools.spared_by(pool)?;
        unlisted.add(pool);
        // `UsedBlock::from_payload` and `Block::exposed` use the exposed provenance.
        _ = mem.as_ptr().expose_provenance();
        // SAFETY: Tiling: the numbers were checked; the memory is the heap's by contract.
        unsafe { self.lay_out(pool) };
        Ok(pool)
    }

    /// Removes an unlisted pool, which must be one free block. Returns its memory, rounded down to
    /// ALIGN. Mirrors `tlsf_remove_pool`.
    ///
    /// The first header of a removed pool is overwritten, so that it is not taken for a pool again.
    ///
    /// # Errors
    /// [`PoolError::Busy`] with the pool's first live block. [`PoolError::Unknown`] for what cannot be an
    /// unlisted pool (an address in a pool of the table, or beyond all unlisted pools), for a pool that
    /// was removed before, and for one of another heap. Nothing is changed then.
    ///
    /// # Safety
    /// `start` is where a pool of some heap with these parameters starts, or started, and its first
    /// ALIGN bytes may be read. `unlisted` is this heap's, as for
    /// [`Tlsf::add_unlisted_pool`].
    ///
    /// Not detected is the address of a free block that ends a pool: it is removed as if a pool started
    /// there. All other addresses are refused.
    ///
    /// # Complexity
    /// O(free blocks of the pool's size class): the list is searched for the pool's block, which shows
    /// that it is this heap's.
    ///
    /// # Examples
    /// ```
    /// use core::ptr::NonNull;
    /// use memoman::{Heap, UnlistedPools};
    /// let mut memory = [0_usize; 64];
    /// let mut heap = Heap::new();
    /// let mut unlisted = UnlistedPools::NONE;
    /// let (start, bytes) = (NonNull::from(&mut memory).cast(), size_of_val(&memory));
    /// // SAFETY: `memory` outlives the heap and is not used otherwise.
    /// unsafe {
    ///     heap.add_unlisted_pool(&mut unlisted, start, bytes)?;
    ///     let block = heap.malloc(100).expect("the pool is empty");
    ///     assert!(heap.remove_unlisted_pool(&mut unlisted, start).is_err(), "it is in use");
    ///     heap.deallocate(block);
    ///     assert_eq!(heap.remove_unlisted_pool(&mut unlisted, start)?.len(), bytes);
    ///     assert!(heap.remove_unlisted_pool(&mut unlisted, start).is_err(), "it is gone");
    /// }
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    pub unsafe fn remove_unlisted_pool(
        &mut self,
        unlisted: &mut UnlistedPools,
        start: NonNull<u8>,
    ) -> Result<NonNull<[u8]>, PoolError> {
        let addr = start.addr().get();
        let first = addr.saturating_add(Geometry::<ALIGN, FL, SL>::FIRST_HEADER);
        let found = unlisted.block::<ALIGN, FL, SL>(first);
        let known = unlisted.may_contain(start) && !self.pools.holds(addr);
        let (first, room) = found.filter(|_| known).ok_or(PoolError::Unknown)?;
        // SAFETY: the caller's: a word that may be read.
        let (header, payload) = unsafe { (first.header(), first.payload()) };
        let size = header.size();
        // A removed pool has a first block of size 0.
        if !Geometry::<ALIGN, FL, SL>::is_block_size(size) || size > room {
            return Err(PoolError::Unknown);
        }
        if !header.is_free() {
            return Err(PoolError::Busy(payload));
        }
        // SAFETY: the size is legal. Membership: a block in a list of this heap is free.
        unsafe {
            if !self.is_listed(first, size) {
                return Err(PoolError::Unknown);
            }
            let next = first.after(size);
            if next.header().size() != 0 {
                return Err(PoolError::Busy(next.payload()));
            }
            let whole = self.lists.listed(first);
            self.remove(whole);
            first.set_header(Header::used(0, false));
        }
        unlisted.remove_one();
        Ok(NonNull::slice_from_raw_parts(start, Self::POOL_OVERHEAD + size))
    }

    /// Whether a block is in the list of its size. O(blocks of the list).
    ///
    /// # Safety
    /// `size` is a legal block size, and the heap is sound.
    unsafe fn is_listed(&self, block: Block, size: usize) -> bool {
        let class = Geometry::<ALIGN, FL, SL>::class_of_key(Geometry::<ALIGN, FL, SL>::key(size));
        let mut listed = self.lists.levels().1.as_flattened()[class];
        while let Some(place) = listed.filter(|&place| place != block) {
            // SAFETY: Links: a listed block has them, and they end.
            listed = unsafe { place.next_slot().read() };
        }
        listed.is_some()
    }

    /// [`Tlsf::validate`] for a heap with unlisted pools.
    ///
    /// The pools of the table are checked as always. Of an unlisted pool, the blocks that lists lead to
    /// are checked: *Links*, *Class*, *Occupancy*, and that the header behind each agrees (*Tiling*,
    /// *Mirror*, *Coalesced*, *BackLink*). Its live blocks, and free blocks that are in no list, are not
    /// seen: *Membership* counts the blocks of the table's pools, [`Census::used_blocks`] and
    /// [`Census::used_bytes`] as well, and *Census* compares them as lower bounds.
    /// [`Tlsf::validate_pool_at`] checks one such pool.
    ///
    /// It ends on any damage. A link or size that is damaged may lead between unlisted pools, never below
    /// the lowest or above the highest.
    ///
    /// # Errors
    /// As [`Tlsf::validate`]; [`Place::Unlisted`](crate::Place::Unlisted) is a block of an unlisted pool.
    ///
    /// # Safety
    /// `unlisted` is this heap's, as for [`Tlsf::add_unlisted_pool`]. If the heap is damaged, all memory
    /// between the lowest and the highest address of its unlisted pools may be read.
    ///
    /// # Complexity
    /// O(blocks of the table's pools + all free blocks + FL * SL), constant stack.
    ///
    /// # Examples
    /// ```
    /// # use core::ptr::NonNull;
    /// # use memoman::{Heap, UnlistedPools};
    /// # let mut memory = [0_usize; 64];
    /// # let (start, bytes) = (NonNull::from(&mut memory).cast(), size_of_val(&memory));
    /// let mut heap = Heap::new();
    /// let mut unlisted = UnlistedPools::NONE;
    /// // SAFETY: `memory` outlives the heap and is not used otherwise.
    /// unsafe {
    ///     heap.add_unlisted_pool(&mut unlisted, start, bytes)?;
    ///     assert_eq!(heap.validate_with(unlisted).expect("no damage").free_blocks, 1);
    /// }
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    pub unsafe fn validate_with(&self, unlisted: UnlistedPools) -> Result<Census, Violation> {
        // SAFETY: the caller's.
        unsafe { check::heap(&self.lists, &self.pools, unlisted, &self.tally) }
    }

    /// [`Tlsf::free_blocks`] for a heap with unlisted pools.
    ///
    /// # Safety
    /// As [`Tlsf::validate_with`].
    ///
    /// # Examples
    /// ```
    /// # use core::ptr::NonNull;
    /// # use memoman::{Heap, UnlistedPools};
    /// # let mut memory = [0_usize; 64];
    /// # let (start, bytes) = (NonNull::from(&mut memory).cast(), size_of_val(&memory));
    /// let mut heap = Heap::new();
    /// let mut unlisted = UnlistedPools::NONE;
    /// // SAFETY: `memory` outlives the heap and is not used otherwise.
    /// let free = unsafe {
    ///     heap.add_unlisted_pool(&mut unlisted, start, bytes)?;
    ///     heap.free_blocks_with(unlisted).count()
    /// };
    /// assert_eq!(free, 1);
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    pub unsafe fn free_blocks_with(
        &self,
        unlisted: UnlistedPools,
    ) -> impl Iterator<Item = (usize, BlockInfo)> + '_ {
        // SAFETY: the caller's.
        unsafe { self.listed_blocks(unlisted) }
    }
}
