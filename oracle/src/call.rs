//! One call of an allocator and its reply: values only.
//!
//! A [`Call`] holds offsets and byte counts, as every column of the lockstep receives it. What a
//! program does to its slots is an [`Action`](crate::action::Action), from which calls result.

use std::fmt;

/// The operations of an allocator.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum CallKind {
    /// TLSF 3.1's `malloc`.
    Malloc,
    /// TLSF 3.1's `memalign`.
    Memalign,
    /// TLSF 3.1's `realloc`, with an alignment.
    Realloc,
    /// TLSF 3.1's `free`.
    Free,
    /// TLSF 3.1's `add_pool`.
    AddPool,
    /// TLSF 3.1's `remove_pool`.
    RemovePool,
    /// More bytes for a pool; not in TLSF 3.1.
    ExtendPool,
    /// Fewer bytes for a pool; not in TLSF 3.1.
    ShrinkPool,
    /// More bytes for a block, without moving it.
    Grow,
    /// Fewer bytes for a block, without moving it.
    Shrink,
}

impl CallKind {
    /// How many kinds there are.
    pub const COUNT: usize = 10;

    /// Every kind; the kind at index `i` has the number `i`.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Malloc,
        Self::Memalign,
        Self::Realloc,
        Self::Free,
        Self::AddPool,
        Self::RemovePool,
        Self::ExtendPool,
        Self::ShrinkPool,
        Self::Grow,
        Self::Shrink,
    ];

    /// Its name: one word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malloc => "malloc",
            Self::Memalign => "memalign",
            Self::Realloc => "realloc",
            Self::Free => "free",
            Self::AddPool => "add_pool",
            Self::RemovePool => "remove_pool",
            Self::ExtendPool => "extend_pool",
            Self::ShrinkPool => "shrink_pool",
            Self::Grow => "grow",
            Self::Shrink => "shrink",
        }
    }

    /// Its number: an index into [`CallKind::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The call is about a pool as a whole, not about a block.
    pub const fn is_of_pools(self) -> bool {
        matches!(self, Self::AddPool | Self::RemovePool | Self::ExtendPool | Self::ShrinkPool)
    }

    /// The call is a part of realloc: if it is done, TLSF 3.1's realloc does the same.
    pub const fn is_part_of_realloc(self) -> bool {
        matches!(self, Self::Grow | Self::Shrink)
    }
}

impl fmt::Display for CallKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One call, as each column receives it. Offsets count from the arena's base.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "a variant's sentence covers its fields")]
pub enum Call {
    /// A block of `size` bytes.
    Malloc { size: usize },
    /// A block of `size` bytes at a multiple of `align`.
    Memalign { align: usize, size: usize },
    /// A new size for a live block, or a new block if there is no payload. The block is aligned to
    /// `align` from now on; 1 is TLSF 3.1's call. A size of 0 frees the block.
    Realloc { payload: Option<usize>, align: usize, size: usize },
    /// At least `size` bytes for a live block, without moving it.
    Grow { payload: usize, size: usize },
    /// At most its present size for a live block, without moving it.
    Shrink { payload: usize, size: usize },
    /// Frees a live block.
    Free { payload: usize },
    /// Makes a range a pool.
    AddPool { mem: usize, bytes: usize },
    /// Removes the pool that starts at `mem`.
    RemovePool { mem: usize },
    /// Adds the `more` bytes behind a pool to it.
    ExtendPool { mem: usize, more: usize },
    /// Takes the last `less` bytes of a pool away from it.
    ShrinkPool { mem: usize, less: usize },
}

impl Call {
    /// Its kind.
    pub const fn kind(self) -> CallKind {
        match self {
            Self::Malloc { .. } => CallKind::Malloc,
            Self::Memalign { .. } => CallKind::Memalign,
            Self::Realloc { .. } => CallKind::Realloc,
            Self::Free { .. } => CallKind::Free,
            Self::AddPool { .. } => CallKind::AddPool,
            Self::RemovePool { .. } => CallKind::RemovePool,
            Self::ExtendPool { .. } => CallKind::ExtendPool,
            Self::ShrinkPool { .. } => CallKind::ShrinkPool,
            Self::Grow { .. } => CallKind::Grow,
            Self::Shrink { .. } => CallKind::Shrink,
        }
    }
}

/// What a column replied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reply {
    /// The call was refused.
    Refused,
    /// The call was done, and has no block to return.
    Done,
    /// The call was done: the block's payload is at this offset.
    Block(usize),
}

impl Reply {
    /// A number for each reply, for traces.
    pub(crate) const fn number(self) -> u64 {
        match self {
            Self::Refused => 0,
            Self::Done => 1,
            Self::Block(payload) => payload as u64 + 2,
        }
    }

    /// The reply of a call that returns a block, or null if it was refused.
    pub const fn block(payload: Option<usize>) -> Self {
        match payload {
            Some(payload) => Self::Block(payload),
            None => Self::Refused,
        }
    }

    /// The reply of a call that returns whether it was done.
    pub const fn done(done: bool) -> Self {
        if done { Self::Done } else { Self::Refused }
    }

    /// The call was done.
    pub const fn is_done(self) -> bool {
        !matches!(self, Self::Refused)
    }

    /// The offset of the returned block's payload, if a block was returned.
    pub const fn payload(self) -> Option<usize> {
        match self {
            Self::Block(payload) => Some(payload),
            _ => None,
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("refused"),
            Self::Done => f.write_str("done"),
            Self::Block(payload) => write!(f, "block at {payload}"),
        }
    }
}

/// What an operation did on its way, by the specification. A realloc that moves is a malloc and a
/// free: it has the events of both.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Events {
    /// A tail was cut off a block.
    pub split: bool,
    /// A leading gap was cut off for alignment.
    pub gap: bool,
    /// A free predecessor was absorbed.
    pub merged_prev: bool,
    /// A free successor was absorbed.
    pub merged_next: bool,
    /// A realloc left the block where it was.
    pub in_place: bool,
    /// A realloc moved the block.
    pub moved: bool,
}

/// The result of a step on which all columns agreed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// What every column replied.
    pub reply: Reply,
    /// What the operation did on its way.
    pub events: Events,
}

#[cfg(test)]
mod tests {
    use super::CallKind;

    #[test]
    fn the_index_of_a_kind_is_its_place_in_all() {
        for (index, kind) in CallKind::ALL.into_iter().enumerate() {
            assert_eq!(kind.index(), index, "{kind}");
        }
    }
}
