//! What can be wrong with the toy: one place in its code each.

use super::{Toy, by};
use crate::lockstep::Lockstep;

/// Declares the faults: a variant, the checks that may object first, and what is wrong.
macro_rules! faults {
    ($($fault:ident: $($by:ident)|+, $sentence:literal,)*) => {
        /// One mistake of the toy. Most are made in some cases only, as mistakes are.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Fault {
            /// Nothing is wrong.
            Honest,
            $(#[doc = $sentence] $fault,)*
        }

        /// The wrong ones, as the catalogue has them.
        pub(super) const CATALOGUE: &[super::Entry] = &[
            $((stringify!($fault), &[$(by::$by),+], $sentence, |geometry| {
                Lockstep::with_subject(geometry, Box::new(Toy::new(geometry, Fault::$fault)))
            }),)*
        ];
    };
}

faults! {
    // Lists and bits.
    InsertsAClassBelow: CLASS, "a block of the last list of a row is inserted into the list below",
    ThirdOfAListAtItsTail: FREE_LISTS, "the third block of a list goes to its tail, the others to its head",
    OldHeadKeepsNoPrev: LINKS, "an insertion does not tell the old head of the new one",
    NextKeepsItsPrev: LINKS, "removing a block from the middle leaves its successor's prev link",
    InnerNextKeepsItsPrev: LINKS, "the same, but only where two and more blocks are on either side",
    PrevKeepsItsNext: LINKS, "removing the last block of a list leaves its predecessor's next link",
    SecondLevelBitNotSet: OCCUPANCY, "the bit of the middle list is not set in a row that has others",
    FirstLevelBitNotSet: OCCUPANCY, "the last list of a high row does not set the row's bit",
    BitOfTheRowBelow: OCCUPANCY, "the first block of a row sets the bit of the row below as well",
    StaleSecondLevelBit: OCCUPANCY, "the first list of a row keeps its bit when it empties",
    StaleFirstLevelBit: OCCUPANCY, "a high row keeps its bit when its last list empties",
    RowClearedTooSoon: OCCUPANCY, "a row's bit is cleared when the lists above the emptied one are empty",
    RowAboveSkipped: PLACEMENT | STATUS, "where the rest of a row is empty, the search leaves out the row above",
    SearchNotCarriedOver: PLACEMENT | STATUS, "a search that is rounded up into the next row starts a list below it",
    EdgeBelowWhereAlignIsWide: FREE_LISTS, "with ALIGN above a word, the least size of a class is listed below it",
    // Flags and back links.
    PrevFreeNotSet: MIRROR, "the sentinel is not told that its predecessor is free",
    PrevFreeNotCleared: MIRROR, "the block behind one of the least size is not told that it is used",
    LeastRestTellsNobody: BACK_LINK, "a rest of the least size does not tell the block behind that it is free",
    TellsTheNextPool: MIRROR, "the last block of a pool tells the first one of the next what it is",
    BackLinkNotWritten: BACK_LINK, "a free block does not write its place into the word that ends it",
    BackLinkOfTheLastIsOld: BACK_LINK, "the last block of a pool does not write its place at its end",
    SentinelFreed: SENTINEL, "the sentinel behind a free block is marked free",
    // Cutting and merging.
    SplitsForAHeaderLess: PLACEMENT, "a rest that has room for a payload but not for its header is cut off",
    RestShorterByAGranule: TILING, "a large rest is a granule shorter than it is",
    RestInTheListOfTheWhole: CLASS, "the rest is listed by the size of the block that it was cut from",
    AbsorbedStaysListed: LINKS, "a large successor that is absorbed stays in its list",
    TwinStaysListed: CLASS | LINKS, "merged between two free blocks of one size, the first stays in its list",
    MergeForgetsTheHeader: TILING, "two blocks merged to more than 512 bytes lose the header between them",
    MergesAUsedSuccessor: PAYLOAD | WALK, "a freed block absorbs a used successor of the least size",
    MergesOverThePoolsEdge: TILING, "the last block of a pool absorbs the first one of the next pool",
    GapBelowABlock: PLACEMENT | USABLE_SIZE, "memalign takes a gap that is a granule short of a block",
    GapNotListed: MEMBERSHIP, "the gap that memalign leaves is free, and in no list",
    AlignedAWordShort: ALIGNMENT, "alignments from 256 on are missed by a granule",
    // Reallocating.
    CopiesWholeWordsOnly: PAYLOAD, "a realloc that moves copies whole pairs of words, and not the rest",
    CopiesAPageAtMost: PAYLOAD, "a realloc that moves copies at most a page",
    GrowsByTheHeaderTwice: STATUS | USABLE_SIZE, "growing in place counts a header too many",
    GrowsExactlyAndTellsNobody: MIRROR, "having absorbed just enough, a block does not tell the one behind",
    TailStaysApart: COALESCED, "the tail that realloc cuts off is not merged with a free successor",
    TailNotListed: MEMBERSHIP, "the tail that realloc cuts off is free, and in no list",
    ReallocDropsAlignment: ALIGNMENT | STATUS, "a realloc that moves forgets the alignment that it was told",
    HugeReallocShrinks: STATUS, "a realloc beyond the largest size shrinks to the least, and succeeds",
    // Pools, counters, promises.
    OverlapAheadAccepted: STATUS, "a pool that reaches into one that lies behind its start is accepted",
    LargestPoolAccepted: CRASH, "a pool whose block has exactly the largest size is accepted",
    BusyPoolRemoved: STATUS, "a pool whose last block is free is removed, whatever is live in it",
    FirstOfThreePoolsGoes: LINKS, "of three pools and more, the first one goes, whichever should",
    ShrunkPoolKeepsItsEnd: TILING, "a pool that gave up bytes is remembered as long as it was",
    RemovedPoolStaysListed: LINKS, "the block of a removed pool stays in its list",
    ExtendedPoolStaysApart: COALESCED | TILING, "what a pool gains is not merged with its free last block",
    ResetKeepsBits: OCCUPANCY, "reset keeps the bits of row 0",
    ResetLosesAPool: WALK, "reset, after a while, forgets the pool that came last",
    PeakFalls: COUNTERS, "the peak is what is used now",
    PeakMissesTheMove: COUNTERS, "the peak does not count both blocks of a realloc that moves",
    LargestRequestInHalfAWord: COUNTERS, "the largest request is kept in half a word",
    WideAlignFailsUncounted: COUNTERS, "a memalign beyond a page that fails is not counted as a failure",
    ReallocToNothingNotCounted: COUNTERS, "a realloc to 0 bytes is not counted as a free",
    PromisesTheLargestBlock: MAX_ALLOCATABLE, "max_allocatable is the largest free block's size",
}
