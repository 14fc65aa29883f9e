//! The ops as values.

use super::align::Align;
use super::keywords::keywords;
use super::size::{Ratio, Size};
use super::swarm::OpKind;
use super::version::Version;

/// One step of a program.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "a variant's sentence covers its fields")]
pub enum Op {
    /// Allocate into the first empty slot at or after `slot`.
    Malloc { slot: u8, size: Size },
    /// Allocate aligned. The slot is a multiple of 32.
    Memalign { slot: u8, align: Align, size: Size },
    /// Reallocate.
    Realloc { target: Target, size: Size },
    /// Free; with nothing live, malloc.
    Free { target: Target },
    /// Add a region (0..4) as a pool, or offer memory that must be refused.
    AddPool { region: u8, form: PoolForm },
    /// Remove a region's pool: after draining it or, with `force`, without; then an error is expected
    /// if the pool is busy.
    RemovePool { region: u8, force: bool },
    /// Extend a region's pool at its end by 0..1024 times ALIGN.
    ExtendPool { region: u8, granules: u16 },
    /// Shrink a region's pool at its end by 0..1024 times ALIGN.
    ShrinkPool { region: u8, granules: u16 },
    /// Repeat the last op 1..=16 times.
    Repeat { times: u8 },
    /// Malloc until it fails.
    Fill { size: Size },
    /// Free several allocations.
    Drain { order: Order, count: Count },
    /// Write a new pattern to the whole payload.
    Rewrite { target: Target },
    /// Check everything now.
    Check,
    /// Version 2: grow without moving, also to the present size.
    Grow { target: Target, size: Size },
    /// Version 2: shrink without moving.
    Shrink { target: Target, size: Size },
    /// Version 2: reallocate to another alignment, in runs without TLSF 3.1, which has no such call; to the
    /// present size, or to that times a ratio.
    Realign { target: Target, align: Align, ratio: Option<Ratio> },
}

/// A choice among the live allocations.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Target {
    /// The first live one at or after this slot, cyclically.
    Slot(u8),
    /// The k-th newest, modulo the number of live ones.
    Newest(u8),
    /// The k-th oldest, modulo the number of live ones.
    Oldest(u8),
    /// The used block that follows the last touched one in memory.
    Next,
    /// The used block that precedes the last touched one in memory.
    Prev,
}

/// The memory that is offered as a pool.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "a variant's sentence covers its fields")]
pub enum PoolForm {
    /// The region's first `(8 - eighths_off) / 8`: 0..8.
    Fresh { eighths_off: u8 },
    /// A pool that was added before.
    Duplicate,
    /// A range that overlaps a pool.
    Overlap,
    /// A start that is not a multiple of ALIGN.
    Misaligned,
    /// Fewer bytes than a pool needs.
    TooSmall,
    /// More bytes than a block can have.
    TooLarge,
}

/// The number of allocations to free.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Count {
    /// All live ones.
    All,
    /// At most this many: 1..=63.
    Up(u8),
}

keywords! {
    /// The order in which allocations are freed.
    pub enum Order {
        /// Newest first.
        Lifo = "lifo",
        /// Oldest first.
        Fifo = "fifo",
        /// By address, lowest first.
        Address = "address",
        /// Every second one by address: no two freed blocks are adjacent.
        Alternate = "alternate",
    }
}

keywords! {
    /// The name of an op: the first word of its line.
    pub enum Opcode {
        /// [`Op::Malloc`]
        Malloc = "malloc",
        /// [`Op::Free`]
        Free = "free",
        /// [`Op::Realloc`]
        Realloc = "realloc",
        /// [`Op::Memalign`]
        Memalign = "memalign",
        /// [`Op::Rewrite`]
        Rewrite = "rewrite",
        /// [`Op::Check`]
        Check = "check",
        /// [`Op::Repeat`]
        Repeat = "repeat",
        /// [`Op::Drain`]
        Drain = "drain",
        /// [`Op::Fill`]
        Fill = "fill",
        /// [`Op::AddPool`]
        AddPool = "add_pool",
        /// [`Op::RemovePool`]
        RemovePool = "remove_pool",
        /// [`Op::ExtendPool`]
        ExtendPool = "extend_pool",
        /// [`Op::ShrinkPool`]
        ShrinkPool = "shrink_pool",
        /// [`Op::Grow`]
        Grow = "grow",
        /// [`Op::Shrink`]
        Shrink = "shrink",
        /// [`Op::Realign`]
        Realign = "realign",
    }
}

impl Op {
    /// Returns the op without its operands.
    pub const fn opcode(&self) -> Opcode {
        match self {
            Self::Malloc { .. } => Opcode::Malloc,
            Self::Memalign { .. } => Opcode::Memalign,
            Self::Realloc { .. } => Opcode::Realloc,
            Self::Free { .. } => Opcode::Free,
            Self::AddPool { .. } => Opcode::AddPool,
            Self::RemovePool { .. } => Opcode::RemovePool,
            Self::ExtendPool { .. } => Opcode::ExtendPool,
            Self::ShrinkPool { .. } => Opcode::ShrinkPool,
            Self::Repeat { .. } => Opcode::Repeat,
            Self::Fill { .. } => Opcode::Fill,
            Self::Drain { .. } => Opcode::Drain,
            Self::Rewrite { .. } => Opcode::Rewrite,
            Self::Check => Opcode::Check,
            Self::Grow { .. } => Opcode::Grow,
            Self::Shrink { .. } => Opcode::Shrink,
            Self::Realign { .. } => Opcode::Realign,
        }
    }

    /// Returns the requested size, if the op has one.
    pub const fn size(&self) -> Option<Size> {
        match *self {
            Self::Malloc { size, .. }
            | Self::Memalign { size, .. }
            | Self::Realloc { size, .. }
            | Self::Grow { size, .. }
            | Self::Shrink { size, .. }
            | Self::Fill { size } => Some(size),
            _ => None,
        }
    }

    /// Returns the op's target, if it has one.
    pub const fn target(&self) -> Option<Target> {
        match *self {
            Self::Realloc { target, .. }
            | Self::Grow { target, .. }
            | Self::Shrink { target, .. }
            | Self::Realign { target, .. }
            | Self::Free { target }
            | Self::Rewrite { target } => Some(target),
            _ => None,
        }
    }
}

impl Opcode {
    /// Returns whether a version has it.
    pub const fn is_in(self, version: Version) -> bool {
        matches!(version, Version::Two)
            || !matches!(self, Self::Grow | Self::Shrink | Self::Realign)
    }

    /// Returns the kind by which a header disables it; malloc and free have none.
    pub const fn kind(self) -> Option<OpKind> {
        match self {
            Self::Malloc | Self::Free => None,
            Self::Memalign => Some(OpKind::Memalign),
            Self::Realloc | Self::Grow | Self::Shrink | Self::Realign => Some(OpKind::Realloc),
            Self::AddPool | Self::RemovePool | Self::ExtendPool | Self::ShrinkPool => {
                Some(OpKind::Pools)
            }
            Self::Repeat => Some(OpKind::Repeat),
            Self::Fill => Some(OpKind::Fill),
            Self::Drain => Some(OpKind::Drain),
            Self::Rewrite => Some(OpKind::Rewrite),
            Self::Check => Some(OpKind::Check),
        }
    }
}
