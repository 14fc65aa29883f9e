//! libFuzzer drives [`oracle::latency::observe`] towards dear calls: each cost that a kind of operation
//! comes to is a counter of its own, so that a new one is new coverage. A cost beyond its bound is a
//! finding, as is all that `ops` would find.
#![no_main]

use std::sync::atomic::{AtomicU8, Ordering};

use libfuzzer_sys::fuzz_target;
use oracle::Config;
use oracle::latency::{self, OperationKind};
use oracle::ops::Program;

/// Costs that are told apart: above the dearest of all.
const COSTS: usize = 64;

/// What libFuzzer reads after each input, and clears before.
// SAFETY: nothing but bytes that are atomic lies in that section, and libFuzzer reads and clears it
// between two inputs.
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
