//! Drives random programs at a subject until it is caught, and says what that took.

use oracle::finding::{Check, FailureKind};
use oracle::geometry::Geometry;
use oracle::lockstep::Lockstep;
use oracle::ops::{Program, generate};
use oracle::{Config, Context, Failure};

/// Each liar has to be caught from each of these on its own.
const SEEDS: [u64; 3] = [1, 2, 3];

/// Calls that a liar may get away with.
pub(crate) const MOST_CALLS: u64 = 100_000;

/// Ops of a shrunk program, for a lie that needs no history.
pub(crate) const FEW_OPS: usize = 12;

/// Makes the lockstep of a geometry.
pub(crate) type Maker = fn(usize) -> Lockstep;

/// The first failure in the programs of this seed, and the calls until then, the lie's included.
pub(crate) fn hunt(maker: Maker, seed: u64) -> (Box<Failure>, u64) {
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

/// From every seed: caught in time, named as it should be, and told in at most so many ops, which
/// fail again, also when they have been written down and read.
pub(crate) fn is_caught(
    maker: Maker,
    named: fn(&Geometry) -> (FailureKind, Check),
    most_calls: u64,
    most_ops: usize,
) {
    for seed in SEEDS {
        let (failure, calls) = hunt(maker, seed);
        let geometry = failure.program.header.geometry();
        let ops = failure.shrunk.ops.len();
        println!("seed {seed}: {}, {calls} calls, {ops} ops, {}", failure.finding, geometry.name);
        assert_eq!((failure.kind(), failure.check()), named(geometry), "{failure}");
        assert!(calls <= most_calls, "{calls} calls from seed {seed}");
        assert!(ops <= most_ops, "{ops} ops from seed {seed}\n{failure}");

        let text = failure.shrunk.to_string();
        let again: Program = text.parse().expect("a story's program is a program");
        assert_eq!(again, failure.shrunk);
        let config = Config { shrink: false, ..Config::default() };
        let replayed = Context::with(maker).observe(&again, &config, &mut |_| {});
        let replayed = replayed.expect_err("a story's program fails again");
        assert_eq!(replayed.finding, failure.finding);
    }
}

/// Nothing is found in the programs of the first so many calls from every seed.
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
