//! Wrappers that return a wrong result. Each makes the smallest mistake of its kind.

use memoman::{Law, Place, RequestError, Violation};

use super::wrapper::{WrappedEngine, Wrapper};
use crate::counters::{Census, Counters};
use crate::geometry::WORD;
use crate::subject::Row;

/// Changes nothing. A finding then is a mistake of [`wrapper`](super::wrapper).
#[derive(Clone, Default)]
pub struct Transparent;

impl Wrapper for Transparent {}

/// The 100th malloc of a run, or the first one after it whose block has a spare word, returns the payload
/// a word too high. Later calls accept that payload. The block ends where it did, so it overlaps no other.
#[derive(Clone, Default)]
pub struct PayloadAWordOff {
    mallocs: u64,
    displaced: Option<usize>,
}

impl Wrapper for PayloadAWordOff {
    fn malloc(&mut self, inner: &WrappedEngine, size: usize, payload: usize) -> Option<usize> {
        self.mallocs += 1;
        if self.mallocs < 100
            || self.displaced.is_some()
            || inner.usable_size(payload) < size + WORD
        {
            return Some(payload);
        }
        self.displaced = Some(payload + WORD);
        self.displaced
    }

    fn usable_size(&self, returned: usize, size: usize) -> usize {
        if Some(returned) == self.displaced { size - WORD } else { size }
    }
}

/// malloc returns null for one size in a thousand.
#[derive(Clone, Default)]
pub struct NullForSomeSizes;

impl Wrapper for NullForSomeSizes {
    fn malloc(&mut self, _inner: &WrappedEngine, size: usize, payload: usize) -> Option<usize> {
        (size % 1000 != 123).then_some(payload)
    }
}

/// malloc returns the payload of a live block, if one is large enough.
#[derive(Clone, Default)]
pub struct LiveBlockReturned;

impl Wrapper for LiveBlockReturned {
    fn malloc(&mut self, inner: &WrappedEngine, size: usize, payload: usize) -> Option<usize> {
        let holds = |row: &Row| !row.free && row.size >= size;
        let live = inner.blocks().into_iter().filter(holds).find(|row| row.offset != payload);
        Some(live.map_or(payload, |row| row.offset))
    }
}

/// malloc returns an offset after the last pool.
#[derive(Clone, Default)]
pub struct OutsideThePools;

impl Wrapper for OutsideThePools {
    fn malloc(&mut self, inner: &WrappedEngine, _size: usize, _payload: usize) -> Option<usize> {
        Some(inner.end().next_multiple_of(4096))
    }
}

/// The usable size of the last block is a byte smaller than the request.
#[derive(Clone, Default)]
pub struct UsableSizeTooSmall {
    last: Option<(usize, usize)>,
}

impl Wrapper for UsableSizeTooSmall {
    fn malloc(&mut self, _inner: &WrappedEngine, size: usize, payload: usize) -> Option<usize> {
        self.last = Some((payload, size - 1));
        Some(payload)
    }

    fn usable_size(&self, returned: usize, size: usize) -> usize {
        self.last.filter(|last| last.0 == returned).map_or(size, |last| last.1)
    }
}

/// max_allocatable returns one byte more than the engine grants.
#[derive(Clone, Default)]
pub struct MaxOneByteMore;

impl Wrapper for MaxOneByteMore {
    fn max_allocatable(&self, bytes: usize) -> usize {
        bytes + 1
    }
}

/// The queries report a pool that was never added.
#[derive(Clone, Default)]
pub struct ExtraPool;

impl Wrapper for ExtraPool {
    fn pools<'a>(&self, pools: &'a [(usize, usize)]) -> &'a [(usize, usize)] {
        pools.split_last().map_or(pools, |(_, others)| others)
    }
}

/// explain gives exhausted memory as the reason for every refusal.
#[derive(Clone, Default)]
pub struct AlwaysExhausted;

impl Wrapper for AlwaysExhausted {
    fn explain(&self, explained: Result<(), RequestError>) -> Result<(), RequestError> {
        explained.map_err(|_| RequestError::Exhausted { needs: 0, free: 0 })
    }
}

/// The peak is the number of bytes in use now.
#[derive(Clone, Default)]
pub struct PeakFalls;

impl Wrapper for PeakFalls {
    fn counters(&self, counters: Counters) -> Counters {
        Counters { peak_used_bytes: counters.census.used_bytes, ..counters }
    }
}

/// validate counts one used block too few.
#[derive(Clone, Default)]
pub struct UsedBlockNotCounted;

impl Wrapper for UsedBlockNotCounted {
    fn census(&self, census: Census) -> Census {
        Census { used_blocks: census.used_blocks.saturating_sub(1), ..census }
    }
}

/// Frees are not counted, and validate reports the wrong counters.
#[derive(Clone, Default)]
pub struct FreesNotCounted {
    freed: usize,
}

impl Wrapper for FreesNotCounted {
    fn freed(&mut self, _inner: &WrappedEngine, _payload: usize) {
        self.freed += 1;
    }

    fn counters(&self, counters: Counters) -> Counters {
        let used_blocks = counters.census.used_blocks + self.freed;
        Counters { census: Census { used_blocks, ..counters.census }, ..counters }
    }

    fn validate(&self, validated: Result<Census, Violation>) -> Result<Census, Violation> {
        match self.freed {
            0 => validated,
            _ => Err(Violation::new(Law::Census, Place::Heap)),
        }
    }
}
