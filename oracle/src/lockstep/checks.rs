//! The check ladder: what is asked after every step, and at the end. Reads only.

use memoman::{Law, Place, Violation};

use crate::arena::ARENA_BYTES;
use crate::bounds::OperationKind;
use crate::call::Call;
use crate::counters::{Counters, miscounts};
use crate::finding::{Answered, Check, Column, Finding};
use crate::geometry::WORD;
use crate::lockstep::layers::Layers;
use crate::lockstep::{Checked, Lockstep, Told};
use crate::model::Census;
use crate::shadow::{Live, first_wrong};
use crate::subject::{Listed, Row, Subject, block, row};

impl Lockstep {
    /// The contract of a payload that was just handed out: judged by what is live, not by the
    /// specification.
    pub(crate) fn check_contract(
        &self,
        call: Call,
        before: Option<Live>,
        payload: usize,
    ) -> Checked {
        let (align, size) = match call {
            Call::Memalign { align, size, .. } | Call::Realloc { align, size, .. } => {
                (align.max(self.geometry.align), size)
            }
            Call::Malloc { size, .. } | Call::Grow { size, .. } | Call::Shrink { size, .. } => {
                (self.geometry.align, size)
            }
            _ => return Ok(()),
        };
        let outside = |usable: usize| {
            let inside = |&(mem, bytes): &(usize, usize)| {
                let end = payload.checked_add(usable);
                payload >= mem + self.geometry.align
                    && end.is_some_and(|end| end <= mem + bytes - WORD)
            };
            !self.pools.iter().any(inside)
        };
        if outside(0) {
            let what = format!("the payload's offset is {payload}");
            return Err(Finding::new(Check::Containment, what).at(payload));
        }
        if payload % align != 0 {
            let what = format!("offset {payload} is not a multiple of {align}");
            return Err(Finding::new(Check::Alignment, what).at(payload));
        }
        let usable = self.subject.usable_size(payload);
        if usable < size {
            let what = format!("{usable} usable bytes at {payload} for a request of {size}");
            return Err(Finding::new(Check::UsableSize, what).at(payload));
        }
        if outside(usable) {
            let what = format!("{usable} bytes at {payload} reach out of the pool");
            return Err(Finding::new(Check::Containment, what).at(payload));
        }
        // The block itself, if realloc kept it, is no neighbour; if it moved, it is free by now.
        let (ahead, behind) = match before {
            None => self.live.neighbours(payload),
            Some(own) => self.live.neighbours_without(payload, own.slot),
        };
        let clash = ahead
            .filter(|live| live.offset + live.usable + WORD > payload)
            .or(behind.filter(|live| payload + usable + WORD > live.offset))
            .or(self
                .live
                .at(payload)
                .filter(|live| before.is_none_or(|own| own.slot != live.slot)));
        if let Some(Live { slot, offset, usable: bytes, .. }) = clash {
            let what = format!(
                "{usable} bytes at {payload} overlap slot {slot}: {bytes} bytes at {offset}"
            );
            return Err(Finding::new(Check::Overlap, what).at(payload));
        }
        Ok(())
    }

    /// A payload, or none, is where the specification has it, and as large.
    pub(crate) fn check_specified(&self, told: Option<usize>, specified: Option<usize>) -> Checked {
        let check = Check::Placement(Column::Specification);
        if told != specified {
            let (told, wanted) = (Answered(told), Answered(specified));
            return Err(Finding::new(check, format!("engine: {told}; specification: {wanted}")));
        }
        let Some(payload) = told else { return Ok(()) };
        let (usable, specified) =
            (self.subject.usable_size(payload), self.model.usable_size(payload));
        if usable != specified {
            let what =
                format!("usable bytes at {payload}: engine {usable}, specification {specified}");
            return Err(Finding::new(check, what).at(payload));
        }
        Ok(())
    }

    /// The contract of pools, judged by the books: no pool has bytes of another or of nobody, and
    /// no pool goes, or gives up bytes, while something is live in them.
    pub(crate) fn check_pools(&self, call: Call) -> Checked {
        let mem = match call {
            Call::AddPool { mem, .. } | Call::RemovePool { mem } => mem,
            Call::ExtendPool { mem, .. } | Call::ShrinkPool { mem, .. } => mem,
            _ => return Ok(()),
        };
        let old = self.pools.iter().find(|pool| pool.0 == mem);
        let (taken, given_up) = match call {
            Call::AddPool { bytes, .. } => (bytes, 0..0),
            Call::ExtendPool { more, .. } => (self.resized(mem, more, 0), 0..0),
            Call::ShrinkPool { less, .. } => {
                (0, mem + self.resized(mem, 0, less)..mem + old.map_or(0, |pool| pool.1))
            }
            _ => (0, mem..mem + old.map_or(0, |pool| pool.1)),
        };
        if mem.checked_add(taken).is_none_or(|end| end > ARENA_BYTES) {
            let what = format!("a pool of {taken} bytes at {mem} reaches out of the arena");
            return Err(Finding::new(Check::Containment, what));
        }
        let is_new = matches!(call, Call::AddPool { .. });
        let mut others = self.pools.iter().filter(|pool| pool.0 != mem || is_new);
        if let Some((other, bytes)) =
            others.find(|(other, bytes)| mem < other + bytes && *other < mem + taken)
        {
            let what = format!("{taken} bytes at {mem} are a pool, as are {bytes} at {other}");
            return Err(Finding::new(Check::Overlap, what).at(mem));
        }
        let lost =
            |live: &Live| live.offset < given_up.end && given_up.start < live.offset + live.usable;
        if let Some(live) = self.live.iter().find(lost) {
            let what = format!("slot {} at {} is live in no pool", live.slot, live.offset);
            return Err(Finding::new(Check::Containment, what).at(live.offset));
        }
        Ok(())
    }

    /// The reference's answer is the engine's.
    pub(crate) fn check_reference(
        &self,
        referred: (bool, Option<usize>),
        answered: (bool, Option<usize>),
    ) -> Checked {
        if referred != answered {
            let check = match referred.0 == answered.0 {
                true => Check::Placement(Column::Reference),
                false => Check::Status(Column::Reference),
            };
            let told = |(done, payload)| Told(done, payload);
            let what = format!("engine: {}; C: {}", told(answered), told(referred));
            return Err(Finding::new(check, what));
        }
        let (Some(payload), Some(conte)) = (answered.1, self.conte()) else { return Ok(()) };
        let (engine, c) = (self.subject.usable_size(payload), conte.usable_size(payload));
        if engine != c {
            let what = format!("usable bytes at {payload}: engine {engine}, C {c}");
            return Err(Finding::new(Check::Placement(Column::Reference), what).at(payload));
        }
        Ok(())
    }

    /// Every payload whole, the state, and the queries that are not asked after each call.
    pub fn check_all(&mut self) -> Checked {
        for live in self.live.iter() {
            self.check_payload(live, live.usable)?;
        }
        if let Some(system) = &self.system {
            system.check_all()?;
        }
        self.check_state()?;
        if !self.layers.validate {
            return Ok(());
        }
        let answered = self.subject.queries(&self.pools);
        answered.map_err(|wrong| Finding::new(Check::Queries, wrong))
    }

    /// After the last block is freed: each pool is one free block, and C's own checks agree.
    pub fn check_drained(&mut self) -> Checked {
        for &(mem, _) in &self.pools {
            self.rows.clear();
            self.subject.walk(mem, &mut self.rows);
            if !matches!(self.rows[..], [Row { free: true, .. }]) {
                let what = format!("{} blocks in the pool at {mem}", self.rows.len());
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

    pub(crate) fn payload(&self, live: Live, bytes: usize) -> &[u8] {
        // SAFETY: containment was checked when the payload was handed out; the arena outlives it.
        unsafe { std::slice::from_raw_parts(self.subject.arena().at(live.offset), bytes) }
    }

    /// The first `bytes` of a payload are what its owner wrote.
    pub(crate) fn check_payload(&self, live: Live, bytes: usize) -> Checked {
        self.judge_payload(live, bytes, 0)
    }

    pub(crate) fn judge_payload(&self, live: Live, bytes: usize, from: usize) -> Checked {
        if !self.layers.content {
            return Ok(());
        }
        let Some(at) = first_wrong(self.payload(live, bytes), live.tag, from) else {
            return Ok(());
        };
        let Live { slot, offset, usable, .. } = live;
        let what = format!("slot {slot}, {usable} bytes at {offset}: byte {at} is wrong");
        Err(Finding::new(Check::Payload, what).at(offset))
    }

    /// The near ends of the payloads around the block touched last: where an overrun shows first.
    pub(crate) fn check_edges(&self) -> Checked {
        const EDGE: usize = 32;
        let (ahead, behind) = self.live.neighbours(self.touched);
        if let Some(live) = ahead {
            self.judge_payload(live, live.usable, live.usable.saturating_sub(EDGE) / 8)?;
        }
        behind.map_or(Ok(()), |live| self.judge_payload(live, live.usable.min(EDGE), 0))
    }

    /// `validate`, walk and free lists, against specification and reference.
    pub(crate) fn check_state(&mut self) -> Checked {
        let Layers { model, validate, lockstep, .. } = self.layers;
        // First `validate`: the walks below follow what is written in the heap.
        let counted = match validate.then(|| self.subject.validate()) {
            Some(Err(violation)) => return Err(self.broken(&violation)),
            Some(Ok(counted)) => Some(counted),
            None => None,
        };
        if !(model || validate || lockstep) {
            return Ok(());
        }
        let mut census = Census::default();
        for &(mem, _) in &self.pools {
            self.rows.clear();
            self.subject.walk(mem, &mut self.rows);
            let blocks = if model { self.model.walk(mem) } else { &[] };
            let same = |(a, b): (&_, &Row)| row(a) == *b;
            let agrees =
                || blocks.len() == self.rows.len() && blocks.iter().zip(&self.rows).all(same);
            if model && !agrees() {
                let expected: Vec<Row> = blocks.iter().map(row).collect();
                let column = Column::Specification;
                return Err(difference(Check::Walk(column), &self.rows, &expected, column));
            }
            self.rows.iter().for_each(|row| census.add(&block(row)));
            if let Some(conte) = self.conte.as_ref().filter(|_| self.layers.lockstep) {
                let engine = self.rows.len();
                conte.walk(mem, &mut self.rows);
                let (ours, theirs) = self.rows.split_at(engine);
                if ours != theirs {
                    let column = Column::Reference;
                    return Err(difference(Check::Walk(column), ours, theirs, column));
                }
            }
        }
        self.check_lists()?;
        if let Some(counted) = counted {
            self.check_counters(&counted, &census)?;
        }
        if !model {
            return Ok(());
        }
        let (told, most) = (self.subject.max_allocatable(), self.model.largest_fit());
        if told != most {
            let what = format!("engine {told}, specification {most}");
            return Err(Finding::new(Check::MaxAllocatable, what));
        }
        Ok(())
    }

    /// The free lists, in their order.
    fn check_lists(&mut self) -> Checked {
        if !(self.layers.model || self.layers.lockstep) {
            return Ok(());
        }
        self.listed.clear();
        self.subject.lists(&mut self.listed);
        let engine = self.listed.len();
        if self.layers.model && !self.model.lists_are(&self.listed) {
            let listed = |(class, offset)| Listed { class, offset };
            let expected: Vec<Listed> = self.model.lists().map(listed).collect();
            let column = Column::Specification;
            return Err(difference(Check::FreeLists(column), &self.listed, &expected, column));
        }
        if let Some(conte) = self.conte.as_ref().filter(|_| self.layers.lockstep) {
            conte.free_lists(&mut self.listed);
            let (ours, theirs) = self.listed.split_at(engine);
            if ours != theirs {
                let column = Column::Reference;
                return Err(difference(Check::FreeLists(column), ours, theirs, column));
            }
        }
        Ok(())
    }

    /// What `validate` and the counters say, beside what a walk has counted.
    fn check_counters(&self, counted: &Census, walked: &Census) -> Checked {
        if counted != walked {
            let what = miscounts(counted, walked);
            return Err(Finding::new(Check::Census, what));
        }
        let right = Counters { census: *walked, ..self.counters };
        if let Some(told) = self.subject.counters().filter(|&told| told != right) {
            let what = told.miscounts(&right);
            return Err(Finding::new(Check::Counters, what));
        }
        Ok(())
    }

    /// A violation, with the place of its block, or with the counters that are wrong.
    #[cold]
    fn broken(&mut self, violation: &Violation) -> Box<Finding> {
        let mut what = violation.to_string();
        // `validate` comes to the counters last: chains and lists are sound, and a walk ends.
        if let (Law::Census, Some(told)) = (violation.law, self.subject.counters()) {
            self.rows.clear();
            self.pools.iter().for_each(|&(mem, _)| self.subject.walk(mem, &mut self.rows));
            let mut walked = Census::default();
            self.rows.iter().for_each(|row| walked.add(&block(row)));
            what = format!("{what}: {}", miscounts(&told.census, &walked));
        }
        let finding = Finding::new(Check::Law(violation.law), what);
        match violation.place {
            Place::Block { pool, offset } => match self.pools.get(pool) {
                Some((mem, _)) => finding.at(mem + offset + WORD),
                None => finding,
            },
            _ => finding,
        }
    }

    /// A copy of the pools, to compare with after a call that will be refused. One that follows
    /// another refusal finds the copy still good.
    pub(crate) fn take_snapshot(&mut self) {
        if self.snapshot_is_good {
            return;
        }
        self.snapshot_is_good = true;
        self.snapshot.clear();
        for &(mem, bytes) in &self.pools {
            self.snapshot.extend_from_slice(pool_bytes(&*self.subject, mem, bytes));
        }
    }

    pub(crate) fn check_unchanged(&self) -> Checked {
        let mut copies = &self.snapshot[..];
        for &(mem, bytes) in &self.pools {
            let (copy, rest) = copies.split_at(bytes);
            copies = rest;
            let now = pool_bytes(&*self.subject, mem, bytes);
            if now != copy {
                let at = now.iter().zip(copy).position(|(a, b)| a != b).unwrap_or(0);
                let what = format!("the first changed byte is at offset {}", mem + at);
                return Err(Finding::new(Check::Unchanged, what).at(mem + at));
            }
        }
        Ok(())
    }

    /// Constant time, as words touched. `live` blocks there were.
    pub(crate) fn check_cost(&self, kind: OperationKind, live: usize) -> Checked {
        let (cost, most) = (self.cost, kind.most_with(live));
        if cost <= most {
            return Ok(());
        }
        let what = format!("{kind} touched {cost} words; the most for it are {most}");
        Err(Finding::new(Check::Cost, what))
    }
}

pub(crate) fn pool_bytes(subject: &dyn Subject, mem: usize, bytes: usize) -> &[u8] {
    // SAFETY: a pool in the books lies in the arena; nobody writes while this is looked at.
    unsafe { std::slice::from_raw_parts(subject.arena().at(mem), bytes) }
}

/// The first place where two columns differ.
#[cold]
fn difference<T: PartialEq + std::fmt::Debug>(
    check: Check,
    engine: &[T],
    other: &[T],
    column: Column,
) -> Box<Finding> {
    let at = engine.iter().zip(other).take_while(|(a, b)| a == b).count();
    let entry = |rows: &[T]| rows.get(at).map_or("nothing".into(), |row| format!("{row:?}"));
    let who = match column {
        Column::Specification => "specification",
        Column::Reference => "C",
    };
    let what = format!("entry {at}: engine {}; {who} {}", entry(engine), entry(other));
    Finding::new(check, what)
}
