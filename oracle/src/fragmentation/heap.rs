//! What a heap under study is, and the numbers that it tells about itself.

use super::live_blocks::LiveBlocks;

/// Bytes of a heap's memory, seen from the allocator. All sizes in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Census {
    /// Live blocks.
    pub used_blocks: usize,
    /// What live blocks take, headers and rounding included.
    pub taken: usize,
    /// What free blocks could hold, without their headers.
    pub free: usize,
    /// What free blocks take, headers included.
    pub free_taken: usize,
    /// What the largest of them could hold.
    pub largest_free: usize,
    /// The largest request that would be granted now.
    pub max_allocatable: usize,
    /// What the pool itself costs: the rest.
    pub overhead: usize,
}

impl Census {
    /// Part of the taken bytes that nobody asked for, of 1.
    pub fn internal_fragmentation(&self, requested: usize) -> f64 {
        if self.taken == 0 {
            return 0.0;
        }
        (self.taken - requested) as f64 / self.taken as f64
    }

    /// Part of the free bytes that no single request can have, of 1.
    pub fn external_fragmentation(&self) -> f64 {
        if self.free == 0 {
            return 0.0;
        }
        1.0 - self.max_allocatable as f64 / self.free as f64
    }

    /// Compares with what the requests say.
    ///
    /// # Errors
    /// The figure that cannot be.
    pub fn check(&self, blocks: &LiveBlocks) -> Result<(), String> {
        let all = self.taken + self.free_taken + self.overhead;
        if all != blocks.heap_bytes() {
            return Err(format!("{all} bytes accounted for, of {}", blocks.heap_bytes()));
        }
        if self.used_blocks != blocks.live_blocks() {
            let live = blocks.live_blocks();
            return Err(format!("{} used blocks, {live} of them handed out", self.used_blocks));
        }
        let ladder = [
            ("requested", blocks.live_bytes(), "taken", self.taken),
            ("free", self.free, "taken by free blocks", self.free_taken),
            ("in the largest free block", self.largest_free, "free", self.free),
            ("allocatable", self.max_allocatable, "in the largest free block", self.largest_free),
        ];
        for (less, a, more, b) in ladder {
            if a > b {
                return Err(format!("{a} bytes {less}, only {b} {more}"));
            }
        }
        Ok(())
    }
}

/// An allocator with one pool. Payloads are told as offsets from the pool's start.
pub trait Heap {
    /// `size` bytes aligned to a word; `size` is not 0.
    fn malloc(&mut self, size: usize) -> Option<usize>;

    /// Takes a block back.
    ///
    /// # Safety
    /// It is live, and `size` is what it was last asked for.
    unsafe fn free(&mut self, offset: usize, size: usize);

    /// Grows, shrinks or moves a block; a refusal leaves it as it was.
    ///
    /// # Safety
    /// It is live, `size` is what it was last asked for, and `new` is not 0.
    unsafe fn realloc(&mut self, offset: usize, size: usize, new: usize) -> Option<usize>;

    /// The numbers, now. What is asked for on the way is given back, and leaves no trace.
    fn census(&mut self) -> Census;
}

/// The largest of 1 … `most` that `granted` says yes to, if it says no from some size on.
pub(super) fn largest(most: usize, mut granted: impl FnMut(usize) -> bool) -> usize {
    let (mut yes, mut no) = (0, most + 1);
    while no - yes > 1 {
        let middle = yes + (no - yes) / 2;
        if granted(middle) { yes = middle } else { no = middle }
    }
    yes
}
