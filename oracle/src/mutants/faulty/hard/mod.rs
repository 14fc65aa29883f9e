//! The list of hard faults: each needs a conjunction that random programs rarely meet.
//!
//! | module | holds |
//! |---|---|
//! | this | the list |
//! | `lists` | what goes wrong in lists, bits and the search |
//! | `chain` | what goes wrong in splitting, merging and resizing |
//! | `pools` | what goes wrong in pools |

mod chain;
mod lists;
mod pools;

/// Calls a macro with the list of hard faults. For each: the variant, its name and that of the file with its
/// witness, the checks that may fail first, the mistake, and the conjunction under which it shows.
macro_rules! for_each_hard_fault {
    ($use:ident) => { $use! {
        // Lists, bits and the search.
        NegativeRowCleared "negative-row-cleared": OCCUPANCY,
            "an emptied list is taken off the bits of its row in signed arithmetic, and a row below 0 counts as empty",
            "with 32 lists, the last but one of the row from 128 KiB empties, and only the last stays occupied",
        LeastSizeListedBelow "least-size-listed-below": FREE_LISTS,
            "the table that maps sizes to lists has one wrong entry",
            "a free block has exactly the least size of the last of 16 or more lists of the row from 128 KiB",
        LongListLosesALink "long-list-loses-a-link": LINKS,
            "the length of a list is kept in six bits, and a list whose length is 0 gets no prev link",
            "a 65th block enters a list above row 0",
        LinkAcrossFourPools "link-across-four-pools": LINKS,
            "links are offsets within the pool of the removed block",
            "a block leaves a list above row 0 whose head, and whose links before and after it, lie in three other pools",
        CarryIntoTheTopRow "carry-into-the-top-row": PLACEMENT | STATUS,
            "rounding a size up to the next list carries twice above 18 bits",
            "a request just below 256 KiB is rounded up to 256 KiB",
        // Splitting and merging.
        StaleLinksInADoubleMerge "stale-links-in-a-double-merge": LINKS,
            "a double merge reads the links of the predecessor before it removes the successor",
            "a realloc moves a block away, and both its neighbours are inside one list, the predecessor directly first",
        StaleBackLinkAtAnOldEnd "stale-back-link-at-an-old-end": BACK_LINK,
            "a double merge takes the sentinel of a shrunk pool for a block of another pool, and leaves its back link",
            "the last block of the fourth pool, which was shrunk and extended, is merged with a free block on each side",
        MergedBlockKeepsItsPlace "merged-block-keeps-its-place": FREE_LISTS,
            "a double merge whose result belongs to the list of the predecessor leaves it at its place there",
            "that place has two other blocks on each side",
        FourthWholePoolNotListed "fourth-whole-pool-not-listed": MEMBERSHIP,
            "pools that become whole are kept apart, and there is space for three",
            "a double merge makes the first of four pools whole, shrunk and extended before; the others are in one list",
        RestOfThePredecessorNotMerged "rest-of-the-predecessor-not-merged": COALESCED,
            "a realloc that moves a block of the least size into its predecessor does not merge it with what that leaves",
            "the predecessor leaves a rest of the least size, and the successor is the free end of the pool",
        TailKeepsThePlaceOfTheSuccessor "tail-keeps-the-place-of-the-successor": FREE_LISTS,
            "a tail that is merged with its successor takes the place of the successor in the list",
            "the list stays the same, and the place is neither its head nor its tail",
        GapListedAfterTheRest "gap-listed-after-the-rest": FREE_LISTS,
            "memalign lists the gap after the rest",
            "gap and rest are in one list above row 0, beside a third block",
        PrevFreeLostBetweenGapAndRest "prev-free-lost-between-gap-and-rest": MIRROR,
            "sealing the rest writes the header of the block anew, without PREV_FREE",
            "memalign leaves a gap of 256 bytes or more, and a rest of the least size",
        RestTakesThePlaceOfTheWhole "rest-takes-the-place-of-the-whole": LINKS,
            "a rest that stays in the list of the whole block takes its place, but the next block's link is left",
            "memalign leaves a gap, the rest stays in the list of the whole, and that list has three other blocks",
        GapIn16Bits "gap-in-16-bits": ALIGNMENT | PLACEMENT | WALK,
            "the size of the gap that memalign leaves is kept in 16 bits",
            "the gap has 64 KiB or more",
        // Resizing.
        GrowLosesPrevFree "grow-loses-prev-free": MIRROR,
            "the flags are lost when the size field carries into the next power of two",
            "a block with a free predecessor grows over 4 KiB or a larger power of two by exactly its successor",
        ExactGrowClearsTheLastWord "exact-grow-clears-the-last-word": PAYLOAD,
            "growing in place clears the back link of the absorbed block, one header too early",
            "a block of 256 bytes or more grows by exactly its successor, the last block of a pool that was extended",
        CopyLengthIn17Bits "copy-length-in-17-bits": PAYLOAD,
            "the number of bytes that a realloc copies is kept in 17 bits",
            "a realloc moves a block of 128 KiB or more",
        AlignedMoveLeavesAGap "aligned-move-leaves-a-gap": PLACEMENT | STATUS,
            "a realloc that moves an aligned block rounds an address up that is aligned already",
            "the alignment is 512 or more, and the block that is found starts at a multiple of it",
        // Pools.
        LastPoolTakesTheEntry "last-pool-takes-the-entry": FREE_LISTS,
            "if it is longer, the last pool of a full table takes the entry of a removed one, and a reset lists pools in that order",
            "the first of four pools is removed, a longer one is the last, and the heap is reset",
        SeamNotMerged "seam-not-merged": COALESCED | WALK,
            "what an extension adds behind a used block is not merged with that block",
            "a third pool is shrunk, its last block used up, the pool extended, and the block freed behind a free one",
        EndOfAnExtendedPoolUnseen "end-of-an-extended-pool-unseen": STATUS,
            "a new pool may overlap the last granule of an extended one",
            "a pool that was shrunk and extended reaches into the next region by exactly one granule",
        LeastExtensionRefused "least-extension-refused": STATUS,
            "an extension of exactly the least block is refused",
            "the last block of the pool is used, and the pool was shrunk before",
        ShrinkKeepsAGranule "shrink-keeps-a-granule": STATUS,
            "a pool does not shrink if its last block is left with exactly the least size",
            "the pool was shrunk and extended before, and the bytes to take are exactly those beyond the least size",
        ExtensionIn18Bits "extension-in-18-bits": TILING | CRASH,
            "extending a pool keeps 18 bits of the size of its last block",
            "the last block grows from less than 256 KiB to at least that",
        PoolWithFreeEndsRemoved "pool-with-free-ends-removed": STATUS,
            "a pool counts as empty if its first and its last block are free, and in one list",
            "a busy one of three pools is to be removed, with such ends",
        InnerPoolKeepsALink "inner-pool-keeps-a-link": LINKS,
            "removing a pool unlinks its block as if it were the head or the tail of its list",
            "the block of one of four pools has a block on each side in its list",
        // Counters and the life of a heap.
        PeakIn19Bits "peak-in-19-bits": COUNTERS,
            "a realloc that moves a block computes the peak in 19 bits",
            "512 KiB or more are in use while a realloc moves a block of 4 KiB or more",
        FailuresIn10Bits "failures-in-10-bits": COUNTERS,
            "failures are counted in ten bits",
            "1,024 requests are refused in the life of one heap",
        MergeSkippedAfter4096Calls "merge-skipped-after-4096-calls": COALESCED,
            "a sequence number of 12 bits overflows into the flag that permits merging",
            "a free with a free successor follows 4,096 calls in the life of one heap",
        MergeSkippedAfter65536Calls "merge-skipped-after-65536-calls": COALESCED,
            "a sequence number of 16 bits overflows into the flag that permits merging",
            "a free with a free successor follows 65,536 calls in the life of one heap",
    } };
}
pub(in crate::mutants) use for_each_hard_fault;

macro_rules! faults {
    ($($fault:ident $name:literal: $($expected:ident)|+, $mistake:literal, $when:literal,)*) => {
        /// One mistake of the faulty TLSF that shows only under a rare conjunction.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum HardFault {
            $(#[doc = $mistake] $fault,)*
        }
    };
}

for_each_hard_fault!(faults);
