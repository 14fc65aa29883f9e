//! One call at a time, in the state that makes its path the best, usual or worst one, for
//! `scripts/wcet` to count under callgrind: memoman's and TLSF 3.1's, in equal heaps.
//!
//! Run without callgrind, it only lists what it measures, one line a call:
//!
//! ```text
//! LIVE ALLOCATOR OPERATION CASE cold|warm PATH
//! ```
//!
//! Cold is the first call, all caches swept before; warm is the second one. The case `variant` is one
//! of hundreds; only the most expensive of them is reported.

extern crate alloc;

mod allocators;
mod heap;
mod memory;
mod near;
#[cfg(all(test, target_pointer_width = "64"))]
mod path;
mod scenarios;
mod sweep;
mod variants;

use crate::allocators::{ALLOCATORS, Allocator, SEARCHING};
use crate::heap::{BlockRow, Heap};
use crate::near::each_search;
use crate::scenarios::{SCENARIOS, Scenario};
use crate::sweep::Sweep;
use crate::variants::each_variant;

/// Blocks in use, when none are given: 2^6, 2^12 and 2^18.
const LIVE: [usize; 3] = [1 << 6, 1 << 12, 1 << 18];

/// The result of a scenario: what the call returned, and the blocks afterwards.
type Outcome = (Option<usize>, Vec<BlockRow>);

fn main() {
    let mut live = Vec::new();
    for arg in std::env::args().skip(1) {
        match arg.parse() {
            Ok(count) => live.push(count),
            Err(_) => {
                eprintln!("wcet: '{arg}' is no number of live blocks");
                std::process::exit(2);
            }
        }
    }
    let sweep = Sweep::new();
    for live in if live.is_empty() { LIVE.to_vec() } else { live } {
        let outcomes = ALLOCATORS.map(|allocator| measure(allocator, live, &sweep));
        assert_eq!(outcomes[0], outcomes[1], "both allocators place blocks alike");
        for (search, allocator) in &SEARCHING {
            let mut heap = Heap::new(*allocator, live);
            each_search(*search, &mut |scenario| {
                assert!(run_scenario(&mut heap, scenario, || ()).0.is_some());
                let Scenario { operation, case, path, .. } = scenario;
                println!("{live} {} {operation} {case} warm {path}", allocator.name());
            });
        }
    }
}

fn measure(allocator: Allocator, live: usize, sweep: &Sweep) -> Vec<Outcome> {
    let mut heap = Heap::new(allocator, live);
    let mut outcomes = Vec::new();
    for scenario in SCENARIOS {
        for temperature in ["cold", "warm"] {
            outcomes.push(run_scenario(&mut heap, scenario, || {
                if temperature == "cold" {
                    sweep.caches();
                }
            }));
            let Scenario { operation, case, path, .. } = scenario;
            println!("{live} {} {operation} {case} {temperature} {path}", allocator.name());
        }
    }
    each_variant(&mut |variant| {
        outcomes.push(run_scenario(&mut heap, variant, || ()));
        println!("{live} {} {} variant warm {}", allocator.name(), variant.operation, variant.path);
    });
    outcomes
}

fn run_scenario(heap: &mut Heap, scenario: &Scenario<'_>, before: impl FnOnce()) -> Outcome {
    let call = heap.set_up(scenario);
    before();
    let answer = heap.measure(call);
    let outcome = (answer, heap.scenario_blocks());
    heap.clear();
    outcome
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use std::collections::BTreeSet;

    use memoman::Tlsf;

    use super::*;

    /// What a call really does, on memoman's lists.
    fn path(heap: &mut Heap, scenario: &Scenario<'_>) -> String {
        let lists = |heap: &Heap| {
            // SAFETY: the heap's control is this, and nothing else uses it meanwhile.
            let tlsf = unsafe { &*heap.control().cast::<Tlsf>() };
            tlsf.validate().expect("a sound heap");
            path::lists(tlsf)
        };
        let call = heap.set_up(scenario);
        let before = lists(heap);
        heap.measure(call);
        let path = path::describe(scenario.request, &before, &lists(heap));
        heap.clear();
        path
    }

    #[test]
    fn each_scenario_takes_its_path() {
        for live in [1 << 6, 1 << 10] {
            let mut heap = Heap::new(ALLOCATORS[0], live);
            for scenario in SCENARIOS {
                let path = path(&mut heap, scenario);
                assert_eq!(path, scenario.path, "{} {}", scenario.operation, scenario.case);
            }
        }
    }

    #[test]
    fn every_two_variants_of_free_take_different_paths() {
        let mut heap = Heap::new(ALLOCATORS[0], 1 << 6);
        let (mut frees, mut paths) = (0, BTreeSet::new());
        each_variant(&mut |variant| {
            if variant.operation == "free" {
                frees += 1;
                paths.insert(path(&mut heap, variant));
            }
        });
        assert!(frees > 100 && paths.len() == frees);
    }

    #[test]
    fn each_variant_can_run() {
        for allocator in ALLOCATORS {
            let mut heap = Heap::new(allocator, 1 << 6);
            each_variant(&mut |variant| {
                let (answer, _) = run_scenario(&mut heap, variant, || ());
                let is_free = matches!(variant.request, scenarios::Request::Free(_));
                assert_eq!(answer.is_none(), is_free, "{} {}", variant.operation, variant.path);
            });
        }
    }

    #[test]
    fn both_allocators_return_the_same_results_and_leave_the_same_blocks() {
        let outcomes = ALLOCATORS.map(|allocator| {
            let mut heap = Heap::new(allocator, 1 << 6);
            SCENARIOS
                .iter()
                .map(|scenario| run_scenario(&mut heap, scenario, || ()))
                .collect::<Vec<_>>()
        });
        assert_eq!(outcomes[0], outcomes[1]);
    }
}
