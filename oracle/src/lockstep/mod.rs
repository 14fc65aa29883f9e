//! The step: one call at a time through specification, subject and reference, with every check after
//! it. The explorer and the interpreter of programs share it.
//!
//! | file | holds |
//! |---|---|
//! | this | [`Lockstep`]: the step |
//! | [`layers`] | what a run is checked against, and which layers of checks take part |
//! | `columns` | the three columns, and access to the bytes of the arena |
//! | `bookkeeping` | what a caller knows from the replies: live blocks and pools |
//! | `checks` | the checks; they change nothing |
//! | `before` | the heap before a refusal, to compare it afterwards |
//! | `snapshot` | copies of the columns, to restore a state |
//! | `queries` | what a lockstep has: values that others read |
//! | `large`, `written` | runs with large pools, and the pages that they touch |
//! | `system` | the platform's malloc beside the columns |

use crate::action::Action;
use crate::call::{Call, Events, Outcome, Reply};
use crate::finding::{Check, Checked, Column, Finding};
use crate::geometry::{WORD, configuration};
use crate::lockstep::before::Before;
use crate::lockstep::bookkeeping::{Bookkeeping, traced};
use crate::lockstep::checks::state::Buffers;
use crate::lockstep::checks::{content, contract, cost, parity, refusals, state};
use crate::lockstep::columns::Columns;
use crate::lockstep::layers::{Against, Layers};
use crate::lockstep::snapshot::SavedLockstep;
use crate::lockstep::system::System;
use crate::model::{Model, Specification};
use crate::shadow::Live;
use crate::subject::engine::engine;
use crate::subject::{Allocator as _, Subject};

mod before;
mod bookkeeping;
mod checks;
mod columns;
mod large;
pub mod layers;
mod queries;
mod snapshot;
mod system;
mod written;

/// The three columns, and what is live in them.
pub struct Lockstep {
    columns: Columns,
    bookkeeping: Bookkeeping,
    system: Option<System>,
    /// The heap before a call that should be refused.
    copy: Before,
    buffers: Buffers,
    trace: u64,
    cost: u64,
}

/// The state of a lockstep, saved by [`Lockstep::save`].
pub(crate) struct Saved {
    lockstep: SavedLockstep,
    trace: u64,
}

impl Lockstep {
    /// The engine beside specification and reference, in the geometry of that number.
    pub fn new(geometry: usize) -> Self {
        Self::with_subject(geometry, engine(geometry, crate::arena::Arena::new()))
    }

    /// Another subject in the engine's place.
    pub fn with_subject(geometry: usize, subject: Box<dyn Subject>) -> Self {
        Self::with_specification(geometry, subject, Box::new(<Model>::new(configuration(geometry))))
    }

    /// Another subject, and a specification that may be wrong, too.
    pub fn with_specification(
        geometry: usize,
        subject: Box<dyn Subject>,
        specification: Box<dyn Specification>,
    ) -> Self {
        let columns = Columns::new(geometry, subject, specification);
        Self {
            bookkeeping: Bookkeeping::new(columns.geometry.align),
            columns,
            system: None,
            copy: Before::default(),
            buffers: Buffers::default(),
            trace: 0,
            cost: 0,
        }
    }

    /// Empties the lockstep, as if new. `sound`: the last run found nothing.
    pub fn restart(&mut self, against: Against, layers: Layers, seed: u16, sound: bool) {
        self.columns.restart(against, layers, sound);
        self.system = (against == Against::System).then(System::new);
        self.bookkeeping.clear(seed);
        self.trace = u64::from(seed);
        self.copy.forget();
    }

    /// One action: the same call of every column, and every check.
    ///
    /// # Errors
    /// The first check that fails.
    ///
    /// # Panics
    /// If the action needs a live block and its slot is empty, or if it is about a pool that reaches out of
    /// the arena and is not refused for its numbers.
    pub fn step(&mut self, action: Action) -> Checked<Outcome> {
        let before = action.slot_before().and_then(|slot| self.bookkeeping.slots.get(slot));
        let call = action.call(before.map(|live| live.offset));
        let call = call.expect("the slot of an action on a block holds one");
        if let Some(live) = before {
            content::payload(&self.columns, live, live.usable)?;
        }
        let expected = self.specify(call);
        if let Some(expected) = expected {
            refusals::explanation(&self.columns, call, expected.reply.is_done())?;
        }
        let always = before.is_some() && action.frees();
        if !expected.map_or(always, |expected| expected.reply.is_done()) {
            self.copy.take(&mut self.columns, &self.bookkeeping);
        }
        let touched = self.touched_words();
        let live = self.bookkeeping.slots.len();
        let reply = self.columns.subject.call(call);
        self.cost = self.touched_words().wrapping_sub(touched);
        // All three have replied before anything is compared, so that a report shows all three.
        let referred = self.refer(action, call, expected.map_or(reply, |expected| expected.reply));
        let usable = self.compare(action, before, reply, expected, referred)?;
        if reply.is_done() {
            self.copy.forget();
        }
        self.account(action, before, reply, usable)?;
        self.bookkeeping.count(action, before, reply);
        if expected.is_none() {
            self.go_on_unspecified(action, reply, referred);
        }
        content::edges(&self.columns, &self.bookkeeping)?;
        self.check_step(reply)?;
        if cfg!(feature = "cost") {
            cost::check(&self.columns, action, reply, self.cost, live)?;
        }
        self.trace = traced(self.trace, action, reply);
        Ok(Outcome { reply, events: expected.map_or_else(Events::default, |all| all.events) })
    }

    /// The same call of the specification, if it takes part.
    fn specify(&mut self, call: Call) -> Option<Outcome> {
        let specification = self.columns.specification_mut()?;
        let reply = specification.call(call);
        let of_blocks = !call.kind().is_of_pools();
        let events = if of_blocks { specification.events() } else { Events::default() };
        Some(Outcome { reply, events })
    }

    /// The same call of the reference, if it takes part and is defined for the call. If the others refuse
    /// a part of realloc, the C code is not called: its realloc would move the block.
    fn refer(&mut self, action: Action, call: Call, granted: Reply) -> Option<Reply> {
        let reference = self.columns.reference_mut()?;
        let is_same = granted.is_done() || !action.kind().is_part_of_realloc();
        if is_same { reference.ask(call) } else { None }
    }

    /// Compares the engine's reply with the contract and the other columns; the block's usable bytes.
    fn compare(
        &self,
        action: Action,
        before: Option<Live>,
        reply: Reply,
        expected: Option<Outcome>,
        referred: Option<Reply>,
    ) -> Checked<usize> {
        let columns = &self.columns;
        let mut usable = 0;
        if let Some(expected) = expected {
            parity::status(reply, Column::Specification, expected.reply)?;
        }
        if let Some(payload) = reply.payload() {
            usable = contract::payload(columns, &self.bookkeeping, action, before, payload)?;
        }
        if let (Some(expected), Some(specification)) = (expected, columns.specification()) {
            let usable_size = |payload| specification.usable_size(payload);
            let (column, expected) = (Column::Specification, expected.reply);
            parity::placement(columns, reply, column, expected, usable_size)?;
        }
        if let (Some(referred), Some(reference)) = (referred, columns.reference()) {
            parity::status(reply, Column::Reference, referred)?;
            let usable_size = |payload| reference.usable_size(payload);
            parity::placement(columns, reply, Column::Reference, referred, usable_size)?;
        }
        if reply.is_done() && action.kind().is_of_pools() {
            contract::pools(columns, &self.bookkeeping, action)?;
        }
        Ok(usable)
    }

    /// Records what has changed, checks what a realloc had to keep, fills what is new.
    fn account(
        &mut self,
        action: Action,
        before: Option<Live>,
        reply: Reply,
        usable: usize,
    ) -> Checked {
        if let Some(old) = before.filter(|_| action.frees()) {
            self.bookkeeping.freed(old);
            return self.system.as_mut().map_or(Ok(()), |system| system.free(old));
        }
        let Some(offset) = reply.payload() else {
            if reply.is_done() {
                self.bookkeeping.pools_changed(action);
            }
            return Ok(());
        };
        let size = action.size().unwrap_or(0);
        let mut copied = 0;
        if let Some(old) = before {
            // A block that stays keeps what it has; a move copies no more than was requested.
            let stays = offset == old.offset;
            let kept = old.usable.min(if stays { usable } else { size });
            copied = if stays { 0 } else { kept };
            content::payload(&self.columns, Live { offset, usable, ..old }, kept)?;
            self.system.as_mut().map_or(Ok(()), |system| system.realloc(old, size))?;
        }
        let Some(live) = self.bookkeeping.placed(action, before, offset, usable) else {
            return Ok(());
        };
        self.bookkeeping.written.add_block(live, copied);
        self.columns.fill(live);
        match (&mut self.system, before) {
            (Some(system), Some(_)) => system.refill(live),
            (Some(system), None) => system.malloc(live, live.align.max(WORD), size)?,
            (None, _) => {}
        }
        Ok(())
    }

    /// Words that the subject has touched so far; read only where subjects count.
    fn touched_words(&self) -> u64 {
        if cfg!(feature = "cost") { self.columns.subject.cost() } else { 0 }
    }

    /// Without the specification, no column predicts whether a call that TLSF 3.1 does not have is
    /// refused. Once the subject has done such a call, the C code cannot be compared with it any more,
    /// and takes no further part in the run.
    fn go_on_unspecified(&mut self, action: Action, reply: Reply, referred: Option<Reply>) {
        // To grow to the present size changes nothing.
        if reply.is_done() && referred.is_none() && !matches!(action, Action::Grow { .. }) {
            self.columns.layers.lockstep = false;
        }
    }

    fn check_state(&mut self) -> Checked {
        let census = state::check(&self.columns, &self.bookkeeping, &mut self.buffers)?;
        self.copy.passed(census);
        Ok(())
    }

    /// The state after a call, which is unchanged if the call was refused.
    fn check_step(&mut self, reply: Reply) -> Checked {
        let Self { columns, bookkeeping, buffers, copy, .. } = self;
        if reply.is_done() {
            return self.check_state();
        }
        if copy.passes_again(columns, bookkeeping, buffers) {
            return Ok(());
        }
        self.check_state()?;
        self.copy.check(&self.columns)
    }

    /// Every payload whole, the state, and the queries that are not run after each call.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn check_all(&mut self) -> Checked {
        content::all(&self.columns, &self.bookkeeping)?;
        self.system.as_ref().map_or(Ok(()), System::check_all)?;
        if !self.copy.is_checked() {
            self.check_state()?;
        }
        if !self.columns.layers.validate {
            return Ok(());
        }
        let checked = self.columns.subject.queries(&self.bookkeeping.pools);
        checked.map_err(|wrong| Finding::new(Check::Queries, wrong))
    }

    /// After the last block is freed: each pool is one free block, and the C code's own checks pass.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn check_drained(&self) -> Checked {
        state::drained(&self.columns, &self.bookkeeping)
    }

    /// A new content for a live block, as a caller writes it between the calls.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn rewrite(&mut self, slot: u8) -> Checked {
        let Some(old) = self.bookkeeping.slots.get(slot) else { return Ok(()) };
        content::payload(&self.columns, old, old.usable)?;
        if let Some(live) = self.bookkeeping.slots.retag(slot) {
            self.bookkeeping.written.add_block(live, 0);
            self.columns.fill(live);
            self.copy.forget();
            self.bookkeeping.touched = live.offset;
            if let Some(system) = &mut self.system {
                system.refill(live);
            }
        }
        self.check_state()
    }

    /// Resets the subject, which then must be as if its pools had just been added.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn reset(&mut self) -> Checked {
        self.columns.reset(&self.bookkeeping.pools);
        self.copy.forget();
        self.bookkeeping.reset();
        self.check_state()?;
        // The comparison with the fresh specification includes this check.
        if self.columns.layers.model { Ok(()) } else { self.check_drained() }
    }

    /// Saves everything, for [`Lockstep::restore`].
    pub(crate) fn save(&self) -> Saved {
        Saved { lockstep: snapshot::save(&self.columns, &self.bookkeeping), trace: self.trace }
    }

    /// Restores a state that this lockstep saved.
    pub(crate) fn restore(&mut self, saved: &Saved) {
        snapshot::restore(&mut self.columns, &mut self.bookkeeping, &saved.lockstep);
        self.trace = saved.trace;
        self.copy.forget();
    }
}
