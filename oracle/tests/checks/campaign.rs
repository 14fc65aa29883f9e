//! Runs random programs until one fails.

use oracle::finding::{Check, FailureKind};
use oracle::geometry::Geometry;
use oracle::lockstep::Lockstep;
use oracle::ops::{Program, generate};
use oracle::{Config, Context, Report};

/// Each subject has to be caught from each seed alone.
const SEEDS: [u64; 3] = [1, 2, 3];

/// Calls within which a subject has to be caught.
pub(crate) const MOST_CALLS: u64 = 100_000;

/// The most ops of a shrunk program, for a mistake that needs no history.
pub(crate) const FEW_OPS: usize = 12;

/// Makes the lockstep of the geometry of that number.
pub(crate) type Maker = fn(usize) -> Lockstep;

/// The report of the first failure in the programs of this seed, and the calls up to the failing one, which is included.
pub(crate) fn first_failure(maker: Maker, seed: u64) -> (Box<Report>, u64) {
    let mut context = Context::with(maker);
    let mut calls = 0;
    for index in 0.. {
        let program = Program::decode(&generate(seed, index));
        if let Err(failure) = context.observe(&program, &Config::default(), &mut |_| calls += 1) {
            return (Report::with(&mut context, &failure), calls);
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
        let (report, calls) = first_failure(maker, seed);
        let failure = &report.failure;
        let geometry = report.whole.header.geometry();
        let ops = failure.program.ops.len();
        println!("seed {seed}: {}, {calls} calls, {ops} ops, {}", failure.finding, geometry.name);
        assert_eq!((failure.kind(), failure.check()), expected(geometry), "{report}");
        assert!(calls <= most_calls, "{calls} calls from seed {seed}");
        assert!(ops <= most_ops, "{ops} ops from seed {seed}\n{report}");

        let text = failure.program.to_string();
        let again: Program = text.parse().expect("the printed program");
        assert_eq!(again, failure.program);
        let config = Config::default();
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
                Err(failure) => panic!("{}", Report::with(&mut context, &failure)),
            }
            if made >= calls {
                break;
            }
        }
    }
}
