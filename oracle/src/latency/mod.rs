//! What calls cost, in words touched (`memoman::cost`, feature `cost`), and the most that each kind
//! may: the promise of constant time as numbers.
//!
//! | room | holds |
//! |---|---|
//! | this | kinds, the table of what they may cost, the dearest call of each |
//! | [`corpus`] | the shortest programs that have the dearest calls |
//! | `scale` | the same kinds in heaps of ever more live blocks |
//!
//! A subject that does not count costs nothing, and is within every bound.

pub mod corpus;
#[cfg(feature = "cost")]
pub mod scale;

use crate::action::Action;
pub use crate::bounds::OperationKind;
use crate::ops::Program;
use crate::run::config::Config;
use crate::run::context::run_observed;
use crate::run::failure::Failure;
use crate::run::stats::Stats;
use crate::run::step::Step;

/// The dearest call of a kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dearest {
    /// Words touched.
    pub cost: u64,
    /// The call.
    pub action: Action,
    /// Index of the op that it came from; past the last, what ends every run.
    pub index: usize,
}

/// The dearest call of each kind.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Worst([Option<Dearest>; OperationKind::COUNT]);

impl Worst {
    /// That of a kind, if there was a call of it.
    pub const fn of(&self, kind: OperationKind) -> Option<Dearest> {
        self.0[kind.index()]
    }

    /// What that one cost.
    pub fn cost(&self, kind: OperationKind) -> Option<u64> {
        self.of(kind).map(|dearest| dearest.cost)
    }

    /// One call more; the first of the dearest stays.
    pub fn note(&mut self, done: bool, dearest: Dearest) {
        let best = &mut self.0[OperationKind::of(dearest.action.kind(), done).index()];
        if best.is_none_or(|best| best.cost < dearest.cost) {
            *best = Some(dearest);
        }
    }

    /// One step of a run. (If a check objected to it, it has no answer.)
    pub fn step(&mut self, step: Step<'_>) {
        if let Some(outcome) = step.outcome {
            let Step { index, action, cost, .. } = step;
            self.note(outcome.reply.is_done(), Dearest { cost, action, index });
        }
    }

    /// Those of both.
    pub fn join(&mut self, other: &Self) {
        for (index, dearest) in other.0.iter().enumerate() {
            if let Some(dearest) = dearest {
                self.note(index % 2 == 0, *dearest);
            }
        }
    }
}

/// Runs a program with every check, that of the cost among them: the dearest calls.
///
/// # Errors
/// As [`run`](crate::run()).
pub fn run(program: &Program, config: &Config) -> Result<(Stats, Worst), Box<Failure>> {
    let mut worst = Worst::default();
    let stats = run_observed(program, config, &mut |step| worst.step(step))?;
    Ok((stats, worst))
}

/// [`run`], showing the kind and cost of each call.
///
/// # Errors
/// As [`run`](crate::run()).
pub fn observe(
    program: &Program,
    config: &Config,
    observer: &mut dyn FnMut(OperationKind, u64),
) -> Result<Stats, Box<Failure>> {
    run_observed(program, config, &mut |step| {
        if let Some(outcome) = step.outcome {
            let done = outcome.reply.is_done();
            observer(OperationKind::of(step.action.kind(), done), step.cost);
        }
    })
}
