//! Layers: any combination of checks runs, and has no finding in a correct allocator.

use oracle::lockstep::Lockstep;
use oracle::mutants::{Fault, FaultyTlsf};
use oracle::ops::generate;
use oracle::{Config, Context, Layers};

/// Calls for each combination of layers.
const CALLS: u64 = 10_000;

/// Every combination of layers.
fn combinations() -> impl Iterator<Item = Layers> {
    (0..16).map(|bits: u8| Layers {
        lockstep: bits & 1 != 0,
        model: bits & 2 != 0,
        content: bits & 4 != 0,
        validate: bits & 8 != 0,
    })
}

fn passes(maker: fn(usize) -> Lockstep) {
    std::thread::scope(|scope| {
        for layers in combinations() {
            scope.spawn(move || {
                let mut context = Context::with(maker);
                let config = Config { layers, ..Config::default() };
                let mut calls = 0;
                for index in 0.. {
                    match context.run(&generate(7, index), &config) {
                        Ok(stats) => calls += stats.steps,
                        Err(failure) => panic!("{layers:?}: {failure}"),
                    }
                    if calls >= CALLS {
                        return;
                    }
                }
            });
        }
    });
}

#[test]
fn the_engine_has_no_finding_under_any_combination_of_layers() {
    passes(Lockstep::new);
}

#[test]
fn the_faulty_tlsf_without_a_fault_has_no_finding_under_any_combination_of_layers() {
    passes(|geometry| {
        Lockstep::with_subject(geometry, Box::new(FaultyTlsf::new(geometry, Fault::None)))
    });
}
