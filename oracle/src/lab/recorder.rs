//! Writes the steps of a run.
//!
//! ```text
//! step     head argument* [payload] count fact* delta
//! head     kind | outcome << 4 | 64 if the whole state was checked after it | 128 if the C code took part
//! outcome  0 refused, 1 done, 2 done with a block at `payload`, 3 a check fails
//! ```
//!
//! The arguments of a kind, and the number of a kind, are in [`arguments`].

use super::bytes::put;
use super::delta;
use super::reasons;
use super::state::State;
use crate::action::Action;
use crate::call::{Call, Reply};
use crate::geometry::Geometry;
use crate::model::Specification;

/// The kind of a step that is no call: checks between and after the calls.
pub(super) const CHECK: u8 = 15;

/// One call, as a recording shows it. A slot is a number of any size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made {
    pub(super) call: Call,
    /// The slot of the block in question.
    pub(super) slot: usize,
    /// None: a check fails.
    pub(super) reply: Option<Reply>,
    pub(super) is_checked: bool,
    pub(super) with_reference: bool,
}

/// The steps so far, and the state after them.
#[derive(Debug)]
pub(super) struct Recorder {
    pub(super) geometry: Geometry,
    pub(super) bytes: Vec<u8>,
    pub(super) steps: usize,
    pub(super) state: State,
}

impl Recorder {
    pub(super) fn new(geometry: Geometry) -> Self {
        Self { geometry, bytes: Vec::new(), steps: 0, state: State::default() }
    }

    /// Records a call that the specification has made, too.
    pub(super) fn call(&mut self, made: Made, specification: &dyn Specification) {
        let Made { call, reply, .. } = made;
        self.head(call.kind().index() as u8, made);
        arguments(&mut self.bytes, call, made.slot);
        if let Some(Reply::Block(payload)) = reply {
            put(&mut self.bytes, payload);
        }
        let mut facts = reasons::facts(&self.geometry, &self.state, call);
        let mut delta = Vec::new();
        let listed = delta::update(&mut delta, &mut self.state, specification);
        facts.extend(reasons::listed(&self.state, &listed, reply));
        put(&mut self.bytes, facts.len());
        facts.into_iter().for_each(|fact| fact.encode(&mut self.bytes));
        self.bytes.extend(delta);
    }

    /// Records that a check fails which belongs to no call.
    pub(super) fn failed_check(&mut self, with_reference: bool) {
        let call = Call::Malloc { size: 0 };
        let made = Made { call, slot: 0, reply: None, is_checked: false, with_reference };
        self.head(CHECK, made);
        // No fact, and nothing has changed.
        self.bytes.extend([0, 0, 0, 0]);
    }

    fn head(&mut self, kind: u8, made: Made) {
        let outcome = match made.reply {
            Some(Reply::Refused) => 0,
            Some(Reply::Done) => 1,
            Some(Reply::Block(_)) => 2,
            None => 3,
        };
        let (checked, reference) = (u8::from(made.is_checked), u8::from(made.with_reference));
        self.bytes.push(kind | outcome << 4 | checked << 6 | reference << 7);
        self.steps += 1;
    }
}

/// Appends the arguments: the slot, if the call is about a block; then the numbers of the call. A payload
/// counts one more; 0 is none.
fn arguments(bytes: &mut Vec<u8>, call: Call, slot: usize) {
    let mut all = |numbers: &[usize]| numbers.iter().for_each(|&number| put(bytes, number));
    match call {
        Call::Malloc { size } => all(&[slot, size]),
        Call::Memalign { align, size } => all(&[slot, align, size]),
        Call::Realloc { payload, align, size } => {
            all(&[slot, payload.map_or(0, |payload| payload + 1), align, size]);
        }
        Call::Free { payload } => all(&[slot, payload]),
        Call::AddPool { mem, bytes } => all(&[mem, bytes]),
        Call::RemovePool { mem } => all(&[mem]),
        Call::ExtendPool { mem, more } => all(&[mem, more]),
        Call::ShrinkPool { mem, less } => all(&[mem, less]),
        Call::Grow { payload, size } | Call::Shrink { payload, size } => {
            all(&[slot, payload, size]);
        }
    }
}

/// The slot of an action; 0 if it is about a pool.
pub(super) fn slot(action: Action) -> usize {
    match action {
        Action::Malloc { slot, .. }
        | Action::Memalign { slot, .. }
        | Action::Realloc { slot, .. }
        | Action::Grow { slot, .. }
        | Action::Shrink { slot, .. }
        | Action::Free { slot } => slot.into(),
        _ => 0,
    }
}
