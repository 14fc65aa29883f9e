//! The lies that the engine is made to tell, each as small as it can be.

use memoman::{Law, Place, RequestError, Violation};

use crate::counters::{Census, Counters};
use crate::geometry::WORD;
use crate::mutants::by;
use crate::mutants::wrappers::{Heap, Lie, lying};
use crate::subject::Row;

/// The flag in a header that says that the block in front is free.
const PREV_FREE: u8 = 0b10;

/// The lies that are in the catalogue: those that leave alone what the engine follows, so that it can
/// run on where nobody objects.
pub(crate) const CATALOGUE: &[crate::mutants::Entry] = &[
    (
        "WordOff",
        &[by::ALIGNMENT, by::PLACEMENT],
        "one payload is told a word off",
        lying::<WordOff>,
    ),
    ("Null", &[by::STATUS], "null for one size in a thousand", lying::<Null>),
    ("Twice", &[by::OVERLAP], "a block that is live is handed out again", lying::<Twice>),
    ("Outside", &[by::CONTAINMENT], "a payload behind the pools", lying::<Outside>),
    ("Short", &[by::USABLE_SIZE], "usable sizes a byte below the request", lying::<Short>),
    ("TailLost", &[by::PAYLOAD], "a realloc that moves loses the last byte", lying::<TailLost>),
    (
        "IntoPayload",
        &[by::PAYLOAD],
        "malloc overruns into the live payload behind",
        lying::<IntoPayload>,
    ),
    ("MarkOnRefusal", &[by::UNCHANGED], "a refused call changes a byte", lying::<MarkOnRefusal>),
    (
        "OneMore",
        &[by::MAX_ALLOCATABLE],
        "max_allocatable promises a byte too much",
        lying::<OneMore>,
    ),
    (
        "NoMemory",
        &[by::EXPLANATION],
        "every refusal is said to be for want of memory",
        lying::<NoMemory>,
    ),
    ("PoolInvented", &[by::QUERIES], "a pool more is told than there are", lying::<PoolInvented>),
    ("Miscount", &[by::CENSUS], "validate counts a used block too few", lying::<Miscount>),
    #[cfg(feature = "stats")]
    ("NoPeak", &[by::COUNTERS], "the peak is what is used now", lying::<NoPeak>),
    #[cfg(feature = "stats")]
    ("Leaked", &[by::COUNTED], "frees are not counted, and validate says so", lying::<Leaked>),
];

/// No lie: whatever is found then is the wrapping's fault.
#[derive(Clone, Default)]
pub struct Honest;

impl Lie for Honest {}

/// The 100th malloc of a run, or the first behind it whose block has a word to spare, is told a
/// word off; later calls understand it. The block ends where it did, so it overlaps nothing.
#[derive(Clone, Default)]
pub struct WordOff {
    mallocs: u64,
    displaced: Option<usize>,
}

impl Lie for WordOff {
    fn malloc(&mut self, heap: &Heap, size: usize, payload: usize) -> Option<usize> {
        self.mallocs += 1;
        if self.mallocs < 100 || self.displaced.is_some() || heap.usable(payload) < size + WORD {
            return Some(payload);
        }
        self.displaced = Some(payload + WORD);
        self.displaced
    }

    fn truth(&self, told: usize) -> usize {
        if Some(told) == self.displaced { told - WORD } else { told }
    }

    fn usable(&self, told: usize, size: usize) -> usize {
        if Some(told) == self.displaced { size - WORD } else { size }
    }
}

/// Null for one size in a thousand.
#[derive(Clone, Default)]
pub struct Null;

impl Lie for Null {
    fn malloc(&mut self, _heap: &Heap, size: usize, payload: usize) -> Option<usize> {
        (size % 1000 != 123).then_some(payload)
    }
}

/// A payload that is live already, where one is large enough.
#[derive(Clone, Default)]
pub struct Twice;

impl Lie for Twice {
    fn malloc(&mut self, heap: &Heap, size: usize, payload: usize) -> Option<usize> {
        let holds = |row: &Row| !row.free && row.size >= size;
        let live = heap.blocks().into_iter().filter(holds).find(|row| row.offset != payload);
        Some(live.map_or(payload, |row| row.offset))
    }
}

/// Where the last pool has ended.
#[derive(Clone, Default)]
pub struct Outside;

impl Lie for Outside {
    fn malloc(&mut self, heap: &Heap, _size: usize, _payload: usize) -> Option<usize> {
        Some(heap.end().next_multiple_of(4096))
    }
}

/// Usable sizes a byte below the request's.
#[derive(Clone, Default)]
pub struct Short {
    last: Option<(usize, usize)>,
}

impl Lie for Short {
    fn malloc(&mut self, _heap: &Heap, size: usize, payload: usize) -> Option<usize> {
        self.last = Some((payload, size - 1));
        Some(payload)
    }

    fn usable(&self, told: usize, size: usize) -> usize {
        self.last.filter(|last| last.0 == told).map_or(size, |last| last.1)
    }
}

/// A realloc that moves loses the last byte it should have kept.
#[derive(Clone, Default)]
pub struct TailLost;

impl Lie for TailLost {
    fn moved(&mut self, heap: &Heap, to: usize, bytes: usize) {
        heap.flip(to + bytes - 1, 0xff);
    }
}

/// The block behind a freed one is not told that its predecessor is free.
#[derive(Clone, Default)]
pub struct PrevFreeDropped;

impl Lie for PrevFreeDropped {
    fn freed(&mut self, heap: &Heap, payload: usize) {
        let holds = |row: &Row| row.free && (row.offset..row.offset + row.size).contains(&payload);
        let merged = heap.blocks().into_iter().find(holds).expect("a freed block is free");
        heap.flip(low_byte(merged.offset + merged.size), PREV_FREE);
    }
}

/// A refused call leaves a byte changed, in the middle of a free block, where nothing is kept.
#[derive(Clone, Default)]
pub struct MarkOnRefusal;

impl Lie for MarkOnRefusal {
    fn refused(&mut self, heap: &Heap) {
        // Behind the two links, before the word that leads back from the successor.
        let roomy = |row: &Row| row.free && row.size > 3 * WORD;
        if let Some(row) = heap.blocks().into_iter().find(roomy) {
            heap.flip(row.offset + 2 * WORD, 1);
        }
    }
}

/// Overruns by a byte: a flag of the next header, or of the sentinel.
#[derive(Clone, Default)]
pub struct IntoHeader;

impl Lie for IntoHeader {
    fn malloc(&mut self, heap: &Heap, _size: usize, payload: usize) -> Option<usize> {
        heap.flip(low_byte(payload + heap.usable(payload)), PREV_FREE);
        Some(payload)
    }
}

/// Overruns into the size of the block behind, if there is one.
#[derive(Clone, Default)]
pub struct IntoSize;

impl Lie for IntoSize {
    fn malloc(&mut self, heap: &Heap, _size: usize, payload: usize) -> Option<usize> {
        if let Some(row) = heap.next(payload) {
            heap.flip(low_byte(row.offset - WORD) ^ (WORD - 1), 0x40);
        }
        Some(payload)
    }
}

/// Writes to the first free block after it was freed: where its next link is.
#[derive(Clone, Default)]
pub struct WriteAfterFree;

impl Lie for WriteAfterFree {
    fn freed(&mut self, heap: &Heap, _payload: usize) {
        if let Some(row) = heap.blocks().into_iter().find(|row| row.free) {
            heap.flip(row.offset, 0x10);
        }
    }
}

/// Overruns by a word and a byte: the first of the payload behind, if one is live there.
#[derive(Clone, Default)]
pub struct IntoPayload;

impl Lie for IntoPayload {
    fn malloc(&mut self, heap: &Heap, _size: usize, payload: usize) -> Option<usize> {
        if let Some(row) = heap.next(payload).filter(|row| !row.free) {
            heap.flip(row.offset, 0xff);
        }
        Some(payload)
    }
}

/// Promises a byte more than it would grant.
#[derive(Clone, Default)]
pub struct OneMore;

impl Lie for OneMore {
    fn most(&self, bytes: usize) -> usize {
        bytes + 1
    }
}

/// Tells of a pool that was never added.
#[derive(Clone, Default)]
pub struct PoolInvented;

impl Lie for PoolInvented {
    fn books<'a>(&self, pools: &'a [(usize, usize)]) -> &'a [(usize, usize)] {
        pools.split_last().map_or(pools, |(_, others)| others)
    }
}

/// Every refusal is for want of memory.
#[derive(Clone, Default)]
pub struct NoMemory;

impl Lie for NoMemory {
    fn reason(&self, reason: Result<(), RequestError>) -> Result<(), RequestError> {
        reason.map_err(|_| RequestError::Exhausted { needs: 0, free: 0 })
    }
}

/// The peak is what is used now.
#[derive(Clone, Default)]
pub struct NoPeak;

impl Lie for NoPeak {
    fn counters(&self, counters: Counters) -> Counters {
        Counters { peak_used_bytes: counters.census.used_bytes, ..counters }
    }
}

/// validate counts one used block too few.
#[derive(Clone, Default)]
pub struct Miscount;

impl Lie for Miscount {
    fn counted(&self, census: Census) -> Census {
        Census { used_blocks: census.used_blocks.saturating_sub(1), ..census }
    }
}

/// Frees are not counted, and validate says so.
#[derive(Clone, Default)]
pub struct Leaked {
    freed: usize,
}

impl Lie for Leaked {
    fn freed(&mut self, _heap: &Heap, _payload: usize) {
        self.freed += 1;
    }

    fn counters(&self, counters: Counters) -> Counters {
        let used_blocks = counters.census.used_blocks + self.freed;
        Counters { census: Census { used_blocks, ..counters.census }, ..counters }
    }

    fn verdict(&self, sound: Result<Census, Violation>) -> Result<Census, Violation> {
        match self.freed {
            0 => sound,
            _ => Err(Violation::new(Law::Census, Place::Heap)),
        }
    }
}

/// The byte of a word in memory that holds its lowest bits.
const fn low_byte(word: usize) -> usize {
    if cfg!(target_endian = "little") { word } else { word + WORD - 1 }
}
