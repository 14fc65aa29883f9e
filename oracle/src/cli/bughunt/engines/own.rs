//! The engines of this program: both generators and the explorer.

use std::cell::Cell;
use std::time::Duration;

use oracle::mutants::campaign::{Budget, Detected, detect_guided, detect_with, explore_within};
use oracle::mutants::{Mutant, hard};
use oracle::{Config, Layers};

use super::clock::Clock;
use super::engine::Engine;
use super::record::Record;
use crate::cli::interrupt;

/// Programs between two looks at the clock.
const BETWEEN: u32 = 16;

/// Runs one search in this thread. Returns `None` after Ctrl-C.
pub(super) fn search(engine: Engine, mutant: &Mutant, seed: u64, seconds: u64) -> Option<Record> {
    let clock = Clock::of_this_process();
    let most_calls =
        hard::by_name(&mutant.name).map_or(Config::default().most_calls, |hard| hard.most_calls);
    let config = Config { most_calls, ..Config::default() };
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
            let detected = match engine {
                Engine::Guided => detect_guided(mutant, &config, seed, budget, &going),
                _ => detect_with(mutant, &config, seed, budget, &going),
            };
            match detected {
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
