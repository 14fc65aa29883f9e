//! One field damaged, every promise about such a heap checked, and the damage undone.

use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::rc::Rc;

use memoman::{Law, Misuse, Place, Violation};

use super::observed::Observed;
use super::state::{SLACK, Session, name};
use crate::geometry::WORD;
use crate::guard::address_map::PointerKind;
use crate::guard::bytes::Bytes;
use crate::guard::fault::{FORMS, Fault, fault};
use crate::guard::field::{Field, Site, all_fields, choose_field};
use crate::guard::heap::PointerCall;
use crate::guard::tally::Tally;

impl<'a> Session<'a> {
    /// Damages every field in every way; `every` sets how often the heap validates.
    pub(super) fn every_damage(&mut self, every: usize, noise: &'a [u8]) -> Result<(), String> {
        for home in 0..self.homes.len() {
            if self.number(home).is_none() {
                self.add_pool(home)?;
            }
        }
        self.tally = Tally { inputs: 1, ..Tally::default() };
        self.check_every(every);
        let roles = Rc::clone(&self.roles);
        for (number, place) in all_fields(&self.map, &roles).into_iter().enumerate() {
            // Of the hundreds of empty lists, one in 16.
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
                            self.with_damage(fault)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Damages a field that the input chooses.
    pub(super) fn damage(&mut self) -> Result<(), String> {
        if self.map.pools.len() < 2 {
            // An empty entry of the table is not initialised: the control must not be read.
            return Ok(());
        }
        let roles = Rc::clone(&self.roles);
        let Some(place) = choose_field(&self.map, &roles, &mut self.input) else {
            return Ok(());
        };
        let (form, argument) = (self.input.below(FORMS + 2), self.input.pair());
        match (form, place.0) {
            (FORMS.., Field::Header(block)) if !block.free => self.forge(place, argument),
            _ => {
                let fault = self.fault(place, form % FORMS, argument);
                self.with_damage(fault)
            }
        }
    }

    fn fault(&mut self, place: (Field, Site), form: usize, argument: usize) -> Fault {
        let old = self.peek(place.1);
        fault(place, old, form, argument, &self.map, self.arena().base().addr().get())
    }

    /// Writes words that look like a header into a live block; then the damaged size leads to them.
    fn forge(&mut self, place: (Field, Site), argument: usize) -> Result<(), String> {
        let (Field::Header(block), align) = (place.0, self.map.align) else { return Ok(()) };
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
        self.with_damage(fault)
    }

    /// Damages a field, checks every promise, and undoes the damage.
    fn with_damage(&mut self, fault: Fault) -> Result<(), String> {
        self.say(|| format!("damage: {fault}"));
        let old = self.poke(fault.site, MaybeUninit::new(fault.new));
        let result = self.check_damaged(&fault);
        self.damaged = false;
        self.poke(fault.site, old);
        result?;
        self.check_heap().map_err(|what| format!("after the damage was undone: {what}"))
    }

    fn check_damaged(&mut self, fault: &Fault) -> Result<(), String> {
        let violation = match (self.heap.validate(), fault.benign()) {
            (Ok(_), Some(why)) => {
                *self.tally.benign.entry(why).or_default() += 1;
                return Ok(());
            }
            (Err(violation), None) => violation,
            (Ok(_), None) => return Err("validate reports no violation".to_owned()),
            (Err(violation), Some(why)) => {
                return Err(format!("{why:?}, but validate reports: {violation}"));
            }
        };
        self.damaged = true;
        self.add(|| format!(" named: {:?}", violation.law));
        self.tally.named += 1;
        let laws = self.tally.matrix.entry(fault.label()).or_default();
        *laws.entry(violation.law).or_default() += 1;
        self.check_text(&Misuse::Damaged(violation), violation_numbers(violation))?;
        self.check_walks()?;
        let chain = fault.chain(&self.map);
        for _ in 0..3 {
            let (call, ptr) = (self.choose_call(), self.choose_pointer());
            self.call_damaged(call, ptr, violation, chain)?;
        }
        // The live blocks nearest to the damage: to free them would touch the damaged word.
        if let Site::Arena(at) = fault.site {
            let live = &self.map.live;
            let near = [live.before(at + 1).next(), live.from(at).next()];
            for at in near.map(|block| block.map(|block| block.offset)).into_iter().flatten() {
                let call = self.choose_call();
                self.call_damaged(call, self.arena().at(at), violation, chain)?;
            }
        }
        if !self.is_due() {
            return Ok(());
        }
        self.take_copies();
        let size = self.input.byte();
        let result = match self.input.below(6) {
            0 => self.heap.remove_pool(0).map(drop),
            // SAFETY: the bytes end at the canaries, and the damaged heap has to refuse them.
            1 => unsafe { self.heap.extend_pool(1, size.min(SLACK)) }.map(drop),
            2 => self.heap.shrink_pool(0, size).map(drop),
            3 => self.heap.realloc_none(0, size).map(drop),
            _ => self.heap.memalign(0, size).map(drop),
        };
        self.counted();
        self.check_refusal(result.err())?;
        match result {
            Err(Misuse::Damaged(named)) if named == violation => Ok(()),
            other => Err(format!("the result is {other:?}, expected {violation:?}")),
        }
    }

    /// Checks that walks and lists of a damaged heap end, and return blocks in the pools only.
    fn check_walks(&self) -> Result<(), String> {
        let pools = &self.map.pools;
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

    /// Makes a call while the heap is damaged. `violation` is the damage, and `chain` the number of the
    /// pool whose chain is damaged, if one is.
    fn call_damaged(
        &mut self,
        call: PointerCall,
        ptr: *mut u8,
        violation: Violation,
        chain: Option<usize>,
    ) -> Result<(), String> {
        let at = self.offset(ptr);
        let (kind, Some(ptr)) = (self.map.kind(at), NonNull::new(ptr)) else { return Ok(()) };
        // The kind of these pointers is found by a walk.
        let walked = !matches!(kind, PointerKind::Foreign | PointerKind::Misaligned);
        let broken = walked && chain.is_some() && self.map.pool(at) == chain;
        self.add(|| format!("; {call:?} of {}", name(at)));
        let observed = self.observe(ptr)?;
        let right = match observed {
            Observed::Damaged(named) => broken && is_of_chain(named, chain),
            observed => !broken && observed == Observed::Kind(kind),
        };
        if !right {
            return Err(format!("check reports {observed:?} of {kind:?}, damaged: {broken}"));
        }
        let due = self.is_due();
        if !due && !broken && matches!(kind, PointerKind::Live(_)) {
            // The call would be made on a damaged heap: no promise holds.
            return Ok(());
        }
        // A call that validates reports the violation; any other reports what `check` does.
        let expected = if due { Observed::Damaged(violation) } else { observed };
        let result = self.attempt(call, ptr)?;
        let Err(misuse) = result else {
            return Err(format!("the result of {kind:?} is {result:?}"));
        };
        let observed = self.read(ptr, misuse)?;
        *self.tally.refused.entry(observed.label()).or_default() += 1;
        (observed == expected).then_some(()).ok_or_else(|| {
            let due = if due { "validates" } else { "does not validate" };
            format!("{kind:?} refused as {observed:?}, expected {expected:?}: the call {due}")
        })
    }
}

/// Returns the numbers that the message of a violation contains.
fn violation_numbers(violation: Violation) -> [usize; 2] {
    match violation.place {
        Place::Block { pool, offset } => [pool, offset],
        Place::List { row, list } => [row, list],
        _ => [0; 2],
    }
}

/// Returns whether a walk over the chain of that pool can find this violation: a law of address order in
/// it, or a census that differs from the blocks that the heap returned.
fn is_of_chain(named: Violation, chain: Option<usize>) -> bool {
    match (named.law, named.place) {
        (Law::Census, Place::Heap) => true,
        (
            Law::Tiling | Law::Mirror | Law::BackLink | Law::Coalesced | Law::Sentinel,
            Place::Block { pool, .. },
        ) => chain == Some(pool),
        _ => false,
    }
}
