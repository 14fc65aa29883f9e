//! Calls that allocate, and calls on pointers: each does what the specification does, or is refused with
//! the right reason.

use std::ptr::NonNull;

use memoman::Misuse;

use super::observed::Observed;
use super::state::{CANARIES, HANDLED, SPAN, Session, name};
use crate::guard::address_map::PointerKind;
use crate::guard::heap::{PointerCall, PointerReply};

impl Session<'_> {
    pub(super) fn allocate(&mut self, align: usize, size: usize) -> Result<(), String> {
        self.say(|| format!("allocate {size} at {align}"));
        let result = self.heap.memalign(align, size);
        let expected = match align {
            0 => self.spec.malloc(size),
            _ => self.spec.memalign(align, size),
        };
        self.check_allocation(result, expected, align, size)
    }

    /// Allocates by `realloc` of no block.
    pub(super) fn allocate_by_realloc(&mut self, most: usize) -> Result<(), String> {
        let align = [0, 1, 3, 2 * self.map.align][self.input.below(4)];
        let size = self.input.below(most);
        self.say(|| format!("reallocate no block to {size} at {align}"));
        let result = self.heap.realloc_none(align, size);
        let expected = self.spec.realloc_aligned(None, align.max(1), size).payload();
        self.check_allocation(result, expected, align, size)
    }

    fn check_allocation(
        &mut self,
        result: Result<Option<NonNull<u8>>, Misuse>,
        expected: Option<usize>,
        align: usize,
        size: usize,
    ) -> Result<(), String> {
        self.counted();
        let block = result.map_err(|misuse| format!("a sound heap refuses: {misuse}"))?;
        self.tally.valid += 1;
        self.check_block(block, expected, align, size)
    }

    /// Checks that a block has the offset and the size of the specification's, and adds it to the map.
    fn check_block(
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
        if at % align.max(self.map.align) != 0 || usable < size {
            return Err(format!("{usable} bytes at {at}, for {size} at {align}"));
        }
        self.add(|| format!(" = {usable} bytes at {at}"));
        self.map.insert(at, usable)?;
        self.check_kind(block.as_ptr(), PointerKind::Live(usable))?;
        if self.input.below(2) == 0 {
            // SAFETY: a live block of that many bytes, by the map.
            unsafe { block.write_bytes(at as u8, usable) };
        }
        Ok(())
    }

    /// Makes a call on any pointer. Checks that it does what the specification does, or is refused with
    /// the kind of the pointer.
    pub(super) fn call(&mut self, call: PointerCall, ptr: *mut u8) -> Result<(), String> {
        let at = self.offset(ptr);
        let kind = self.map.kind(at);
        let expected = match (call, kind) {
            (PointerCall::FreeSized(layout), PointerKind::Live(usable))
                if layout.size() > usable || at % layout.align() != 0 =>
            {
                Some(Observed::Layout(usable))
            }
            (_, PointerKind::Live(_)) => None,
            _ => Some(Observed::Kind(kind)),
        };
        self.say(|| format!("{call:?} of {}", name(at)));
        self.check_kind(ptr, kind)?;
        let Some(ptr) = NonNull::new(ptr) else { return Ok(()) };
        match (self.attempt(call, ptr)?, expected) {
            (Ok(reply), None) => self.check_reply(call, at, reply),
            (Err(misuse), Some(expected)) => {
                let observed = self.read(ptr, misuse)?;
                self.add(|| format!(" refused: {observed:?}"));
                *self.tally.refused.entry(observed.label()).or_default() += 1;
                if observed != expected {
                    return Err(format!("refused as {observed:?}, expected {expected:?}"));
                }
                // The fingerprints are unchanged, too: `validate` compares them with the chain.
                self.check_heap()
            }
            (result, expected) => Err(format!("the result is {result:?}, expected {expected:?}")),
        }
    }

    /// Checks the reply of a call on a live block, and updates the map.
    fn check_reply(
        &mut self,
        call: PointerCall,
        at: usize,
        reply: PointerReply,
    ) -> Result<(), String> {
        self.tally.valid += 1;
        let usable = self.map.live.at(at).map_or(0, |block| block.bytes);
        match (call, reply) {
            (PointerCall::Free | PointerCall::FreeSized(_), PointerReply::Freed) => {
                self.spec.free(at);
                self.remove(at);
                Ok(())
            }
            (PointerCall::Realloc(align, size), PointerReply::Block(new)) => {
                let expected = self.spec.realloc_aligned(Some(at), align, size).payload();
                if expected.is_some() || size == 0 {
                    self.remove(at);
                }
                self.check_block(new, expected, align, size)
            }
            (PointerCall::Usable, PointerReply::Usable(bytes)) if bytes == usable => Ok(()),
            (PointerCall::Grow(size), PointerReply::Resized(resized)) => {
                let expected = self.spec.grow_in_place(at, size);
                self.check_resized(at, resized, expected)
            }
            (PointerCall::Shrink(size), PointerReply::Resized(resized)) => {
                let expected = self.spec.shrink_in_place(at, size);
                self.check_resized(at, resized, expected)
            }
            (_, reply) => Err(format!("{reply:?} of a block of {usable} bytes")),
        }
    }

    fn check_resized(&mut self, at: usize, resized: bool, expected: bool) -> Result<(), String> {
        if resized != expected {
            return Err(format!("resized: {resized}; by the specification: {expected}"));
        }
        let usable = self.spec.usable_size(at);
        self.map.live.remove(at);
        self.map.insert(at, usable)?;
        self.check_kind(self.arena().at(at), PointerKind::Live(usable))
    }

    /// Removes a freed block from the map.
    fn remove(&mut self, at: usize) {
        self.map.live.remove(at);
        self.freed.push(at);
    }

    /// Makes a call. If it is refused, checks that the handler received the same misuse once, and that
    /// nothing changed.
    pub(super) fn attempt(
        &mut self,
        call: PointerCall,
        ptr: NonNull<u8>,
    ) -> Result<Result<PointerReply, Misuse>, String> {
        self.take_copies();
        let result = self.heap.call(call, ptr);
        self.counted();
        self.check_refusal(result.as_ref().err().copied())?;
        Ok(result)
    }

    /// Checks what holds after every call: the handler received the misuse for which it was refused, if
    /// any; a refused call changed nothing.
    pub(super) fn check_refusal(&mut self, refused: Option<Misuse>) -> Result<(), String> {
        let handled = HANDLED.take();
        if handled != refused.as_slice() {
            return Err(format!("the handler received {handled:?}, the caller {refused:?}"));
        }
        if refused.is_none() { Ok(()) } else { self.check_copies() }
    }

    /// Checks a sound heap as a whole: `validate`, the canaries, the free lists, the number of blocks.
    pub(super) fn check_heap(&mut self) -> Result<(), String> {
        let counted = self.heap.validate().map_err(|violation| violation.to_string())?;
        let pools = 0..self.map.pools.len();
        let free = pools.flat_map(|pool| self.map.blocks(pool)).filter(|block| block.free);
        let expected = (self.map.live.len(), free.count());
        let intact = |bytes: &[u8]| *bytes == CANARIES[..bytes.len()];
        let end = self.fence(1);
        if !intact(self.bytes(0, 512)) || !intact(self.bytes(end, SPAN - end)) {
            return Err("a canary has been overwritten".to_owned());
        }
        let (arena, free) = (self.arena(), self.heap.free_blocks());
        let listed = free.iter().map(|&(class, block)| (class, arena.offset(block.as_ptr())));
        if !listed.eq(self.spec.lists()) {
            return Err("the free lists are not the specification's".to_owned());
        }
        match counted == expected {
            true => Ok(()),
            false => Err(format!("{counted:?} blocks, used and free; expected {expected:?}")),
        }
    }
}
