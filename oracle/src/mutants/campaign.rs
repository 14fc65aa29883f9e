//! How soon a mutant is caught, by which check, and how short a program shows it.

use std::cell::Cell;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::mutant::Mutant;
use crate::explore::{Scope, Search, SearchEnd};
use crate::finding::{Check, FailureKind};
use crate::guided::Guided;
use crate::lockstep::layers::Layers;
use crate::ops::{Program, generate};
use crate::reduce::shrink;
use crate::run::context::Context;

/// The limits of a search. The search ends at the first one reached.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// The most calls.
    pub calls: u64,
    /// The most time.
    pub time: Duration,
}

/// How a mutant was caught.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Caught {
    /// Calls up to the failing one, which is included.
    pub calls: u64,
    /// Seconds up to the failing call.
    pub seconds: f64,
    /// The check that failed, as in the code.
    pub check: String,
    /// What that check found wrong, in words.
    pub message: String,
    /// The catalogue expects this check.
    pub expected: bool,
    /// The contract is broken. Otherwise, a result only differs from TLSF 3.1's.
    pub unsound: bool,
    /// The geometry of the program.
    pub geometry: &'static str,
    /// Ops of the shrunk program.
    pub ops: usize,
    /// Seconds spent on shrinking.
    pub shrink_seconds: f64,
}

/// The first program that fails.
#[derive(Clone, Debug)]
pub struct Detected {
    /// The program as it was generated.
    pub program: Program,
    /// The check that failed.
    pub check: Check,
    /// Calls up to the failing one, which is included.
    pub calls: u64,
}

/// Runs random programs of a seed until one fails. Returns `None` if the budget ends first, or if `going`
/// returns false between two programs.
pub fn detect(
    mutant: &Mutant,
    layers: Layers,
    seed: u64,
    budget: Budget,
    going: &dyn Fn() -> bool,
) -> Option<Detected> {
    detect_in(Programs::Random(seed), mutant, layers, budget, &|_| going())
}

/// The programs of a search.
pub enum Programs {
    /// Random ones of this seed.
    Random(u64),
    /// Those of a guided generator.
    Guided(Guided),
}

/// As [`detect`], with these programs. `going` receives the calls so far.
pub fn detect_in(
    mut programs: Programs,
    mutant: &Mutant,
    layers: Layers,
    budget: Budget,
    going: &dyn Fn(u64) -> bool,
) -> Option<Detected> {
    let (mut context, config) = (Context::with(mutant.maker), mutant.config(layers));
    let start = Instant::now();
    let mut calls = 0;
    for index in 0.. {
        let program = match &mut programs {
            Programs::Random(seed) => Program::decode(&generate(*seed, index)),
            Programs::Guided(guided) => Program::decode(&guided.program()),
        };
        let ran = context.observe(&program, &config, &mut |step| {
            calls += 1;
            if let Programs::Guided(guided) = &mut programs {
                guided.observe(step);
            }
        });
        if let Err(failure) = ran {
            return Some(Detected { program, check: failure.check(), calls });
        }
        if let Programs::Guided(guided) = &mut programs {
            guided.learn();
        }
        if calls >= budget.calls || start.elapsed() >= budget.time || !going(calls) {
            return None;
        }
    }
    None
}

/// Runs [`detect`], then shrinks the program that failed.
pub fn with_generator(
    mutant: &Mutant,
    layers: Layers,
    seed: u64,
    budget: Budget,
    going: &dyn Fn() -> bool,
) -> Option<Caught> {
    let start = Instant::now();
    let Detected { program, calls, .. } = detect(mutant, layers, seed, budget, going)?;
    shrink(mutant, &program, layers, calls, start.elapsed())
}

/// The small heaps that the explorer searches: geometry, bytes of a pool, pools, alignments. Most mistakes
/// show after few moves; those that need a large block or a long list do not show in these heaps.
const SCOPES: [(&str, usize, usize, &[usize]); 6] = [
    ("conte-sl4", 256, 1, &[16, 32]),
    ("a16-sl4", 256, 1, &[32]),
    ("conte-sl4", 256, 2, &[]),
    ("conte-sl4", 96, 3, &[]),
    ("conte-sl4", 64, 4, &[]),
    ("conte-sl4", 128, 3, &[]),
];

/// The explorer's result for a mutant.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Explored {
    /// The first failure, if one was found.
    pub found: Option<Shallowest>,
    /// Moves made in all scopes that were searched.
    pub transitions: u64,
    /// Seconds spent.
    pub seconds: f64,
    /// All scopes that were searched are closed: no state in them fails, except the one in `found`.
    pub closed: bool,
}

/// A failure with the fewest moves within a scope.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Shallowest {
    /// Moves from the empty heap.
    pub depth: usize,
    /// The check that failed.
    pub check: String,
    /// The scope.
    pub scope: String,
}

/// Searches small heaps, breadth first, until a check fails or `transitions` moves were made in each.
pub fn with_explorer(
    mutant: &Mutant,
    layers: Layers,
    transitions: u64,
    going: &dyn Fn() -> bool,
) -> Explored {
    explore(mutant, layers, transitions, &|_| going())
}

/// As [`with_explorer`], within a time of which `spent` is the part that has passed. Each heap has an equal
/// share of what the heaps before it left.
pub fn explore_within(
    mutant: &Mutant,
    layers: Layers,
    limit: Duration,
    spent: &dyn Fn() -> Duration,
) -> Explored {
    let share = Cell::new((usize::MAX, Duration::ZERO));
    explore(mutant, layers, u64::MAX, &|scope| {
        let spent = spent();
        if share.get().0 != scope {
            let left = limit.saturating_sub(spent) / (SCOPES.len() - scope) as u32;
            share.set((scope, spent.saturating_add(left)));
        }
        spent < share.get().1
    })
}

/// `going` receives the number of the scope.
fn explore(
    mutant: &Mutant,
    layers: Layers,
    transitions: u64,
    going: &dyn Fn(usize) -> bool,
) -> Explored {
    let start = Instant::now();
    let mut explored = Explored { found: None, transitions: 0, seconds: 0.0, closed: true };
    for (number, (geometry, bytes, pools, aligns)) in SCOPES.into_iter().enumerate() {
        let scope = Scope::new(geometry, bytes, pools, aligns).expect("a scope");
        let name = scope.to_string();
        let search =
            Search { layers, max_transitions: transitions, ..Search::new(scope, mutant.maker) };
        let outcome = search.run(&mut |_| going(number));
        explored.transitions += outcome.reached.transitions;
        match outcome.ended {
            SearchEnd::Closed => {}
            SearchEnd::Open => explored.closed = false,
            SearchEnd::Failed(path) => {
                let (depth, check) = (path.depth, path.finding.check);
                explored.found =
                    Some(Shallowest { depth, check: format!("{check:?}"), scope: name });
                break;
            }
        }
    }
    explored.seconds = start.elapsed().as_secs_f64();
    explored
}

/// Runs the program again in a new context and shrinks it. If it does not fail there, the result is `None`:
/// a failure that depends on earlier programs cannot be replayed.
fn shrink(
    mutant: &Mutant,
    program: &Program,
    layers: Layers,
    calls: u64,
    time: Duration,
) -> Option<Caught> {
    let start = Instant::now();
    let mut context = Context::with(mutant.maker);
    let failure = context.observe(program, &mutant.config(layers), &mut |_| {}).err()?;
    let failure = shrink::shrink(&mut context, &failure);
    Some(Caught {
        calls,
        seconds: time.as_secs_f64(),
        check: format!("{:?}", failure.check()),
        message: failure.check().to_string(),
        expected: mutant.expected.contains(&failure.check()),
        unsound: failure.kind() == FailureKind::Unsound,
        geometry: failure.program.header.geometry().name,
        ops: failure.program.ops.len(),
        shrink_seconds: start.elapsed().as_secs_f64(),
    })
}
