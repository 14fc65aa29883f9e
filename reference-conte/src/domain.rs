//! Where the C code is defined: the calls, and the state that decides it.
//!
//! Records which pools are present and which payloads are live; never touches memory.

use crate::symbols::Symbols;

/// A call to the C code, with the arguments that decide whether it is defined.
///
/// Offsets are payloads or pools, in bytes from the arena's base. With A = `align()` and
/// max = `block_size_max()`, the C code is not defined for these calls:
///
/// | id | call | what the C code does |
/// |---|---|---|
/// | B1 | `Malloc`, size > usize::MAX − A + 1 | rounding wraps; a minimal block |
/// | B2 | `Realloc` of a block, size > max − A | upstream frees the live tail; LVGL's copy refuses |
/// | B3 | the same, size > usize::MAX − A + 1 | shrinks to the minimum and reports success |
/// | B4 | `Memalign`, size as in B1, or fit + align + 4 words rounded up to align wraps | a block too small or misaligned |
/// | B5 | `Memalign`, align 0 or not a power of two | a wrong alignment |
/// | B6 | `AddPool`, payload exactly max | a list index out of bounds |
/// | B8 | `AddPool` of memory outside the arena | writes there |
/// | B10 | `AddPool` that overlaps a present pool | links that end in themselves |
/// | B11 | `RemovePool` of a pool that is absent or not one free block | an arbitrary write |
/// | B12 | `Free` or `Realloc` of what is not a live payload | corruption |
///
/// A pool that the C code refuses by its numbers alone (misaligned, too small, too large) is
/// defined wherever it lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Call {
    /// `malloc(size)`.
    Malloc {
        /// Requested bytes.
        size: usize,
    },
    /// `memalign(align, size)`.
    Memalign {
        /// The alignment of the address, in bytes.
        align: usize,
        /// Requested bytes.
        size: usize,
    },
    /// `realloc(current, size)`.
    Realloc {
        /// The block's payload; `None` is the null pointer.
        current: Option<usize>,
        /// Requested bytes.
        size: usize,
    },
    /// `free(offset)`.
    Free {
        /// The block's payload.
        offset: usize,
    },
    /// `add_pool(offset, bytes)`.
    AddPool {
        /// Offset of the pool's first byte.
        offset: usize,
        /// Its length.
        bytes: usize,
    },
    /// `remove_pool(offset)`.
    RemovePool {
        /// Offset of the pool's first byte.
        offset: usize,
    },
}

/// A pool that is present.
#[derive(Clone, Copy)]
struct Pool {
    offset: usize,
    bytes: usize,
}

/// The bookkeeping behind `admits`.
pub(crate) struct Domain {
    align: usize,
    min: usize,
    max: usize,
    pool_overhead: usize,
    arena_bytes: usize,
    pools: Vec<Pool>,
    /// One bit for each `align` bytes of the arena: set if a live payload begins there.
    live: Vec<u64>,
}

impl Domain {
    pub(crate) fn new(c: &Symbols, arena_bytes: usize) -> Self {
        // SAFETY: these five return constants.
        let (align, min, max, pool_overhead) = unsafe {
            ((c.align_size)(), (c.block_size_min)(), (c.block_size_max)(), (c.pool_overhead)())
        };
        let live = vec![0; (arena_bytes / align).div_ceil(64)];
        Self { align, min, max, pool_overhead, arena_bytes, pools: Vec::new(), live }
    }

    /// Whether the C code is defined for `call`, except for one condition that only the heap knows:
    /// that a pool to remove is one free block.
    #[inline]
    pub(crate) fn admits(&self, call: &Call) -> bool {
        match *call {
            Call::Malloc { size } | Call::Realloc { current: None, size } => self.rounds(size),
            Call::Memalign { align, size } => self.aligns(align, size),
            Call::Realloc { current: Some(offset), size } => {
                size <= self.max - self.align && self.is_live(offset)
            }
            Call::Free { offset } => self.is_live(offset),
            Call::AddPool { offset, bytes } => self.accepts_pool(offset, bytes),
            Call::RemovePool { offset } => self.is_present(offset),
        }
    }

    /// Rounding the size up does not wrap.
    fn rounds(&self, size: usize) -> bool {
        size <= usize::MAX - self.align + 1
    }

    fn aligns(&self, align: usize, size: usize) -> bool {
        if !align.is_power_of_two() || !self.rounds(size) {
            return false;
        }
        let fit = size.next_multiple_of(self.align).max(self.min);
        // Below a word's alignment, and for requests without a fit, C ignores the sum.
        if align <= self.align || size == 0 || fit >= self.max {
            return true;
        }
        (fit + self.min + self.align)
            .checked_add(align)
            .and_then(|room| room.checked_add(align - 1))
            .is_some()
    }

    fn accepts_pool(&self, offset: usize, bytes: usize) -> bool {
        // The arena's base is a multiple of every alignment in question.
        if offset % self.align != 0 || bytes < self.pool_overhead {
            return true;
        }
        let payload = (bytes - self.pool_overhead) / self.align * self.align;
        if payload < self.min || payload > self.max {
            return true;
        }
        let inside = offset <= self.arena_bytes && bytes <= self.arena_bytes - offset;
        let apart =
            |pool: &Pool| offset >= pool.offset + pool.bytes || pool.offset >= offset + bytes;
        payload != self.max && inside && self.pools.iter().all(apart)
    }

    /// Whether a pool begins there.
    pub(crate) fn is_present(&self, offset: usize) -> bool {
        self.pools.iter().any(|pool| pool.offset == offset)
    }

    /// Whether a live payload begins there.
    pub(crate) fn is_live(&self, offset: usize) -> bool {
        let bit = offset / self.align;
        offset % self.align == 0
            && self.live.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 != 0)
    }

    /// Records a payload as live.
    pub(crate) fn mark_live(&mut self, offset: usize) {
        let bit = offset / self.align;
        if let Some(word) = self.live.get_mut(bit / 64) {
            *word |= 1 << (bit % 64);
        }
    }

    /// Records a payload as freed.
    pub(crate) fn mark_freed(&mut self, offset: usize) {
        let bit = offset / self.align;
        if let Some(word) = self.live.get_mut(bit / 64) {
            *word &= !(1 << (bit % 64));
        }
    }

    /// Records a pool.
    pub(crate) fn add_pool(&mut self, offset: usize, bytes: usize) {
        self.pools.push(Pool { offset, bytes });
    }

    /// Removes a pool from the record.
    pub(crate) fn remove_pool(&mut self, offset: usize) {
        if let Some(place) = self.pools.iter().position(|pool| pool.offset == offset) {
            self.pools.swap_remove(place);
        }
    }

    /// The pools that are present, as (offset, bytes).
    pub(crate) fn pools(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.pools.iter().map(|pool| (pool.offset, pool.bytes))
    }

    /// The bits of the live payloads in a range that holds whole pools.
    pub(crate) fn lives(&self, offset: usize, bytes: usize) -> &[u64] {
        &self.live[self.words(offset, bytes)]
    }

    /// Restores these pools, and no others, with the bits saved for them.
    pub(crate) fn restore<'a>(&mut self, saved: impl Iterator<Item = (usize, usize, &'a [u64])>) {
        self.forget_all();
        for (offset, bytes, lives) in saved {
            let words = self.words(offset, bytes);
            for (word, live) in self.live[words].iter_mut().zip(lives) {
                *word |= live;
            }
            self.pools.push(Pool { offset, bytes });
        }
    }

    fn words(&self, offset: usize, bytes: usize) -> std::ops::Range<usize> {
        offset / self.align / 64..((offset + bytes) / self.align).div_ceil(64)
    }

    /// As [`Domain::clear`], in time proportional to the pools, not to the arena.
    fn forget_all(&mut self) {
        for Pool { offset, bytes } in std::mem::take(&mut self.pools) {
            let words = self.words(offset, bytes);
            self.live[words].fill(0);
        }
    }

    /// Removes all pools and payloads.
    pub(crate) fn clear(&mut self) {
        self.pools.clear();
        self.live.fill(0);
    }
}
