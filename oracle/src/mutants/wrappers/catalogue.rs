//! The mutants made from wrappers.

use super::damage::{MoveLosesTheTail, OverrunIntoPayload, WriteOnRefusal};
use super::results::{
    AlwaysExhausted, ExtraPool, LiveBlockReturned, MaxOneByteMore, NullForSomeSizes,
    OutsideThePools, PayloadAWordOff, UsableSizeTooSmall, UsedBlockNotCounted,
};
#[cfg(feature = "stats")]
use super::results::{FreesNotCounted, PeakFalls};
use super::wrapper::wrapped;
use crate::mutants::expected;
use crate::mutants::mutant::Listing;

/// The wrappers after which the engine can go on if no check fails. The others damage bytes that the engine
/// reads.
pub(in crate::mutants) const WRAPPERS: &[Listing] = &[
    (
        "PayloadAWordOff",
        &[expected::ALIGNMENT, expected::PLACEMENT],
        "malloc returns one payload a word too high",
        wrapped::<PayloadAWordOff>,
    ),
    (
        "NullForSomeSizes",
        &[expected::STATUS],
        "malloc returns null for one size in a thousand",
        wrapped::<NullForSomeSizes>,
    ),
    (
        "LiveBlockReturned",
        &[expected::OVERLAP],
        "malloc returns a block that is live",
        wrapped::<LiveBlockReturned>,
    ),
    (
        "OutsideThePools",
        &[expected::CONTAINMENT],
        "malloc returns an offset after the pools",
        wrapped::<OutsideThePools>,
    ),
    (
        "UsableSizeTooSmall",
        &[expected::USABLE_SIZE],
        "the usable size is a byte smaller than the request",
        wrapped::<UsableSizeTooSmall>,
    ),
    (
        "MoveLosesTheTail",
        &[expected::PAYLOAD],
        "a realloc that moves a block changes the last byte",
        wrapped::<MoveLosesTheTail>,
    ),
    (
        "OverrunIntoPayload",
        &[expected::PAYLOAD],
        "malloc overwrites a byte of the live payload after the block",
        wrapped::<OverrunIntoPayload>,
    ),
    (
        "WriteOnRefusal",
        &[expected::UNCHANGED],
        "a refused call changes a byte of the heap",
        wrapped::<WriteOnRefusal>,
    ),
    (
        "MaxOneByteMore",
        &[expected::MAX_ALLOCATABLE],
        "max_allocatable returns one byte too many",
        wrapped::<MaxOneByteMore>,
    ),
    (
        "AlwaysExhausted",
        &[expected::EXPLANATION],
        "explain gives exhausted memory as the reason for every refusal",
        wrapped::<AlwaysExhausted>,
    ),
    (
        "ExtraPool",
        &[expected::QUERIES],
        "the queries report one pool more than exists",
        wrapped::<ExtraPool>,
    ),
    (
        "UsedBlockNotCounted",
        &[expected::CENSUS],
        "validate counts one used block too few",
        wrapped::<UsedBlockNotCounted>,
    ),
    #[cfg(feature = "stats")]
    (
        "PeakFalls",
        &[expected::COUNTERS],
        "the peak is the number of bytes in use now",
        wrapped::<PeakFalls>,
    ),
    #[cfg(feature = "stats")]
    (
        "FreesNotCounted",
        &[expected::CENSUS_LAW],
        "frees are not counted, and validate reports the wrong counters",
        wrapped::<FreesNotCounted>,
    ),
];
