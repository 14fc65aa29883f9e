//! The public verbs. Each reads as a few calls in the words of the other rooms.

use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use crate::audit::{self, Census, Violation};
use crate::block::{Block, FreeBlock, UsedBlock};
use crate::free_lists::FreeLists;
use crate::geometry::{CONTE_FL, Fit, Geometry, WORD};
use crate::header::Header;
use crate::pool::{BlockInfo, Blocks, Pool, PoolError, PoolTable};
use crate::span::Span;

/// A TLSF heap: constant-time allocation from pools of memory that it is given.
///
/// With the default parameters it places every block where TLSF 3.1 places it.
///
/// | parameter | meaning | default | bounds |
/// |---|---|---|---|
/// | `ALIGN` | alignment of every payload, bytes | a word | power of two, a word to 4096 |
/// | `FL` | first-level rows: one per power of two of sizes | 25 (24 on 32-bit) | limit fits an address |
/// | `SL` | second-level lists per row | 32 | 4, 8, 16, 32 |
/// | `POOLS` | pools it can have at a time | 4 | at least 1 |
///
/// Blocks are smaller than `2^(FL - 1 + log2(SL * ALIGN))` bytes. A wrong combination does not
/// compile.
///
/// The control holds no pointer to itself: it may be moved, and [`Tlsf::new`] is `const`, fit for
/// a `static`. It is [`Send`], not [`Sync`]: every verb takes `&mut self`.
pub struct Tlsf<
    const ALIGN: usize = WORD,
    const FL: usize = CONTE_FL,
    const SL: usize = 32,
    const POOLS: usize = 4,
> {
    lists: FreeLists<ALIGN, FL, SL>,
    pools: PoolTable<POOLS>,
}

// SAFETY: it owns its pools, and nothing in it or in them is tied to a thread.
unsafe impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize> Send
    for Tlsf<ALIGN, FL, SL, POOLS>
{
}

/// Making a heap, and giving it memory.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Tlsf<ALIGN, FL, SL, POOLS>
{
    /// A heap with no memory: every request fails until a pool is added. Mirrors `tlsf_create`.
    #[must_use]
    pub const fn new() -> Self {
        const { Geometry::<ALIGN, FL, SL>::PROVEN };
        const { assert!(POOLS >= 1, "POOLS must be at least 1") };
        Self { lists: FreeLists::EMPTY, pools: PoolTable::EMPTY }
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
    /// them, but through the heap and the blocks it hands out.
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
        // SAFETY: `bytes` exceeds `control`.
        let pool = unsafe { mem.byte_add(control) };
        Geometry::<ALIGN, FL, SL>::pool(pool, bytes - control).map_err(|error| match error {
            PoolError::TooLarge { most } => {
                PoolError::TooLarge { most: most.saturating_add(control) }
            }
            other => other,
        })?;
        // SAFETY: aligned and long enough, as just checked; exclusively ours by contract.
        unsafe {
            let heap = mem.cast::<Self>();
            heap.write(Self::new());
            let heap = &mut *heap.as_ptr();
            heap.add_pool(pool, bytes - control)?;
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
    pub unsafe fn add_pool(&mut self, mem: NonNull<u8>, bytes: usize) -> Result<Pool, PoolError> {
        Geometry::<ALIGN, FL, SL>::pool(mem, bytes)?;
        let pool = Pool::new(mem, bytes);
        self.pools.admits(pool)?;
        self.pools.push(pool);
        self.lay_out(pool);
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
        // SAFETY: Membership: the pool's one block is free, hence listed.
        let _whole = unsafe { self.lists.remove(Geometry::<ALIGN, FL, SL>::first_block(pool)) };
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
    /// for the whole pool); [`PoolError::Overlaps`]. Nothing is changed then.
    ///
    /// # Safety
    /// As [`Tlsf::add_pool`], for the bytes behind the pool, which belong to the same allocation.
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
        let new = Pool::new(old.start(), bytes);
        self.pools.replace(old, new)?;
        // SAFETY: the bytes behind the pool are ours by contract; the new sentinel ends them, and
        // the old one becomes the header of what is gained.
        let mut span = unsafe {
            sentinel.offset(more).set_header(Header::SENTINEL_AFTER_FREE);
            Span::gained(sentinel, more - WORD, last_is_free)
        };
        self.absorb_free_prev(&mut span);
        self.lists.insert(span.seal_free());
        Ok(new)
    }

    /// Takes `less` bytes, rounded up to ALIGN, off the end of a pool whose last block is free and
    /// can spare them: returns the pool from now on, and the memory. O(pools).
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
        // SAFETY: Membership: the last block is free, hence listed. The new sentinel lies in it.
        unsafe {
            let mut span = Span::of_free(self.lists.remove(last));
            span.shorten(less);
            span.next().set_header(Header::SENTINEL_AFTER_FREE);
            self.lists.insert(span.seal_free());
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
        for pool in self.pools.all().into_iter().flatten() {
            self.lay_out(pool);
        }
    }

    /// Writes the one free block of a pool and its sentinel, and lists the block.
    fn lay_out(&mut self, pool: Pool) {
        let payload = Geometry::<ALIGN, FL, SL>::pool_payload(pool.bytes());
        debug_assert!(payload.is_some(), "the pool was checked at the door");
        let block = Geometry::<ALIGN, FL, SL>::first_block(pool);
        // SAFETY: Tiling: the pool's numbers were checked, and its memory is ours.
        let free = unsafe {
            block.set_header(Header::free(payload.unwrap_or(0)));
            let sentinel = block.after(payload.unwrap_or(0));
            sentinel.set_header(Header::SENTINEL_AFTER_FREE);
            sentinel.set_prev_phys(block);
            FreeBlock::new(block)
        };
        self.lists.insert(free);
    }
}

/// Allocating.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Tlsf<ALIGN, FL, SL, POOLS>
{
    /// Allocates for a layout: [`Tlsf::malloc`], or [`Tlsf::memalign`] above ALIGN.
    #[inline]
    pub fn allocate(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        if layout.align() <= ALIGN {
            self.malloc(layout.size())
        } else {
            self.memalign(layout.align(), layout.size())
        }
    }

    /// Allocates `size` bytes aligned to ALIGN: `None` for 0, for a size above
    /// [`Tlsf::BLOCK_SIZE_MAX`], and when no list holds a block that surely fits. Mirrors
    /// `tlsf_malloc`. O(1).
    #[inline]
    pub fn malloc(&mut self, size: usize) -> Option<NonNull<u8>> {
        self.allocate_fit(Geometry::<ALIGN, FL, SL>::fit(size)?)
    }

    /// Allocates `size` bytes at a multiple of `align`: also `None` when `align` is not a power of
    /// two. Mirrors `tlsf_memalign`. O(1).
    ///
    /// The search is for `size + align` and a block more, so it can fail where the plain one
    /// succeeds; what it does not need goes back at once.
    #[inline]
    pub fn memalign(&mut self, align: usize, size: usize) -> Option<NonNull<u8>> {
        let fit = Geometry::<ALIGN, FL, SL>::fit(size)?;
        if !align.is_power_of_two() {
            return None;
        }
        if align <= ALIGN {
            return self.allocate_fit(fit);
        }
        let search = Geometry::<ALIGN, FL, SL>::fit_aligned(fit, align)?;
        let mut span = Span::of_free(self.lists.take(search)?);
        let gap = Geometry::<ALIGN, FL, SL>::gap(span.start().payload().addr().get(), align);
        if gap > 0 {
            let lead = span.cut_front(gap);
            self.lists.insert(lead.seal_free());
        }
        Some(self.cut_and_seal(span, fit))
    }

    /// Changes the size of a block, in place where the block and a free successor allow it, else
    /// by moving it. Mirrors `tlsf_realloc`, edge cases included:
    ///
    /// - `None` is [`Tlsf::malloc`];
    /// - `size` 0 frees the block and returns `None`;
    /// - otherwise `None` means that the block is where it was, untouched.
    ///
    /// A block that moves is aligned to ALIGN only. O(1), and the copy when it moves.
    ///
    /// # Safety
    /// `ptr` was handed out by this heap and not freed since; it is that pointer or a copy, not one
    /// made from a reference to the bytes. When the result is another pointer, or `size` is 0, the
    /// old one is dead.
    #[inline]
    pub unsafe fn reallocate(
        &mut self,
        ptr: Option<NonNull<u8>>,
        size: usize,
    ) -> Option<NonNull<u8>> {
        let Some(ptr) = ptr else { return self.malloc(size) };
        if size == 0 {
            // SAFETY: the caller's.
            unsafe { self.deallocate(ptr) };
            return None;
        }
        let fit = Geometry::<ALIGN, FL, SL>::fit(size)?;
        // SAFETY: the caller's.
        let mut span = Span::of_used(unsafe { UsedBlock::from_payload(ptr) });
        let old = span.size();
        if fit.bytes() > old {
            match span.free_next() {
                Some((next, more)) if old + WORD + more >= fit.bytes() => {
                    // SAFETY: Membership: the successor is free, hence listed.
                    span.absorb_next(unsafe { self.lists.remove(next) });
                    return Some(self.cut_and_seal(span, fit));
                }
                _ => {
                    let new = self.allocate_fit(fit)?;
                    // SAFETY: both blocks are live and distinct, the new one is larger.
                    unsafe {
                        new.copy_from_nonoverlapping(ptr, old);
                        self.deallocate(ptr);
                    }
                    return Some(new);
                }
            }
        }
        if let Some(mut rest) = span.cut(fit.bytes(), Geometry::<ALIGN, FL, SL>::MIN_BLOCK) {
            if let Some((next, _)) = rest.free_next() {
                // SAFETY: Membership: the successor is free, hence listed.
                rest.absorb_next(unsafe { self.lists.remove(next) });
            }
            let kept = span.seal_used();
            self.lists.insert(rest.seal_free());
            return Some(kept.payload());
        }
        Some(ptr)
    }

    /// Takes a block back and merges it with its free neighbours. Mirrors `tlsf_free`. O(1).
    ///
    /// # Safety
    /// `ptr` was handed out by this heap and not freed since; it is that pointer or a copy, not one
    /// made from a reference to the bytes. It is dead afterwards.
    #[inline]
    pub unsafe fn deallocate(&mut self, ptr: NonNull<u8>) {
        // SAFETY: the caller's.
        let mut span = Span::of_used(unsafe { UsedBlock::from_payload(ptr) });
        self.absorb_free_prev(&mut span);
        if let Some((next, _)) = span.free_next() {
            // SAFETY: Membership: the successor is free, hence listed.
            span.absorb_next(unsafe { self.lists.remove(next) });
        }
        self.lists.insert(span.seal_free());
    }

    /// Bytes that a block can hold: at least what was asked for. Mirrors `tlsf_block_size`.
    ///
    /// # Safety
    /// `ptr` was handed out by this heap and not freed since.
    #[inline]
    #[must_use]
    pub unsafe fn usable_size(&self, ptr: NonNull<u8>) -> usize {
        // SAFETY: the caller's.
        unsafe { UsedBlock::from_payload(ptr) }.header().size()
    }

    #[inline]
    fn absorb_free_prev(&mut self, span: &mut Span) {
        if let Some(prev) = span.free_prev() {
            // SAFETY: Membership: the predecessor is free, hence listed.
            span.absorb_prev(unsafe { self.lists.remove(prev) });
        }
    }

    #[inline]
    fn allocate_fit(&mut self, fit: Fit) -> Option<NonNull<u8>> {
        let block = self.lists.take(fit)?;
        Some(self.cut_and_seal(Span::of_free(block), fit))
    }

    /// Gives the caller the first `fit` bytes of a span; the rest, if it can be a block, is listed.
    #[inline]
    fn cut_and_seal(&mut self, mut span: Span, fit: Fit) -> NonNull<u8> {
        let rest = span.cut(fit.bytes(), Geometry::<ALIGN, FL, SL>::MIN_BLOCK);
        let used = span.seal_used();
        if let Some(rest) = rest {
            self.lists.insert(rest.seal_free());
        }
        used.payload()
    }
}

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

    /// The pools, in order of addition.
    pub fn pools(&self) -> impl DoubleEndedIterator<Item = Pool> + Clone + '_ {
        self.pools.iter()
    }

    /// The blocks of a pool, in address order; none for a pool of another heap. Mirrors
    /// `tlsf_walk_pool`.
    #[must_use]
    pub fn blocks(&self, pool: Pool) -> Blocks<'_> {
        let own = self.pools.find(pool).ok();
        own.map_or_else(Blocks::none, Blocks::new::<ALIGN, FL, SL>)
    }

    /// The free blocks by size class, each with its class number (`row * SL + list`), in list
    /// order: within a class, the first is the next to be handed out. On a damaged heap it ends
    /// early rather than leave the pools or run in circles.
    pub fn free_blocks(&self) -> impl Iterator<Item = (usize, BlockInfo)> + '_ {
        let bytes: usize = self.pools.iter().map(Pool::bytes).sum();
        let most = bytes / Geometry::<ALIGN, FL, SL>::MIN_BLOCK;
        FreeBlocks { lists: &self.lists, pools: &self.pools, class: 0, next: None, most }
    }

    /// Checks every law of every block, list and bit: what the heap holds, or the first law found
    /// broken. Read-only, O(blocks + FL * SL), constant stack; ends on any damage, and reads only
    /// inside the pools, taking the table of them on trust (a damaged link may lead it to read a live
    /// payload, where nobody may be writing at that time).
    ///
    /// # Errors
    /// The [`Violation`] names the law and the place.
    pub fn validate(&self) -> Result<Census, Violation> {
        audit::audit(&self.lists, &self.pools)
    }
}

impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize> Default
    for Tlsf<ALIGN, FL, SL, POOLS>
{
    fn default() -> Self {
        Self::new()
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
        self.pools.locate::<ALIGN, FL, SL>(block.addr())?;
        // SAFETY: located: a header and the least payload behind it lie in a pool.
        let (next, header) = unsafe { (block.next_slot().read(), block.header()) };
        let info =
            BlockInfo { payload: block.payload(), size: header.size(), is_free: header.is_free() };
        let class = self.class;
        self.next = next;
        self.class += usize::from(next.is_none());
        Some((class, info))
    }
}
