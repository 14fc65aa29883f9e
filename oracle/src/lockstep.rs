//! One call at a time through the specification, the subject and the reference, and every check
//! after it. The explorer and the interpreter of programs share this step.

use reference_conte::{Call as ConteCall, Conte, SecondLevel};

use crate::arena::{ARENA_ALIGN, ARENA_BYTES};
use crate::finding::{Answered, Check, Finding, Party};
use crate::geometry::{GEOMETRIES, Geometry, WORD};
use crate::live::{Live, LiveSet, fill, first_wrong, mix};
use crate::model::{Census, Events, Model};
use crate::subject::{Listed, Row, Subject, row};
use crate::system::System;

/// What stands beside the engine.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Against {
    /// Conte's C code, in the geometries that it has: offsets, walk and list order.
    #[default]
    Conte,
    /// The platform's malloc: the contract only.
    System,
}

/// One call, resolved: offsets and bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "a variant's sentence covers its fields")]
pub enum Call {
    /// Into this slot.
    Malloc { slot: u8, size: usize },
    /// Into this slot.
    Memalign { slot: u8, align: usize, size: usize },
    /// Of the live block in this slot, or, if it is empty, of null.
    Realloc { slot: u8, size: usize },
    /// The live block in this slot.
    Free { slot: u8 },
    /// A range that may be a pool, or may have to be refused.
    AddPool { mem: usize, bytes: usize },
    /// A pool that is, or was, or is busy.
    RemovePool { mem: usize },
}

/// What the subject answered (and, since the run goes on, everyone).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Done, or refused.
    pub done: bool,
    /// The payload, if the call returned one.
    pub payload: Option<usize>,
    /// What the operation did on its way.
    pub events: Events,
}

type Checked<T = ()> = Result<T, Box<Finding>>;

/// The three columns and what is live in them.
pub struct Lockstep {
    geometry: Geometry,
    subject: Box<dyn Subject>,
    model: Model,
    conte: Option<Conte>,
    /// The reference takes part in this run.
    conte_on: bool,
    system: Option<System>,
    live: LiveSet,
    /// Pools as (start, bytes), in order of addition.
    pools: Vec<(usize, usize)>,
    /// Usable size of the block freed last.
    last_freed: usize,
    /// Offset of the block touched last.
    touched: usize,
    trace: u64,
    /// Buffers that live as long as this does.
    rows: Vec<Row>,
    listed: Vec<Listed>,
    snapshot: Vec<u8>,
}

impl Lockstep {
    /// The engine and its partners, in the geometry of that number.
    pub fn new(geometry: usize) -> Self {
        Self::with_subject(geometry, crate::subject::engine(geometry))
    }

    /// Another subject in the engine's place.
    pub fn with_subject(geometry: usize, subject: Box<dyn Subject>) -> Self {
        let numbers = GEOMETRIES[geometry];
        let conte = (geometry < 4)
            .then(|| SecondLevel::of_count(numbers.sl))
            .flatten()
            .map(|sl| Conte::new(sl, ARENA_BYTES, ARENA_ALIGN));
        Self {
            geometry: numbers,
            subject,
            model: Model::new(numbers),
            conte,
            conte_on: false,
            system: None,
            live: LiveSet::new(),
            pools: Vec::new(),
            last_freed: 0,
            touched: 0,
            trace: 0,
            rows: Vec::new(),
            listed: Vec::new(),
            snapshot: Vec::new(),
        }
    }

    /// Empty, as if new. `sound` says that the last run found nothing.
    pub fn restart(&mut self, against: Against, seed: u16, sound: bool) {
        self.subject.restart(sound);
        self.model.reset();
        self.conte_on = against == Against::Conte;
        if let Some(conte) = &mut self.conte {
            conte.reset();
        }
        self.system = (against == Against::System).then(System::new);
        self.live.clear(seed);
        self.pools.clear();
        self.last_freed = 0;
        self.touched = 0;
        self.trace = u64::from(seed);
    }

    /// The configuration.
    pub fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// What everyone agreed on so far.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The subject.
    pub fn subject(&self) -> &dyn Subject {
        &*self.subject
    }

    /// The reference, if it takes part.
    pub fn conte(&self) -> Option<&Conte> {
        self.conte.as_ref().filter(|_| self.conte_on)
    }

    /// What is live.
    pub fn live(&self) -> &LiveSet {
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
        let before = match call {
            Call::Realloc { slot, .. } | Call::Free { slot } => self.live.get(slot),
            _ => None,
        };
        if let Some(live) = before {
            self.check_payload(live, live.usable)?;
        }
        let conte_call = self.admitted(call, before);
        let expected = self.specify(call, before);
        if !expected.done {
            self.take_snapshot();
        }
        let (done, payload) = self.perform(call, before);
        if done != expected.done {
            let (told, wanted) = (Told(done, payload), Told(expected.done, expected.payload));
            let what = format_args!("engine: {told}; specification: {wanted}");
            return Err(Finding::new(Check::Status(Party::Specification), what));
        }
        if let Some(payload) = payload {
            self.check_contract(call, before, payload)?;
        }
        if payload != expected.payload {
            let (told, wanted) = (Answered(payload), Answered(expected.payload));
            let what = format_args!("engine: {told}; specification: {wanted}");
            return Err(Finding::new(Check::Placement(Party::Specification), what));
        }
        if let Some(conte_call) = conte_call {
            self.refer(conte_call, done, payload)?;
        }
        self.account(call, before, done, payload)?;
        self.check_edges()?;
        self.check_state()?;
        if !done {
            self.check_unchanged()?;
        }
        let answer = Answer { done, payload, events: expected.events };
        self.hash(call, answer);
        Ok(answer)
    }

    /// The reference's form of a call that it is defined for.
    fn admitted(&self, call: Call, before: Option<Live>) -> Option<ConteCall> {
        let conte = self.conte()?;
        let current = before.map(|live| live.offset);
        let call = match call {
            Call::Malloc { size, .. } => ConteCall::Malloc { size },
            Call::Memalign { align, size, .. } => ConteCall::Memalign { align, size },
            Call::Realloc { size, .. } => ConteCall::Realloc { current, size },
            Call::Free { .. } => ConteCall::Free { offset: current? },
            Call::AddPool { mem, bytes } => ConteCall::AddPool { offset: mem, bytes },
            Call::RemovePool { mem } => ConteCall::RemovePool { offset: mem },
        };
        conte.admits(&call).then_some(call)
    }

    fn specify(&mut self, call: Call, before: Option<Live>) -> Answer {
        let model = &mut self.model;
        let allocated = |payload: Option<usize>| (payload.is_some(), payload);
        let (done, payload) = match call {
            Call::Malloc { size, .. } => allocated(model.malloc(size)),
            Call::Memalign { align, size, .. } => allocated(model.memalign(align, size)),
            Call::Realloc { size, .. } => {
                let payload = model.realloc(before.map(|live| live.offset), size).payload();
                (payload.is_some() || before.is_some() && size == 0, payload)
            }
            Call::Free { .. } => {
                model.free(before.map_or(0, |live| live.offset));
                (true, None)
            }
            Call::AddPool { mem, bytes } => (model.add_pool(mem, bytes).is_ok(), None),
            Call::RemovePool { mem } => (model.remove_pool(mem).is_ok(), None),
        };
        let memory = matches!(call, Call::AddPool { .. } | Call::RemovePool { .. });
        let events = if memory { Events::default() } else { model.events() };
        Answer { done, payload, events }
    }

    fn perform(&mut self, call: Call, before: Option<Live>) -> (bool, Option<usize>) {
        let subject = &mut self.subject;
        let allocated = |payload: Option<usize>| (payload.is_some(), payload);
        match call {
            Call::Malloc { size, .. } => allocated(subject.malloc(size)),
            Call::Memalign { align, size, .. } => allocated(subject.memalign(align, size)),
            Call::Realloc { size, .. } => {
                let payload = subject.realloc(before.map(|live| live.offset), size);
                (payload.is_some() || before.is_some() && size == 0, payload)
            }
            Call::Free { .. } => {
                if let Some(live) = before {
                    subject.free(live.offset);
                }
                (true, None)
            }
            Call::AddPool { mem, bytes } => (subject.add_pool(mem, bytes), None),
            Call::RemovePool { mem } => (subject.remove_pool(mem), None),
        }
    }

    /// The same call of the reference.
    fn refer(&mut self, call: ConteCall, done: bool, payload: Option<usize>) -> Checked {
        let Some(conte) = &mut self.conte else { return Ok(()) };
        let (told, usable) = match call {
            ConteCall::Malloc { size } => (conte.malloc(size), true),
            ConteCall::Memalign { align, size } => (conte.memalign(align, size), true),
            ConteCall::Realloc { current, size } => (conte.realloc(current, size), true),
            ConteCall::Free { offset } => {
                conte.free(offset);
                (None, false)
            }
            ConteCall::AddPool { offset, bytes } => {
                let added = conte.add_pool(offset, bytes);
                if added != done {
                    let what = format_args!("pool taken by the engine: {done}; by C: {added}");
                    return Err(Finding::new(Check::Status(Party::Reference), what));
                }
                return Ok(());
            }
            ConteCall::RemovePool { offset } => {
                conte.remove_pool(offset);
                return Ok(());
            }
        };
        if told != payload {
            let check = match told.is_some() == payload.is_some() {
                true => Check::Placement(Party::Reference),
                false => Check::Status(Party::Reference),
            };
            let what = format_args!("engine: {}; C: {}", Answered(payload), Answered(told));
            return Err(Finding::new(check, what));
        }
        if let Some(payload) = payload.filter(|_| usable) {
            let (engine, c) = (self.subject.usable_size(payload), conte.usable_size(payload));
            if engine != c {
                let what = format_args!("usable bytes at {payload}: engine {engine}, C {c}");
                return Err(Finding::new(Check::Placement(Party::Reference), what));
            }
        }
        Ok(())
    }

    /// The contract of a payload that was just handed out: judged by what is live, not by the
    /// specification.
    fn check_contract(&self, call: Call, before: Option<Live>, payload: usize) -> Checked {
        let (align, size) = match call {
            Call::Memalign { align, size, .. } => (align.max(self.geometry.align), size),
            Call::Malloc { size, .. } | Call::Realloc { size, .. } => (self.geometry.align, size),
            _ => return Ok(()),
        };
        let outside = |usable: usize| {
            let inside = |&(mem, bytes): &(usize, usize)| {
                let end = payload.checked_add(usable);
                payload >= mem + WORD && end.is_some_and(|end| end <= mem + bytes - WORD)
            };
            !self.pools.iter().any(inside)
        };
        if outside(0) {
            let what = format_args!("the payload's offset is {payload}");
            return Err(Finding::new(Check::Containment, what));
        }
        if payload % align != 0 {
            let what = format_args!("offset {payload} is not a multiple of {align}");
            return Err(Finding::new(Check::Alignment, what));
        }
        let usable = self.subject.usable_size(payload);
        if usable < size {
            let what = format_args!("{usable} usable bytes at {payload} for a request of {size}");
            return Err(Finding::new(Check::UsableSize, what));
        }
        if outside(usable) {
            let what = format_args!("{usable} bytes at {payload} reach out of the pool");
            return Err(Finding::new(Check::Containment, what));
        }
        // The block itself, if realloc kept it, is no neighbour; if it moved, it is free by now.
        let other = |live: &Live| before.is_none_or(|own| own.slot != live.slot);
        let (ahead, behind) = self.live.neighbours(payload);
        let clash = ahead
            .filter(other)
            .filter(|live| live.offset + live.usable + WORD > payload)
            .or(behind.filter(other).filter(|live| payload + usable + WORD > live.offset))
            .or(self.live.iter().filter(other).find(|live| live.offset == payload));
        if let Some(Live { slot, offset, usable: bytes, .. }) = clash {
            let what = format_args!(
                "{usable} bytes at {payload} overlap slot {slot}: {bytes} bytes at {offset}"
            );
            return Err(Finding::new(Check::Overlap, what));
        }
        Ok(())
    }

    /// Brings the books up to date, checks what a realloc had to keep, fills what is new.
    fn account(
        &mut self,
        call: Call,
        before: Option<Live>,
        done: bool,
        payload: Option<usize>,
    ) -> Checked {
        match (call, before) {
            (Call::AddPool { mem, bytes }, _) if done => self.pools.push((mem, bytes)),
            (Call::RemovePool { mem }, _) if done => self.pools.retain(|pool| pool.0 != mem),
            (Call::Free { slot } | Call::Realloc { slot, size: 0 }, Some(old)) => {
                self.live.remove(slot);
                self.last_freed = old.usable;
                self.touched = old.offset;
                if let Some(system) = &mut self.system {
                    system.free(old)?;
                }
            }
            (Call::Malloc { slot, size }, _) if done => self.settle(slot, WORD, size, payload)?,
            (Call::Memalign { slot, align, size }, _) if done => {
                self.settle(slot, align, size, payload)?;
            }
            (Call::Realloc { slot, size }, old) if done => {
                let Some(offset) = payload else { return Ok(()) };
                if let Some(old) = old {
                    let usable = self.subject.usable_size(offset);
                    let moved = Live { offset, usable, ..old };
                    self.check_payload(moved, old.usable.min(usable))?;
                    if let Some(system) = &mut self.system {
                        system.realloc(old, size)?;
                    }
                    if offset != old.offset {
                        self.last_freed = old.usable;
                    }
                    self.live.remove(slot);
                    let live = self.live.insert(slot, offset, usable);
                    self.fill(live);
                    self.touched = offset;
                    if let Some(system) = &mut self.system {
                        system.refill(live);
                    }
                } else {
                    self.settle(slot, WORD, size, payload)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A new allocation: into its slot, and filled.
    fn settle(&mut self, slot: u8, align: usize, size: usize, payload: Option<usize>) -> Checked {
        let Some(offset) = payload else { return Ok(()) };
        let usable = self.subject.usable_size(offset);
        let live = self.live.insert(slot, offset, usable);
        self.fill(live);
        self.touched = offset;
        match &mut self.system {
            Some(system) => system.malloc(live, align, size),
            None => Ok(()),
        }
    }

    /// A new content for a live block: what a caller does between the calls.
    pub fn rewrite(&mut self, slot: u8) -> Checked {
        let Some(old) = self.live.get(slot) else { return Ok(()) };
        self.check_payload(old, old.usable)?;
        if let Some(live) = self.live.retag(slot) {
            self.fill(live);
            self.touched = live.offset;
            if let Some(system) = &mut self.system {
                system.refill(live);
            }
        }
        self.check_state()
    }

    /// Every payload whole, and the state.
    pub fn check_all(&mut self) -> Checked {
        for live in self.live.iter() {
            self.check_payload(live, live.usable)?;
        }
        if let Some(system) = &self.system {
            system.check_all()?;
        }
        self.check_state()
    }

    /// After the last block is freed: each pool is one free block, and C's own checks agree.
    pub fn check_drained(&mut self) -> Checked {
        for &(mem, _) in &self.pools {
            self.rows.clear();
            self.subject.walk(mem, &mut self.rows);
            if !matches!(self.rows[..], [Row { free: true, .. }]) {
                let what = format_args!("{} blocks in the pool at {mem}", self.rows.len());
                return Err(Finding::new(Check::Drained, what));
            }
        }
        let Some(conte) = self.conte() else { return Ok(()) };
        let pools = self.pools.iter().all(|&(mem, _)| conte.check_pool(mem));
        if conte.check() && pools && conte.occupancy_agrees() {
            return Ok(());
        }
        Err(Finding::new(Check::ReferenceCheck, "after everything was freed"))
    }

    /// Resets the subject, which then must be as if its pools had just been added.
    pub fn reset(&mut self) -> Checked {
        self.subject.reset();
        self.live.clear(0);
        self.model.reset();
        if let Some(conte) = &mut self.conte {
            conte.reset();
        }
        for &(mem, bytes) in &self.pools {
            let fresh = self.model.add_pool(mem, bytes);
            assert!(fresh.is_ok(), "a pool that was there fits again");
            if let Some(conte) = self.conte.as_mut().filter(|_| self.conte_on) {
                conte.add_pool(mem, bytes);
            }
        }
        self.check_state()
    }

    fn payload(&self, live: Live, bytes: usize) -> &[u8] {
        // SAFETY: containment was checked when the payload was handed out; the arena outlives it.
        unsafe { std::slice::from_raw_parts(self.subject.arena().at(live.offset), bytes) }
    }

    fn fill(&mut self, live: Live) {
        // SAFETY: as above, and the harness owns live payloads.
        let payload = unsafe {
            std::slice::from_raw_parts_mut(self.subject.arena().at(live.offset), live.usable)
        };
        fill(payload, live.tag);
    }

    /// The first `bytes` of a payload are what its owner wrote.
    fn check_payload(&self, live: Live, bytes: usize) -> Checked {
        self.judge_payload(live, bytes, 0)
    }

    fn judge_payload(&self, live: Live, bytes: usize, from: usize) -> Checked {
        let Some(at) = first_wrong(self.payload(live, bytes), live.tag, from) else {
            return Ok(());
        };
        let Live { slot, offset, usable, .. } = live;
        let what = format_args!("slot {slot}, {usable} bytes at {offset}: byte {at} is wrong");
        Err(Finding::new(Check::Payload, what))
    }

    /// The near ends of the payloads around the block touched last: where an overrun shows first.
    fn check_edges(&self) -> Checked {
        const EDGE: usize = 32;
        let (ahead, behind) = self.live.neighbours(self.touched);
        if let Some(live) = ahead {
            self.judge_payload(live, live.usable, live.usable.saturating_sub(EDGE) / 8)?;
        }
        behind.map_or(Ok(()), |live| self.judge_payload(live, live.usable.min(EDGE), 0))
    }

    /// Walk, free lists and `validate`, against specification and reference.
    fn check_state(&mut self) -> Checked {
        let mut census = Census::default();
        for pool in self.model.pools() {
            let blocks = &pool.blocks;
            self.rows.clear();
            self.subject.walk(pool.mem, &mut self.rows);
            let same = |(a, b): (&_, &Row)| row(a) == *b;
            if blocks.len() != self.rows.len() || !blocks.iter().zip(&self.rows).all(same) {
                let expected: Vec<Row> = blocks.iter().map(row).collect();
                let party = Party::Specification;
                return Err(difference(Check::Walk(party), &self.rows, &expected, party));
            }
            for block in blocks {
                if block.free {
                    census.free_blocks += 1;
                    census.free_bytes += block.size;
                } else {
                    census.used_blocks += 1;
                    census.used_bytes += block.size;
                }
            }
            if let Some(conte) = self.conte.as_ref().filter(|_| self.conte_on) {
                let engine = self.rows.len();
                conte.walk(pool.mem, &mut self.rows);
                let (ours, theirs) = self.rows.split_at(engine);
                if ours != theirs {
                    let party = Party::Reference;
                    return Err(difference(Check::Walk(party), ours, theirs, party));
                }
            }
        }
        self.listed.clear();
        self.subject.lists(&mut self.listed);
        let engine = self.listed.len();
        let listed = |(class, offset)| Listed { class, offset };
        if !self.model.lists().map(listed).eq(self.listed.iter().copied()) {
            let expected: Vec<Listed> = self.model.lists().map(listed).collect();
            let party = Party::Specification;
            return Err(difference(Check::FreeLists(party), &self.listed, &expected, party));
        }
        if let Some(conte) = self.conte.as_ref().filter(|_| self.conte_on) {
            conte.free_lists(&mut self.listed);
            let (ours, theirs) = self.listed.split_at(engine);
            if ours != theirs {
                let party = Party::Reference;
                return Err(difference(Check::FreeLists(party), ours, theirs, party));
            }
        }
        match self.subject.validate() {
            Ok(counted) if counted == census => Ok(()),
            Ok(counted) => {
                let what = format_args!("{counted:?}, but there is {census:?}");
                Err(Finding::new(Check::Census, what))
            }
            Err(violation) => Err(Finding::law(&violation)),
        }
    }

    fn take_snapshot(&mut self) {
        self.snapshot.clear();
        for &(mem, bytes) in &self.pools {
            self.snapshot.extend_from_slice(pool_bytes(&*self.subject, mem, bytes));
        }
    }

    fn check_unchanged(&self) -> Checked {
        let mut copies = &self.snapshot[..];
        for &(mem, bytes) in &self.pools {
            let (copy, rest) = copies.split_at(bytes);
            copies = rest;
            let now = pool_bytes(&*self.subject, mem, bytes);
            if now != copy {
                let at = now.iter().zip(copy).position(|(a, b)| a != b).unwrap_or(0);
                let what = format_args!("the first changed byte is at offset {}", mem + at);
                return Err(Finding::new(Check::Unchanged, what));
            }
        }
        Ok(())
    }

    fn hash(&mut self, call: Call, answer: Answer) {
        let (kind, a, b) = match call {
            Call::Malloc { slot, size } => (u64::from(slot), size, 0),
            Call::Memalign { slot, align, size } => (1 << 8 | u64::from(slot), size, align),
            Call::Realloc { slot, size } => (2 << 8 | u64::from(slot), size, 0),
            Call::Free { slot } => (3 << 8 | u64::from(slot), 0, 0),
            Call::AddPool { mem, bytes } => (4 << 8, mem, bytes),
            Call::RemovePool { mem } => (5 << 8, mem, 0),
        };
        let told = answer.payload.map_or(usize::from(answer.done), |payload| payload + 2);
        for part in [kind, a as u64, b as u64, told as u64] {
            self.trace = mix(self.trace.rotate_left(23) ^ part);
        }
    }
}

fn pool_bytes(subject: &dyn Subject, mem: usize, bytes: usize) -> &[u8] {
    // SAFETY: a pool in the books lies in the arena; nobody writes while this is looked at.
    unsafe { std::slice::from_raw_parts(subject.arena().at(mem), bytes) }
}

/// The first place where two columns differ.
#[cold]
fn difference<T: PartialEq + std::fmt::Debug>(
    check: Check,
    engine: &[T],
    other: &[T],
    party: Party,
) -> Box<Finding> {
    let at = engine.iter().zip(other).take_while(|(a, b)| a == b).count();
    let entry = |rows: &[T]| rows.get(at).map_or("nothing".into(), |row| format!("{row:?}"));
    let who = match party {
        Party::Specification => "specification",
        Party::Reference => "C",
    };
    let what = format_args!("entry {at}: engine {}; {who} {}", entry(engine), entry(other));
    Finding::new(check, what)
}

/// Done or refused, and where.
struct Told(bool, Option<usize>);

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self(true, Some(offset)) => write!(f, "done, at offset {offset}"),
            Self(true, None) => f.write_str("done"),
            Self(false, _) => f.write_str("refused"),
        }
    }
}
