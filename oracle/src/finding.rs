//! Findings: which check failed, and what it found. Data only.

use std::any::Any;
use std::fmt;

use memoman::Law;

/// The kinds of failure. They are never merged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FailureKind {
    /// The contract of an allocator is broken: its callers lose data.
    Unsound,
    /// The contract is kept, but the reply is not TLSF 3.1's.
    Diverged,
    /// The contract is kept, but more memory is taken or refused than the limits of a
    /// [`check`](crate::check) allow.
    Wasteful,
}

/// What an allocator wastes, beyond the limits of a [`check`](crate::check).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Waste {
    /// A request is refused, although far more bytes than it needs are free in one piece.
    Refusal,
    /// A block has far more usable bytes than were requested.
    Rounding,
    /// On fresh memory, no request for a fair part of it is granted.
    Capacity,
}

impl fmt::Display for Waste {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Refusal => "refused with room free",
            Self::Rounding => "takes far more than was requested",
            Self::Capacity => "cannot allocate most of its memory",
        })
    }
}

/// A column of the lockstep. In a [`Check`]: the one that the engine differs from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Column {
    /// The allocator under test.
    Engine,
    /// The executable specification.
    Specification,
    /// Conte's C code.
    Reference,
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Engine => "engine",
            Self::Specification => "specification",
            Self::Reference => "C",
        })
    }
}

/// The checks. A finding names the one that failed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Check {
    /// One succeeded, the other refused.
    Status(Column),
    /// A payload is not aligned as requested.
    Alignment,
    /// A payload does not lie in a pool.
    Containment,
    /// Fewer usable bytes than requested.
    UsableSize,
    /// A payload overlaps another, or its header does.
    Overlap,
    /// A live payload is not what was written there.
    Payload,
    /// Another offset, or another usable size.
    Placement(Column),
    /// The walk over a pool's blocks differs.
    Walk(Column),
    /// Another order of the free lists, or another class.
    FreeLists(Column),
    /// `validate` names a broken law.
    Law(Law),
    /// `validate` reports no violation, but counts other used or free blocks or bytes than the
    /// specification has. (A heap whose own counters are wrong breaks [`Law::Census`].)
    Census,
    /// `max_allocatable` is not the largest request that the specification grants.
    MaxAllocatable,
    /// `stats()` reports a wrong counter: one of the blocks and bytes that a walk counts, or one of
    /// those that follow from the calls (`peak_used_bytes`, `largest_request`, `failures`). The
    /// finding names each wrong counter. Checked after every step, with feature `stats` only; see
    /// [`counters`](crate::counters).
    Counters,
    /// `explain()`, called before each malloc and memalign, disagrees with the result: it gives a
    /// reason for a request that the specification grants, none for one that it refuses, another
    /// reason, or a reason with other numbers.
    Explanation,
    /// One of the rarely run queries returns a wrong result, see [`Subject::queries`]. They run
    /// whenever everything is checked.
    ///
    /// [`Subject::queries`]: crate::subject::Subject::queries
    Queries,
    /// A call touched more words than its kind may, see [`bounds`](crate::bounds): it would not be
    /// constant time. Only with feature `cost`.
    Cost,
    /// A refused call changed the heap's bytes.
    Unchanged,
    /// Everything is freed, and a pool is not one free block.
    Drained,
    /// Memory that was requested as zeroed is not.
    Zeroed,
    /// Bytes beside the memory of the allocator were written.
    Outside,
    /// A heap's walk does not show what is live.
    Blocks,
    /// A heap's own check fails.
    OwnCheck,
    /// The contract is kept, at a cost.
    Waste(Waste),
    /// The reference fails its own check of itself.
    ReferenceCheck,
    /// The run panicked: in the subject, or in the harness on a nonsensical result.
    Crash,
}

impl Check {
    /// Contract or parity.
    pub const fn kind(self) -> FailureKind {
        match self {
            Self::Status(_) | Self::Placement(_) | Self::Walk(_) | Self::FreeLists(_) => {
                FailureKind::Diverged
            }
            Self::Waste(_) => FailureKind::Wasteful,
            _ => FailureKind::Unsound,
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let against = |column: &Column| match column {
            Column::Engine => "differs from itself",
            Column::Specification => "differs from the specification",
            Column::Reference => "differs from the C reference",
        };
        match self {
            Self::Status(column) => write!(f, "success or refusal {}", against(column)),
            Self::Alignment => f.write_str("payload misaligned"),
            Self::Containment => f.write_str("payload outside every pool"),
            Self::UsableSize => f.write_str("fewer usable bytes than requested"),
            Self::Overlap => f.write_str("live blocks overlap"),
            Self::Payload => f.write_str("a payload does not keep its bytes"),
            Self::Placement(column) => write!(f, "placement {}", against(column)),
            Self::Walk(column) => write!(f, "walk {}", against(column)),
            Self::FreeLists(column) => write!(f, "free-list order {}", against(column)),
            Self::Law(law) => write!(f, "law {law:?} broken"),
            Self::Census => f.write_str("validate() miscounts"),
            Self::MaxAllocatable => f.write_str("max_allocatable() is not the largest request"),
            Self::Counters => f.write_str("stats() miscounts"),
            Self::Explanation => f.write_str("explain() disagrees with the result"),
            Self::Queries => f.write_str("a query returns a wrong result"),
            Self::Cost => f.write_str("costs more than its kind may"),
            Self::Unchanged => f.write_str("a refused call changed the heap"),
            Self::Drained => f.write_str("not whole after everything was freed"),
            Self::Zeroed => f.write_str("zeroed memory is not zero"),
            Self::Outside => f.write_str("bytes outside of its memory were written"),
            Self::Blocks => f.write_str("the walk is not what is live"),
            Self::OwnCheck => f.write_str("the allocator's own check fails"),
            Self::Waste(waste) => waste.fmt(f),
            Self::ReferenceCheck => f.write_str("the C reference fails its own check"),
            Self::Crash => f.write_str("a panic"),
        }
    }
}

/// The result of a check.
pub type Checked<T = ()> = Result<T, Box<Finding>>;

/// What a check found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Which check.
    pub check: Check,
    /// What it saw, in a sentence: offsets, never addresses.
    pub what: String,
    /// The offset that it is about, if it is about one: a report shows the heap around it.
    pub at: Option<usize>,
}

impl Finding {
    #[cold]
    pub(crate) fn new(check: Check, what: impl fmt::Display) -> Box<Self> {
        Box::new(Self { check, what: what.to_string(), at: None })
    }

    /// A panic: its message, if it has one.
    #[cold]
    pub(crate) fn crash(panic: &(dyn Any + Send)) -> Box<Self> {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or(panic.downcast_ref::<&str>().copied());
        Self::new(Check::Crash, message.unwrap_or("no words"))
    }

    /// What the engine has, and what another column has.
    #[cold]
    pub(crate) fn differs(
        check: Check,
        engine: impl fmt::Display,
        column: Column,
        other: impl fmt::Display,
    ) -> Box<Self> {
        Self::new(check, format!("engine: {engine}; {column}: {other}"))
    }

    /// The first entry in which the engine and another column differ.
    #[cold]
    pub(crate) fn first_difference<T: PartialEq + fmt::Display>(
        check: Check,
        engine: &[T],
        column: Column,
        other: &[T],
    ) -> Box<Self> {
        let at = engine.iter().zip(other).take_while(|(a, b)| a == b).count();
        let entry = |rows: &[T]| rows.get(at).map_or("nothing".into(), ToString::to_string);
        let what = format!("entry {at}: engine: {}; {column}: {}", entry(engine), entry(other));
        Self::new(check, what)
    }

    #[cold]
    pub(crate) fn at(mut self: Box<Self>, offset: usize) -> Box<Self> {
        self.at = Some(offset);
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}: {}", self.check.kind(), self.check, self.what)
    }
}
