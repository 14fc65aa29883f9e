//! The measure of the harness: every planted bug is caught, by a check that was expected to object,
//! and every layer catches some that no other does.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use oracle::Layers;
use oracle::explore::{Ended, Scope, Search};
use oracle::geometry::WORD;
use oracle::lockstep::Lockstep;
use oracle::mutants::campaign::{Patience, Sighted, sight, with_explorer};
use oracle::mutants::{Fault, Planted, Toy, all, by_name};

/// Where the rarest are met soonest.
const SEED: u64 = 3;

/// Calls that are enough from that seed, for each, where words are of 64 bits.
const PATIENCE: Patience = Patience { calls: 40_000, time: Duration::MAX };

/// And anywhere.
const MORE: Patience = Patience { calls: 400_000, ..PATIENCE };

fn seek(planted: &Planted, layers: Layers) -> Option<Sighted> {
    sight(planted, layers, SEED, PATIENCE, &|| true)
}

fn planted(name: &str) -> Planted {
    by_name(name).unwrap_or_else(|| panic!("{name} is not in the catalogue"))
}

#[test]
fn every_planted_bug_is_caught_by_a_check_that_it_is_noted_for() {
    std::panic::set_hook(Box::new(|_| {}));
    let all = all();
    let next = AtomicUsize::new(0);
    let hunt = || {
        let mut wrong = Vec::new();
        while let Some(planted) = all.get(next.fetch_add(1, Relaxed)) {
            match sight(planted, Layers::ALL, SEED, MORE, &|| true) {
                None => wrong.push(format!("{} is not caught", planted.name)),
                Some(caught) if !planted.by.contains(&caught.check) => {
                    wrong.push(format!("{} is caught by {:?}", planted.name, caught.check));
                }
                Some(_) => {}
            }
        }
        wrong
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let hunters = [(); 4].map(|()| scope.spawn(hunt));
        hunters.into_iter().flat_map(|hunter| hunter.join().expect("no panic")).collect()
    });
    drop(std::panic::take_hook());
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn each_layer_is_the_only_one_to_catch_some() {
    for (layer, names) in [
        ("lockstep", ["misread-fifo", "misread-splits-late"]),
        ("model", ["mutant-ceil-misses-the-edge-of-wide-aligns", "lie-no-memory"]),
        ("content", ["toy-copies-whole-words-only", "lie-into-payload"]),
        ("validate", ["toy-back-link-of-the-last-is-old", "lie-miscount"]),
    ] {
        let others = Layers::ALL.without(layer).expect("a layer");
        for name in names {
            let planted = planted(name);
            assert!(seek(&planted, Layers::ALL).is_some(), "{name} is caught by all");
            let without = seek(&planted, others);
            assert!(without.is_none(), "{name} without {layer}: {without:?}");
        }
    }
}

#[test]
fn the_contract_alone_catches_what_breaks_it() {
    let none = Layers { lockstep: false, model: false, content: false, validate: false };
    for name in ["lie-twice", "lie-outside", "lie-short", "toy-aligned-a-word-short"] {
        assert!(seek(&planted(name), none).is_some(), "{name}");
    }
    assert!(seek(&planted("mutant-fifo"), none).is_none(), "an order is not in the contract");
}

/// The mistakes that were really made: in TLSF 3.1 (by their ids in the table of deviations) and in
/// tlsf-bsd.
#[test]
fn the_historical_ones_are_in_the_catalogue() {
    for (name, of) in [
        ("mutant-fit-wraps", "B1"),
        ("toy-huge-realloc-shrinks", "B2, B3"),
        ("toy-largest-pool-accepted", "B6"),
        ("toy-overlap-ahead-accepted", "B10"),
        ("toy-busy-pool-removed", "B11"),
        ("toy-promises-the-largest-block", "B14"),
        ("mutant-alignment-lost", "B16"),
        ("toy-realloc-drops-alignment", "B16"),
        ("mutant-never-splits", "tlsf-bsd"),
        ("mutant-ceil-is-floor", "class rounding"),
    ] {
        assert!(by_name(name).is_some(), "{name}: {of}");
    }
}

#[test]
fn the_explorer_finds_a_stale_bit_two_moves_deep() {
    let planted = planted("toy-stale-second-level-bit");
    let explored = with_explorer(&planted, Layers::ALL, 10_000, &|| true);
    let found = explored.found.expect("found");
    assert_eq!((found.depth, found.check.as_str()), (2, "Law(Occupancy)"));
}

/// It is kept and put back as the engine is: else states would be lost, or found that are none.
#[test]
fn the_toy_without_a_fault_has_the_states_of_the_engine() {
    let explore = |maker: fn(usize) -> Lockstep| {
        // In words, the same on either width.
        let bytes = if WORD == 8 { 160 } else { 96 };
        let scope = Scope::new("conte-sl4", bytes, 1, &[2 * WORD]).expect("a scope");
        let outcome = Search::new(scope, maker).run(&mut |_| true);
        assert!(matches!(outcome.ended, Ended::Closed), "{:?}", outcome.ended);
        outcome.reached
    };
    let toy = explore(|geometry| {
        Lockstep::with_subject(geometry, Box::new(Toy::new(geometry, Fault::Honest)))
    });
    assert_eq!(toy, explore(Lockstep::new));
}
