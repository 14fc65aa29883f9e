//! A session: an allocator under test, what is live in it, and one program's actions on it.
//!
//! | file | holds |
//! |---|---|
//! | this | [`Session`]: the actions |
//! | `start` | making the allocator, and what it can do on fresh memory |
//! | `judge` | the contract of a block that was returned |
//! | `refusal` | when a refusal is a finding |
//! | `heap` | pools, walk and own check: level Heap |
//! | `exact` | the specification beside it: level Exact |
//! | `machine` | a session as what a program runs on |

mod exact;
mod heap;
mod judge;
mod machine;
mod refusal;
pub(crate) mod start;

use std::collections::BTreeSet;
use std::ptr::NonNull;

use crate::call::{Call, Reply};
use crate::check::contract::{Block, Contract, NotSupported, Request};
use crate::check::limits::Limits;
use crate::check::memory::Memory;
use crate::check::tally::Tally;
use crate::finding::{Check, Checked, Finding, Waste};
use crate::geometry::{GEOMETRIES, Geometry};
use crate::model::Specification;
use crate::shadow::{Live, SLOTS, Slots};

/// Makes an allocator in the memory offered, or in memory of its own.
pub(crate) type Make = Box<dyn FnMut(&mut Memory) -> Option<Box<dyn Contract>>>;

/// The largest alignment that is requested of an allocator with memory of its own.
const MOST_ALIGN: usize = 1 << 16;

/// No allocator can grant this: a request that must be refused.
const TOO_MUCH: usize = isize::MAX as usize - MOST_ALIGN;

pub(crate) struct Session {
    make: Make,
    /// Before the memory that it may be in: fields are dropped in this order.
    subject: Option<Box<dyn Contract>>,
    memory: Memory,
    /// The blocks by slot, as they were requested.
    blocks: Box<[Option<Block>; SLOTS]>,
    slots: Slots,
    /// Pools as (start, bytes): of an allocator with memory of its own, the bytes that it may use.
    pools: Vec<(usize, usize)>,
    /// The one that the allocator was made with.
    first: (usize, usize),
    geometry: Geometry,
    last_freed: usize,
    touched: usize,
    /// No pool was added or removed so far: what lies beside the memory stays as it is.
    is_alone: bool,
    /// It takes and gives back pools.
    has_pools: bool,
    /// Beside an allocator at level Exact.
    specification: Option<Box<dyn Specification>>,
    /// The largest malloc that fresh memory grants.
    capacity: usize,
    /// The limits of the efficiency checks, if they are made.
    limits: Option<Limits>,
    /// The efficiency check that ends a run, if one does.
    pub(crate) stop_at: Option<Check>,
    /// The efficiency checks that failed in this run.
    pub(crate) waste: BTreeSet<Waste>,
    pub(crate) skipped: BTreeSet<&'static str>,
    /// What this run counted.
    pub(crate) tally: Tally,
}

impl Session {
    pub(crate) fn new(make: Make, limits: Option<Limits>) -> Self {
        Self {
            make,
            subject: None,
            memory: Memory::new(),
            blocks: Box::new([None; SLOTS]),
            slots: Slots::new(),
            pools: Vec::new(),
            first: (0, 0),
            geometry: GEOMETRIES[0],
            last_freed: 0,
            touched: 0,
            is_alone: true,
            has_pools: false,
            specification: None,
            capacity: 0,
            limits,
            stop_at: None,
            waste: BTreeSet::new(),
            skipped: BTreeSet::new(),
            tally: Tally::default(),
        }
    }

    pub(crate) fn set_limits(&mut self, limits: Option<Limits>) {
        self.limits = limits;
    }

    fn subject(&mut self) -> &mut dyn Contract {
        &mut **self.subject.as_mut().expect("a session is started before its first action")
    }

    /// The allocator serves from the memory of the harness.
    pub(crate) fn is_placed(&self) -> bool {
        self.memory.is_taken()
    }

    fn block(&self, slot: u8) -> Block {
        self.blocks[usize::from(slot)].expect("a live slot has a block")
    }

    /// What was returned, or none with a note that the function is missing.
    fn supported<T>(&mut self, what: &'static str, result: Result<T, NotSupported>) -> Option<T> {
        if result.is_err() {
            self.skipped.insert(what);
        }
        result.ok()
    }

    /// A malloc, or a memalign if there is an alignment.
    fn allocate(&mut self, slot: u8, align: Option<usize>, size: usize) -> Checked<Reply> {
        let request = match align {
            Some(align) => Request::Memalign { align, size },
            None => Request::Malloc { size },
        };
        if !self.may_ask(align.unwrap_or(1), size) || !self.subject().accepts(request) {
            return Ok(Reply::Refused);
        }
        // One slot in eight holds zeroed memory, so that programs of every kind request it.
        let zeroed = align.is_none() && slot % 8 == 7;
        let aligned = match align {
            Some(align) => {
                let aligned = self.subject().memalign(align, size);
                self.supported("memalign", aligned)
            }
            None if zeroed => {
                let cleared = self.subject().zeroed(size);
                self.supported("zeroed memory", cleared)
            }
            None => None,
        };
        let is_plain = aligned.is_none();
        let call = match align.filter(|_| !is_plain) {
            Some(align) => Call::Memalign { align, size },
            None => Call::Malloc { size },
        };
        let align = align.filter(|_| !is_plain).unwrap_or_else(|| self.subject().malloc_align());
        let returned = aligned.unwrap_or_else(|| self.subject().malloc(size));
        self.tally.request(returned.is_some());
        let Some(ptr) = returned else {
            self.specify(call, Reply::Refused)?;
            self.refused(align, size)?;
            return Ok(Reply::Refused);
        };
        let block = Block { ptr, size, align };
        let (offset, usable) = self.judge(block, None)?;
        self.specify(call, Reply::Block(offset))?;
        self.check_usable(offset, usable)?;
        if zeroed && !is_plain {
            self.check_zeroed(block, offset)?;
        }
        self.place(slot, block, offset, usable);
        self.rounded(block, offset, usable)?;
        Ok(Reply::Block(offset))
    }

    fn reallocate(&mut self, old: Live, size: usize) -> Checked<Reply> {
        self.check_payload(old, old.usable)?;
        let block = self.block(old.slot);
        if size == 0 {
            return self.release(old);
        }
        let request = Request::Realloc { block, size };
        if !self.may_ask(block.align, size) || !self.subject().accepts(request) {
            return Ok(Reply::Refused);
        }
        let aligns = self.subject().realloc_keeps_align();
        let align = if aligns { block.align } else { 1 };
        let call = Call::Realloc { payload: Some(old.offset), align, size };
        // SAFETY: the block is live: it is in its slot.
        let moved = unsafe { self.subject().realloc(block, size) };
        let Some(returned) = self.supported("realloc", moved) else {
            // As a caller without realloc: a free, and another block.
            self.release(old)?;
            let align = Some(block.align).filter(|&align| align > self.subject().malloc_align());
            return self.allocate(old.slot, align, size);
        };
        self.tally.request(returned.is_some());
        let Some(ptr) = returned else {
            self.check_payload(old, old.usable)?;
            self.specify(call, Reply::Refused)?;
            if size > block.size {
                self.refused(block.align, size)?;
            }
            return Ok(Reply::Refused);
        };
        let keeps = ptr == block.ptr || aligns;
        let align = if keeps { block.align } else { self.subject().malloc_align() };
        let block = Block { ptr, size, align };
        let (offset, usable) = self.judge(block, Some(old))?;
        let kept = self.block(old.slot).size.min(size);
        self.check_bytes(old, block, offset, kept)?;
        self.specify(call, Reply::Block(offset))?;
        self.check_usable(offset, usable)?;
        if offset != old.offset {
            self.last_freed = old.usable;
        }
        self.slots.remove(old.slot);
        self.place(old.slot, block, offset, usable);
        Ok(Reply::Block(offset))
    }

    fn release(&mut self, old: Live) -> Checked<Reply> {
        self.check_payload(old, old.usable)?;
        let block = self.block(old.slot);
        // SAFETY: the block is live: it is in its slot, which forgets it.
        unsafe { self.subject().free(block) };
        self.specify(Call::Free { payload: old.offset }, Reply::Done)?;
        self.tally.frees += 1;
        self.slots.remove(old.slot);
        self.blocks[usize::from(old.slot)] = None;
        self.last_freed = old.usable;
        self.touched = old.offset;
        Ok(Reply::Done)
    }

    /// Records a block that was judged, and fills it.
    fn place(&mut self, slot: u8, block: Block, offset: usize, usable: usize) {
        self.blocks[usize::from(slot)] = Some(block);
        let live = self.slots.insert(slot, offset, usable, block.align);
        self.touched = offset;
        self.fill(live);
    }

    fn fill(&mut self, live: Live) {
        let block = self.block(live.slot);
        // SAFETY: judged: the bytes are in the memory of the harness and no other live block has them,
        // or the allocator promises that they can be written.
        let payload = unsafe { NonNull::slice_from_raw_parts(block.ptr, live.usable).as_mut() };
        live.pattern.fill(payload);
    }

    /// The first `bytes` of a live block are what was written there.
    fn check_payload(&self, live: Live, bytes: usize) -> Checked {
        self.check_bytes(live, self.block(live.slot), live.offset, bytes)
    }

    /// The same, of bytes that are now in `block` at `offset`.
    fn check_bytes(&self, live: Live, block: Block, offset: usize, bytes: usize) -> Checked {
        self.check_part(live, block, offset, bytes, 0)
    }

    fn check_part(
        &self,
        live: Live,
        block: Block,
        offset: usize,
        bytes: usize,
        from: usize,
    ) -> Checked {
        // SAFETY: the block was judged, or is as long as one that was; nothing else refers to its bytes.
        let payload = unsafe { NonNull::slice_from_raw_parts(block.ptr, bytes).as_ref() };
        let Some(at) = live.pattern.first_wrong(payload, from) else { return Ok(()) };
        let place = self.place_of(offset);
        let what = format!("slot {}, {} bytes{place}: byte {at} is wrong", live.slot, block.size);
        Err(Finding::new(Check::Payload, what).at(offset))
    }

    /// The near ends of the blocks around the block touched last: where an overrun shows first.
    fn check_edges(&self) -> Checked {
        const EDGE: usize = 32;
        let (ahead, behind) = self.slots.neighbours(self.touched);
        if let Some(live) = ahead {
            let from = live.usable.saturating_sub(EDGE) / 8;
            self.check_part(live, self.block(live.slot), live.offset, live.usable, from)?;
        }
        behind.map_or(Ok(()), |live| self.check_payload(live, live.usable.min(EDGE)))
    }

    /// Where a block is, for a finding. Addresses differ between runs, so only offsets are shown.
    fn place_of(&self, offset: usize) -> String {
        if self.is_placed() { format!(" at {offset}") } else { String::new() }
    }
}
