//! A heap that is called with offsets and cannot be misused: it knows which blocks are live.
//!
//! Offsets count from the arena's start, which is aligned to 64 KiB, so that every run of a test
//! has the same residues. Every block is overwritten to its last usable byte as soon as it is
//! allocated: an engine that returns too many bytes finds [`FILL`] where a header was.
#![allow(dead_code)] // Each test binary uses its own part.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::collections::BTreeSet;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use memoman::{Census, Pool, Tlsf, WORD};

/// The bytes of fresh memory and fresh payloads: no header (too large) and no link (odd).
pub(crate) const FILL: u8 = 0xA5;

/// Memory of a test, at a multiple of 64 KiB.
pub(crate) struct Arena {
    mem: NonNull<u8>,
    layout: Layout,
}

impl Arena {
    pub(crate) fn new(bytes: usize) -> Self {
        let layout = Layout::from_size_align(bytes.max(1), 1 << 16).unwrap();
        // SAFETY: the size is not 0.
        let Some(mem) = NonNull::new(unsafe { alloc(layout) }) else { handle_alloc_error(layout) };
        // SAFETY: just allocated, that long.
        unsafe { mem.write_bytes(FILL, layout.size()) };
        Self { mem, layout }
    }

    pub(crate) fn at(&self, offset: usize) -> NonNull<u8> {
        assert!(offset <= self.layout.size());
        // SAFETY: inside the arena, or its end.
        unsafe { self.mem.add(offset) }
    }

    pub(crate) fn addr(&self, offset: usize) -> usize {
        self.mem.addr().get() + offset
    }

    pub(crate) fn offset_of(&self, ptr: NonNull<u8>) -> usize {
        let offset = ptr.addr().get().wrapping_sub(self.addr(0));
        assert!(offset < self.layout.size(), "{ptr:p} is not in the arena");
        offset
    }

    /// All bytes, to compare.
    pub(crate) fn contents(&self) -> Vec<u8> {
        // SAFETY: initialised by `new`; a copy, so nothing stays borrowed.
        unsafe { std::slice::from_raw_parts(self.mem.as_ptr(), self.layout.size()) }.to_vec()
    }

    pub(crate) fn word(&self, offset: usize) -> usize {
        assert!(offset + WORD <= self.layout.size() && offset % WORD == 0);
        // SAFETY: inside the arena, aligned, initialised.
        unsafe { self.at(offset).cast::<usize>().read() }
    }

    /// Overwrites a word and returns its old value for [`Self::restore`] (a link stays a pointer so).
    pub(crate) fn poke(&self, offset: usize, value: usize) -> MaybeUninit<usize> {
        assert!(offset + WORD <= self.layout.size() && offset % WORD == 0);
        // SAFETY: inside the arena, and aligned.
        unsafe { self.at(offset).cast::<MaybeUninit<usize>>().replace(MaybeUninit::new(value)) }
    }

    pub(crate) fn restore(&self, offset: usize, old: MaybeUninit<usize>) {
        // SAFETY: `poke` has checked the place.
        unsafe { self.at(offset).cast::<MaybeUninit<usize>>().write(old) }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: from `alloc` with this layout.
        unsafe { dealloc(self.mem.as_ptr(), self.layout) }
    }
}

/// A block of a walk: offset of the payload, and its size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Seen {
    Used(usize, usize),
    Free(usize, usize),
}

/// A heap in an arena of its own, with the set of its live blocks.
pub(crate) struct Lab<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize> {
    pub(crate) heap: Tlsf<ALIGN, FL, SL, POOLS>,
    pub(crate) arena: Arena,
    live: BTreeSet<usize>,
}

impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Lab<ALIGN, FL, SL, POOLS>
{
    /// No pool yet, and this many bytes of memory.
    pub(crate) fn over(bytes: usize) -> Self {
        Self { heap: Tlsf::new(), arena: Arena::new(bytes), live: BTreeSet::new() }
    }

    /// Pools of these sizes, one directly behind the other from offset 0; as much again behind
    /// them is no pool.
    pub(crate) fn new(pools: &[usize]) -> Self {
        let mut lab = Self::over(2 * pools.iter().sum::<usize>());
        let mut offset = 0;
        for &bytes in pools {
            lab.add_pool(offset, bytes).unwrap();
            offset += bytes;
        }
        lab
    }

    /// The caller keeps the bytes apart from live blocks; overlaps with pools are refused.
    pub(crate) fn add_pool(
        &mut self,
        offset: usize,
        bytes: usize,
    ) -> Result<Pool, memoman::PoolError> {
        assert!(offset + bytes <= self.arena.layout.size());
        // SAFETY: arena memory, used by nothing but this heap.
        unsafe { self.heap.add_pool(self.arena.at(offset), bytes) }
    }

    fn register(&mut self, ptr: NonNull<u8>) -> usize {
        let at = self.arena.offset_of(ptr);
        assert!(self.live.insert(at), "offset {at} was allocated twice");
        self.payload(at).fill(FILL);
        at
    }

    pub(crate) fn malloc(&mut self, size: usize) -> Option<usize> {
        self.heap.malloc(size).map(|ptr| self.register(ptr))
    }

    /// One block for each size, in order.
    pub(crate) fn mallocs<const N: usize>(&mut self, sizes: [usize; N]) -> [usize; N] {
        sizes.map(|size| self.malloc(size).unwrap())
    }

    /// As C's `memalign`: what is no layout is refused.
    pub(crate) fn memalign(&mut self, align: usize, size: usize) -> Option<usize> {
        self.allocate(Layout::from_size_align(size, align).ok()?)
    }

    pub(crate) fn allocate(&mut self, layout: Layout) -> Option<usize> {
        self.heap.allocate(layout).map(|ptr| self.register(ptr))
    }

    /// As C's `realloc`: no block is `malloc`, a size of 0 frees. Keeps the payload as the engine left
    /// it.
    pub(crate) fn realloc(&mut self, at: Option<usize>, size: usize) -> Option<usize> {
        self.realloc_aligned(at, 1, size)
    }

    /// The same with an alignment, which the block has afterwards.
    pub(crate) fn realloc_aligned(
        &mut self,
        at: Option<usize>,
        align: usize,
        size: usize,
    ) -> Option<usize> {
        let Some(at) = at else { return self.memalign(align, size) };
        if size == 0 {
            self.free(at);
            return None;
        }
        let layout = Layout::from_size_align(size, align).ok()?;
        // SAFETY: live, as `live` checks; its offset is forgotten if it moves.
        let new = unsafe { self.heap.reallocate(self.live(at), layout) };
        let new = self.arena.offset_of(new?);
        self.live.remove(&at);
        self.live.insert(new);
        Some(new)
    }

    pub(crate) fn free(&mut self, at: usize) {
        let ptr = self.live(at);
        self.live.remove(&at);
        // SAFETY: live until now.
        unsafe { self.heap.deallocate(ptr) };
    }

    pub(crate) fn reset(&mut self) {
        self.live.clear();
        // SAFETY: no offset is live any more.
        unsafe { self.heap.reset() };
    }

    pub(crate) fn live(&self, at: usize) -> NonNull<u8> {
        assert!(self.live.contains(&at), "offset {at} is not live");
        self.arena.at(at)
    }

    pub(crate) fn usable(&self, at: usize) -> usize {
        // SAFETY: live, as `live` checks.
        unsafe { self.heap.usable_size(self.live(at)) }
    }

    /// All usable bytes of a live block.
    pub(crate) fn payload(&mut self, at: usize) -> &mut [u8] {
        // SAFETY: live blocks are ours, initialised by `Arena::new`, and `self` is borrowed.
        unsafe { std::slice::from_raw_parts_mut(self.live(at).as_ptr(), self.usable(at)) }
    }

    /// All blocks: pools in order of addition, blocks in address order.
    pub(crate) fn walk(&self) -> Vec<Seen> {
        let blocks = self.heap.pools().flat_map(|pool| self.heap.blocks(pool));
        let seen = |at, block: memoman::BlockInfo| match block.is_free {
            true => Seen::Free(at, block.size),
            false => Seen::Used(at, block.size),
        };
        blocks.map(|block| seen(self.arena.offset_of(block.payload), block)).collect()
    }

    /// All free blocks by class, in list order: class and offset.
    pub(crate) fn lists(&self) -> Vec<(usize, usize)> {
        let free = self.heap.free_blocks();
        free.map(|(class, block)| (class, self.arena.offset_of(block.payload))).collect()
    }

    /// Every law holds, and the walk, the census and the live set agree.
    pub(crate) fn check(&self) -> Census {
        let census = self.heap.validate().unwrap_or_else(|violation| panic!("{violation}"));
        let (mut used, mut free) = (Vec::new(), Vec::new());
        for block in self.walk() {
            match block {
                Seen::Used(at, size) => used.push((at, size)),
                Seen::Free(at, size) => free.push((at, size)),
            }
        }
        let bytes = |blocks: &[(usize, usize)]| blocks.iter().map(|block| block.1).sum::<usize>();
        assert!(used.iter().map(|block| block.0).eq(self.live.iter().copied()));
        assert_eq!((census.used_blocks, census.used_bytes), (used.len(), bytes(&used)));
        assert_eq!((census.free_blocks, census.free_bytes), (free.len(), bytes(&free)));
        assert_eq!(census.largest_free, free.iter().map(|block| block.1).max().unwrap_or(0));
        assert_eq!(census.pools, self.heap.pools().count());
        census
    }
}

/// Marsaglia's xorshift, 32 bits: the same numbers on every machine.
pub(crate) struct SeededRng(pub(crate) u32);

impl SeededRng {
    /// A number below `sides`.
    pub(crate) fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % sides
    }
}
