//! From ops to actions: chooses slot, size and pool. An op that would have no effect is repaired: it
//! becomes another op that has one.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::action::Action;
use crate::call::{CallKind, Outcome};
use crate::finding::{Check, Checked, Column, Finding};
use crate::model::sizes;
use crate::ops::{Count, Op, Order, PoolForm, Program, REGIONS, Size, SizeContext, Target};
use crate::run::machine::Machine;
use crate::run::regions::addition;
use crate::run::stats::Stats;
use crate::run::step::Step;
use crate::shadow::{Live, SLOTS};

/// Steps between two checks of every payload, by check profile.
const WHOLE_CHECK: [u64; 4] = [256, 64, 32, 16];

/// Bits of the content seed choose between variants, so that they occur in programs of every kind.
/// Unset: at the end, all blocks are freed one by one.
const RESETS_ONLY: u16 = 1;
/// Set: a realloc is a shrink; if that is refused, a grow; and if that is refused, a realloc.
pub(super) const IN_PARTS: u16 = 2;
/// Set: realloc keeps the alignment of memalign, in runs without TLSF 3.1, which cannot keep it.
pub(super) const KEEPS_ALIGNMENT: u16 = 4;

/// Where a run stopped.
pub(crate) struct Stop {
    /// Index of the op.
    pub(crate) index: usize,
    /// Calls made before the one that failed.
    pub(crate) steps: u64,
    /// The action that failed, if the check was about one.
    pub(crate) action: Option<Action>,
    pub(crate) finding: Box<Finding>,
}

pub(crate) struct Interpreter<'a, M> {
    pub(super) machine: &'a mut M,
    pub(super) program: &'a Program,
    stats: &'a mut Stats,
    observer: &'a mut dyn FnMut(Step<'_>),
    pub(super) regions: [(usize, usize); REGIONS],
    /// Regions that are, or were, pools.
    had: [bool; REGIONS],
    index: usize,
    action: Option<Action>,
    /// Calls left before the run ends early.
    left: u64,
    /// Calls after which the run ends as if a check had failed, so that the heap can be inspected.
    halt_after: Option<u64>,
    made: u64,
    /// Bytes that reallocs may still copy.
    pub(super) moves: usize,
}

impl<'a, M: Machine> Interpreter<'a, M> {
    pub(crate) fn new(
        machine: &'a mut M,
        program: &'a Program,
        stats: &'a mut Stats,
        most_calls: u64,
        halt_after: Option<u64>,
        observer: &'a mut dyn FnMut(Step<'_>),
    ) -> Self {
        let regions = machine.regions(&program.header);
        Self {
            machine,
            program,
            stats,
            observer,
            regions,
            had: [true, false, false, false],
            index: 0,
            action: None,
            left: most_calls,
            halt_after,
            made: 0,
            moves: program.header.move_bytes().unwrap_or(usize::MAX),
        }
    }

    /// The whole program, and what ends every run. A panic is a finding like any other: it can be
    /// shrunk and reported.
    pub(crate) fn run(mut self) -> Result<(), Stop> {
        let result = catch_unwind(AssertUnwindSafe(|| self.all()));
        let result = result.unwrap_or_else(|panic| Err(Finding::crash(&*panic)));
        result.map_err(|finding| Stop {
            index: self.index,
            steps: self.made,
            action: self.action,
            finding,
        })
    }

    fn all(&mut self) -> Checked {
        let program = self.program;
        let (mem, bytes) = self.regions[0];
        self.step(Action::AddPool { mem, bytes }, false)?;
        let mut last = None;
        for (index, op) in program.ops.iter().enumerate() {
            if self.left == 0 {
                break;
            }
            self.index = index;
            let effective = self.op(op, last)?;
            self.stats.op(effective);
            if !matches!(op, Op::Repeat { .. }) {
                last = Some(op);
            }
        }
        self.index = program.ops.len();
        self.action = None;
        self.machine.check_all()?;
        // Half of the inputs first free all blocks one by one; all end with a reset.
        if program.header.seed & RESETS_ONLY == 0 {
            self.left = self.left.max(SLOTS as u64);
            while let Some(live) = self.machine.slots().newest(0) {
                self.step(Action::Free { slot: live.slot }, false)?;
            }
            self.action = None;
            self.machine.check_drained()?;
        }
        self.machine.reset()
    }

    /// Performs one op, and returns whether it did something.
    fn op(&mut self, op: &Op, last: Option<&Op>) -> Checked<bool> {
        if self.machine.pools().is_empty() && !matches!(op, Op::AddPool { .. }) {
            let (mem, bytes) = self.regions[0];
            self.step(Action::AddPool { mem, bytes }, false)?;
        }
        match *op {
            Op::Malloc { slot, size } => self.malloc(slot, size),
            Op::Memalign { slot, align, size } => {
                let Some(empty) = self.machine.slots().empty_slot(slot) else {
                    return self.free(Target::Slot(slot));
                };
                let hostile = size.is_hostile() || !align.is_power_of_two();
                let size = self.size(size, None);
                self.step(Action::Memalign { slot: empty, align: align.value(), size }, hostile)?;
                Ok(true)
            }
            Op::Realloc { target, size } => {
                let target = self.target(target);
                self.realloc(target, self.size(size, target), size.is_hostile())
            }
            Op::Free { target } => self.free(target),
            Op::AddPool { region, form } => self.add_pool(region, form),
            Op::RemovePool { region, force } => self.remove_pool(region, force),
            Op::Repeat { times } => {
                let Some(last) = last else { return Ok(false) };
                let mut effective = false;
                for _ in 0..times {
                    effective |= self.left > 0 && self.op(last, None)?;
                }
                Ok(effective)
            }
            Op::Fill { size } => {
                let mut effective = false;
                while self.left > 0 {
                    let Some(slot) = self.machine.slots().empty_slot(0) else { break };
                    effective = true;
                    let bytes = self.size(size, None);
                    if !self
                        .step(Action::Malloc { slot, size: bytes }, size.is_hostile())?
                        .reply
                        .is_done()
                    {
                        break;
                    }
                }
                Ok(effective)
            }
            Op::Drain { order, count } => self.drain(order, count),
            Op::Rewrite { target } => match self.target(target) {
                Some(live) => {
                    self.machine.rewrite(live.slot)?;
                    Ok(true)
                }
                None => self.malloc(0, Size::Tiny(1)),
            },
            Op::Check => {
                self.machine.check_all()?;
                Ok(true)
            }
            Op::ExtendPool { region, granules } => self.resize_pool(region, granules, true),
            Op::ShrinkPool { region, granules } => self.resize_pool(region, granules, false),
            Op::Grow { target, size } => self.resize(target, size, true),
            Op::Shrink { target, size } => self.resize(target, size, false),
            Op::Realign { target, align, ratio } => self.realign(target, align, ratio),
        }
    }

    pub(super) fn malloc(&mut self, slot: u8, size: Size) -> Checked<bool> {
        let Some(empty) = self.machine.slots().empty_slot(slot) else {
            return self.free(Target::Slot(slot));
        };
        let bytes = self.size(size, None);
        self.step(Action::Malloc { slot: empty, size: bytes }, size.is_hostile())?;
        Ok(true)
    }

    /// Performs a free. With no live block, it becomes a malloc.
    fn free(&mut self, target: Target) -> Checked<bool> {
        let Some(live) = self.target(target) else {
            let (Target::Slot(k) | Target::Newest(k) | Target::Oldest(k)) = target else {
                return self.malloc(0, Size::Tiny(1));
            };
            return self.malloc(k, Size::Tiny(u16::from(k) + 1));
        };
        self.step(Action::Free { slot: live.slot }, false)?;
        Ok(true)
    }

    fn drain(&mut self, order: Order, count: Count) -> Checked<bool> {
        let live = self.machine.slots().len();
        let count = match count {
            Count::All => live,
            Count::Up(most) => live.min(most.into()),
        };
        if count == 0 {
            return self.malloc(0, Size::Tiny(1));
        }
        for turn in 0..count {
            let set = self.machine.slots();
            let next = match order {
                Order::Lifo => set.newest(0),
                Order::Fifo => set.oldest(0),
                Order::Address => set.by_address(0),
                // Blocks behind a freed one move up: the turn-th is every second block.
                Order::Alternate => set.by_address(turn),
            };
            let Some(live) = next.filter(|_| self.left > 0) else { break };
            self.step(Action::Free { slot: live.slot }, false)?;
        }
        Ok(true)
    }

    pub(super) fn add_pool(&mut self, region: u8, form: PoolForm) -> Checked<bool> {
        if !self.machine.has(CallKind::AddPool) {
            return self.malloc(region, Size::Tiny(u16::from(region) + 1));
        }
        let range = self.regions[usize::from(region) % REGIONS];
        let (action, hostile) =
            addition(form, range, self.machine.pools(), self.machine.geometry());
        let added = self.step(action, hostile)?.reply.is_done();
        self.had[usize::from(region) % REGIONS] |= added;
        Ok(true)
    }

    fn remove_pool(&mut self, region: u8, force: bool) -> Checked<bool> {
        if !self.machine.has(CallKind::RemovePool) {
            return self.free(Target::Oldest(region));
        }
        let (mem, _) = self.regions[usize::from(region) % REGIONS];
        let there = self.machine.pools().iter().find(|pool| pool.0 == mem).copied();
        let Some((mem, bytes)) = there else {
            // A region that was a pool before is removed again, which must be refused. One that
            // never was a pool becomes one.
            if !self.had[usize::from(region) % REGIONS] {
                return self.add_pool(region, PoolForm::Fresh { eighths_off: 0 });
            }
            self.step(Action::RemovePool { mem }, true)?;
            return Ok(true);
        };
        while !force && self.left > 0 {
            let (_, behind) = self.machine.slots().neighbours(mem);
            let Some(live) = behind.filter(|live| live.offset < mem + bytes) else { break };
            self.step(Action::Free { slot: live.slot }, false)?;
        }
        self.step(Action::RemovePool { mem }, force)?;
        Ok(true)
    }

    pub(super) fn target(&self, target: Target) -> Option<Live> {
        let live = self.machine.slots();
        match target {
            Target::Slot(name) => live.named(name),
            Target::Newest(k) => live.newest(k.into()),
            Target::Oldest(k) => live.oldest(k.into()),
            Target::Next | Target::Prev => {
                let (prev, next) = live.neighbours(self.machine.touched());
                let wanted = if target == Target::Next { next } else { prev };
                wanted.or(live.newest(0))
            }
        }
    }

    pub(super) fn size(&self, size: Size, target: Option<Live>) -> usize {
        let geometry = *self.machine.geometry();
        let gap = matches!(size, Size::Gap { .. });
        size.resolve(&SizeContext {
            geometry,
            pool_payload: sizes::pool_payload(&geometry, self.regions[0].1).unwrap_or(0),
            largest_free: if gap { self.machine.largest_free() } else { 0 },
            largest_fit: if gap { self.machine.largest_fit() } else { 0 },
            target_size: target.map_or(0, |live| live.usable),
            last_freed: self.machine.last_freed(),
        })
    }

    pub(super) fn step(&mut self, action: Action, hostile: bool) -> Checked<Outcome> {
        if self.halt_after == Some(self.made) {
            return Err(Finding::new(Check::Status(Column::Specification), "halted"));
        }
        self.action = Some(action);
        let op = self.program.ops.get(self.index);
        let stepped = self.machine.step(action);
        let (index, outcome) = (self.index, stepped.as_ref().ok().copied());
        let (cost, lockstep) = (self.machine.cost(), self.machine.lockstep());
        (self.observer)(Step { index, op, action, outcome, cost, lockstep });
        let outcome = stepped?;
        self.stats.step(action, hostile, outcome, self.machine.slots().len());
        self.made += 1;
        self.left = self.left.saturating_sub(1);
        let profile = usize::from(self.program.header.profile) % WHOLE_CHECK.len();
        if self.made % WHOLE_CHECK[profile] == 0 {
            self.machine.check_all()?;
        }
        Ok(outcome)
    }
}
