//! The trait of a heap under study, and the census that it returns.

use super::live_blocks::LiveBlocks;

/// Where the bytes of a heap are, as its allocator reports. All sizes are in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct HeapCensus {
    /// Live blocks.
    pub used_blocks: usize,
    /// Taken by live blocks, including headers and rounding.
    pub taken: usize,
    /// Free blocks, without their headers.
    pub free: usize,
    /// Free blocks, including their headers.
    pub free_taken: usize,
    /// The largest free block, without its header.
    pub largest_free: usize,
    /// The largest request that would be granted now.
    pub max_allocatable: usize,
    /// The rest: the overhead of the pool.
    pub overhead: usize,
}

impl HeapCensus {
    /// The part of the taken bytes that was not requested, between 0 and 1.
    pub fn internal_fragmentation(&self, requested: usize) -> f64 {
        if self.taken == 0 {
            return 0.0;
        }
        (self.taken - requested) as f64 / self.taken as f64
    }

    /// The part of the free bytes that no single request can get, between 0 and 1.
    pub fn external_fragmentation(&self) -> f64 {
        if self.free == 0 {
            return 0.0;
        }
        1.0 - self.max_allocatable as f64 / self.free as f64
    }

    /// Compares the census with the requests.
    ///
    /// # Errors
    /// The figure that is impossible.
    pub fn check(&self, blocks: &LiveBlocks) -> Result<(), String> {
        let all = self.taken + self.free_taken + self.overhead;
        if all != blocks.heap_bytes() {
            return Err(format!(
                "the census adds up to {all} bytes, the heap has {}",
                blocks.heap_bytes()
            ));
        }
        if self.used_blocks != blocks.live_blocks() {
            let live = blocks.live_blocks();
            return Err(format!("{} used blocks, but {live} are live", self.used_blocks));
        }
        let ordered = [
            ("requested", blocks.live_bytes(), "taken", self.taken),
            ("free", self.free, "taken by free blocks", self.free_taken),
            ("in the largest free block", self.largest_free, "free", self.free),
            ("allocatable", self.max_allocatable, "in the largest free block", self.largest_free),
        ];
        for (less, a, more, b) in ordered {
            if a > b {
                return Err(format!("{a} bytes {less}, but only {b} {more}"));
            }
        }
        Ok(())
    }
}

/// An allocator with one pool. Payloads are offsets from the pool's start.
pub trait HeapUnderStudy {
    /// Allocates `size` bytes, aligned to a word; `size` is not 0.
    fn malloc(&mut self, size: usize) -> Option<usize>;

    /// Frees a block.
    ///
    /// # Safety
    /// The block is live, and `size` is its last requested size.
    unsafe fn free(&mut self, offset: usize, size: usize);

    /// Grows, shrinks or moves a block. If it returns `None`, the block is unchanged.
    ///
    /// # Safety
    /// The block is live, `size` is its last requested size, and `new` is not 0.
    unsafe fn realloc(&mut self, offset: usize, size: usize, new: usize) -> Option<usize>;

    /// The present census. Trial requests are undone and change no later result.
    fn census(&mut self) -> HeapCensus;
}

/// The largest size of 1 … `most` for which `granted` returns true, or 0. It must return false for all sizes
/// above that.
pub(super) fn largest(most: usize, mut granted: impl FnMut(usize) -> bool) -> usize {
    let (mut accepted, mut refused) = (0, most + 1);
    while refused - accepted > 1 {
        let middle = accepted + (refused - accepted) / 2;
        if granted(middle) { accepted = middle } else { refused = middle }
    }
    accepted
}
