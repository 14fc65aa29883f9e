//! The engines of this program: both generators and the explorer.

use std::cell::Cell;
use std::time::Duration;

use oracle::Layers;
use oracle::guided::Guided;
use oracle::mutants::campaign::{Budget, Detected, Programs, detect_in, explore_within};

use super::clock::Clock;
use super::engine::Engine;
use super::plan::Wanted;
use super::record::Record;
use crate::cli::interrupt;

/// Programs between two looks at the clock.
const BETWEEN: u32 = 16;

/// Runs one search in this thread. Returns `None` after Ctrl-C.
pub(super) fn search(wanted: Wanted<'_>) -> Option<Record> {
    let Wanted { engine, mutant, seed, seconds } = wanted;
    let clock = Clock::of_this_process();
    let budget = Budget { calls: u64::MAX, time: Duration::MAX };
    let (limit, looks, made) = (Duration::from_secs(seconds), Cell::new(0_u32), Cell::new(0));
    let going = |calls: u64| {
        made.set(calls);
        looks.set(looks.get() + 1);
        looks.get() % BETWEEN != 0 || !interrupt::requested() && clock.processor() < limit
    };
    let (found, calls, check) = match engine {
        Engine::Explorer => {
            let spent = || if interrupt::requested() { Duration::MAX } else { clock.processor() };
            let explored = explore_within(mutant, Layers::ALL, limit, &spent);
            let check = explored
                .found
                .map(|found| format!("{}, {} deep in {}", found.check, found.depth, found.scope));
            (check.is_some(), explored.transitions, check)
        }
        _ => {
            let programs = match engine {
                Engine::Guided => Programs::Guided(Guided::new(seed)),
                _ => Programs::Random(seed),
            };
            match detect_in(programs, mutant, Layers::ALL, budget, &going) {
                Some(Detected { check, calls, .. }) => (true, calls, Some(format!("{check:?}"))),
                None => (false, made.get(), None),
            }
        }
    };
    if !found && interrupt::requested() {
        return None;
    }
    Some(Record {
        engine,
        mutant: mutant.name.clone(),
        seed,
        given: seconds,
        found,
        calls,
        processor: clock.processor().as_secs_f64(),
        wall: clock.wall().as_secs_f64(),
        check,
    })
}
