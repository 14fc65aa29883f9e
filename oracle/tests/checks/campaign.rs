//! Runs random programs until one fails.

use oracle::finding::{Check, FailureKind};
use oracle::geometry::Geometry;
use oracle::lockstep::Lockstep;
use oracle::ops::{Program, generate};
use oracle::{Config, Context, Failure};

/// Each subject has to be caught from each seed alone.
const SEEDS: [u64; 3] = [1, 2, 3];

/// Calls within which a subject has to be caught.
pub(crate) const MOST_CALLS: u64 = 100_000;

/// The most ops of a shrunk program, for a mistake that needs no history.
pub(crate) const FEW_OPS: usize = 12;

/// Makes the lockstep of the geometry of that number.
pub(crate) type Maker = fn(usize) -> Lockstep;

/// The first failure in the programs of this seed, and the calls up to the failing one, which is included.
pub(crate) fn first_failure(maker: Maker, seed: u64) -> (Box<Failure>, u64) {
    let mut context = Context::with(maker);
    let mut calls = 0;
    for index in 0.. {
        let program = Program::decode(&generate(seed, index));
        if let Err(failure) = context.observe(&program, &Config::default(), &mut |_| calls += 1) {
            return (failure, calls);
        }
        assert!(calls < MOST_CALLS, "not caught in {calls} calls from seed {seed}");
    }
    unreachable!("indices do not end")
}

/// Asserts for each seed: the subject is caught within `most_calls` calls, by the expected check. The shrunk
/// program has at most `most_ops` ops, and fails in the same way when printed, parsed and run again.
pub(crate) fn is_caught(
    maker: Maker,
    expected: fn(&Geometry) -> (FailureKind, Check),
    most_calls: u64,
    most_ops: usize,
) {
    for seed in SEEDS {
        let (failure, calls) = first_failure(maker, seed);
        let geometry = failure.program.header.geometry();
        let ops = failure.shrunk.ops.len();
        println!("seed {seed}: {}, {calls} calls, {ops} ops, {}", failure.finding, geometry.name);
        assert_eq!((failure.kind(), failure.check()), expected(geometry), "{failure}");
        assert!(calls <= most_calls, "{calls} calls from seed {seed}");
        assert!(ops <= most_ops, "{ops} ops from seed {seed}\n{failure}");

        let text = failure.shrunk.to_string();
        let again: Program = text.parse().expect("the printed program");
        assert_eq!(again, failure.shrunk);
        let config = Config { shrink: false, ..Config::default() };
        let replayed = Context::with(maker).observe(&again, &config, &mut |_| {});
        let replayed = replayed.expect_err("the program fails again");
        assert_eq!(replayed.finding, failure.finding);
    }
}

/// Asserts that the programs of each seed have no finding within `calls` calls.
pub(crate) fn passes(maker: Maker, calls: u64) {
    let mut context = Context::with(maker);
    for seed in SEEDS {
        let mut made = 0;
        for index in 0.. {
            match context.run(&generate(seed, index), &Config::default()) {
                Ok(stats) => made += stats.steps,
                Err(failure) => panic!("{failure}"),
            }
            if made >= calls {
                break;
            }
        }
    }
}
