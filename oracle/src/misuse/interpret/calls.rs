//! Valid calls and hostile ones: each does what is right, or is refused as what it is.

use std::ptr::NonNull;

use memoman::Misuse;

use super::super::policy::{Done, Verb};
use super::super::register::Kind;
use super::{CANARIES, Lab, NOTED, SPAN, Told, name, refusal};

/// Valid calls and hostile ones.
impl Lab<'_> {
    pub(super) fn allocate(&mut self, align: usize, size: usize) -> Result<(), String> {
        self.say(|| format!("allocate {size} at {align}"));
        let answer = self.heap.memalign(align, size);
        let block = answer.map_err(|misuse| format!("a sound heap refuses: {misuse}"))?;
        self.tally.valid += 1;
        let multiple = align.max(self.register.align);
        block.map_or(Ok(()), |block| self.settle(block, multiple, size))
    }

    pub(super) fn settle(
        &mut self,
        block: NonNull<u8>,
        align: usize,
        size: usize,
    ) -> Result<(), String> {
        let at = self.offset(block.as_ptr());
        let usable = self.heap.check(block).map_err(|misuse| format!("new at {at}: {misuse}"))?;
        if at % align != 0 || usable < size {
            return Err(format!("{usable} bytes at {at}, for {size} at {align}"));
        }
        self.tell(|| format!(" = {usable} bytes at {at}"));
        self.register.enter(at, usable)?;
        if self.input.below(2) == 0 {
            // SAFETY: live, by the register, and that long.
            unsafe { block.write_bytes(at as u8, usable) };
        }
        Ok(())
    }

    /// A call on any pointer: it does what is right, or is refused as what it is.
    pub(super) fn call(&mut self, verb: Verb, ptr: *mut u8) -> Result<(), String> {
        let at = self.offset(ptr);
        let kind = self.register.kind(at);
        let expected = match (verb, kind) {
            (Verb::Sized(layout), Kind::Live(usable))
                if layout.size() > usable || at % layout.align() != 0 =>
            {
                Some(Told::Layout(usable))
            }
            (_, Kind::Live(_)) => None,
            _ => Some(Told::Kind(kind)),
        };
        self.say(|| format!("{verb:?} of {}", name(at)));
        self.told(ptr, kind)?;
        let Some(ptr) = NonNull::new(ptr) else { return Ok(()) };
        match (self.attempt(verb, ptr)?, expected) {
            (Ok(done), None) => self.done(verb, at, done),
            (Err(misuse), Some(expected)) => {
                let told = self.read(ptr, misuse)?;
                self.tell(|| format!(" refused: {told:?}"));
                *self.tally.refused.entry(refusal(told)).or_default() += 1;
                (told == expected)
                    .then_some(())
                    .ok_or_else(|| format!("told {told:?}, but it is {expected:?}"))
            }
            (answer, expected) => Err(format!("answered {answer:?}, expected {expected:?}")),
        }
    }

    /// Brings the register up to date.
    pub(super) fn done(&mut self, verb: Verb, at: usize, done: Done) -> Result<(), String> {
        self.tally.valid += 1;
        let usable = self.register.live[&at];
        match (verb, done) {
            (Verb::Free | Verb::Sized(_), Done::Freed)
            | (Verb::Realloc(_, 0), Done::Block(None)) => {
                self.bury(at);
                Ok(())
            }
            (Verb::Realloc(..), Done::Block(None)) => Ok(()),
            (Verb::Realloc(align, size), Done::Block(Some(new))) => {
                self.bury(at);
                self.settle(new, align, size)
            }
            (Verb::Usable, Done::Usable(told)) if told == usable => Ok(()),
            (Verb::Grow(size) | Verb::Shrink(size), Done::Resized(resized)) => {
                self.register.live.remove(&at);
                let ptr = NonNull::new(self.arena().at(at)).expect("in the arena");
                let now = self.heap.check(ptr).map_err(|misuse| misuse.to_string())?;
                let grow = matches!(verb, Verb::Grow(_));
                let right = match resized {
                    true if grow => now >= size && now >= usable,
                    true => now >= size && now <= usable,
                    false => now == usable,
                };
                if !right {
                    return Err(format!("{usable} bytes became {now}"));
                }
                self.register.enter(at, now)
            }
            (_, done) => Err(format!("{done:?} of a block of {usable} bytes")),
        }
    }

    pub(super) fn bury(&mut self, at: usize) {
        self.register.live.remove(&at);
        self.graves.push(at);
    }

    /// A call; if it is refused, the handler was told the same, once, and nothing has changed.
    pub(super) fn attempt(
        &mut self,
        verb: Verb,
        ptr: NonNull<u8>,
    ) -> Result<Result<Done, Misuse>, String> {
        self.take_copies();
        let answer = self.heap.call(verb, ptr);
        self.judge(answer.as_ref().err().copied())?;
        Ok(answer)
    }

    /// What must be so after a call that was refused, or not.
    pub(super) fn judge(&mut self, refused: Option<Misuse>) -> Result<(), String> {
        let noted = NOTED.take();
        if noted != refused.as_slice() {
            return Err(format!("the handler was told {noted:?}, the caller {refused:?}"));
        }
        if refused.is_none() {
            return Ok(());
        }
        let before = std::mem::take(&mut self.before);
        self.take_copies();
        // First as a whole: instrumented, a loop over bytes is most of a run.
        if before.0 != self.before.0 {
            let at = before.0.iter().zip(&self.before.0).position(|(a, b)| a != b);
            return Err(format!("a refused call wrote at {at:?}"));
        }
        if before.1 != self.before.1 {
            let at = before.1.iter().zip(&self.before.1).position(|(a, b)| a != b);
            return Err(format!("a refused call changed {:?}", at.map(|at| self.roles[at])));
        }
        Ok(())
    }

    /// `check` tells what the register knows.
    pub(super) fn told(&mut self, ptr: *mut u8, kind: Kind) -> Result<(), String> {
        let Some(ptr) = NonNull::new(ptr) else { return Ok(()) };
        self.tally.told += 1;
        let told = match self.heap.check(ptr) {
            Ok(usable) => Told::Kind(Kind::Live(usable)),
            Err(misuse) => self.read(ptr, misuse)?,
        };
        match told == Told::Kind(kind) {
            true => Ok(()),
            false => Err(format!("check tells {told:?}, but it is {kind:?}")),
        }
    }

    pub(super) fn sound(&mut self) -> Result<(), String> {
        let counted = self.heap.validate().map_err(|violation| violation.to_string())?;
        let pools = 0..self.register.pools.len();
        let free = pools.flat_map(|pool| self.register.blocks(pool)).filter(|block| block.free);
        let expected = (self.register.live.len(), free.count());
        let edges = |bytes: &[u8]| *bytes == CANARIES[..bytes.len()];
        let end = self.homes[1].0 + self.homes[1].1;
        if !edges(self.bytes(0, 512)) || !edges(self.bytes(end, SPAN - end)) {
            return Err("a canary is dead".to_owned());
        }
        match counted == expected {
            true => Ok(()),
            false => Err(format!("{counted:?} blocks, used and free, but there are {expected:?}")),
        }
    }

    pub(super) fn add_pool(&mut self, home: usize) -> Result<(), String> {
        let (start, bytes) = self.homes[home];
        self.say(|| format!("pool of {bytes} bytes at {start}"));
        let mem = NonNull::new(self.arena().at(start)).expect("in the arena");
        let added = self.heap.add_pool(mem, bytes).map_err(|misuse| misuse.to_string())?;
        added.map_err(|error| error.to_string())?;
        self.register.pools.push((start, bytes));
        Ok(())
    }

    /// Removes a pool that is free, and adds one that is not there.
    pub(super) fn toggle_pool(&mut self) -> Result<(), String> {
        let home = self.input.below(2);
        let number = self.register.pools.iter().position(|&pool| pool == self.homes[home]);
        let Some(number) = number else { return self.add_pool(home) };
        self.say(|| format!("remove pool {number}"));
        let removed = self.heap.remove_pool(number).map_err(|misuse| misuse.to_string())?;
        let whole = matches!(self.register.blocks(number)[..], [block] if block.free);
        if removed.is_ok() {
            self.register.pools.remove(number);
        }
        match removed.is_ok() == whole {
            true => Ok(()),
            false => Err(format!("{removed:?}, of a pool that is {whole}ly free")),
        }
    }
}
