//! Findings: what a check has to say when it objects. Data until the last moment.

use std::any::Any;
use std::fmt;

use memoman::Law;

/// The two kinds of failure, never merged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FailureKind {
    /// The contract of an allocator is broken: whoever uses it loses data.
    Unsound,
    /// The contract is kept, but the answer is not TLSF 3.1's.
    Diverged,
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

/// Which check objects.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Check {
    /// One succeeded, the other refused.
    Status(Column),
    /// A payload is not aligned as asked for.
    Alignment,
    /// A payload does not lie in a pool.
    Containment,
    /// Fewer usable bytes than asked for.
    UsableSize,
    /// A payload overlaps another, or its header does.
    Overlap,
    /// A live payload is not what its owner wrote.
    Payload,
    /// Another offset, or another usable size.
    Placement(Column),
    /// The walk over a pool's blocks differs.
    Walk(Column),
    /// Another order of the free lists, or another class.
    FreeLists(Column),
    /// `validate` names a broken law.
    Law(Law),
    /// `validate` finds nothing, and counts other used or free blocks or bytes than the
    /// specification has. (A heap whose own counters are wrong breaks [`Law::Census`].)
    Census,
    /// `max_allocatable` names another size than the specification would just grant.
    MaxAllocatable,
    /// `stats()` tells a counter that is wrong: one of the blocks and bytes that a walk counts, or
    /// one of those that calls and answers come to (`peak_used_bytes`, `largest_request`,
    /// `failures`). What it saw names each of them. Only with feature `stats`, and asked after every
    /// step; the specification counts, see [`counters`](crate::counters).
    Counters,
    /// `explain()`, asked before each malloc and memalign, does not tell what happens: it gives a
    /// reason for a request that the specification grants, none for one that it refuses, or another
    /// reason, or other numbers in it, than the specification has.
    Explanation,
    /// One of the rarer queries is answered wrongly, see [`Subject::queries`]: asked whenever
    /// everything is checked.
    ///
    /// [`Subject::queries`]: crate::subject::Subject::queries
    Queries,
    /// A call touched more words than its kind may, see [`cost`](crate::latency): it would not be constant
    /// time. Only with feature `cost`.
    Cost,
    /// A refused call changed the heap's bytes.
    Unchanged,
    /// Everything is freed, and a pool is not one free block.
    Drained,
    /// The reference's own check of itself objects.
    ReferenceCheck,
    /// The run panicked: the subject did, or what was asked of it came to nonsense.
    Crash,
}

impl Check {
    /// Contract or parity.
    pub const fn kind(self) -> FailureKind {
        match self {
            Self::Status(_) | Self::Placement(_) | Self::Walk(_) | Self::FreeLists(_) => {
                FailureKind::Diverged
            }
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
            Self::UsableSize => f.write_str("fewer usable bytes than asked for"),
            Self::Overlap => f.write_str("live blocks overlap"),
            Self::Payload => f.write_str("payload changed outside of any call"),
            Self::Placement(column) => write!(f, "placement {}", against(column)),
            Self::Walk(column) => write!(f, "walk {}", against(column)),
            Self::FreeLists(column) => write!(f, "free-list order {}", against(column)),
            Self::Law(law) => write!(f, "law {law:?} broken"),
            Self::Census => f.write_str("validate() miscounts"),
            Self::MaxAllocatable => f.write_str("max_allocatable() is not the largest request"),
            Self::Counters => f.write_str("stats() miscounts"),
            Self::Explanation => f.write_str("explain() does not tell what happens"),
            Self::Queries => f.write_str("a query returns a wrong result"),
            Self::Cost => f.write_str("dearer than its kind may be"),
            Self::Unchanged => f.write_str("a refused call changed the heap"),
            Self::Drained => f.write_str("not whole after everything was freed"),
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
    /// The offset that it is about, if it is about one: what a story shows the heap around.
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
