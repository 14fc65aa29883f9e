//! The measured allocators, as values: each operation is a function pointer.

use std::time::Duration;

use super::arena::SharedArena;
use super::candidate::{Candidate, OutOfLine};
use super::heaps::{
    ConteCandidate, MemomanCandidate, NoAllocator, RlsfCandidate, SystemMalloc, TalcCandidate,
};
use super::pass::{self, Refused};
use super::ticks;
use super::trace::CallTrace;
use super::verify::{self, Placement};

pub(crate) struct MeasuredAllocator {
    pub(crate) name: &'static str,
    pub(crate) time: fn(&SharedArena, &CallTrace) -> Result<Duration, Refused>,
    pub(crate) verify: fn(&SharedArena, &CallTrace) -> Result<Placement, String>,
    /// The ticks of each call.
    pub(crate) ticks: fn(&SharedArena, &CallTrace) -> Result<Vec<u32>, Refused>,
}

const fn measured<C: Candidate>(name: &'static str) -> MeasuredAllocator {
    MeasuredAllocator {
        name,
        time: pass::time::<C>,
        verify: verify::verify::<C>,
        ticks: ticks::ticks::<C>,
    }
}

/// The measured loop without an allocator. Its time is subtracted from the others.
pub(crate) static LOOP: MeasuredAllocator = measured::<NoAllocator>("loop");

/// The reference of all ratios.
pub(crate) static CONTE: MeasuredAllocator = measured::<ConteCandidate>("C");

/// Inlined where the compiler decides so, as in a Rust program.
pub(crate) static LINKED: [MeasuredAllocator; 4] = [
    measured::<MemomanCandidate>("memoman"),
    measured::<RlsfCandidate>("rlsf"),
    measured::<TalcCandidate>("talc"),
    measured::<SystemMalloc>("system"),
];

/// Not inlined, like the C code.
pub(crate) static OUT_OF_LINE: [MeasuredAllocator; 3] = [
    measured::<OutOfLine<MemomanCandidate>>("memoman"),
    measured::<OutOfLine<RlsfCandidate>>("rlsf"),
    measured::<OutOfLine<TalcCandidate>>("talc"),
];
