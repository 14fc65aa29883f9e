//! The ops, as values.

use super::align::Align;
use super::header::Kind;
use super::size::Size;
use super::words::spelled;

/// One step of a program.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "a variant's sentence covers its fields")]
pub enum Op {
    /// Allocate into the first empty slot at or after `slot`.
    Malloc { slot: u8, size: Size },
    /// The same, aligned. The slot is a multiple of 32.
    Memalign { slot: u8, align: Align, size: Size },
    /// Resize.
    Realloc { target: Target, size: Size },
    /// Free; with nothing live, malloc.
    Free { target: Target },
    /// Make a region (0..4) a pool, or try to pass off something as one.
    AddPool { region: u8, form: PoolForm },
    /// Give a region's pool back: drained first, or, by force, as it is, where an error is
    /// expected if it is busy.
    RemovePool { region: u8, force: bool },
    /// Give a region's pool more memory at its end: 0..1024 times ALIGN.
    ExtendPool { region: u8, granules: u16 },
    /// Take memory from the end of a region's pool: 0..1024 times ALIGN.
    ShrinkPool { region: u8, granules: u16 },
    /// Do the last op again, 1..=16 times.
    Repeat { times: u8 },
    /// Malloc until it fails.
    Fill { size: Size },
    /// Free many.
    Drain { order: Order, count: Count },
    /// Write the whole payload anew.
    Rewrite { target: Target },
    /// Check everything now.
    Check,
}

/// Which live allocation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Target {
    /// The first live one at or after this slot, round the end.
    Slot(u8),
    /// The k-th newest, modulo the number of live ones.
    Newest(u8),
    /// The k-th oldest, modulo the number of live ones.
    Oldest(u8),
    /// The used block that follows the last touched one in memory.
    Next,
    /// The used block that precedes it.
    Prev,
}

/// What is offered as a pool.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "a variant's sentence covers its fields")]
pub enum PoolForm {
    /// The region's first `(8 - eighths_off) / 8`: 0..8.
    Fresh { eighths_off: u8 },
    /// A pool that is there already.
    Duplicate,
    /// A range that overlaps one.
    Overlap,
    /// A start that is not a multiple of ALIGN.
    Misaligned,
    /// Fewer bytes than a pool needs.
    TooSmall,
    /// More bytes than a block can have.
    TooLarge,
}

/// How many to free.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Count {
    /// Each live one.
    All,
    /// At most this many: 1..=63.
    Up(u8),
}

spelled! {
    /// In which order to free.
    pub enum Order {
        /// Newest first.
        Lifo = "lifo",
        /// Oldest first.
        Fifo = "fifo",
        /// By address, lowest first.
        Address = "address",
        /// By address, every second one: no two neighbours merge.
        Alternate = "alternate",
    }
}

spelled! {
    /// An op without its operands: the first word of its line.
    pub enum Verb {
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
    }
}

impl Op {
    /// The op without its operands.
    pub const fn verb(&self) -> Verb {
        match self {
            Self::Malloc { .. } => Verb::Malloc,
            Self::Memalign { .. } => Verb::Memalign,
            Self::Realloc { .. } => Verb::Realloc,
            Self::Free { .. } => Verb::Free,
            Self::AddPool { .. } => Verb::AddPool,
            Self::RemovePool { .. } => Verb::RemovePool,
            Self::ExtendPool { .. } => Verb::ExtendPool,
            Self::ShrinkPool { .. } => Verb::ShrinkPool,
            Self::Repeat { .. } => Verb::Repeat,
            Self::Fill { .. } => Verb::Fill,
            Self::Drain { .. } => Verb::Drain,
            Self::Rewrite { .. } => Verb::Rewrite,
            Self::Check => Verb::Check,
        }
    }

    /// The size it asks for, if it does.
    pub const fn size(&self) -> Option<Size> {
        match *self {
            Self::Malloc { size, .. }
            | Self::Memalign { size, .. }
            | Self::Realloc { size, .. }
            | Self::Fill { size } => Some(size),
            _ => None,
        }
    }

    /// The live allocation that it is about, if one.
    pub const fn target(&self) -> Option<Target> {
        match *self {
            Self::Realloc { target, .. } | Self::Free { target } | Self::Rewrite { target } => {
                Some(target)
            }
            _ => None,
        }
    }
}

impl Verb {
    /// The kind by which a header turns it off; malloc and free have none.
    pub const fn kind(self) -> Option<Kind> {
        match self {
            Self::Malloc | Self::Free => None,
            Self::Memalign => Some(Kind::Memalign),
            Self::Realloc => Some(Kind::Realloc),
            Self::AddPool | Self::RemovePool | Self::ExtendPool | Self::ShrinkPool => {
                Some(Kind::Pools)
            }
            Self::Repeat => Some(Kind::Repeat),
            Self::Fill => Some(Kind::Fill),
            Self::Drain => Some(Kind::Drain),
            Self::Rewrite => Some(Kind::Rewrite),
            Self::Check => Some(Kind::Check),
        }
    }
}
