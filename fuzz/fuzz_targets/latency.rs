//! libFuzzer runs [`oracle::latency::observe`] and searches for expensive calls: each cost of each kind of
//! operation has a counter of its own, so a new cost is new coverage. A cost above its bound is a finding,
//! and so is every finding of `ops`.
#![no_main]

use std::sync::atomic::{AtomicU8, Ordering};

use libfuzzer_sys::fuzz_target;
use oracle::Config;
use oracle::latency::{self, OperationKind};
use oracle::ops::Program;

/// The number of counters of an operation. It is above the largest cost.
const COSTS: usize = 64;

/// libFuzzer clears these counters before each input and reads them afterwards.
// SAFETY: the section holds only these bytes, which are atomic; libFuzzer uses it between two inputs.
#[unsafe(link_section = "__libfuzzer_extra_counters")]
static COUNTERS: [AtomicU8; OperationKind::COUNT * COSTS] =
    [const { AtomicU8::new(0) }; OperationKind::COUNT * COSTS];

fuzz_target!(|program: Program| {
    let mut observer = |kind: OperationKind, cost: u64| {
        let cost = (cost as usize).min(COSTS - 1);
        COUNTERS[kind.index() * COSTS + cost].store(1, Ordering::Relaxed);
    };
    memoman_fuzz::count(latency::observe(&program, &Config::default(), &mut observer));
});
