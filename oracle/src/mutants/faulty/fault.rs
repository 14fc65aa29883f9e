//! The list of faults. Each is one place in the code of the faulty TLSF.

/// Calls a macro with the list of faults. For each: the variant, the checks that may fail first, and the
/// mistake.
macro_rules! for_each_fault {
    ($use:ident) => { $use! {
        // Lists and bits.
        InsertsIntoTheListBelow: CLASS, "a block of the last list of a row is inserted into the list below",
        ThirdBlockGoesToTheTail: FREE_LISTS, "the third block of a list is inserted at the tail, all others at the head",
        OldHeadHasNoPrev: LINKS, "an insertion does not set the prev link of the old head",
        NextKeepsItsPrev: LINKS, "removing a block from the middle of a list does not update the prev link of its successor",
        InnerNextKeepsItsPrev: LINKS, "the same, but only if the list has at least two blocks on each side of the removed one",
        PrevKeepsItsNext: LINKS, "removing the last block of a list does not update the next link of its predecessor",
        SecondLevelBitNotSet: OCCUPANCY, "the second-level bit of the middle list is not set when another list of the row is occupied",
        FirstLevelBitNotSet: OCCUPANCY, "the first-level bit of a high row is not set when a block is inserted into the row's last list",
        BitOfTheRowBelow: OCCUPANCY, "the first block inserted into a row also sets the first-level bit of the row below",
        StaleSecondLevelBit: OCCUPANCY, "the second-level bit of the first list of a row is not cleared when that list empties",
        StaleFirstLevelBit: OCCUPANCY, "the first-level bit of a high row is not cleared when the row empties",
        RowClearedTooSoon: OCCUPANCY, "the first-level bit of a row is cleared when only the lists from the emptied one up are empty",
        RowAboveSkipped: PLACEMENT | STATUS, "a search that finds nothing in the rest of an occupied row skips the row above",
        SearchNotCarriedOver: PLACEMENT | STATUS, "a search that is rounded up into the next row starts one list below that row",
        ExactSizeListedBelowForWideAligns: FREE_LISTS, "with ALIGN above a word, a block of exactly the least size of a class is listed one class below",
        // Flags and back links.
        PrevFreeNotSet: MIRROR, "PREV_FREE of the sentinel is not set when the block before it becomes free",
        PrevFreeNotCleared: MIRROR, "PREV_FREE of the next block is not cleared when a block of the least size is allocated",
        SmallestRestLeavesPrevFree: BACK_LINK, "a rest of the least size sets neither PREV_FREE nor the back link of the block after it",
        WritesPrevFreeOfTheNextPool: MIRROR, "the last block of a pool also writes PREV_FREE of the first block of an adjacent pool",
        BackLinkNotWritten: BACK_LINK, "the back link to a free block is not written",
        BackLinkOfTheSentinelNotWritten: BACK_LINK, "the back link to a free block is not written when the sentinel follows it",
        SentinelFreed: SENTINEL, "the sentinel is marked free when the block before it becomes free",
        // Splitting and merging.
        SplitOmitsTheHeader: PLACEMENT, "a block is split when the rest has space for a payload, but not for its header",
        RestShorterByAGranule: TILING, "the size in the header of a large rest is one granule too small",
        RestInTheListOfTheWhole: CLASS, "a rest is listed by the size of the block that it was split from",
        AbsorbedStaysListed: LINKS, "a large successor stays in its list when it is absorbed",
        EqualNeighbourStaysListed: CLASS | LINKS, "the predecessor stays in its list when a block is merged with two free neighbours of equal size",
        MergeOmitsTheHeader: TILING, "two blocks merged to more than 512 bytes lose the bytes of the header between them",
        MergesAUsedSuccessor: PAYLOAD | WALK, "a freed block absorbs a used successor of the least size",
        MergesAcrossPools: TILING, "the last block of a pool absorbs the first block of an adjacent pool",
        GapSmallerThanABlock: PLACEMENT | USABLE_SIZE, "memalign accepts a gap that is one granule too small for a block",
        GapNotListed: MEMBERSHIP, "the gap that memalign leaves is marked free, but not listed",
        AlignedAGranuleShort: ALIGNMENT, "a block with an alignment of 256 or more starts one granule before the aligned address",
        // Reallocating.
        CopiesWholePairsOfWords: PAYLOAD, "a realloc that moves a block copies whole pairs of words and omits the rest",
        CopiesAPageAtMost: PAYLOAD, "a realloc that moves a block copies at most 4096 bytes",
        GrowCountsTheHeaderTwice: STATUS | USABLE_SIZE, "growing in place counts the absorbed header twice",
        ExactGrowKeepsPrevFree: MIRROR, "growing in place by the whole successor does not clear PREV_FREE of the block after it",
        TailNotMerged: COALESCED, "the tail that realloc splits off is not merged with a free successor",
        TailNotListed: MEMBERSHIP, "the tail that realloc splits off is marked free, but not listed",
        ReallocDropsAlignment: ALIGNMENT | STATUS, "a realloc that moves a block ignores the requested alignment",
        HugeReallocShrinks: STATUS, "a realloc to more than the largest size shrinks the block to the least size and succeeds",
        // Pools, counters, the largest request.
        OverlapAheadAccepted: STATUS, "a new pool is accepted although its end overlaps another pool",
        LargestPoolAccepted: CRASH, "a pool is accepted although its block has exactly the size limit, for which no class exists",
        BusyPoolRemoved: STATUS, "a pool with live blocks is removed if its last block is free",
        FirstOfThreePoolsRemoved: LINKS, "with three or more pools, removing any pool removes the first entry of the pool table",
        ShrunkPoolKeepsItsEnd: TILING, "the pool table keeps the old size of a pool that shrinks",
        RemovedPoolStaysListed: LINKS, "the block of a removed pool stays in its list",
        ExtendedPoolNotMerged: COALESCED | TILING, "the bytes that extend a pool are not merged with its free last block",
        ResetKeepsBits: OCCUPANCY, "reset does not clear the second-level bits of row 0",
        ResetLosesAPool: WALK, "reset after more than 20 calls drops the last pool",
        PeakFalls: COUNTERS, "the peak is the number of bytes in use now",
        PeakOmitsTheMove: COUNTERS, "the peak does not count both blocks of a realloc that moves a block",
        LargestRequestInHalfAWord: COUNTERS, "the largest request is stored in half a word",
        WideAlignFailureNotCounted: COUNTERS, "a refused memalign with an alignment above 4096 is not counted as a failure",
        ReallocToZeroNotCounted: COUNTERS, "a realloc to 0 bytes is not counted as a free",
        MaxIsTheLargestBlock: MAX_ALLOCATABLE, "max_allocatable returns the size of the largest free block, which a search may not find",
    } };
}
pub(super) use for_each_fault;

macro_rules! faults {
    ($($fault:ident: $($expected:ident)|+, $mistake:literal,)*) => {
        /// One mistake of the faulty TLSF. Most are made only under certain conditions.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Fault {
            /// No mistake.
            None,
            $(#[doc = $mistake] $fault,)*
        }
    };
}

for_each_fault!(faults);
