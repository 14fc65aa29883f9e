//! The most words that a call of each kind may touch: the promise of constant time as numbers.

use std::fmt;

use crate::call::Call;

/// A kind of operation: which call, and whether it was done or refused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct OperationKind(usize);

impl OperationKind {
    /// How many there are.
    pub const COUNT: usize = 2 * Call::KINDS.len();

    /// The kind of a call that came to this.
    pub const fn of(call: Call, done: bool) -> Self {
        Self(2 * call.kind() + if done { 0 } else { 1 })
    }

    /// All but one that there can't be: a free that is refused.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).map(Self).filter(|kind| MOST[kind.0] > 0)
    }

    /// Its number, below [`OperationKind::COUNT`].
    pub const fn index(self) -> usize {
        self.0
    }

    /// The most words that a call of this kind touches, in whatever heap of at most
    /// [`REGIONS`](crate::ops::REGIONS) pools.
    pub const fn most(self) -> u64 {
        MOST[self.0]
    }

    /// Walks to the pool's last block to name it if it is live, and says so: as dear as there are
    /// blocks, by design.
    pub const fn walks(self) -> bool {
        self.0 == 2 * 7 + 1
    }

    /// [`OperationKind::most`], for who may walk over a heap with so many live blocks: with a free one in front
    /// of each and one behind all.
    pub const fn most_with(self, live: usize) -> u64 {
        self.most() + if self.walks() { 2 * live as u64 + 1 } else { 0 }
    }
}

/// In one word, fit for a file's name.
impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused = if self.0 % 2 == 0 { "" } else { "-refused" };
        f.pad(&format!("{}{refused}", Call::KINDS[self.0 / 2]))
    }
}

/// What each kind may cost: done, then refused. Attained, all of it, by the programs in
/// `corpus/latency-v1`; a change of the engine that lowers one shows there.
const MOST: [u64; OperationKind::COUNT] = {
    let by_call = [
        [18, 2],  // malloc
        [27, 2],  // memalign
        [55, 4],  // realloc: its own 2, memalign and free
        [26, 0],  // free
        [13, 4],  // add_pool
        [21, 15], // remove_pool
        [31, 8],  // extend_pool
        [32, 9],  // shrink_pool
        [18, 2],  // grow
        [19, 1],  // shrink
    ];
    let mut most = [0; OperationKind::COUNT];
    let mut index = 0;
    while index < OperationKind::COUNT {
        most[index] = by_call[index / 2][index % 2];
        index += 1;
    }
    most
};
