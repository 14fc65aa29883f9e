//! Valid calls and hostile ones: each does what is right, or is refused as what it is.

use std::ptr::NonNull;

use memoman::Misuse;

use super::super::layout::Role;
use super::super::policy::{Done, Verb};
use super::super::register::Kind;
use super::{CANARIES, Lab, NOTED, SPAN, Told, name, refusal};

/// Valid calls and hostile ones.
impl Lab<'_> {
    pub(super) fn allocate(&mut self, align: usize, size: usize) -> Result<(), String> {
        self.say(|| format!("allocate {size} at {align}"));
        let answer = self.heap.memalign(align, size);
        let expected = match align {
            0 => self.spec.malloc(size),
            _ => self.spec.memalign(align, size),
        };
        self.allocated(answer, expected, align, size)
    }

    /// What realloc does of no block.
    pub(super) fn allocate_by_realloc(&mut self, most: usize) -> Result<(), String> {
        let align = [0, 1, 3, 2 * self.register.align][self.input.below(4)];
        let size = self.input.below(most);
        self.say(|| format!("reallocate no block to {size} at {align}"));
        let answer = self.heap.realloc_none(align, size);
        let expected = self.spec.realloc_aligned(None, align.max(1), size).payload();
        self.allocated(answer, expected, align, size)
    }

    fn allocated(
        &mut self,
        answer: Result<Option<NonNull<u8>>, Misuse>,
        expected: Option<usize>,
        align: usize,
        size: usize,
    ) -> Result<(), String> {
        self.counted();
        let block = answer.map_err(|misuse| format!("a sound heap refuses: {misuse}"))?;
        self.tally.valid += 1;
        self.settle(block, expected, align, size)
    }

    /// A block is where the specification has it, if there is one; its size is the specification's.
    pub(super) fn settle(
        &mut self,
        block: Option<NonNull<u8>>,
        expected: Option<usize>,
        align: usize,
        size: usize,
    ) -> Result<(), String> {
        let at = block.map(|block| self.offset(block.as_ptr()));
        if at != expected {
            return Err(format!("the block is at {at:?}; the specification's at {expected:?}"));
        }
        let (Some(block), Some(at)) = (block, at) else { return Ok(()) };
        let usable = self.spec.usable_size(at);
        if at % align.max(self.register.align) != 0 || usable < size {
            return Err(format!("{usable} bytes at {at}, for {size} at {align}"));
        }
        self.tell(|| format!(" = {usable} bytes at {at}"));
        self.register.enter(at, usable)?;
        self.told(block.as_ptr(), Kind::Live(usable))?;
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
                if told != expected {
                    return Err(format!("told {told:?}, but it is {expected:?}"));
                }
                // The rolls, too, are what they were: they fit the chain, which is.
                self.sound()
            }
            (answer, expected) => Err(format!("answered {answer:?}, expected {expected:?}")),
        }
    }

    /// Brings the register up to date.
    pub(super) fn done(&mut self, verb: Verb, at: usize, done: Done) -> Result<(), String> {
        self.tally.valid += 1;
        let usable = self.register.live[&at];
        match (verb, done) {
            (Verb::Free | Verb::Sized(_), Done::Freed) => {
                self.spec.free(at);
                self.bury(at);
                Ok(())
            }
            (Verb::Realloc(align, size), Done::Block(new)) => {
                let expected = self.spec.realloc_aligned(Some(at), align, size).payload();
                if expected.is_some() || size == 0 {
                    self.bury(at);
                }
                self.settle(new, expected, align, size)
            }
            (Verb::Usable, Done::Usable(told)) if told == usable => Ok(()),
            (Verb::Grow(size), Done::Resized(resized)) => {
                let expected = self.spec.grow_in_place(at, size);
                self.resized(at, resized, expected)
            }
            (Verb::Shrink(size), Done::Resized(resized)) => {
                let expected = self.spec.shrink_in_place(at, size);
                self.resized(at, resized, expected)
            }
            (_, done) => Err(format!("{done:?} of a block of {usable} bytes")),
        }
    }

    fn resized(&mut self, at: usize, resized: bool, expected: bool) -> Result<(), String> {
        if resized != expected {
            return Err(format!("resized: {resized}; by the specification: {expected}"));
        }
        let usable = self.spec.usable_size(at);
        self.register.live.remove(&at);
        self.register.enter(at, usable)?;
        self.told(self.arena().at(at), Kind::Live(usable))
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
        self.counted();
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
            let word = at.map(|at| self.roles.get(at).unwrap_or(&Role::Table));
            return Err(format!("a refused call changed the control: {word:?}"));
        }
        Ok(())
    }

    /// A call was made that the policy counts.
    pub(super) fn counted(&mut self) {
        self.calls += usize::from(self.every.is_some());
    }

    /// The next call that the policy counts is one in 2^N, before which it validates.
    pub(super) fn is_due(&self) -> bool {
        self.every.is_some_and(|log2| self.calls % (1 << log2) == 0)
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
        let end = self.fence(1);
        if !edges(self.bytes(0, 512)) || !edges(self.bytes(end, SPAN - end)) {
            return Err("a canary is dead".to_owned());
        }
        let (arena, free) = (self.arena(), self.heap.free_blocks());
        let listed = free.iter().map(|&(class, block)| (class, arena.offset(block.as_ptr())));
        if !listed.eq(self.spec.lists()) {
            return Err("the free lists are not the specification's".to_owned());
        }
        match counted == expected {
            true => Ok(()),
            false => Err(format!("{counted:?} blocks, used and free, but there are {expected:?}")),
        }
    }
}
