//! Records a program: its calls through the lockstep.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Run;
use super::finding::{Dump, Found};
use super::recorder::{Made, Recorder, slot};
use crate::action::Action;
use crate::call::{Call, CallKind, Outcome, Reply};
use crate::finding::{Check, Checked, Finding};
use crate::geometry::{CONFIGURATIONS, Geometry};
use crate::lockstep::Lockstep;
use crate::ops::{Program, Version};
use crate::run::config::Config;
use crate::run::interpret::{Interpreter, Stop};
use crate::run::machine::Machine;
use crate::run::stats::Stats;
use crate::run::step::Step;
use crate::shadow::Slots;

/// A lockstep whose steps are recorded.
struct Recorded {
    lockstep: Lockstep,
    recorder: Recorder,
    /// The last step recorded is one on which a check failed.
    has_failed: bool,
    /// The steps after which the engine's heap is wanted.
    wanted: Vec<usize>,
    states: Vec<(usize, Dump)>,
}

/// Runs a program in a lockstep of `maker`, and records it to its end or to the first check that fails.
/// `wanted` are steps after which the engine's heap is kept, too.
pub fn record(
    program: &Program,
    config: &Config,
    maker: fn(usize) -> Lockstep,
    wanted: &[usize],
) -> Run {
    let number = config.number(&program.header);
    let geometry = CONFIGURATIONS[number];
    let mut lockstep = maker(number);
    lockstep.restart(config.against, config.layers, program.header.seed, true);
    lockstep.set_large(program.header.version == Version::Two);
    let has_reference = lockstep.reference().is_some();
    let mut recorded = Recorded {
        lockstep,
        recorder: Recorder::new(geometry),
        has_failed: false,
        wanted: wanted.to_vec(),
        states: Vec::new(),
    };
    let (mut stats, mut numbers) = (Stats::default(), Vec::new());
    let mut observer = |step: Step<'_>| {
        // The first call is the harness's own.
        numbers.push(if numbers.is_empty() { 0 } else { step.index + 1 });
    };
    let calls = config.most_calls;
    let stop =
        Interpreter::new(&mut recorded, program, &mut stats, calls, None, &mut observer).run();
    let found = stop.err().map(|stop| {
        recorded.fail(&stop);
        numbers.resize(recorded.recorder.steps, stop.index + 1);
        recorded.found(&stop.finding)
    });
    let Recorded { lockstep, recorder, states, .. } = recorded;
    Run {
        geometry,
        ops: program.ops.iter().map(ToString::to_string).collect(),
        op_numbers: numbers,
        program: Some(program.to_string()),
        steps: recorder.steps,
        bytes: recorder.bytes,
        has_reference,
        every: 1,
        trace: found.is_none().then(|| lockstep.trace()),
        found,
        states,
    }
}

impl Recorded {
    /// The call that results from an action now.
    fn call(&self, action: Action) -> Option<Call> {
        let before = action.slot_before().and_then(|slot| self.lockstep.slots().get(slot));
        action.call(before.map(|live| live.offset))
    }

    fn record(&mut self, call: Call, action: Action, reply: Option<Reply>) {
        let with_reference = self.lockstep.reference().is_some();
        let slot = slot(action);
        let made = Made { call, slot, reply, is_checked: reply.is_some(), with_reference };
        match self.lockstep.specification() {
            Some(specification) => self.recorder.call(made, specification),
            None => self.recorder.failed_check(with_reference),
        }
        let step = self.recorder.steps - 1;
        if self.wanted.contains(&step) {
            self.states.push((step, Dump::of(self.lockstep.subject(), self.lockstep.pools())));
        }
    }

    /// Records the step at which a run stops, unless it is recorded.
    fn fail(&mut self, stop: &Stop) {
        if self.has_failed {
            return;
        }
        // A panic leaves the step before it is recorded; the other checks are made between the steps.
        let crashed = stop.action.filter(|_| stop.finding.check == Check::Crash);
        match crashed.and_then(|action| Some((self.call(action)?, action))) {
            Some((call, action)) => self.record(call, action, None),
            None => self.recorder.failed_check(self.lockstep.reference().is_some()),
        }
    }

    /// What is found, with the columns as they are now.
    fn found(&self, finding: &Finding) -> Found {
        let lockstep = &self.lockstep;
        let pools = lockstep.pools();
        // A subject that has panicked may panic again when it is inspected.
        let subject = AssertUnwindSafe(|| Dump::of(lockstep.subject(), pools));
        let subject = catch_unwind(subject).ok();
        let specification = lockstep.specification();
        let specification = specification.map(|specification| Dump::of(specification, pools));
        let reference = lockstep.reference().map(|reference| {
            let pools: Vec<_> =
                pools.iter().copied().filter(|pool| reference.has_pool(pool.0)).collect();
            Dump::of(reference, &pools)
        });
        Found::new(finding, [subject, reference, specification])
    }
}

impl Machine for Recorded {
    fn step(&mut self, action: Action) -> Checked<Outcome> {
        let call = self.call(action);
        let stepped = self.lockstep.step(action);
        let reply = stepped.as_ref().ok().map(|outcome| outcome.reply);
        self.has_failed = reply.is_none();
        if let Some(call) = call {
            self.record(call, action, reply);
        }
        stepped
    }
    fn has(&self, kind: CallKind) -> bool {
        self.lockstep.has(kind)
    }
    fn geometry(&self) -> &Geometry {
        self.lockstep.geometry()
    }
    fn slots(&self) -> &Slots {
        self.lockstep.slots()
    }
    fn pools(&self) -> &[(usize, usize)] {
        self.lockstep.pools()
    }
    fn last_freed(&self) -> usize {
        self.lockstep.last_freed()
    }
    fn touched(&self) -> usize {
        self.lockstep.touched()
    }
    fn largest_free(&self) -> usize {
        Machine::largest_free(&self.lockstep)
    }
    fn largest_fit(&self) -> usize {
        Machine::largest_fit(&self.lockstep)
    }
    fn follows_conte(&self) -> bool {
        Machine::follows_conte(&self.lockstep)
    }
    fn cost(&self) -> u64 {
        self.lockstep.cost()
    }
    fn rewrite(&mut self, slot: u8) -> Checked {
        self.lockstep.rewrite(slot)
    }
    fn check_all(&mut self) -> Checked {
        self.lockstep.check_all()
    }
    fn check_drained(&mut self) -> Checked {
        Machine::check_drained(&mut self.lockstep)
    }
    fn reset(&mut self) -> Checked {
        self.lockstep.reset()
    }
}
