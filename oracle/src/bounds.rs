//! The most words that a call of each kind may touch: the promise of constant time as numbers.

use std::fmt;

use crate::call::CallKind;

/// A kind of operation: which call, and whether it was done or refused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct OperationKind {
    call: CallKind,
    refused: bool,
}

impl OperationKind {
    /// How many kinds there are.
    pub const COUNT: usize = 2 * CallKind::COUNT;

    /// The kind of a call that was done, or refused.
    pub const fn of(call: CallKind, done: bool) -> Self {
        Self { call, refused: !done }
    }

    /// All kinds but one that does not exist: a free that is refused.
    pub fn all() -> impl Iterator<Item = Self> {
        let both = |call| [true, false].map(|done| Self::of(call, done));
        CallKind::ALL.into_iter().flat_map(both).filter(|kind| kind.most() > 0)
    }

    /// Its number, below [`OperationKind::COUNT`].
    pub const fn index(self) -> usize {
        2 * self.call.index() + self.refused as usize
    }

    /// The most words that a call of this kind touches, in a heap of at most
    /// [`REGIONS`](crate::ops::REGIONS) pools. Programs in `corpus/latency-v1`, and two in `tests/latency.rs`,
    /// reach each of these numbers, so a change of the engine that lowers one shows there.
    pub const fn most(self) -> u64 {
        let [done, refused] = match self.call {
            CallKind::Malloc => [19, 2],
            CallKind::Memalign => [29, 2],
            // Its own 2, memalign and free.
            CallKind::Realloc => [59, 4],
            CallKind::Free => [28, 0],
            CallKind::AddPool => [14, 4],
            CallKind::RemovePool => [22, 15],
            CallKind::ExtendPool => [32, 8],
            CallKind::ShrinkPool => [33, 9],
            CallKind::Grow => [20, 2],
            CallKind::Shrink => [20, 1],
        };
        if self.refused { refused } else { done }
    }

    /// The refusal names the pool's last block if that is live, and walks over the pool to find
    /// it: by design, its cost grows with the number of blocks.
    pub const fn walks(self) -> bool {
        self.refused && matches!(self.call, CallKind::ShrinkPool)
    }

    /// [`OperationKind::most`] in a heap of `live` blocks: a kind that walks may touch each of them,
    /// a free block in front of each, and one behind all. A bounded search of `search` blocks adds the head
    /// of the list that the request falls into, and size and next link of each block.
    pub const fn most_with(self, live: usize, search: usize) -> u64 {
        let searches =
            matches!(self.call, CallKind::Malloc | CallKind::Memalign | CallKind::Realloc);
        let near = if searches && search > 0 { 1 + 2 * search as u64 } else { 0 };
        self.most() + near + if self.walks() { 2 * live as u64 + 1 } else { 0 }
    }
}

/// One word that can be part of a file's name.
impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused = if self.refused { "-refused" } else { "" };
        f.pad(&format!("{}{refused}", self.call))
    }
}
