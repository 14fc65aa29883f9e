//! Pools, walk and own check: what level Heap adds.

use std::ptr::NonNull;

use super::Session;
use crate::allocator::Row;
use crate::arena::SMALL_BYTES;
use crate::call::{Call, Reply};
use crate::check::contract::{Heap, NotSupported};
use crate::finding::{Check, Checked, Finding};
use crate::shadow::Live;

/// The least pool that is added, in bytes.
const LEAST_POOL: usize = 256;

impl Session {
    fn heap(&mut self) -> Option<&mut dyn Heap> {
        self.subject.as_mut()?.heap()
    }

    pub(crate) fn is_heap(&mut self) -> bool {
        self.heap().is_some()
    }

    /// Makes a range a pool, if it is one that may be added.
    pub(super) fn add_pool(&mut self, mem: usize, bytes: usize) -> Checked<Reply> {
        let apart =
            |&(other, length): &(usize, usize)| mem >= other + length || other >= mem + bytes;
        let is_legal =
            mem % 8 == 0 && bytes >= LEAST_POOL && mem.saturating_add(bytes) <= SMALL_BYTES;
        if !self.is_placed() || !is_legal || !self.pools.iter().all(apart) {
            return Ok(Reply::Refused);
        }
        let bytes = bytes / 8 * 8;
        let call = Call::AddPool { mem, bytes };
        let pool = self.memory.slice((mem, bytes));
        // SAFETY: a part of the arena that is no pool.
        let added = self.heap().map_or(Err(NotSupported), |heap| unsafe { heap.add_pool(pool) });
        let Some(added) = self.supported("added pools", added) else { return Ok(Reply::Refused) };
        self.specify(call, Reply::done(added))?;
        if added {
            self.is_alone = false;
            self.pools.push((mem, bytes));
        }
        Ok(Reply::done(added))
    }

    /// Removes a pool, if there is one in which no block is live.
    pub(super) fn remove_pool(&mut self, mem: usize) -> Checked<Reply> {
        let Some(at) = self.pools.iter().position(|pool| pool.0 == mem) else {
            return Ok(Reply::Refused);
        };
        let (mem, bytes) = self.pools[at];
        if self.slots.iter().any(|live| (mem..mem + bytes).contains(&live.offset)) {
            return Ok(Reply::Refused);
        }
        let pool = self.memory.slice((mem, bytes));
        // SAFETY: a pool, in which no block is live.
        let removed =
            self.heap().map_or(Err(NotSupported), |heap| unsafe { heap.remove_pool(pool) });
        let Some(removed) = self.supported("removed pools", removed) else {
            return Ok(Reply::Refused);
        };
        self.specify(Call::RemovePool { mem }, Reply::done(removed))?;
        if removed {
            self.is_alone = false;
            self.pools.remove(at);
        }
        Ok(Reply::done(removed))
    }

    /// The allocator's own check, then its walk beside what is live.
    pub(super) fn check_heap(&mut self) -> Checked {
        let Some(heap) = self.heap() else { return Ok(()) };
        let valid = heap.validate();
        if let Some(Err(broken)) = self.supported("own check", valid) {
            return Err(Finding::new(Check::OwnCheck, broken));
        }
        for (mem, bytes) in self.pools.clone() {
            self.check_walk(mem, bytes)?;
        }
        self.check_lists()
    }

    fn check_walk(&mut self, mem: usize, bytes: usize) -> Checked {
        let mut rows = Vec::new();
        let pool = self.memory.slice((mem, bytes));
        let base = self.base();
        let Some(heap) = self.heap() else { return Ok(()) };
        let walked = heap.walk(pool, &mut |ptr: NonNull<u8>, size, free| {
            rows.push(Row { offset: ptr.addr().get().wrapping_sub(base), size, free });
        });
        if self.supported("walk", walked).is_none() {
            return Ok(());
        }
        let fails = |what: String, at| Err(Finding::new(Check::Blocks, what).at(at));
        let mut from = mem;
        for row in &rows {
            let end = row.offset.checked_add(row.size);
            if row.offset < from || end.is_none_or(|end| end > mem + bytes) {
                return fails(format!("{row} is not in order, or not in its pool"), row.offset);
            }
            from = row.offset + row.size;
        }
        let mut used = rows.iter().filter(|row| !row.free);
        let inside = |live: &Live| (mem..mem + bytes).contains(&live.offset);
        for live in (0..self.slots.len()).filter_map(|k| self.slots.by_address(k)).filter(inside) {
            let Some(row) = used.next().filter(|row| row.offset == live.offset) else {
                let slot = live.slot;
                return fails(
                    format!("slot {slot} at {} is not shown used", live.offset),
                    live.offset,
                );
            };
            if row.size < live.usable {
                let what = format!("{row}, but {} bytes of it may be used", live.usable);
                return fails(what, row.offset);
            }
        }
        match used.next() {
            Some(row) => fails(format!("{row}, but nothing is live there"), row.offset),
            None => self.check_rows(mem, &rows),
        }
    }

    /// The address of offset 0.
    pub(super) fn base(&self) -> usize {
        self.memory.slice((0, 0)).cast::<u8>().addr().get()
    }
}
