//! The wrong allocators, by name.

use memoman::Law;

use super::lies::{
    IntoHeader, IntoPayload, IntoSize, Leaked, MarkOnRefusal, Miscount, NoMemory, Null, OneMore,
    Outside, PrevFreeDropped, Short, TailLost, Twice, WordOff, WriteAfterFree,
};
use super::mutants::{AlignmentLost, Fifo, SplitsAbove, obeying};
use super::wrap::lying;
use super::{By, Planted};
use crate::finding::{Check, Party};

const SPECIFICATION: Party = Party::Specification;

/// `name: maker, by check or check …, sentence`, one for each.
macro_rules! planted {
    ($($name:literal: $maker:expr, by $($check:ident $(($of:expr))?)or+, $sentence:literal;)*) => {
        &[$(Planted {
            name: $name,
            sentence: $sentence,
            maker: $maker,
            by: &[$(by!($check $(($of))?)),+],
        }),*]
    };
}

macro_rules! by {
    (Crash) => {
        By::Crash
    };
    ($check:ident $(($of:expr))?) => {
        By::Check(Check::$check $(($of))?)
    };
}

/// All of them.
pub const fn all() -> &'static [Planted] {
    ALL
}

const ALL: &[Planted] = planted! {
    "payload-a-word-off": lying::<WordOff>, by Placement(SPECIFICATION) or Alignment,
        "The hundredth malloc is told a word off.";
    "null-for-some-sizes": lying::<Null>, by Status(SPECIFICATION),
        "One size in a thousand is refused.";
    "handed-out-twice": lying::<Twice>, by Overlap,
        "A live block that is large enough is handed out again.";
    "behind-the-pools": lying::<Outside>, by Containment,
        "A payload lies behind the last pool.";
    "usable-size-short": lying::<Short>, by UsableSize,
        "The usable size of a new block is a byte below the request.";
    "realloc-loses-last-byte": lying::<TailLost>, by Payload,
        "A realloc that moves copies a byte too little.";
    "mark-on-refusal": lying::<MarkOnRefusal>, by Unchanged,
        "A refused call writes a byte into a free block.";
    "overrun-into-flag": lying::<IntoHeader>, by Law(Law::Mirror),
        "malloc flips PREV_FREE of the block behind.";
    "overrun-into-size": lying::<IntoSize>, by Law(Law::Tiling),
        "malloc overruns into the size of the block behind.";
    "overrun-into-payload": lying::<IntoPayload>, by Payload,
        "malloc overruns into the payload of the block behind.";
    "write-after-free": lying::<WriteAfterFree>, by Law(Law::Links),
        "A free block's link is written to after a free.";
    "prev-free-dropped": lying::<PrevFreeDropped>, by Law(Law::Mirror),
        "The block behind a freed one is not told.";
    "validate-miscounts": lying::<Miscount>, by Census,
        "validate counts one used block too few.";
    "frees-not-counted": lying::<Leaked>, by Law(Law::Census),
        "Frees are not counted.";
    "wrong-reason": lying::<NoMemory>, by Explanation,
        "Each refusal is explained by want of memory.";
    "promises-a-byte-more": lying::<OneMore>, by MaxAllocatable,
        "The largest request is said to be a byte more than would be granted.";
    "lists-are-queues": obeying::<Fifo>, by FreeLists(SPECIFICATION),
        "A free block is inserted at the wrong end of its list.";
    "split-needs-more": obeying::<SplitsAbove>, by Placement(SPECIFICATION),
        "A rest that is exactly a block is not cut off: > for >=.";
    "realloc-forgets-alignment": obeying::<AlignmentLost>, by Alignment or Placement(SPECIFICATION),
        "A realloc that moves a block forgets how it was aligned (B16).";
};
