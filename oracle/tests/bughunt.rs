//! Measures the harness: each mutant is caught by a check that the catalogue expects, and each layer catches
//! mutants that no other layer catches.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use oracle::Layers;
use oracle::explore::{Scope, Search, SearchEnd};
use oracle::geometry::WORD;
use oracle::lockstep::Lockstep;
use oracle::mutants::campaign::{Budget, Detected, detect, with_explorer};
use oracle::mutants::{Fault, FaultyTlsf, Mutant, all, by_name};

/// The seed that catches the slowest mutants soonest.
const SEED: u64 = 3;

/// Calls that are enough from that seed for each mutant, with words of 64 bits.
const BUDGET: Budget = Budget { calls: 40_000, time: Duration::MAX };

/// Calls that are enough with any words.
const LARGE_BUDGET: Budget = Budget { calls: 400_000, ..BUDGET };

fn detected(mutant: &Mutant, layers: Layers) -> Option<Detected> {
    detect(mutant, layers, SEED, BUDGET, &|| true)
}

fn mutant(name: &str) -> Mutant {
    by_name(name).unwrap_or_else(|| panic!("{name} is not in the catalogue"))
}

#[test]
fn each_mutant_is_caught_by_a_check_that_the_catalogue_expects() {
    std::panic::set_hook(Box::new(|_| {}));
    let all = all();
    let next = AtomicUsize::new(0);
    let search = || {
        let mut wrong = Vec::new();
        while let Some(mutant) = all.get(next.fetch_add(1, Relaxed)) {
            match detect(mutant, Layers::ALL, SEED, LARGE_BUDGET, &|| true) {
                None => wrong.push(format!("{} is not caught", mutant.name)),
                Some(caught) if !mutant.expected.contains(&caught.check) => {
                    wrong.push(format!("{} is caught by {:?}", mutant.name, caught.check));
                }
                Some(_) => {}
            }
        }
        wrong
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let workers = [(); 4].map(|()| scope.spawn(search));
        workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect()
    });
    drop(std::panic::take_hook());
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn each_layer_catches_mutants_that_no_other_layer_catches() {
    for (layer, names) in [
        ("lockstep", ["misread-fifo", "misread-splits-late"]),
        ("model", ["rule-ceil-skips-exact-class-for-wide-aligns", "wrapper-always-exhausted"]),
        ("content", ["faulty-copies-whole-pairs-of-words", "wrapper-overrun-into-payload"]),
        (
            "validate",
            ["faulty-back-link-of-the-sentinel-not-written", "wrapper-used-block-not-counted"],
        ),
    ] {
        let others = Layers::ALL.without(layer).expect("a layer");
        for name in names {
            let mutant = mutant(name);
            assert!(
                detected(&mutant, Layers::ALL).is_some(),
                "{name} is not caught with all layers"
            );
            let without = detected(&mutant, others);
            assert!(without.is_none(), "{name} without {layer}: {without:?}");
        }
    }
}

#[test]
fn the_contract_alone_catches_what_breaks_the_contract() {
    let none = Layers { lockstep: false, model: false, content: false, validate: false };
    for name in [
        "wrapper-live-block-returned",
        "wrapper-outside-the-pools",
        "wrapper-usable-size-too-small",
        "faulty-aligned-a-granule-short",
    ] {
        assert!(detected(&mutant(name), none).is_some(), "{name}");
    }
    assert!(
        detected(&mutant("rule-fifo"), none).is_none(),
        "the contract does not include the order of lists"
    );
}

/// Mistakes of real allocators: TLSF 3.1 (by their numbers in the table of deviations) and tlsf-bsd.
#[test]
fn the_mistakes_of_real_allocators_are_in_the_catalogue() {
    for (name, of) in [
        ("rule-fit-wraps", "B1"),
        ("faulty-huge-realloc-shrinks", "B2, B3"),
        ("faulty-largest-pool-accepted", "B6"),
        ("faulty-overlap-ahead-accepted", "B10"),
        ("faulty-busy-pool-removed", "B11"),
        ("faulty-max-is-the-largest-block", "B14"),
        ("rule-alignment-lost", "B16"),
        ("faulty-realloc-drops-alignment", "B16"),
        ("rule-never-splits", "tlsf-bsd"),
        ("rule-ceil-is-floor", "class rounding"),
    ] {
        assert!(by_name(name).is_some(), "{name}: {of}");
    }
}

#[test]
fn the_explorer_finds_a_stale_bit_two_moves_deep() {
    let mutant = mutant("faulty-stale-second-level-bit");
    let explored = with_explorer(&mutant, Layers::ALL, 10_000, &|| true);
    let found = explored.found.expect("found");
    assert_eq!((found.depth, found.check.as_str()), (2, "Law(Occupancy)"));
}

/// The explorer saves and restores the faulty TLSF as it does the engine: a mistake there would add or lose
/// states.
#[test]
fn the_faulty_tlsf_without_a_fault_has_the_states_of_the_engine() {
    let explore = |maker: fn(usize) -> Lockstep| {
        // The same number of words with both word sizes.
        let bytes = if WORD == 8 { 160 } else { 96 };
        let scope = Scope::new("conte-sl4", bytes, 1, &[2 * WORD]).expect("a scope");
        let outcome = Search::new(scope, maker).run(&mut |_| true);
        assert!(matches!(outcome.ended, SearchEnd::Closed), "{:?}", outcome.ended);
        outcome.reached
    };
    let faulty = explore(|geometry| {
        Lockstep::with_subject(geometry, Box::new(FaultyTlsf::new(geometry, Fault::None)))
    });
    assert_eq!(faulty, explore(Lockstep::new));
}
