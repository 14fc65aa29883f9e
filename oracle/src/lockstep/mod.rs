//! One call at a time through the specification, the subject and the reference, and every check
//! after it. The explorer and the interpreter of programs share this step.

use reference_conte::{Call as ConteCall, Conte, SecondLevel};

mod bookkeeping;
mod checks;
pub mod layers;
mod refusals;
mod system;

use crate::arena::{ARENA_ALIGN, ARENA_BYTES};
use crate::bounds::OperationKind;
use crate::call::{Answer, Call};
use crate::counters::Counters;
use crate::finding::{Check, Column, Finding};
use crate::geometry::{GEOMETRIES, Geometry};
use crate::lockstep::system::System;
use crate::model::{Events, Model, Specification};
use crate::shadow::{Live, ShadowHeap, mix};
use crate::subject::{Listed, Row, Subject};
use layers::{Against, Layers};

pub(crate) type Checked<T = ()> = Result<T, Box<Finding>>;

/// The three columns and what is live in them.
pub struct Lockstep {
    pub(crate) geometry: Geometry,
    pub(crate) subject: Box<dyn Subject>,
    pub(crate) model: Box<dyn Specification>,
    pub(crate) conte: Option<Conte>,
    /// What takes part in this run; the reference only if it is what the run is against.
    pub(crate) layers: Layers,
    pub(crate) system: Option<System>,
    pub(crate) live: ShadowHeap,
    /// Pools as (start, bytes), in order of addition.
    pub(crate) pools: Vec<(usize, usize)>,
    /// Usable size of the block freed last.
    pub(crate) last_freed: usize,
    /// Offset of the block touched last.
    pub(crate) touched: usize,
    pub(crate) trace: u64,
    /// Words that the subject touched in the last call, if it counts.
    pub(crate) cost: u64,
    /// What the subject's counters should say, but for the census.
    pub(crate) counters: Counters,
    /// Buffers that live as long as this does.
    pub(crate) rows: Vec<Row>,
    pub(crate) listed: Vec<Listed>,
    pub(crate) snapshot: Vec<u8>,
    /// Nothing was written since it was taken.
    pub(crate) snapshot_is_good: bool,
}

impl Lockstep {
    /// The engine and its partners, in the geometry of that number.
    pub fn new(geometry: usize) -> Self {
        Self::with_subject(geometry, crate::subject::engine::engine(geometry))
    }

    /// Another subject in the engine's place.
    pub fn with_subject(geometry: usize, subject: Box<dyn Subject>) -> Self {
        Self::with_specification(geometry, subject, Box::new(<Model>::new(GEOMETRIES[geometry])))
    }

    /// Another subject, and a specification that may be wrong, too.
    pub fn with_specification(
        geometry: usize,
        subject: Box<dyn Subject>,
        model: Box<dyn Specification>,
    ) -> Self {
        let numbers = GEOMETRIES[geometry];
        let conte = (geometry < 4)
            .then(|| SecondLevel::of_count(numbers.sl))
            .flatten()
            .map(|sl| Conte::new(sl, ARENA_BYTES, ARENA_ALIGN));
        Self {
            geometry: numbers,
            subject,
            model,
            conte,
            layers: Layers::ALL,
            system: None,
            live: ShadowHeap::new(),
            pools: Vec::new(),
            last_freed: 0,
            touched: 0,
            trace: 0,
            cost: 0,
            counters: Counters::default(),
            rows: Vec::new(),
            listed: Vec::new(),
            snapshot: Vec::new(),
            snapshot_is_good: false,
        }
    }

    /// Empty, as if new. `sound` says that the last run found nothing.
    pub fn restart(&mut self, against: Against, layers: Layers, seed: u16, sound: bool) {
        self.subject.restart(sound);
        self.model.reset();
        self.layers = Layers { lockstep: layers.lockstep && against == Against::Conte, ..layers };
        if let Some(conte) = &mut self.conte {
            conte.reset();
        }
        self.system = (against == Against::System).then(System::new);
        self.live.clear(seed);
        self.pools.clear();
        self.last_freed = 0;
        self.touched = 0;
        self.trace = u64::from(seed);
        self.counters = Counters::default();
        self.snapshot_is_good = false;
    }

    /// The configuration.
    pub fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// The specification, if it takes part: what everyone agreed on so far.
    pub fn model(&self) -> Option<&dyn Specification> {
        self.layers.model.then_some(&*self.model)
    }

    /// Payload of the largest free block, 0 if there is none.
    pub(crate) fn largest_free(&self) -> usize {
        if self.layers.model {
            return self.model.largest_free();
        }
        let mut rows = Vec::new();
        self.pools.iter().for_each(|&(mem, _)| self.subject.walk(mem, &mut rows));
        rows.iter().filter(|row| row.free).map(|row| row.size).max().unwrap_or(0)
    }

    /// The largest request that malloc would grant now.
    pub(crate) fn largest_fit(&self) -> usize {
        match self.model() {
            Some(model) => model.largest_fit(),
            None => self.subject.max_allocatable(),
        }
    }

    /// The subject.
    pub fn subject(&self) -> &dyn Subject {
        &*self.subject
    }

    /// The reference, if it takes part.
    pub fn conte(&self) -> Option<&Conte> {
        self.conte.as_ref().filter(|_| self.layers.lockstep)
    }

    /// What is live.
    pub fn live(&self) -> &ShadowHeap {
        &self.live
    }

    /// Pools as (start, bytes), in order of addition.
    pub fn pools(&self) -> &[(usize, usize)] {
        &self.pools
    }

    /// Usable size of the block freed last, 0 if none was.
    pub fn last_freed(&self) -> usize {
        self.last_freed
    }

    /// Offset of the block touched last.
    pub fn touched(&self) -> usize {
        self.touched
    }

    /// A hash over every call and answer of this run.
    pub fn trace(&self) -> u64 {
        self.trace
    }

    /// One call, with every check.
    pub fn step(&mut self, call: Call) -> Checked<Answer> {
        let before = call.slot_before().and_then(|slot| self.live.get(slot));
        if let Some(live) = before {
            self.check_payload(live, live.usable)?;
        }
        let conte_call = self.admitted(call, before);
        let expected = self.layers.model.then(|| self.specify(call, before));
        if let Some(expected) = expected {
            self.check_explanation(call, expected.done)?;
        }
        let always = before.is_some() && call.frees();
        if expected.map_or(always, |expected| expected.done) {
            self.snapshot_is_good = false;
        } else {
            self.take_snapshot();
        }
        let touched = self.touched_words();
        let live = self.live.len();
        let (done, payload) = self.perform(call, before);
        self.cost = self.touched_words().wrapping_sub(touched);
        // All three have answered before anything is compared, so that a story shows all three.
        let granted = expected.map_or(done, |expected| expected.done);
        let conte_call = conte_call.filter(|_| granted || !call.is_part());
        let referred = conte_call.map(|call| self.refer(call));
        if done != granted {
            let wanted = expected.map_or(Told(done, payload), |e| Told(e.done, e.payload));
            let what = format!("engine: {}; specification: {wanted}", Told(done, payload));
            return Err(Finding::new(Check::Status(Column::Specification), what));
        }
        if let Some(payload) = payload {
            self.check_contract(call, before, payload)?;
        }
        if let Some(expected) = expected {
            self.check_specified(payload, expected.payload)?;
        }
        if let Some(referred) = referred {
            self.check_reference(referred, (done, payload))?;
        }
        if done && call.is_of_pools() {
            self.check_pools(call)?;
        }
        self.account(call, before, done, payload)?;
        // A realloc that moves has both blocks for a moment.
        let left = |old: &Live| payload.is_some_and(|payload| payload != old.offset);
        let both = before.filter(left).map_or(0, |old| old.usable);
        self.counters.follow(call, done, self.live.bytes() + both);
        if expected.is_none() {
            self.go_on_unspecified(call, conte_call, done);
        }
        self.check_edges()?;
        self.check_state()?;
        if !done {
            self.check_unchanged()?;
        }
        if cfg!(feature = "cost") {
            self.check_cost(OperationKind::of(call, done), live)?;
        }
        let events = expected.map_or_else(Events::default, |expected| expected.events);
        let answer = Answer { done, payload, events };
        self.hash(call, answer);
        Ok(answer)
    }

    /// The subject is asked only where it could count.
    fn touched_words(&self) -> u64 {
        if cfg!(feature = "cost") { self.subject.cost() } else { 0 }
    }

    /// Without the specification nobody says that a call should have been refused which the C code
    /// does not know. Where the subject has done it, the two are not comparable any more, and the
    /// C code leaves the run; and what was copied to see whether a refused call changes anything is
    /// old.
    fn go_on_unspecified(&mut self, call: Call, referred: Option<ConteCall>, done: bool) {
        self.snapshot_is_good &= !done;
        // To grow to what it has already changes nothing.
        if done && referred.is_none() && !matches!(call, Call::Grow { .. }) {
            self.layers.lockstep = false;
        }
    }

    /// The reference's form of a call that it is defined for.
    fn admitted(&self, call: Call, before: Option<Live>) -> Option<ConteCall> {
        let conte = self.conte()?;
        let current = before.map(|live| live.offset);
        let call = match call {
            Call::Malloc { size, .. } => ConteCall::Malloc { size },
            Call::Memalign { align, size, .. } => ConteCall::Memalign { align, size },
            Call::Realloc { align, size, .. } if align <= self.geometry.align => {
                ConteCall::Realloc { current, size }
            }
            Call::Grow { size, .. } if before.is_some_and(|live| size > live.usable) => {
                ConteCall::Realloc { current, size }
            }
            Call::Shrink { size, .. } => ConteCall::Realloc { current, size },
            Call::Free { .. } => ConteCall::Free { offset: current? },
            Call::AddPool { mem, bytes } => ConteCall::AddPool { offset: mem, bytes },
            Call::RemovePool { mem } => ConteCall::RemovePool { offset: mem },
            Call::ExtendPool { .. }
            | Call::ShrinkPool { .. }
            | Call::Realloc { .. }
            | Call::Grow { .. } => return None,
        };
        conte.admits(&call).then_some(call)
    }

    fn specify(&mut self, call: Call, before: Option<Live>) -> Answer {
        let model = &mut self.model;
        let allocated = |payload: Option<usize>| (payload.is_some(), payload);
        let (done, payload) = match call {
            Call::Malloc { size, .. } => allocated(model.malloc(size)),
            Call::Memalign { align, size, .. } => allocated(model.memalign(align, size)),
            Call::Realloc { align, size, .. } => {
                let current = before.map(|live| live.offset);
                let payload = model.realloc_aligned(current, align, size).payload();
                (payload.is_some() || before.is_some() && size == 0, payload)
            }
            Call::Grow { size, .. } => {
                let grown = before.filter(|live| model.grow_in_place(live.offset, size));
                allocated(grown.map(|live| live.offset))
            }
            Call::Shrink { size, .. } => {
                let shrunk = before.filter(|live| model.shrink_in_place(live.offset, size));
                allocated(shrunk.map(|live| live.offset))
            }
            Call::Free { .. } => {
                model.free(before.map_or(0, |live| live.offset));
                (true, None)
            }
            Call::AddPool { mem, bytes } => (model.add_pool(mem, bytes), None),
            Call::RemovePool { mem } => (model.remove_pool(mem), None),
            Call::ExtendPool { mem, more } => (model.extend_pool(mem, more), None),
            Call::ShrinkPool { mem, less } => (model.shrink_pool(mem, less), None),
        };
        let events = if call.is_of_pools() { Events::default() } else { model.events() };
        Answer { done, payload, events }
    }

    fn perform(&mut self, call: Call, before: Option<Live>) -> (bool, Option<usize>) {
        let subject = &mut self.subject;
        let allocated = |payload: Option<usize>| (payload.is_some(), payload);
        match call {
            Call::Malloc { size, .. } => allocated(subject.malloc(size)),
            Call::Memalign { align, size, .. } => allocated(subject.memalign(align, size)),
            Call::Realloc { align, size, .. } => {
                let payload = subject.realloc(before.map(|live| live.offset), align, size);
                (payload.is_some() || before.is_some() && size == 0, payload)
            }
            Call::Grow { size, .. } => {
                let grown = before.filter(|live| subject.grow_in_place(live.offset, size));
                allocated(grown.map(|live| live.offset))
            }
            Call::Shrink { size, .. } => {
                let shrunk = before.filter(|live| subject.shrink_in_place(live.offset, size));
                allocated(shrunk.map(|live| live.offset))
            }
            Call::Free { .. } => {
                if let Some(live) = before {
                    subject.free(live.offset);
                }
                (true, None)
            }
            Call::AddPool { mem, bytes } => (subject.add_pool(mem, bytes), None),
            Call::RemovePool { mem } => (subject.remove_pool(mem), None),
            Call::ExtendPool { mem, more } => (subject.extend_pool(mem, more), None),
            Call::ShrinkPool { mem, less } => (subject.shrink_pool(mem, less), None),
        }
    }

    /// The same call of the reference: done, and the payload.
    fn refer(&mut self, call: ConteCall) -> (bool, Option<usize>) {
        let Some(conte) = &mut self.conte else { return (false, None) };
        let allocated = |payload: Option<usize>| (payload.is_some(), payload);
        match call {
            ConteCall::Malloc { size } => allocated(conte.malloc(size)),
            ConteCall::Memalign { align, size } => allocated(conte.memalign(align, size)),
            ConteCall::Realloc { current, size } => {
                let payload = conte.realloc(current, size);
                (payload.is_some() || current.is_some() && size == 0, payload)
            }
            ConteCall::Free { offset } => {
                conte.free(offset);
                (true, None)
            }
            ConteCall::AddPool { offset, bytes } => (conte.add_pool(offset, bytes), None),
            ConteCall::RemovePool { offset } => {
                conte.remove_pool(offset);
                (true, None)
            }
        }
    }

    fn hash(&mut self, call: Call, answer: Answer) {
        let (kind, a, b) = match call {
            Call::Malloc { slot, size } => (u64::from(slot), size, 0),
            Call::Memalign { slot, align, size } => (1 << 8 | u64::from(slot), size, align),
            Call::Realloc { slot, align, size } => {
                (2 << 8 | u64::from(slot), size, if align == 1 { 0 } else { align })
            }
            Call::Free { slot } => (3 << 8 | u64::from(slot), 0, 0),
            Call::AddPool { mem, bytes } => (4 << 8, mem, bytes),
            Call::RemovePool { mem } => (5 << 8, mem, 0),
            Call::ExtendPool { mem, more } => (6 << 8, mem, more),
            Call::ShrinkPool { mem, less } => (7 << 8, mem, less),
            Call::Grow { slot, size } => (8 << 8 | u64::from(slot), size, 0),
            Call::Shrink { slot, size } => (9 << 8 | u64::from(slot), size, 0),
        };
        let told = answer.payload.map_or(usize::from(answer.done), |payload| payload + 2);
        for part in [kind, a as u64, b as u64, told as u64] {
            self.trace = mix(self.trace.rotate_left(23) ^ part);
        }
    }
}

/// Done or refused, and where.
pub(crate) struct Told(pub(crate) bool, pub(crate) Option<usize>);

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self(true, Some(offset)) => write!(f, "done, at offset {offset}"),
            Self(true, None) => f.write_str("done"),
            Self(false, _) => f.write_str("refused"),
        }
    }
}
