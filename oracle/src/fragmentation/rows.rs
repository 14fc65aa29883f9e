//! The rows of the files. Field names are column names, with their units; an empty field was not
//! measured, since a request had been refused before.

use serde::{Deserialize, Serialize};

use super::run::Reading;

/// `fragmentation.csv`: one sample. The first seven columns say where; `live` to `external` are of
/// the heap of `heap_bytes`, the last three of the same requests in a heap with room for anything.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Sample {
    /// The load.
    pub distribution: String,
    /// A name of [`PEERS`](super::peers::PEERS).
    pub allocator: String,
    /// Of the requests.
    pub seed: u64,
    /// Live bytes that the program keeps, of the heap.
    pub fill_percent: usize,
    /// Number on this fill level, from 0.
    pub sample: usize,
    /// The pool's.
    pub heap_bytes: usize,
    /// Whether no request had been refused before.
    pub served: bool,
    /// Handed out and not given back.
    pub live_blocks: Option<usize>,
    /// Requested by them.
    pub live_bytes: Option<usize>,
    /// Taken by them, with headers and rounding.
    pub taken_bytes: Option<usize>,
    /// What free blocks could hold.
    pub free_bytes: Option<usize>,
    /// What the largest of them could hold.
    pub largest_free_bytes: Option<usize>,
    /// The largest request that would be granted.
    pub max_allocatable_bytes: Option<usize>,
    /// (taken − live) / taken.
    pub internal_fragmentation_percent: Option<f64>,
    /// 1 − max_allocatable / free.
    pub external_fragmentation_percent: Option<f64>,
    /// The most requested bytes that were live at a time, up to now.
    pub peak_live_bytes: usize,
    /// The highest end of a payload up to now, from the pool's start.
    pub footprint_bytes: usize,
    /// Their ratio.
    pub footprint_per_peak_live: f64,
}

/// `capacity.csv`: where a heap was full.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Capacity {
    /// The load.
    pub distribution: String,
    /// A name of [`PEERS`](super::peers::PEERS).
    pub allocator: String,
    /// Of the requests.
    pub seed: u64,
    /// The pool's.
    pub heap_bytes: usize,
    /// Of the heap, at the first refusal; empty if there was none.
    pub first_refusal_percent: Option<f64>,
    /// What was refused there.
    pub refused_request_bytes: Option<usize>,
    /// Calls before, frees among them.
    pub requests_served: u64,
}

/// `robson.csv`: Robson's program after each of its steps.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Adversary {
    /// A name of [`PEERS`](super::peers::PEERS).
    pub allocator: String,
    /// Of the paper's M, headers included.
    pub most_live_bytes: usize,
    /// Of the paper's n, header included.
    pub largest_block_bytes: usize,
    /// The most requested bytes that were live at a time, up to now.
    pub peak_live_bytes: usize,
    /// The highest end of a payload up to now, from the pool's start.
    pub footprint_bytes: usize,
    /// A ratio.
    pub footprint_per_most_live: f64,
    /// No allocator can be below.
    pub robson_bound: f64,
}

/// The name of a run.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) distribution: String,
    pub(super) allocator: String,
    pub(super) seed: u64,
    pub(super) heap_bytes: usize,
}

impl Sample {
    /// From what the two heaps said.
    pub(super) fn new(of: &Run, sample: usize, tight: Option<&Reading>, roomy: &Reading) -> Self {
        let Run { distribution, allocator, seed, heap_bytes } = of.clone();
        let census = tight.and_then(|reading| reading.census);
        let live_bytes = tight.map(|reading| reading.live);
        let internal = census.zip(live_bytes).map(|(c, live)| c.internal_fragmentation(live));
        Self {
            distribution,
            allocator,
            seed,
            fill_percent: roomy.label,
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
            peak_live_bytes: roomy.peak_live,
            footprint_bytes: roomy.footprint,
            footprint_per_peak_live: round(roomy.footprint as f64 / roomy.peak_live as f64),
        }
    }
}

/// Of 1 as percent.
pub(super) fn percent(part: f64) -> f64 {
    round(100.0 * part)
}

/// To four decimals: what is written is what is summarised.
pub(super) fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
