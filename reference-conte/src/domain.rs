//! The domain of the C code: whether it is defined for a call, given the calls before.
//!
//! Tracks the pools that are present and the payloads that are live. Never touches memory.

use crate::call::ConteCall;
use crate::symbols::Symbols;

/// The range of a pool that is present.
#[derive(Clone, Copy)]
struct PoolRange {
    offset: usize,
    bytes: usize,
}

/// The pools and live payloads of one instance.
pub(crate) struct Domain {
    align: usize,
    min: usize,
    max: usize,
    pool_overhead: usize,
    arena_bytes: usize,
    pools: Vec<PoolRange>,
    /// One bit for each `align` bytes of the arena, set where a live payload begins.
    live: Vec<u64>,
    /// The words of `live` that may have a bit set, some of them more than once: clearing them takes no time in
    /// proportion to the arena.
    touched: Vec<usize>,
}

impl Domain {
    pub(crate) fn new(c: &Symbols, arena_bytes: usize) -> Self {
        // SAFETY: these functions return constants.
        let (align, min, max, pool_overhead) = unsafe {
            ((c.align_size)(), (c.block_size_min)(), (c.block_size_max)(), (c.pool_overhead)())
        };
        let live = vec![0; (arena_bytes / align).div_ceil(64)];
        Self {
            align,
            min,
            max,
            pool_overhead,
            arena_bytes,
            pools: Vec::new(),
            live,
            touched: Vec::new(),
        }
    }

    /// Whether the C code is defined for the call. For `RemovePool` the caller must also check that
    /// the pool is one free block, which is in the heap.
    #[inline]
    pub(crate) fn admits(&self, call: &ConteCall) -> bool {
        match *call {
            ConteCall::Malloc { size } | ConteCall::Realloc { current: None, size } => {
                self.rounds(size)
            }
            ConteCall::Memalign { align, size } => self.aligns(align, size),
            ConteCall::Realloc { current: Some(offset), size } => {
                size <= self.max - self.align && self.is_live(offset)
            }
            ConteCall::Free { offset } => self.is_live(offset),
            ConteCall::AddPool { offset, bytes } => self.accepts_pool(offset, bytes),
            ConteCall::RemovePool { offset } => self.is_present(offset),
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
        // The C code does not use the sum for alignments up to a word and for refused sizes.
        if align <= self.align || size == 0 || fit >= self.max {
            return true;
        }
        (fit + self.min + self.align)
            .checked_add(align)
            .and_then(|room| room.checked_add(align - 1))
            .is_some()
    }

    fn accepts_pool(&self, offset: usize, bytes: usize) -> bool {
        // The arena's base is a multiple of a word.
        if offset % self.align != 0 || bytes < self.pool_overhead {
            return true;
        }
        let payload = (bytes - self.pool_overhead) / self.align * self.align;
        if payload < self.min || payload > self.max {
            return true;
        }
        let inside = offset <= self.arena_bytes && bytes <= self.arena_bytes - offset;
        let separate =
            |pool: &PoolRange| offset >= pool.offset + pool.bytes || pool.offset >= offset + bytes;
        payload != self.max && inside && self.pools.iter().all(separate)
    }

    /// Whether a pool that is present begins at the offset.
    pub(crate) fn is_present(&self, offset: usize) -> bool {
        self.pools.iter().any(|pool| pool.offset == offset)
    }

    /// Whether a live payload begins at the offset.
    pub(crate) fn is_live(&self, offset: usize) -> bool {
        let bit = offset / self.align;
        offset % self.align == 0
            && self.live.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 != 0)
    }

    /// Adds a live payload.
    pub(crate) fn add_live(&mut self, offset: usize) {
        let bit = offset / self.align;
        self.set(bit / 64, 1 << (bit % 64));
    }

    /// Removes a live payload.
    pub(crate) fn remove_live(&mut self, offset: usize) {
        let bit = offset / self.align;
        if let Some(word) = self.live.get_mut(bit / 64) {
            *word &= !(1 << (bit % 64));
        }
    }

    /// Adds a pool.
    pub(crate) fn add_pool(&mut self, offset: usize, bytes: usize) {
        self.pools.push(PoolRange { offset, bytes });
    }

    /// Removes a pool.
    pub(crate) fn remove_pool(&mut self, offset: usize) {
        if let Some(place) = self.pools.iter().position(|pool| pool.offset == offset) {
            self.pools.swap_remove(place);
        }
    }

    /// The pools that are present: offsets and bytes.
    pub(crate) fn pools(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.pools.iter().map(|pool| (pool.offset, pool.bytes))
    }

    /// The live payloads of a range of whole pools, as words of bits.
    pub(crate) fn live_words(&self, offset: usize, bytes: usize) -> &[u64] {
        &self.live[self.words(offset, bytes)]
    }

    /// Replaces all pools and live payloads by those saved: offsets, bytes and words of bits.
    pub(crate) fn restore<'a>(&mut self, saved: impl Iterator<Item = (usize, usize, &'a [u64])>) {
        self.clear();
        for (offset, bytes, live) in saved {
            let words = self.words(offset, bytes);
            words.zip(live).for_each(|(word, &saved)| self.set(word, saved));
            self.pools.push(PoolRange { offset, bytes });
        }
    }

    /// Sets bits in a word of `live`, if the arena has it.
    fn set(&mut self, word: usize, bits: u64) {
        if let Some(live) = self.live.get_mut(word) {
            let is_new = *live == 0 && bits != 0;
            *live |= bits;
            if is_new {
                self.touch(word);
            }
        }
    }

    /// Records a word of `live`. Before the list grows, it loses what it need not have, so that it is no longer than
    /// twice the most words that had a bit at one time, and a few.
    fn touch(&mut self, word: usize) {
        if self.touched.len() == self.touched.capacity() {
            self.touched.retain(|&old| old != word && self.live[old] != 0);
            self.touched.sort_unstable();
            self.touched.dedup();
            self.touched.reserve(self.touched.len() + 64);
        }
        self.touched.push(word);
    }

    fn words(&self, offset: usize, bytes: usize) -> std::ops::Range<usize> {
        offset / self.align / 64..((offset + bytes) / self.align).div_ceil(64)
    }

    /// Removes all pools and live payloads.
    pub(crate) fn clear(&mut self) {
        self.pools.clear();
        for word in self.touched.drain(..) {
            self.live[word] = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SecondLevel;

    #[test]
    fn blocks_that_come_and_go_take_no_memory_and_a_clear_forgets_them_all() {
        let mut domain = Domain::new(SecondLevel::of_count(32).unwrap().symbols(), 1 << 20);
        let offsets = || (0..40).map(|block| block << 14);
        for round in 0..10_000 {
            for offset in offsets() {
                domain.add_live(offset);
                // One in four stays for a while, so that its word is in the list when it is set again.
                if (offset >> 14) % 4 != round % 4 {
                    domain.remove_live(offset);
                }
            }
            offsets().for_each(|offset| domain.remove_live(offset));
        }
        assert!(domain.touched.capacity() <= 256, "{} words", domain.touched.capacity());
        // More than the list has room for.
        (0..1000).for_each(|block| domain.add_live(block << 10));
        domain.clear();
        assert!(!domain.live.iter().any(|&word| word != 0), "a word was not cleared");
    }
}
