//! The measured allocators, as values: each operation is a function pointer.

use std::time::Duration;

use super::arena::SharedArena;
use super::candidate::{Candidate, OutOfLine};
use super::heaps::{
    ConteHeap, DlmallocHeap, MemomanHeap, Mimalloc, NoAllocator, O1Heap, PicoallocHeap, RlsfHeap,
    SystemMalloc, TalcHeap,
};
use super::pass::{self, Refused};
use super::ticks;
use super::trace::CallTrace;
use super::verify::{self, Placement};

/// What an allocator is in a comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    /// The loop, C, and memoman itself.
    Own,
    /// An allocator for one heap of fixed size, with blocks of any size: what memoman must be faster than.
    Peer,
    /// The same, but every block takes a power of two of bytes: less work for up to twice the memory.
    PowersOfTwo,
    /// A general allocator, for comparison.
    General,
}

pub(crate) struct MeasuredAllocator {
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    /// The largest alignment that it serves.
    pub(crate) max_align: u16,
    /// In C: called through a function call in any case.
    pub(crate) in_c: bool,
    pub(crate) time: fn(&SharedArena, &CallTrace) -> Result<Duration, Refused>,
    /// The same with each block touched, as [`pass::Touch`] says.
    pub(crate) time_touched: fn(&SharedArena, &CallTrace) -> Result<Duration, Refused>,
    pub(crate) verify: fn(&SharedArena, &CallTrace) -> Result<Placement, String>,
    /// The ticks of each call.
    pub(crate) ticks: fn(&SharedArena, &CallTrace) -> Result<Vec<u32>, Refused>,
}

impl MeasuredAllocator {
    /// It serves each alignment of the trace.
    pub(crate) fn serves(&self, trace: &CallTrace) -> bool {
        trace.max_align() <= self.max_align
    }
}

const fn measured<C: Candidate>(name: &'static str, role: Role, in_c: bool) -> MeasuredAllocator {
    MeasuredAllocator {
        name,
        role,
        max_align: C::MAX_ALIGN,
        in_c,
        time: pass::time::<C, false>,
        time_touched: pass::time::<C, true>,
        verify: verify::verify::<C>,
        ticks: ticks::ticks::<C>,
    }
}

/// The measured loop without an allocator. Its time is subtracted from the others.
pub(crate) static LOOP: MeasuredAllocator = measured::<NoAllocator>("loop", Role::Own, false);

/// The reference of all ratios.
pub(crate) static CONTE: MeasuredAllocator = measured::<ConteHeap>("C", Role::Own, true);

/// Inlined where the compiler decides so, as in a Rust program.
pub(crate) static LINKED: [MeasuredAllocator; 8] = [
    measured::<MemomanHeap>("memoman", Role::Own, false),
    measured::<RlsfHeap>("rlsf", Role::Peer, false),
    measured::<TalcHeap>("talc", Role::Peer, false),
    measured::<PicoallocHeap>("picoalloc", Role::Peer, false),
    measured::<O1Heap>("o1heap", Role::PowersOfTwo, true),
    measured::<DlmallocHeap>("dlmalloc", Role::General, false),
    measured::<Mimalloc>("mimalloc", Role::General, true),
    measured::<SystemMalloc>("system", Role::General, true),
];

/// Not inlined, like the C code: those of [`LINKED`] that are in Rust, in the same order.
pub(crate) static OUT_OF_LINE: [MeasuredAllocator; 5] = [
    measured::<OutOfLine<MemomanHeap>>("memoman", Role::Own, false),
    measured::<OutOfLine<RlsfHeap>>("rlsf", Role::Peer, false),
    measured::<OutOfLine<TalcHeap>>("talc", Role::Peer, false),
    measured::<OutOfLine<PicoallocHeap>>("picoalloc", Role::Peer, false),
    measured::<OutOfLine<DlmallocHeap>>("dlmalloc", Role::General, false),
];
