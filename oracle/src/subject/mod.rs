//! What the lockstep drives: an allocator that lives in an arena and speaks offsets.
//!
//! The engine is one; so are the lying subjects with which the checks are tried, and allocators
//! made of a mutant of the specification.

use std::any::Any;

use memoman::{RequestError, Violation};
pub use reference_conte::{Listed, Row};

use crate::arena::Arena;
use crate::counters::Counters;
use crate::model::{Block, Census};

pub mod engine;
pub(crate) mod queries;
pub mod spec;

/// An allocator under test. Offsets count from the arena's base; payloads are the arena's bytes.
///
/// The lockstep calls it with what a caller may pass: live payloads, present pools; sizes,
/// alignments and pools of any kind.
pub trait Subject {
    /// The arena that holds its pools.
    fn arena(&self) -> &Arena;
    /// No pools, nothing live. `sound` says that it was never seen wrong, so the same instance is
    /// emptied and used on; else it is replaced.
    fn restart(&mut self, sound: bool);
    /// Frees everything, keeps the pools.
    fn reset(&mut self);
    /// Whether the pool came in.
    fn add_pool(&mut self, mem: usize, bytes: usize) -> bool;
    /// Whether the pool that is, or was, at `mem` went out.
    fn remove_pool(&mut self, mem: usize) -> bool;
    /// Whether the pool at `mem` gained the `more` bytes behind it.
    fn extend_pool(&mut self, mem: usize, more: usize) -> bool;
    /// Whether the pool at `mem` gave up `less` bytes at its end.
    fn shrink_pool(&mut self, mem: usize, less: usize) -> bool;
    /// As TLSF 3.1's.
    fn malloc(&mut self, size: usize) -> Option<usize>;
    /// As TLSF 3.1's.
    fn memalign(&mut self, align: usize, size: usize) -> Option<usize>;
    /// As TLSF 3.1's, but that the block is aligned to `align` from now on; 1 asks for nothing.
    fn realloc(&mut self, payload: Option<usize>, align: usize, size: usize) -> Option<usize>;
    /// Whether the block has that many bytes now, without having moved.
    fn grow_in_place(&mut self, payload: usize, size: usize) -> bool;
    /// Whether the block could shrink to that size, and did.
    fn shrink_in_place(&mut self, payload: usize, size: usize) -> bool;
    /// As TLSF 3.1's.
    fn free(&mut self, payload: usize);
    /// Bytes of a live block.
    fn usable_size(&self, payload: usize) -> usize;
    /// Appends the pool's blocks in address order.
    fn walk(&self, mem: usize, out: &mut Vec<Row>);
    /// Appends the free blocks by class, in list order.
    fn lists(&self, out: &mut Vec<Listed>);
    /// The largest request that it would grant now.
    fn max_allocatable(&self) -> usize;
    /// Whether it would grant a request now, or why not; none if it does not tell.
    fn explain(&self, align: usize, size: usize) -> Option<Result<(), RequestError>>;
    /// Its counters; none if it does not count.
    fn counters(&self) -> Option<Counters>;
    /// Its own check of itself: what it counts, or what is broken.
    fn validate(&self) -> Result<Census, Violation>;
    /// Answers what else can be asked of it, having these pools: the first answer that is wrong. Who
    /// can't be asked is right.
    fn queries(&self, _pools: &[(usize, usize)]) -> Result<(), String> {
        Ok(())
    }
    /// Words that it has touched so far, as far as it counts them: the difference around a call is what
    /// that cost.
    fn cost(&self) -> u64 {
        0
    }
    /// Keeps what it is, its arena's bytes apart.
    fn save(&self) -> Saved;
    /// Is again what this very subject kept; its pools' bytes are so already.
    fn restore(&mut self, saved: &Saved);
}

/// Pools as (start, bytes), in order of addition.
pub(crate) type Pools = Vec<(usize, usize)>;

/// What a subject was.
pub type Saved = Box<dyn Any + Send>;

/// A block of the specification, as the others show theirs.
pub(crate) fn row(block: &Block) -> Row {
    Row { offset: block.offset, size: block.size, free: block.free }
}

/// The other way round.
pub(crate) fn block(row: &Row) -> Block {
    Block { offset: row.offset, size: row.size, free: row.free }
}
