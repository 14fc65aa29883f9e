//! The rows of the files. Field names are column names and include units. A field is empty if it was not
//! measured, because a request had been refused before.

use serde::{Deserialize, Serialize};

use super::run::Reading;

/// `fragmentation.csv`: one sample. The first seven columns name it; `live` to `external` describe the heap
/// of `heap_bytes`, the last three the same requests in a heap large enough for all of them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SampleRow {
    /// The load.
    pub distribution: String,
    /// A name of [`PEERS`](super::peers::PEERS).
    pub allocator: String,
    /// Seed of the requests.
    pub seed: u64,
    /// The program's live bytes, in percent of the heap.
    pub fill_percent: usize,
    /// Number of the sample at this fill level, from 0.
    pub sample: usize,
    /// Bytes of the pool.
    pub heap_bytes: usize,
    /// No request was refused before the sample.
    pub served: bool,
    /// Blocks allocated and not freed.
    pub live_blocks: Option<usize>,
    /// Bytes requested for live blocks.
    pub live_bytes: Option<usize>,
    /// Bytes taken by live blocks, including headers and rounding.
    pub taken_bytes: Option<usize>,
    /// Bytes of free blocks, without headers.
    pub free_bytes: Option<usize>,
    /// Bytes of the largest free block, without its header.
    pub largest_free_bytes: Option<usize>,
    /// The largest request that the heap grants.
    pub max_allocatable_bytes: Option<usize>,
    /// (taken − live) / taken.
    pub internal_fragmentation_percent: Option<f64>,
    /// 1 − max_allocatable / free.
    pub external_fragmentation_percent: Option<f64>,
    /// The most requested bytes that were live at a time, so far.
    pub peak_live_bytes: usize,
    /// The highest end of a payload so far, from the pool's start.
    pub footprint_bytes: usize,
    /// Footprint per peak.
    pub footprint_per_peak_live: f64,
}

/// `capacity.csv`: the first refusal of a heap.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CapacityRow {
    /// The load.
    pub distribution: String,
    /// A name of [`PEERS`](super::peers::PEERS).
    pub allocator: String,
    /// Seed of the requests.
    pub seed: u64,
    /// Bytes of the pool.
    pub heap_bytes: usize,
    /// Live bytes at the first refusal, in percent of the heap; empty if no request was refused.
    pub first_refusal_percent: Option<f64>,
    /// Size of the refused request.
    pub refused_request_bytes: Option<usize>,
    /// Calls before it, including frees.
    pub requests_served: u64,
}

/// `robson.csv`: Robson's program after each of its steps.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AdversaryRow {
    /// A name of [`PEERS`](super::peers::PEERS).
    pub allocator: String,
    /// The paper's M in bytes, including headers.
    pub most_live_bytes: usize,
    /// The paper's n in bytes, including the header.
    pub largest_block_bytes: usize,
    /// The most requested bytes that were live at a time, so far.
    pub peak_live_bytes: usize,
    /// The highest end of a payload so far, from the pool's start.
    pub footprint_bytes: usize,
    /// Footprint per `most_live_bytes`.
    pub footprint_per_most_live: f64,
    /// The bound that no allocator can be below.
    pub robson_bound: f64,
}

/// Names a run.
#[derive(Clone, Debug)]
pub(super) struct RunName {
    pub(super) distribution: String,
    pub(super) allocator: String,
    pub(super) seed: u64,
    pub(super) heap_bytes: usize,
}

impl SampleRow {
    /// The row for a sample: `tight` is from the heap under study, `large` from the large heap.
    pub(super) fn new(
        of: &RunName,
        sample: usize,
        tight: Option<&Reading>,
        large: &Reading,
    ) -> Self {
        let RunName { distribution, allocator, seed, heap_bytes } = of.clone();
        let census = tight.and_then(|reading| reading.census);
        let live_bytes = tight.map(|reading| reading.live);
        let internal = census.zip(live_bytes).map(|(c, live)| c.internal_fragmentation(live));
        Self {
            distribution,
            allocator,
            seed,
            fill_percent: large.label,
            sample,
            heap_bytes,
            served: tight.is_some(),
            live_blocks: tight.map(|reading| reading.live_blocks),
            live_bytes,
            taken_bytes: census.map(|census| census.taken),
            free_bytes: census.map(|census| census.free),
            largest_free_bytes: census.map(|census| census.largest_free),
            max_allocatable_bytes: census.map(|census| census.max_allocatable),
            internal_fragmentation_percent: internal.map(percent),
            external_fragmentation_percent: census
                .map(|census| percent(census.external_fragmentation())),
            peak_live_bytes: large.peak_live,
            footprint_bytes: large.footprint,
            footprint_per_peak_live: round(large.footprint as f64 / large.peak_live as f64),
        }
    }
}

/// A part of 1 as percent.
pub(super) fn percent(part: f64) -> f64 {
    round(100.0 * part)
}

/// Rounds to four decimals. The summary is computed from rounded values.
pub(super) fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
