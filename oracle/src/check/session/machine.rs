//! A session as what a program runs on.

use super::Session;
use crate::action::Action;
use crate::call::{CallKind, Events, Outcome, Reply};
use crate::finding::Checked;
use crate::geometry::Geometry;
use crate::run::machine::Machine;
use crate::shadow::{Live, Slots};

impl Machine for Session {
    fn has(&self, kind: CallKind) -> bool {
        match kind {
            CallKind::AddPool | CallKind::RemovePool => self.has_pools,
            CallKind::ExtendPool | CallKind::ShrinkPool => false,
            CallKind::Grow | CallKind::Shrink => false,
            CallKind::Malloc | CallKind::Memalign | CallKind::Realloc | CallKind::Free => true,
        }
    }

    fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    fn slots(&self) -> &Slots {
        &self.slots
    }

    fn pools(&self) -> &[(usize, usize)] {
        &self.pools
    }

    fn last_freed(&self) -> usize {
        self.last_freed
    }

    fn touched(&self) -> usize {
        self.touched
    }

    /// The largest gap between live blocks. What is free there is the allocator's to say.
    fn largest_free(&self) -> usize {
        self.largest_hole()
    }

    /// The same: what does not fit for the block's header is refused.
    fn largest_fit(&self) -> usize {
        self.largest_hole()
    }

    fn follows_conte(&self) -> bool {
        false
    }

    fn cost(&self) -> u64 {
        0
    }

    fn step(&mut self, action: Action) -> Checked<Outcome> {
        let before = action.slot_before().and_then(|slot| self.slots.get(slot));
        let reply = match (action, before) {
            (Action::Malloc { slot, size }, _) => self.allocate(slot, None, size)?,
            (Action::Memalign { slot, align, size }, _) => {
                self.allocate(slot, Some(align), size)?
            }
            (Action::Realloc { slot, size, .. }, None) => self.allocate(slot, None, size)?,
            (Action::Realloc { size, .. }, Some(live)) => self.reallocate(live, size)?,
            (Action::Free { .. }, Some(live)) => self.release(live)?,
            // The first action of every run: the allocator was made with this memory.
            (Action::AddPool { mem, bytes }, _) if self.pools.contains(&(mem, bytes)) => {
                self.check_capacity()?;
                Reply::Done
            }
            (Action::AddPool { mem, bytes }, _) => self.add_pool(mem, bytes)?,
            (Action::RemovePool { mem }, _) => self.remove_pool(mem)?,
            _ => Reply::Refused,
        };
        self.check_edges()?;
        self.check_heap()?;
        let (moved, in_place) = match (reply.payload(), before) {
            // (Without realloc, it is a free and another block.)
            (Some(payload), Some(old)) if !self.skipped.contains("realloc") => {
                (payload != old.offset, payload == old.offset)
            }
            _ => (false, false),
        };
        // An address would differ between runs.
        let reply = if self.is_placed() { reply } else { Reply::done(reply.is_done()) };
        Ok(Outcome { reply, events: Events { moved, in_place, ..Events::default() } })
    }

    fn rewrite(&mut self, slot: u8) -> Checked {
        let Some(old) = self.slots.get(slot) else { return Ok(()) };
        self.check_payload(old, old.usable)?;
        if let Some(live) = self.slots.retag(slot) {
            self.fill(live);
            self.touched = live.offset;
        }
        self.check_heap()
    }

    fn check_all(&mut self) -> Checked {
        let whole = |live: Live| self.check_payload(live, live.usable);
        self.slots.iter().try_for_each(whole)?;
        if self.is_placed() && self.is_alone {
            self.memory.check_zones()?;
        }
        self.check_heap()
    }

    /// Nothing is lost: the largest request that fresh memory grants is granted again.
    fn check_drained(&mut self) -> Checked {
        if self.is_placed() && self.is_whole() { self.check_capacity_is_left() } else { Ok(()) }
    }

    fn reset(&mut self) -> Checked {
        if !self.is_placed() {
            // It does not end with the session: what stays live would be lost.
            while let Some(live) = self.slots.newest(0) {
                self.release(live)?;
            }
        }
        Ok(())
    }
}
