//! One call at a time, in the state that makes its path the best, usual or worst one: the scenarios of
//! `oracle/examples/wcet`, on a Cortex-M4 whose timer counts instructions (see `clock`). One line a call:
//!
//! ```text
//! cost: INSTRUCTIONS ALLOCATOR OPERATION CASE, PATH
//! ```
//!
//! The allocators are memoman and TLSF 3.1 in C.
#![no_std]
#![no_main]

extern crate alloc;

// The critical section of a single core, for the allocator.
use cortex_m as _;

mod allocators;
mod clock;
mod copy;
#[path = "../../../../../oracle/examples/wcet/heap.rs"]
mod heap;
mod memory;
#[path = "../../../../../oracle/examples/wcet/scenarios.rs"]
mod scenarios;
#[path = "../../../../../oracle/examples/wcet/variants.rs"]
mod variants;

use memoman::{CriticalHeap, StaticPool, WORD, static_buffer};

use crate::allocators::{ALLOCATORS, Allocator, instructions};
use crate::heap::{BlockRow, Heap};
use crate::scenarios::{SCENARIOS, Scenario};
use crate::variants::each_variant;

/// What the scenarios themselves need. Of another geometry, so that it shares no code with what is counted.
#[global_allocator]
static ALLOCATOR: CriticalHeap<StaticPool, WORD, 12, 8, 1> =
    CriticalHeap::with_source(static_buffer!(16 << 10));

/// Blocks in use.
const LIVE: usize = 1 << 6;

bare::start!(program);

fn program() {
    let [memoman, conte] = ALLOCATORS.map(measure);
    assert_eq!(memoman, conte, "both allocators place blocks alike");
    bare::say!("costs: done");
}

/// Makes each call and prints its cost. Returns a digest of the results.
fn measure(allocator: Allocator) -> u32 {
    let mut heap = Heap::new(allocator, LIVE);
    let mut digest = 0;
    for scenario in SCENARIOS {
        run(&mut heap, allocator, scenario, &mut digest);
    }
    each_variant(&mut |variant| run(&mut heap, allocator, variant, &mut digest));
    digest
}

fn run(heap: &mut Heap, allocator: Allocator, scenario: &Scenario<'_>, digest: &mut u32) {
    let call = heap.set_up(scenario);
    let result = heap.measure(call);
    let Scenario { operation, case, path, .. } = scenario;
    bare::say!("cost: {} {} {operation} {case}, {path}", instructions(), allocator.name());
    let mut mix = |value: usize| *digest = digest.rotate_left(5) ^ value as u32;
    mix(result.unwrap_or(usize::MAX));
    for BlockRow { size, free } in heap.scenario_blocks() {
        mix(size + usize::from(free));
    }
    heap.clear();
}
