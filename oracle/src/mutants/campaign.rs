//! How soon a wrong allocator is caught, by what, and how short a program shows it.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::Planted;
use crate::explore::{Ended, Scope, Search};
use crate::finding::{Check, FailureKind};
use crate::lockstep::layers::Layers;
use crate::ops::{Program, generate};
use crate::run::context::{Config, Context};

/// When to give up.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// After so many calls.
    pub calls: u64,
    /// Or after that time.
    pub time: Duration,
}

/// A catch.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Caught {
    /// Calls until then, the failing one included.
    pub calls: u64,
    /// Seconds until then.
    pub seconds: f64,
    /// Which check objected, as in the code.
    pub check: String,
    /// In words.
    pub objection: String,
    /// It is one of those that the catalogue expects.
    pub expected: bool,
    /// The contract is broken; else the answer is only another than TLSF 3.1's.
    pub unsound: bool,
    /// In which configuration.
    pub geometry: &'static str,
    /// Ops of the shrunk program.
    pub ops: usize,
    /// Seconds that shrinking took.
    pub shrink_seconds: f64,
}

/// A program that fails.
#[derive(Clone, Debug)]
pub struct Sighted {
    /// As it was generated.
    pub program: Program,
    /// Which check objected.
    pub check: Check,
    /// Calls until then, the failing one included.
    pub calls: u64,
}

/// Random programs of a seed, until one fails. Without `going`, or patience, none.
pub fn sight(
    planted: &Planted,
    layers: Layers,
    seed: u64,
    patience: Patience,
    going: &dyn Fn() -> bool,
) -> Option<Sighted> {
    let config = Config { layers, shrink: false, ..Config::default() };
    let mut context = Context::with(planted.maker);
    let start = Instant::now();
    let mut calls = 0;
    for index in 0.. {
        let program = Program::decode(&generate(seed, index));
        if let Err(failure) = context.observe(&program, &config, &mut |_| calls += 1) {
            return Some(Sighted { program, check: failure.check(), calls });
        }
        if calls >= patience.calls || start.elapsed() >= patience.time || !going() {
            return None;
        }
    }
    None
}

/// The same, and how short a program shows it.
pub fn with_generator(
    planted: &Planted,
    layers: Layers,
    seed: u64,
    patience: Patience,
    going: &dyn Fn() -> bool,
) -> Option<Caught> {
    let start = Instant::now();
    let Sighted { program, calls, .. } = sight(planted, layers, seed, patience, going)?;
    caught(planted, &program, layers, calls, start.elapsed())
}

/// Small heaps that the explorer looks at: geometry, bytes of a pool, pools, alignments. The shortest
/// way to most mistakes is short; those that take a large block, or a long list, are not in here.
const SCOPES: [(&str, usize, usize, &[usize]); 4] = [
    ("conte-sl4", 256, 1, &[16, 32]),
    ("a16-sl4", 256, 1, &[32]),
    ("conte-sl4", 256, 2, &[]),
    ("conte-sl4", 96, 3, &[]),
];

/// What the explorer found of one.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Explored {
    /// The first violation, if there was one.
    pub found: Option<Found>,
    /// Moves made, in all scopes that were looked at.
    pub transitions: u64,
    /// Seconds that took.
    pub seconds: f64,
    /// Every scope that was looked at was closed: what was not found is not in there.
    pub closed: bool,
}

/// A violation within a scope.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Found {
    /// Moves of a shortest way to it.
    pub depth: usize,
    /// Which check objected.
    pub check: String,
    /// Where.
    pub scope: String,
}

/// Small heaps, breadth first, until a check objects or so many moves were made in each.
pub fn with_explorer(
    planted: &Planted,
    layers: Layers,
    transitions: u64,
    going: &dyn Fn() -> bool,
) -> Explored {
    let start = Instant::now();
    let mut explored = Explored { found: None, transitions: 0, seconds: 0.0, closed: true };
    for (geometry, bytes, pools, aligns) in SCOPES {
        let scope = Scope::new(geometry, bytes, pools, aligns).expect("a scope");
        let told = scope.to_string();
        let search =
            Search { layers, max_transitions: transitions, ..Search::new(scope, planted.maker) };
        let outcome = search.run(&mut |_| going());
        explored.transitions += outcome.reached.transitions;
        match outcome.ended {
            Ended::Closed => {}
            Ended::Open => explored.closed = false,
            Ended::Violation(violation) => {
                let (depth, check) = (violation.depth, violation.finding.check);
                explored.found = Some(Found { depth, check: format!("{check:?}"), scope: told });
                break;
            }
        }
    }
    explored.seconds = start.elapsed().as_secs_f64();
    explored
}

/// The same program in a fresh context, shrunk. It must fail there, too: a catch that needs what ran
/// before is none, as nobody could replay it.
fn caught(
    planted: &Planted,
    program: &Program,
    layers: Layers,
    calls: u64,
    time: Duration,
) -> Option<Caught> {
    let start = Instant::now();
    let config = Config { layers, ..Config::default() };
    let failure = Context::with(planted.maker).observe(program, &config, &mut |_| {}).err()?;
    Some(Caught {
        calls,
        seconds: time.as_secs_f64(),
        check: format!("{:?}", failure.check()),
        objection: failure.check().to_string(),
        expected: planted.by.contains(&failure.check()),
        unsound: failure.kind() == FailureKind::Unsound,
        geometry: failure.program.header.geometry().name,
        ops: failure.shrunk.ops.len(),
        shrink_seconds: start.elapsed().as_secs_f64(),
    })
}
