//! The most expensive call of each kind in a run.

use crate::action::Action;
use crate::bounds::OperationKind;
use crate::ops::Program;
use crate::run::config::Config;
use crate::run::context::run_observed;
use crate::run::failure::Failure;
use crate::run::stats::Stats;
use crate::run::step::Step;

/// The most expensive call of a kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WorstCall {
    /// Words touched.
    pub cost: u64,
    /// The action that resulted in the call.
    pub action: Action,
    /// Index of the op that resulted in the call; past the last op for the calls that end a run.
    pub index: usize,
}

/// The most expensive call of each kind.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct WorstCalls([Option<WorstCall>; OperationKind::COUNT]);

impl WorstCalls {
    /// The most expensive call of a kind; none if no call of the kind was made.
    pub const fn of(&self, kind: OperationKind) -> Option<WorstCall> {
        self.0[kind.index()]
    }

    /// The cost of the most expensive call of a kind.
    pub fn cost(&self, kind: OperationKind) -> Option<u64> {
        self.of(kind).map(|worst| worst.cost)
    }

    /// Adds a call. Of equally expensive calls, the first one stays.
    pub fn add(&mut self, done: bool, call: WorstCall) {
        raise(&mut self.0[OperationKind::of(call.action.kind(), done).index()], call);
    }

    /// Adds the call of a step, unless a check failed before the call had an outcome.
    pub fn add_step(&mut self, step: Step<'_>) {
        if let Some(outcome) = step.outcome {
            let Step { index, action, cost, .. } = step;
            self.add(outcome.reply.is_done(), WorstCall { cost, action, index });
        }
    }

    /// Adds all calls of `other`.
    pub fn join(&mut self, other: &Self) {
        for (worst, call) in self.0.iter_mut().zip(other.0) {
            call.into_iter().for_each(|call| raise(worst, call));
        }
    }
}

fn raise(worst: &mut Option<WorstCall>, call: WorstCall) {
    if worst.is_none_or(|worst| worst.cost < call.cost) {
        *worst = Some(call);
    }
}

/// Runs a program with every check, the bounds among them, and returns its worst cases.
///
/// # Errors
/// As [`run`](crate::run()).
pub fn run(program: &Program, config: &Config) -> Result<(Stats, WorstCalls), Box<Failure>> {
    let mut worst = WorstCalls::default();
    let stats = run_observed(program, config, &mut |step| worst.add_step(step))?;
    Ok((stats, worst))
}

/// Runs a program as [`run`] does, and passes the kind and cost of each call to `observer`.
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
