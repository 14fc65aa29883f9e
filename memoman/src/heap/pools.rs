//! Making a heap, and giving it memory: pools that come and go, grow and shrink.
//!
//! What the numbers of a pool allow is `pool`'s to say; here its first and last bytes are written.

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
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Tlsf<ALIGN, FL, SL, POOLS>
{
    /// A heap with no memory: every request fails until a pool is added. Mirrors `tlsf_create`.
    #[must_use]
    pub const fn new() -> Self {
        const { Geometry::<ALIGN, FL, SL>::PROVEN };
        const { assert!(POOLS >= 1, "POOLS must be at least 1") };
        Self { lists: FreeLists::EMPTY, pools: PoolTable::EMPTY, tally: Tally::new() }
    }

    /// Places the control at `mem` and makes the rest of the buffer its first pool. Mirrors
    /// `tlsf_create_with_pool`.
    ///
    /// The pool starts [`Tlsf::control_size`] bytes into the buffer.
    ///
    /// # Errors
    /// [`PoolError::Misaligned`], [`PoolError::TooSmall`] and [`PoolError::TooLarge`], counted for
    /// the whole buffer; nothing is written then.
    ///
    /// # Safety
    /// `mem` is valid for reads and writes of `bytes` bytes for all of `'a`, and the pool's part
    /// until that pool is removed or the heap is dropped, wherever the heap has been moved to by
    /// then (`core::mem::take` can take it out of the reference). For that time nothing else uses
    /// them, but through the heap and the blocks it hands out. Memory that is refused need not be
    /// valid.
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

    /// Adds memory. Mirrors `tlsf_add_pool`.
    ///
    /// The pool is one free block of `bytes` rounded down to ALIGN, less
    /// [`Tlsf::POOL_OVERHEAD`]. O(pools).
    ///
    /// # Errors
    /// See [`PoolError`]; neither the heap nor the memory is touched then.
    ///
    /// # Safety
    /// `mem` is valid for reads and writes of `bytes` bytes, and until the pool is removed or the
    /// heap is dropped nothing else uses them, but through the blocks that this heap hands out.
    /// Memory that is refused for its numbers alone (size, alignment, overlap) need not be valid.
    ///
    /// All of the pool is accessed with the provenance of `mem`, which this exposes, as
    /// [`expose_provenance`](pointer::expose_provenance) does. A pool that is to be
    /// [extended](Tlsf::extend_pool) needs one that reaches that far.
    pub unsafe fn add_pool(&mut self, mem: NonNull<u8>, bytes: usize) -> Result<Pool, PoolError> {
        Geometry::<ALIGN, FL, SL>::pool(mem, bytes)?;
        let pool = Pool::new(mem, bytes);
        pool.spares(self)?;
        self.pools.admits(pool)?;
        self.pools.push(pool);
        // Taken up again by `UsedBlock::from_payload`.
        _ = mem.as_ptr().expose_provenance();
        // SAFETY: Tiling: the numbers were checked; the memory is the heap's by contract.
        unsafe { self.lay_out(pool) };
        Ok(pool)
    }

    /// Adds a static buffer, its ends moved inward to ALIGN. The safe form of
    /// [`Tlsf::add_pool`], with the same errors.
    ///
    /// ```
    /// use core::mem::MaybeUninit;
    /// let buffer: &'static mut [MaybeUninit<u8>] = Box::leak(Box::new_uninit_slice(4096));
    /// let mut heap: memoman::Tlsf = memoman::Tlsf::new();
    /// heap.add_static_pool(buffer)?;
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    ///
    /// # Errors
    /// See [`PoolError`].
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

    /// Takes a pool back, if it is one free block: returns its memory. Mirrors
    /// `tlsf_remove_pool`. O(pools); O(blocks) to name the block in the way.
    ///
    /// # Errors
    /// [`PoolError::Unknown`] for a pool that is not (or no longer) of this heap,
    /// [`PoolError::Busy`] with the first live block; nothing is changed then.
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

    /// Gives a pool `more` bytes, rounded down to ALIGN, directly behind its end: the new memory
    /// becomes part of a free last block, or a block of its own. O(pools). The pool's end is its
    /// start plus its bytes rounded down to ALIGN; the value returned is the pool from now on.
    ///
    /// # Errors
    /// [`PoolError::Unknown`]; [`PoolError::TooSmall`] (counted for `more`) if no granule is left of
    /// it, or if it would have to be a block of its own and can't; [`PoolError::TooLarge`] (counted
    /// for the whole pool); [`PoolError::Overlaps`]; [`PoolError::OverlapsControl`]. Nothing is
    /// changed then.
    ///
    /// # Safety
    /// As [`Tlsf::add_pool`], for the bytes behind the pool. They belong to the same allocation, and
    /// the pointer with which the pool was added may access them, too.
    pub unsafe fn extend_pool(&mut self, pool: Pool, more: usize) -> Result<Pool, PoolError> {
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
        Pool::new(unsafe { old.start().byte_add(bytes - more) }, more).spares(self)?;
        let new = Pool::new(old.start(), bytes);
        self.pools.replace(old, new)?;
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

    /// Takes `less` bytes, rounded up to ALIGN, off the end of a pool whose last block is free and
    /// can spare them: returns the pool from now on, and the memory. O(pools); O(blocks of the pool) to
    /// name a last block that is live.
    ///
    /// # Errors
    /// [`PoolError::Unknown`]; [`PoolError::Busy`] with the last block if it is live;
    /// [`PoolError::TooLarge`] (counted for `less`) if the last block would be no block any more, and
    /// [`PoolError::TooSmall`] if `less` is 0. Nothing is changed then.
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
        // SAFETY: as above; BackLink: a free last block is named by the word in front.
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
        self.pools.replace(old, new)?;
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

    /// Frees everything at once: each pool is one free block again, as if just added in the same
    /// order. O(FL * SL + pools).
    ///
    /// # Safety
    /// No block handed out before is used afterwards.
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
    /// The pool is in the table, and none of its blocks is live or listed.
    unsafe fn lay_out(&mut self, pool: Pool) {
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
