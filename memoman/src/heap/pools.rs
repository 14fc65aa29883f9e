//! Making a heap, and giving it memory: pools that come and go, grow and shrink.
//!
//! Module `pool` checks the numbers of a pool; here its first and last headers are written.

use core::mem::MaybeUninit;
use core::ptr::NonNull;

use crate::chain::block::{Block, FreeBlock};
use crate::chain::header::Header;
use crate::chain::span::Span;
use crate::geometry::{Geometry, WORD};
use crate::heap::Tlsf;
use crate::index::FreeLists;
use crate::pool::table::PoolTable;
use crate::pool::{Pool, PoolError};
use crate::stats::Tally;

/// Making a heap, and giving it memory.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Tlsf<ALIGN, FL, SL, POOLS, SEARCH>
{
    /// Creates a heap with no memory: every request is refused until a pool is added. Mirrors
    /// `tlsf_create`.
    ///
    /// # Examples
    /// ```
    /// static HEAP: std::sync::Mutex<memoman::Heap> = std::sync::Mutex::new(memoman::Heap::new());
    /// assert!(HEAP.lock().unwrap().malloc(1).is_none());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        const { Geometry::<ALIGN, FL, SL>::PROVEN };
        const { assert!(POOLS >= 1, "POOLS must be at least 1") };
        const { assert!(SEARCH <= 64, "SEARCH must be at most 64") };
        Self { lists: FreeLists::EMPTY, pools: PoolTable::EMPTY, tally: Tally::new() }
    }

    /// Places the control at `mem` and makes the rest of the buffer its first pool, which starts
    /// [`Tlsf::control_size`] bytes into the buffer. Mirrors `tlsf_create_with_pool`.
    ///
    /// # Errors
    /// [`PoolError::Misaligned`], [`PoolError::TooSmall`] and [`PoolError::TooLarge`]; their numbers are
    /// for the whole buffer. Nothing is written then.
    ///
    /// # Safety
    /// `mem` is valid for reads and writes of `bytes` bytes for all of `'a`, and the pool's part
    /// until that pool is removed or the heap is dropped, even if the heap has been moved by then
    /// (`core::mem::take` can take it out of the reference). For that time they are used only
    /// through the heap and its blocks. Memory that is refused need not be valid.
    ///
    /// # Examples
    /// See [How to integrate](crate#how-to-integrate).
    pub unsafe fn init_in_place<'a>(
        mem: NonNull<u8>,
        bytes: usize,
    ) -> Result<&'a mut Self, PoolError> {
        let needs = if align_of::<Self>() > ALIGN { align_of::<Self>() } else { ALIGN };
        if mem.addr().get() & (needs - 1) != 0 {
            return Err(PoolError::Misaligned { needs });
        }
        let control = Self::control_size();
        let least = control + Self::POOL_BYTES_MIN;
        if bytes < least {
            return Err(PoolError::TooSmall { least });
        }
        // Up to the end of the address space, where the start of the pool would wrap.
        let most = Self::POOL_BYTES_MAX.saturating_add(control).min(usize::MAX - mem.addr().get());
        if bytes > most {
            return Err(PoolError::TooLarge { most });
        }
        // SAFETY: aligned and long enough, as just checked; exclusively ours by contract.
        unsafe {
            let heap = mem.cast::<Self>();
            heap.write(Self::new());
            let heap = &mut *heap.as_ptr();
            heap.add_pool(mem.byte_add(control), bytes - control)?;
            Ok(heap)
        }
    }

    /// Adds memory as a pool: one free block of `bytes` rounded down to ALIGN, less
    /// [`Tlsf::POOL_OVERHEAD`]. Mirrors `tlsf_add_pool`.
    ///
    /// # Errors
    /// A [`PoolError`]; neither the heap nor the memory is touched then.
    ///
    /// # Safety
    /// `mem` is valid for reads and writes of `bytes` bytes. Until the pool is removed or the heap is
    /// dropped they are used only through the blocks of this heap. Memory that is refused for its
    /// numbers alone (size, alignment, overlap) need not be valid.
    ///
    /// The whole pool is accessed with the provenance of `mem`, which this call exposes
    /// (`expose_provenance` of pointers). For a pool that is to be [extended](Tlsf::extend_pool), it must
    /// cover the bytes to add as well.
    ///
    /// # Complexity
    /// O(pools).
    ///
    /// # Examples
    /// ```
    /// use core::ptr::NonNull;
    /// let mut memory = [0_usize; 512];
    /// let mut heap = memoman::Heap::new();
    /// let (start, bytes) = (NonNull::from(&mut memory).cast(), size_of_val(&memory));
    /// // SAFETY: `memory` outlives the heap and is not used otherwise.
    /// unsafe { heap.add_pool(start, bytes) }?;
    /// assert!(heap.malloc(100).is_some());
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    pub unsafe fn add_pool(&mut self, mem: NonNull<u8>, bytes: usize) -> Result<Pool, PoolError> {
        let control = Pool::of(self);
        // SAFETY: the caller's.
        unsafe { self.add_pool_beside(control, mem, bytes) }
    }

    /// [`Tlsf::add_pool`] for a heap that is part of a larger control.
    ///
    /// # Safety
    /// As [`Tlsf::add_pool`].
    pub(crate) unsafe fn add_pool_beside(
        &mut self,
        control: Pool,
        mem: NonNull<u8>,
        bytes: usize,
    ) -> Result<Pool, PoolError> {
        Geometry::<ALIGN, FL, SL>::pool(mem, bytes)?;
        let pool = Pool::new(mem, bytes);
        pool.spares(control)?;
        self.pools.admits(pool)?;
        // SAFETY: Tiling: laid out below, before any read.
        unsafe { self.pools.push(pool) };
        // `UsedBlock::from_payload` uses the exposed provenance.
        _ = mem.as_ptr().expose_provenance();
        // SAFETY: Tiling: the numbers were checked; the memory is the heap's by contract.
        unsafe { self.lay_out(pool) };
        Ok(pool)
    }

    /// Adds a static buffer, its ends moved inward to ALIGN: the safe form of [`Tlsf::add_pool`].
    ///
    /// # Errors
    /// A [`PoolError`], as [`Tlsf::add_pool`].
    ///
    /// # Complexity
    /// O(pools).
    ///
    /// # Examples
    /// ```
    /// use core::mem::MaybeUninit;
    /// let buffer: &'static mut [MaybeUninit<u8>] = Box::leak(Box::new_uninit_slice(4096));
    /// let mut heap = memoman::Heap::new();
    /// heap.add_static_pool(buffer)?;
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    pub fn add_static_pool(
        &mut self,
        memory: &'static mut [MaybeUninit<u8>],
    ) -> Result<Pool, PoolError> {
        let mem = NonNull::from(&mut *memory).cast::<u8>();
        let inward = mem.addr().get().wrapping_neg() & (ALIGN - 1);
        let too_small = PoolError::TooSmall { least: Self::POOL_BYTES_MIN + inward };
        let bytes = memory.len().checked_sub(inward).ok_or(too_small)?;
        // SAFETY: the buffer is at least `inward` long, and ours for good.
        unsafe { self.add_pool(mem.byte_add(inward), bytes) }.map_err(|error| match error {
            PoolError::TooSmall { .. } => too_small,
            other => other,
        })
    }

    /// Removes a pool that is one free block, and returns its memory. Mirrors `tlsf_remove_pool`.
    ///
    /// # Errors
    /// [`PoolError::Unknown`] for a pool that is not (or no longer) of this heap,
    /// [`PoolError::Busy`] with the first live block; nothing is changed then.
    ///
    /// # Complexity
    /// O(pools); O(blocks) to find the live block.
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096));
    /// let mut heap = memoman::Heap::new();
    /// let pool = heap.add_static_pool(buffer)?;
    /// assert_eq!(heap.remove_pool(pool)?.len(), pool.bytes());
    /// assert!(heap.remove_pool(pool).is_err(), "the pool is gone");
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    pub fn remove_pool(&mut self, pool: Pool) -> Result<NonNull<[u8]>, PoolError> {
        let pool = self.pools.find(pool)?;
        let whole = Geometry::<ALIGN, FL, SL>::pool_payload(pool.bytes());
        let first = self.blocks(pool).next();
        if !first.is_some_and(|block| block.is_free && Some(block.size) == whole) {
            let mut blocks = self.blocks(pool);
            let used = blocks.find(|block| !block.is_free).or(first);
            return Err(PoolError::Busy(used.map_or(pool.start(), |block| block.payload)));
        }
        // SAFETY: Membership: the pool's one block is free, so it is listed.
        unsafe {
            let whole = self.lists.listed(Geometry::<ALIGN, FL, SL>::first_block(pool));
            self.remove(whole);
        }
        self.pools.remove(pool);
        Ok(NonNull::slice_from_raw_parts(pool.start(), pool.bytes()))
    }

    /// Lengthens a pool by `more` bytes, rounded down to ALIGN, directly behind its end: they become
    /// part of a free last block, or a block of their own. Returns the new value of the pool; the old
    /// value is no pool of this heap any more.
    ///
    /// The pool's end is its start plus its bytes rounded down to ALIGN.
    ///
    /// # Errors
    /// [`PoolError::Unknown`]; [`PoolError::TooSmall`] (with a limit for `more`) if `more` is less than
    /// ALIGN, or if the last block is live and `more` cannot be a block; [`PoolError::TooLarge`] (with a
    /// limit for the whole pool); [`PoolError::Overlaps`]; [`PoolError::OverlapsControl`].
    /// Nothing is changed then.
    ///
    /// # Safety
    /// As [`Tlsf::add_pool`], for the bytes behind the pool. They belong to the same allocation as
    /// the pool, and the pointer that the pool was added with may be used for them.
    ///
    /// # Complexity
    /// O(pools).
    ///
    /// # Examples
    /// ```
    /// use core::ptr::NonNull;
    /// let mut memory = [0_usize; 512];
    /// let mut heap = memoman::Heap::new();
    /// let (start, bytes) = (NonNull::from(&mut memory).cast(), size_of_val(&memory));
    /// // SAFETY: `memory` is one allocation, outlives the heap, and is not used otherwise.
    /// let pool = unsafe {
    ///     let half = heap.add_pool(start, bytes / 2)?;
    ///     heap.extend_pool(half, bytes / 2)?
    /// };
    /// assert_eq!(pool.bytes(), bytes);
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    pub unsafe fn extend_pool(&mut self, pool: Pool, more: usize) -> Result<Pool, PoolError> {
        let control = Pool::of(self);
        // SAFETY: the caller's.
        unsafe { self.extend_pool_beside(control, pool, more) }
    }

    /// [`Tlsf::extend_pool`] for a heap that is part of a larger control.
    ///
    /// # Safety
    /// As [`Tlsf::extend_pool`].
    pub(crate) unsafe fn extend_pool_beside(
        &mut self,
        control: Pool,
        pool: Pool,
        more: usize,
    ) -> Result<Pool, PoolError> {
        let old = self.pools.find(pool)?;
        let more = more & !(ALIGN - 1);
        let bytes = old.bytes() & !(ALIGN - 1);
        // SAFETY: Sentinel: every pool ends in one.
        let sentinel = unsafe { Block::at(old.start(), Geometry::<ALIGN, FL, SL>::sentinel(old)) };
        // SAFETY: as above.
        let last_is_free = unsafe { sentinel.header() }.is_prev_free();
        let least = if last_is_free { ALIGN } else { Geometry::<ALIGN, FL, SL>::MIN_BLOCK };
        if more < least {
            return Err(PoolError::TooSmall { least });
        }
        let most = Self::POOL_BYTES_MAX;
        let bytes = bytes.checked_add(more).ok_or(PoolError::TooLarge { most })?;
        Geometry::<ALIGN, FL, SL>::pool(old.start(), bytes)?;
        // Of what is gained only: the control may lie in a block of the pool.
        // SAFETY: the pool's end.
        Pool::new(unsafe { old.start().byte_add(bytes - more) }, more).spares(control)?;
        let new = Pool::new(old.start(), bytes);
        // SAFETY: Sentinel: written below, before any read; the bytes are the heap's by contract.
        unsafe { self.pools.replace(old, new) }?;
        // SAFETY: the bytes behind the pool are ours by contract; the new sentinel ends them, and
        // the old one becomes the header of what is gained.
        let mut span = unsafe {
            sentinel.offset(more).set_header(Header::SENTINEL_AFTER_FREE);
            Span::gained(sentinel, more - WORD, last_is_free)
        };
        let last = span.free_prev();
        // SAFETY: Membership: a free last block is listed, and sealing leaves its links; what is gained
        // is in no list.
        unsafe {
            let Some(last) = last else {
                self.insert(span.seal_free());
                return Ok(new);
            };
            let last = self.lists.listed(last);
            span.absorb_prev(last.block());
            self.replace(last, span.seal_free());
        }
        Ok(new)
    }

    /// Shortens a pool by `less` bytes, rounded up to ALIGN, which are taken from the end of a free last
    /// block. Returns the new value of the pool, and the memory; the old value is no pool of this heap
    /// any more.
    ///
    /// # Errors
    /// [`PoolError::Unknown`]; [`PoolError::Busy`] with the last block if it is live;
    /// [`PoolError::TooLarge`] (with a limit for `less`) if the rest of the last block could not be a
    /// block; [`PoolError::TooSmall`] if `less` is 0. Nothing is changed then.
    ///
    /// # Complexity
    /// O(pools); O(blocks of the pool) to find a last block that is live.
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096));
    /// let mut heap = memoman::Heap::new();
    /// let pool = heap.add_static_pool(buffer)?;
    /// let (shorter, memory) = heap.shrink_pool(pool, 1024)?;
    /// assert_eq!(shorter.bytes() + memory.len(), pool.bytes());
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    pub fn shrink_pool(
        &mut self,
        pool: Pool,
        less: usize,
    ) -> Result<(Pool, NonNull<[u8]>), PoolError> {
        let old = self.pools.find(pool)?;
        if less == 0 {
            return Err(PoolError::TooSmall { least: ALIGN });
        }
        // SAFETY: Sentinel: every pool ends in one.
        let sentinel = unsafe { Block::at(old.start(), Geometry::<ALIGN, FL, SL>::sentinel(old)) };
        // SAFETY: as above; BackLink: the word in front points at a free last block.
        let last = unsafe { sentinel.header().is_prev_free().then(|| sentinel.prev_phys()) };
        let Some(last) = last else {
            let live = self.blocks(old).last();
            return Err(PoolError::Busy(live.map_or(old.start(), |block| block.payload)));
        };
        // SAFETY: Tiling: it has a header.
        let size = unsafe { last.header() }.size();
        let most = (size - Self::BLOCK_SIZE_MIN) & !(ALIGN - 1);
        let less = less.checked_next_multiple_of(ALIGN).filter(|&less| less <= most);
        let less = less.ok_or(PoolError::TooLarge { most })?;
        let new = Pool::new(old.start(), (old.bytes() & !(ALIGN - 1)) - less);
        // SAFETY: Sentinel: written below, before any read; it lies in the last block.
        unsafe { self.pools.replace(old, new) }?;
        // SAFETY: Membership: the last block is free, so it is listed. The new sentinel lies in it.
        unsafe {
            let last = self.lists.listed(last);
            let mut span = Span::of_free(last.block());
            span.shorten(less);
            span.next().set_header(Header::SENTINEL_AFTER_FREE);
            self.replace(last, span.seal_free());
            let memory = old.start().byte_add(new.bytes());
            Ok((new, NonNull::slice_from_raw_parts(memory, old.bytes() - new.bytes())))
        }
    }

    /// Frees all blocks at once: each pool is one free block again, as if just added in the same
    /// order.
    ///
    /// # Safety
    /// No block allocated before is used afterwards.
    ///
    /// # Complexity
    /// O(FL * SL + pools).
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096));
    /// let mut heap = memoman::Heap::new();
    /// heap.add_static_pool(buffer)?;
    /// let _block = heap.malloc(100);
    /// // SAFETY: the block is not used afterwards.
    /// unsafe { heap.reset() };
    /// assert_eq!(heap.validate().unwrap().used_blocks, 0);
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    pub unsafe fn reset(&mut self) {
        self.lists.clear();
        self.tally = Tally::new();
        for pool in self.pools.all().into_iter().flatten() {
            // SAFETY: Tiling: a pool of the table, and no block of it is used afterwards.
            unsafe { self.lay_out(pool) };
        }
    }

    /// Writes the one free block of a pool and its sentinel, and lists the block.
    ///
    /// # Safety
    /// The pool is the heap's, and none of its blocks is live or listed.
    pub(super) unsafe fn lay_out(&mut self, pool: Pool) {
        let payload = Geometry::<ALIGN, FL, SL>::pool_payload(pool.bytes());
        let Some(payload) = payload else { unreachable!("the pool was checked before") };
        // SAFETY: Tiling: the pool's numbers were checked. Membership: none of its blocks is listed.
        unsafe {
            let block = Geometry::<ALIGN, FL, SL>::first_block(pool);
            block.set_header(Header::free(payload));
            let sentinel = block.after(payload);
            sentinel.set_header(Header::SENTINEL_AFTER_FREE);
            sentinel.set_prev_phys(block);
            self.insert(FreeBlock::new(block, payload));
        }
    }
}
