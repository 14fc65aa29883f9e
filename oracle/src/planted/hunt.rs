//! How soon a wrong allocator is caught, by what, and how short a program shows it.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::Planted;
use crate::finding::Kind;
use crate::lockstep::Layers;
use crate::ops::{Program, generate};
use crate::run::{Bench, Config};

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
    /// Which check objected.
    pub check: String,
    /// The contract is broken; else the answer is only another than TLSF 3.1's.
    pub unsound: bool,
    /// In which configuration.
    pub geometry: &'static str,
    /// Ops of the shrunk program.
    pub ops: usize,
    /// Seconds that shrinking took.
    pub shrink_seconds: f64,
}

/// Random programs of a seed, until one fails. Without `going`, or patience, none.
pub fn with_generator(
    planted: &Planted,
    layers: Layers,
    seed: u64,
    patience: Patience,
    going: &dyn Fn() -> bool,
) -> Option<Caught> {
    let config = Config { layers, shrink: false, ..Config::default() };
    let mut bench = Bench::with(planted.maker);
    let start = Instant::now();
    let mut calls = 0;
    for index in 0.. {
        let program = Program::decode(&generate(seed, index));
        if bench.watched(&program, &config, &mut |_| calls += 1).is_err() {
            return caught(planted, &program, layers, calls, start.elapsed());
        }
        if calls >= patience.calls || start.elapsed() >= patience.time || !going() {
            return None;
        }
    }
    None
}

/// The same program in a fresh bench, shrunk. It must fail there, too: a catch that needs what ran
/// before is none, as nobody could replay it.
pub(super) fn caught(
    planted: &Planted,
    program: &Program,
    layers: Layers,
    calls: u64,
    time: Duration,
) -> Option<Caught> {
    let start = Instant::now();
    let config = Config { layers, ..Config::default() };
    let failure = Bench::with(planted.maker).watched(program, &config, &mut |_| {}).err()?;
    Some(Caught {
        calls,
        seconds: time.as_secs_f64(),
        check: failure.check().to_string(),
        unsound: failure.kind() == Kind::Unsound,
        geometry: failure.program.header.geometry().name,
        ops: failure.shrunk.ops.len(),
        shrink_seconds: start.elapsed().as_secs_f64(),
    })
}
