//! One field damaged, everything that is promised of such a heap, and the damage undone.

use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::rc::Rc;

use memoman::{Law, Misuse, Place, Violation};

use super::super::bytes::Bytes;
use super::super::damage::{FORMS, Fault, Field, Site, all_fields, draw_field, fault};
use super::super::layout::Role;
use super::super::policy::Verb;
use super::super::register::Kind;
use super::super::tally::Tally;
use super::{Lab, SLACK, Told, name, refusal};
use crate::geometry::WORD;

/// Damage.
impl<'a> Lab<'a> {
    pub(super) fn every_damage(
        &mut self,
        every: Option<u32>,
        noise: &'a [u8],
    ) -> Result<(), String> {
        for home in 0..self.homes.len() {
            if self.number(home).is_none() {
                self.add_pool(home)?;
            }
        }
        (self.every, self.tally) = (every, Tally { inputs: 1, ..Tally::default() });
        self.heap.set_every(every);
        let roles = Rc::clone(&self.roles);
        for (number, place) in all_fields(&self.register, &roles).into_iter().enumerate() {
            // Of hundreds of empty lists, some.
            let sparse = matches!(place.0, Field::Head(class) if class % 16 != 0);
            if sparse && self.peek(place.1) == 0 {
                continue;
            }
            for form in 0..=FORMS {
                let arguments = if form == 0 { usize::BITS as usize } else { 7 };
                for argument in 0..arguments {
                    self.tally.steps += 1;
                    self.input = Bytes(&noise[(number * 7 + form * 3 + argument) % noise.len()..]);
                    match (form, place.0) {
                        (FORMS, Field::Header(block)) if !block.free => {
                            self.forge(place, argument)?;
                        }
                        (FORMS, _) => {}
                        _ => {
                            let fault = self.fault(place, form, argument + 7 * (number % 5));
                            self.under(fault)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn damage(&mut self) -> Result<(), String> {
        if self.register.pools.len() < 2 {
            // An entry of the table that is empty is not initialised, so the control is not read.
            return Ok(());
        }
        let roles = Rc::clone(&self.roles);
        let Some(place) = draw_field(&self.register, &roles, &mut self.input) else {
            return Ok(());
        };
        let (form, argument) = (self.input.below(FORMS + 2), self.input.pair());
        match (form, place.0) {
            (FORMS.., Field::Header(block)) if !block.free => self.forge(place, argument),
            _ => {
                let fault = self.fault(place, form % FORMS, argument);
                self.under(fault)
            }
        }
    }

    pub(super) fn fault(&mut self, place: (Field, Site), form: usize, argument: usize) -> Fault {
        let old = self.peek(place.1);
        fault(place, old, form, argument, &self.register, self.arena().base().addr().get())
    }

    /// The block's owner writes what looks like a header; then the size leads there.
    pub(super) fn forge(&mut self, place: (Field, Site), argument: usize) -> Result<(), String> {
        let (Field::Header(block), align) = (place.0, self.register.align) else { return Ok(()) };
        let least = (4 * WORD).next_multiple_of(align) - WORD;
        let granules = (block.size + WORD) / align;
        let cut = (1 + argument % granules) * align;
        if cut < least + WORD || block.size + WORD < cut + least + WORD {
            return Ok(());
        }
        let flags = self.peek(place.1) & 3;
        let header = Site::Arena(block.payload + cut - WORD);
        self.poke(header, MaybeUninit::new(block.size - cut));
        let old = self.peek(place.1);
        let mut fault = self.fault(place, 1, 0).forged();
        (fault.old, fault.new) = (old, (cut - WORD) | flags);
        self.under(fault)
    }

    /// Damages, looks, and takes it back.
    pub(super) fn under(&mut self, fault: Fault) -> Result<(), String> {
        self.say(|| format!("damage: {fault}"));
        let old = self.poke(fault.site, MaybeUninit::new(fault.new));
        let looked = self.look(&fault);
        self.poke(fault.site, old);
        looked?;
        self.sound().map_err(|what| format!("with the damage undone: {what}"))
    }

    pub(super) fn look(&mut self, fault: &Fault) -> Result<(), String> {
        let violation = match (self.heap.validate(), fault.benign()) {
            (Ok(_), Some(why)) => {
                *self.tally.benign.entry(why).or_default() += 1;
                return Ok(());
            }
            (Err(violation), None) => violation,
            (Ok(_), None) => return Err("validate finds nothing".to_owned()),
            (Err(violation), Some(why)) => {
                return Err(format!("{why:?}, but validate says: {violation}"));
            }
        };
        self.tell(|| format!(" named: {:?}", violation.law));
        self.tally.named += 1;
        let laws = self.tally.matrix.entry(fault.label()).or_default();
        *laws.entry(violation.law).or_default() += 1;
        self.words(&Misuse::Damaged(violation), violation_numbers(violation))?;
        self.stays_inside()?;
        let chain = fault.chain(&self.register);
        for _ in 0..3 {
            let (verb, ptr) = (self.a_verb(), self.a_pointer());
            self.call_damaged(verb, ptr, violation, chain)?;
        }
        // The live blocks nearest to the damage: whose free would run into it.
        if let Site::Arena(at) = fault.site {
            let live = &self.register.live;
            let near = [live.range(..=at).next_back(), live.range(at..).next()];
            for at in near.map(|block| block.map(|(&at, _)| at)).into_iter().flatten() {
                let verb = self.a_verb();
                self.call_damaged(verb, self.arena().at(at), violation, chain)?;
            }
        }
        if !self.is_due() {
            return Ok(());
        }
        self.take_copies();
        let size = self.input.byte();
        let answer = match self.input.below(6) {
            0 => self.heap.remove_pool(0).map(drop),
            1 => self.heap.extend_pool(1, size.min(SLACK)).map(drop),
            2 => self.heap.shrink_pool(0, size).map(drop),
            3 => self.heap.realloc_none(0, size).map(drop),
            _ => self.heap.memalign(0, size).map(drop),
        };
        self.counted();
        self.judge(answer.err())?;
        match answer {
            Err(Misuse::Damaged(told)) if told == violation => Ok(()),
            other => Err(format!("an allocation is answered {other:?}")),
        }
    }

    /// Of a damaged heap, what walks and lists tell lies in the pools, and they end.
    fn stays_inside(&self) -> Result<(), String> {
        let pools = &self.register.pools;
        for (number, &(start, bytes)) in pools.iter().enumerate() {
            let mut from = start;
            for (block, size) in self.heap.blocks(number) {
                let at = self.offset(block.as_ptr());
                if at < from + WORD || at > start + bytes || size > start + bytes - at {
                    return Err(format!("a walk of pool {number} leads to {size} bytes at {at}"));
                }
                from = at + size;
            }
        }
        let free = self.heap.free_blocks();
        let most = pools.iter().map(|pool| pool.1).sum::<usize>() / (4 * WORD);
        let offsets = free.iter().map(|(_, block)| self.offset(block.as_ptr()));
        let outside = |at: &usize| pools.iter().all(|pool| *at < pool.0 || pool.0 + pool.1 < *at);
        match offsets.clone().find(outside) {
            Some(at) => Err(format!("a free list leads to {}", name(at))),
            None if free.len() > most => Err(format!("the lists have {} blocks", free.len())),
            None => Ok(()),
        }
    }

    /// A call while the heap is damaged, by `violation`, in the chain of that pool, if in any.
    pub(super) fn call_damaged(
        &mut self,
        verb: Verb,
        ptr: *mut u8,
        violation: Violation,
        chain: Option<usize>,
    ) -> Result<(), String> {
        let at = self.offset(ptr);
        let (kind, Some(ptr)) = (self.register.kind(at), NonNull::new(ptr)) else { return Ok(()) };
        // A walk stands between the pointer and its kind.
        let walked = !matches!(kind, Kind::Foreign | Kind::Misaligned);
        let broken = walked && chain.is_some() && self.register.pool(at) == chain;
        self.tell(|| format!("; {verb:?} of {}", name(at)));
        self.tally.told += 1;
        let told = match self.heap.check(ptr) {
            Ok(usable) => Told::Kind(Kind::Live(usable)),
            Err(misuse) => self.read(ptr, misuse)?,
        };
        let right = match told {
            Told::Damaged(told) => broken && is_of_chain(told, chain),
            told => !broken && told == Told::Kind(kind),
        };
        if !right {
            return Err(format!("check tells {told:?}, but it is {kind:?}, damaged: {broken}"));
        }
        let due = self.is_due();
        if !due && !broken && matches!(kind, Kind::Live(_)) {
            // It would go ahead on what is not known to be damaged: no promise.
            return Ok(());
        }
        // What validates names what `validate` does; what does not tells what `check` does.
        let expected = if due { Told::Damaged(violation) } else { told };
        let answer = self.attempt(verb, ptr)?;
        let Err(misuse) = answer else { return Err(format!("{kind:?} is answered {answer:?}")) };
        let told = self.read(ptr, misuse)?;
        *self.tally.refused.entry(refusal(told)).or_default() += 1;
        (told == expected).then_some(()).ok_or_else(|| {
            let due = if due { "validates" } else { "does not validate" };
            format!("told {told:?} of {kind:?}, expected {expected:?}: the call {due}")
        })
    }

    pub(super) fn peek(&mut self, site: Site) -> usize {
        // SAFETY: a word of the arena or an initialised one of the control.
        unsafe { self.word(site).read() }
    }

    pub(super) fn poke(&mut self, site: Site, value: MaybeUninit<usize>) -> MaybeUninit<usize> {
        // SAFETY: a word of the arena or of the control: a number, or a link, which any value is.
        unsafe { self.word(site).cast::<MaybeUninit<usize>>().replace(value) }
    }

    pub(super) fn word(&mut self, site: Site) -> *mut usize {
        match site {
            Site::Arena(at) => self.arena().at(at).cast(),
            Site::Control(index) => {
                let (first, count) = self.heap.control();
                assert!(index < count && self.roles[index] != Role::Table);
                first.wrapping_add(index)
            }
        }
    }
}

/// The numbers in the words of a violation.
fn violation_numbers(violation: Violation) -> [usize; 2] {
    match violation.place {
        Place::Block { pool, offset } => [pool, offset],
        Place::List { row, list } => [row, list],
        _ => [0; 2],
    }
}

/// What a walk over the chain of that pool can find: a law of address order broken in it, or other
/// live blocks than were handed out.
fn is_of_chain(told: Violation, chain: Option<usize>) -> bool {
    match (told.law, told.place) {
        (Law::Census, Place::Heap) => true,
        (
            Law::Tiling | Law::Mirror | Law::BackLink | Law::Coalesced | Law::Sentinel,
            Place::Block { pool, .. },
        ) => chain == Some(pool),
        _ => false,
    }
}
