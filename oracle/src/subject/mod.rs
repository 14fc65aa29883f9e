//! Allocators that the lockstep drives, behind one trait: what is under test, and the C reference.
//! The trait is [`Allocator`]; the specification implements it as well.
//!
//! | file | holds |
//! |---|---|
//! | this | the trait [`Subject`] of an allocator under test |
//! | [`engine`] | memoman's engine as a subject, in every geometry |
//! | [`spec`] | the specification as a subject: in a real arena |
//! | [`reference`](mod@reference) | Conte's C code as an allocator, and the calls that it is defined for |
//! | `pool_results` | the memory that a pool gives back, and the block that a refusal names |
//! | `queries` | rarely run queries of the engine's API |

use std::any::Any;

use memoman::{RequestError, Violation};

pub use crate::allocator::{Allocator, Listed, Row};
use crate::arena::Arena;
use crate::counters::{Census, Counters};

pub mod engine;
mod pool_results;
pub(crate) mod queries;
pub mod reference;
pub mod spec;

/// An allocator under test: payloads are the bytes of its arena.
pub trait Subject: Allocator {
    /// The arena that holds its pools.
    fn arena(&self) -> &Arena;
    /// The offset of the header that a link in one of its blocks leads to, wrapping if it lies before the
    /// arena. Reports show offsets, no addresses.
    fn linked(&self, link: usize) -> usize {
        link.wrapping_sub(self.arena().base().addr().get())
    }
    /// As [`clear`](Allocator::clear). `sound` says that no check has failed so far: then the same
    /// instance may be emptied and used again, so that an incomplete reset is found.
    fn restart(&mut self, _sound: bool) {
        self.clear();
    }
    /// The same, to give its memory back, or to begin elsewhere, when it has no pool; none from a subject for
    /// small pools only.
    fn arena_mut(&mut self) -> Option<&mut Arena> {
        None
    }
    /// Frees everything, keeps the pools.
    fn reset(&mut self);
    /// The largest request that it would grant now.
    fn max_allocatable(&self) -> usize;
    /// Whether it would grant a request now, or why not; none if it has no such query.
    fn explain(&self, align: usize, size: usize) -> Option<Result<(), RequestError>>;
    /// Its counters; none if it does not count.
    fn counters(&self) -> Option<Counters>;
    /// Its own check of itself: what it counts, or what is broken.
    ///
    /// # Errors
    /// The first violation.
    fn validate(&self) -> Result<Census, Violation>;
    /// Runs its rarely run queries, when it has these pools as (start, bytes).
    ///
    /// # Errors
    /// The first wrong result, in a sentence. A subject without such queries returns `Ok`.
    fn queries(&self, _pools: &[(usize, usize)]) -> Result<(), String> {
        Ok(())
    }
    /// Remembers all that its walks, its lists and `validate` read outside of the arena, its counters apart.
    /// Returns whether it can: then, while these bytes and those of its pools stay the same, so do the results,
    /// and they need not be computed again after a refusal.
    fn mark(&mut self) -> bool {
        false
    }
    /// Whether all of that is still what it was when [`mark`](Self::mark) returned true.
    fn is_as_marked(&self) -> bool {
        false
    }
    /// Words that it has touched so far, as far as it counts them: the difference around a call is
    /// the cost of that call.
    fn cost(&self) -> u64 {
        0
    }
    /// Saves its state, its arena's bytes apart.
    fn save(&self) -> Saved;
    /// Restores a state that this subject saved; the bytes of its pools are restored already.
    fn restore(&mut self, saved: &Saved);
}

/// Pools as (start, bytes), in order of addition.
pub(crate) type Pools = Vec<(usize, usize)>;

/// The saved state of a subject.
pub type Saved = Box<dyn Any + Send>;
