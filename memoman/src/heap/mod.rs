//! The heap and its operations: allocate and deallocate are here, `take` turns a free block into a used one,
//! `near` is the bounded search, `resize` changes a block's size, `pools` adds, removes and resizes pools,
//! `inspect` only reads. Each operation is a few calls of the chain and the index.

mod counted;
pub(crate) mod error;
mod inspect;
#[cfg(feature = "internals")]
mod internals;
mod near;
#[cfg(feature = "internals")]
mod placed;
mod pools;
pub(crate) mod resize;
mod sizing;
mod take;
#[cfg(feature = "internals")]
mod unlisted;

use core::alloc::Layout;
use core::ptr::NonNull;

use crate::chain::block::UsedBlock;
use crate::chain::span::Span;
use crate::geometry::{CONTE_FL, Geometry, WORD};
use crate::index::FreeLists;
use crate::pool::table::PoolTable;
use crate::stats::Tally;

/// A TLSF heap: constant-time allocation from pools of memory.
///
/// With the default parameters it places every block where TLSF 3.1 places it.
///
/// | parameter | meaning | default | bounds |
/// |---|---|---|---|
/// | `ALIGN` | alignment of every payload, bytes | a word | power of two, a word to 4096 |
/// | `FL` | first-level rows: one per power of two of sizes | 25 (24 on 32-bit) | `FL + log2(SL * ALIGN)` at most the bits of an address |
/// | `SL` | second-level lists per row | 32 | 4, 8, 16, 32 |
/// | `POOLS` | most pools that it can have at a time | 4 | at least 1 |
/// | `SEARCH` | blocks of a request's own list that are looked at first | 0: TLSF 3.1's search | at most 64 |
///
/// Blocks are smaller than `2^(FL - 1 + log2(SL * ALIGN))` bytes;
/// [`first_levels_for`](crate::first_levels_for) computes FL. A wrong combination does not compile.
///
/// # Bounded search
/// TLSF 3.1 starts at the first list in which every block is large enough. So it passes over a free block that
/// just holds the request, even the one that was freed last, unless the request is the first size of its
/// list. With `SEARCH` above 0, a request first looks at the first `SEARCH` blocks of the list that it falls
/// into itself, and takes the first that is large enough. So with `SEARCH = 1` the block that was freed last
/// serves a request of its size, whatever that is. Placement is no longer TLSF 3.1's.
///
/// It helps programs whose requests have few sizes, each many times: with eight sizes the live bytes at the
/// first refusal are 93.8 % of the heap with `SEARCH = 1` and 94.7 % with 8, not 79.8 %. Where sizes rarely
/// repeat it changes nothing, as exact best fit among all free blocks would not: 92.8 % with any `SEARCH`, if
/// all sizes up to 2,048 are equally likely (`cargo oracle-release fragmentation --search`, heaps of 1 MiB).
///
/// It costs 1 word and up to 2 of each block that is looked at, in constant time: at most 27 instructions with
/// `SEARCH = 1`, 72 with 8 and 566 with 64, on x86-64, for a malloc of 113 at most without.
///
/// ```
/// use memoman::{Tlsf, WORD};
///
/// /// 12 rows of 8 lists, one pool, and a search of one block.
/// type Heap = Tlsf<WORD, 12, 8, 1, 1>;
///
/// # let memory = Box::leak(Box::new_uninit_slice(1010 * WORD));
/// let mut heap = Heap::new();
/// heap.add_static_pool(memory)?;
/// // Lists begin at 960 and at 1,024 words.
/// let block = heap.malloc(1000 * WORD);
/// assert!(block.is_some(), "a `Tlsf<WORD, 12, 8, 1>` passes over the one free block");
/// # Ok::<(), memoman::PoolError>(())
/// ```
///
/// The heap holds no pointer to itself, so it may be moved. [`Tlsf::new`] is `const`, so it may be in a
/// `static`. It is [`Send`], but not [`Sync`]: every operation takes `&mut self`.
///
/// # Memory that is not `'static`
/// In safe code a bare `Tlsf` takes only `'static` memory, with [`Tlsf::add_static_pool`]. Its type
/// names no lifetime, and `core::mem::swap` or `core::mem::take` can move it out of any place that
/// borrows memory; it would use that memory after the borrow has ended. The safe way is a
/// [`LocalHeap`](crate::LocalHeap) with a [`Buffer`](crate::Buffer), whose type holds the borrow.
pub struct Tlsf<
    const ALIGN: usize = WORD,
    const FL: usize = CONTE_FL,
    const SL: usize = 32,
    const POOLS: usize = 4,
    const SEARCH: usize = 0,
> {
    pub(crate) lists: FreeLists<ALIGN, FL, SL>,
    pub(crate) pools: PoolTable<POOLS>,
    /// Nothing without feature `stats`.
    pub(crate) tally: Tally,
}

/// [`Tlsf`] with its default parameters, those of TLSF 3.1: `Heap::new()` needs no annotation.
pub type Heap = Tlsf;

// SAFETY: it owns its pools, and nothing in it or in them is tied to a thread.
unsafe impl<
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
    const SEARCH: usize,
> Send for Tlsf<ALIGN, FL, SL, POOLS, SEARCH>
{
}

/// Allocating and freeing.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Tlsf<ALIGN, FL, SL, POOLS, SEARCH>
{
    /// Allocates a block for a layout.
    ///
    /// Returns `None` if the size is 0, if no block of this geometry can hold the layout, or if the
    /// search finds no free block; [`Tlsf::try_allocate`] returns the reason.
    ///
    /// Mirrors `tlsf_malloc`, and `tlsf_memalign` for an alignment above ALIGN. For such an alignment
    /// the search is for a block that holds `size` bytes at a multiple of it wherever the block lies, so
    /// it can fail where a request without the alignment succeeds. That takes `size + align` and a smallest
    /// block with ALIGN = `WORD`, as in TLSF 3.1; with a larger ALIGN `size + align - ALIGN`, and 2 ALIGN
    /// more if ALIGN is two words. What the block does not need is free again at once.
    ///
    /// # Complexity
    /// O(1), with a bounded search O(SEARCH).
    ///
    /// # Examples
    /// ```
    /// # use core::alloc::Layout;
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// let mut heap = memoman::Heap::new();
    /// heap.add_static_pool(buffer)?;
    /// let block = heap.allocate(Layout::new::<[u64; 8]>()).expect("the pool is empty");
    /// // SAFETY: 64 bytes, aligned, and used by nothing else.
    /// unsafe { block.cast::<[u64; 8]>().write([7; 8]) };
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[inline]
    #[must_use = "a block that is dropped cannot be freed"]
    pub fn allocate(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        let fit = Geometry::<ALIGN, FL, SL>::fit(layout.size());
        // SAFETY: the alignment of a Layout is a power of two.
        let block = fit.and_then(|fit| unsafe { self.allocate_aligned(layout.align(), fit) });
        self.tally.request(layout.size(), block.is_some());
        block
    }

    /// Allocates `size` bytes aligned to ALIGN: [`Tlsf::allocate`] without an alignment.
    ///
    /// Returns `None` for 0, for a size above [`Tlsf::BLOCK_SIZE_MAX`], and if the search finds no free
    /// block. Mirrors `tlsf_malloc`.
    ///
    /// # Complexity
    /// O(1), with a bounded search O(SEARCH).
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// let mut heap = memoman::Heap::new();
    /// heap.add_static_pool(buffer)?;
    /// assert!(heap.malloc(100).is_some());
    /// assert!(heap.malloc(0).is_none());
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[inline]
    #[must_use = "a block that is dropped cannot be freed"]
    pub fn malloc(&mut self, size: usize) -> Option<NonNull<u8>> {
        let block = Geometry::<ALIGN, FL, SL>::fit(size).and_then(|fit| self.allocate_fit(fit));
        self.tally.request(size, block.is_some());
        block
    }

    /// Frees a block and merges it with its free neighbours. Mirrors `tlsf_free`.
    ///
    /// # Safety
    /// `ptr` was returned by this heap and not freed since. The caller does not use it afterwards.
    ///
    /// Only its address counts: the block is accessed with the provenance of its pool. So the pointer
    /// may be one that a `Box`, a `Vec` or a reference has narrowed to the bytes in use.
    ///
    /// # Complexity
    /// O(1).
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// let mut heap = memoman::Heap::new();
    /// heap.add_static_pool(buffer)?;
    /// let block = heap.malloc(100).expect("the pool is empty");
    /// // SAFETY: returned by this heap, freed once, and not used afterwards.
    /// unsafe { heap.deallocate(block) };
    /// assert_eq!(heap.validate().unwrap().used_blocks, 0);
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[inline]
    pub unsafe fn deallocate(&mut self, ptr: NonNull<u8>) {
        // SAFETY: the caller's.
        let mut span = Span::of_used(unsafe { UsedBlock::from_payload(ptr) });
        self.tally.taken_back(span.size());
        let next = span.free_next();
        if let Some(prev) = span.free_prev() {
            if let Some((next, _)) = next {
                // SAFETY: Membership: the successor is free, so it is listed.
                unsafe {
                    let next = self.lists.listed(next);
                    span.absorb_next(&self.remove(next));
                }
            }
            // SAFETY: Membership: the predecessor is free, so it is listed; sealing leaves its links.
            unsafe {
                let prev = self.lists.listed(prev);
                span.absorb_prev(prev.block());
                self.replace(prev, span.seal_free());
            }
        } else if let Some((next, _)) = next {
            // SAFETY: Membership: the successor is free, so it is listed; sealing leaves its links.
            unsafe {
                let next = self.lists.listed(next);
                span.absorb_next(next.block());
                self.replace(next, span.seal_free());
            }
        } else {
            // SAFETY: Membership: the block was used, so it is in no list.
            unsafe { self.insert(span.seal_free()) };
        }
    }

    /// Frees a block whose layout the caller knows: [`Tlsf::deallocate`], with a check of the
    /// layout in builds with debug assertions.
    ///
    /// # Safety
    /// As [`Tlsf::deallocate`]; `layout` is the one that the block was last allocated or
    /// reallocated with.
    ///
    /// # Panics
    /// With debug assertions, if the block cannot hold the layout.
    ///
    /// # Complexity
    /// O(1).
    ///
    /// # Examples
    /// ```
    /// # use core::alloc::Layout;
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// let mut heap = memoman::Heap::new();
    /// heap.add_static_pool(buffer)?;
    /// let layout = Layout::new::<[u64; 8]>();
    /// let block = heap.allocate(layout).expect("the pool is empty");
    /// // SAFETY: allocated here with this layout, and not used afterwards.
    /// unsafe { heap.deallocate_sized(block, layout) };
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[inline]
    pub unsafe fn deallocate_sized(&mut self, ptr: NonNull<u8>, layout: Layout) {
        debug_assert!(ptr.addr().get() & (layout.align() - 1) == 0, "freed with another alignment");
        // SAFETY: the caller's.
        unsafe {
            debug_assert!(layout.size() <= self.usable_size(ptr), "freed with a larger size");
            self.deallocate(ptr);
        }
    }

    /// Returns the bytes that a block can hold: at least what was requested. Mirrors
    /// `tlsf_block_size`.
    ///
    /// # Safety
    /// `ptr` was returned by this heap and not freed since.
    ///
    /// # Complexity
    /// O(1).
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// let mut heap = memoman::Heap::new();
    /// heap.add_static_pool(buffer)?;
    /// let block = heap.malloc(1).expect("the pool is empty");
    /// // SAFETY: a live block of this heap.
    /// assert_eq!(unsafe { heap.usable_size(block) }, memoman::Heap::BLOCK_SIZE_MIN);
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[inline]
    #[must_use]
    pub unsafe fn usable_size(&self, ptr: NonNull<u8>) -> usize {
        // SAFETY: the caller's.
        unsafe { UsedBlock::from_payload(ptr) }.header().size()
    }
}

impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Default for Tlsf<ALIGN, FL, SL, POOLS, SEARCH>
{
    fn default() -> Self {
        Self::new()
    }
}
