//! The books: what is live where, what is in it, and what the run remembers; kept from what was
//! handed out.

use reference_conte::Conte;

use crate::call::Call;
use crate::counters::Counters;
use crate::geometry::WORD;
use crate::lockstep::checks::pool_bytes;
use crate::lockstep::layers::Layers;
use crate::lockstep::{Checked, Lockstep};
use crate::model::{Specification, sizes};
use crate::shadow::{Live, ShadowHeap, fill};
use crate::subject::Saved;

/// A lockstep as it was.
pub(crate) struct Kept {
    subject: Saved,
    /// The bytes of each pool in the subject's arena.
    content: Vec<Vec<u8>>,
    model: Box<dyn Specification>,
    conte: Option<reference_conte::Saved>,
    live: ShadowHeap,
    pools: Vec<(usize, usize)>,
    last_freed: usize,
    touched: usize,
    trace: u64,
    counters: Counters,
    layers: Layers,
}

impl Lockstep {
    /// Brings the books up to date, checks what a realloc had to keep, fills what is new.
    pub(crate) fn account(
        &mut self,
        call: Call,
        before: Option<Live>,
        done: bool,
        payload: Option<usize>,
    ) -> Checked {
        match (call, before) {
            (Call::AddPool { mem, bytes }, _) if done => self.pools.push((mem, bytes)),
            (Call::RemovePool { mem }, _) if done => self.pools.retain(|pool| pool.0 != mem),
            (Call::ExtendPool { mem, more }, _) if done => {
                let bytes = self.resized(mem, more, 0);
                self.resize(mem, bytes);
            }
            (Call::ShrinkPool { mem, less }, _) if done => {
                let bytes = self.resized(mem, 0, less);
                self.resize(mem, bytes);
            }
            (Call::Free { slot } | Call::Realloc { slot, size: 0, .. }, Some(old)) => {
                self.live.remove(slot);
                self.last_freed = old.usable;
                self.touched = old.offset;
                if let Some(system) = &mut self.system {
                    system.free(old)?;
                }
            }
            (Call::Malloc { slot, size }, _) if done => self.settle(slot, 1, size, payload)?,
            (Call::Memalign { slot, align, size }, _) if done => {
                self.settle(slot, align, size, payload)?;
            }
            (Call::Realloc { slot, align, size }, None) if done => {
                self.settle(slot, align, size, payload)?;
            }
            (
                Call::Realloc { slot, size, .. }
                | Call::Grow { slot, size }
                | Call::Shrink { slot, size },
                Some(old),
            ) if done => {
                let Some(offset) = payload else { return Ok(()) };
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
                let align = match call {
                    Call::Realloc { align, .. } if offset != old.offset => align,
                    _ => old.align,
                };
                let live = self.live.insert(slot, offset, usable, align);
                self.fill(live);
                self.touched = offset;
                if let Some(system) = &mut self.system {
                    system.refill(live);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Bytes of the pool at `mem` when it has gained `more`, or given up `less`. What it gains is
    /// rounded down to ALIGN, as it was itself, and what it gives up is rounded up.
    pub(crate) fn resized(&self, mem: usize, more: usize, less: usize) -> usize {
        let align = self.geometry.align;
        let bytes = self.pools.iter().find(|pool| pool.0 == mem).map_or(0, |pool| pool.1);
        let whole = sizes::round_down(bytes, align).saturating_add(sizes::round_down(more, align));
        whole.saturating_sub(sizes::round_up(less, align).unwrap_or(usize::MAX))
    }

    fn resize(&mut self, mem: usize, bytes: usize) {
        self.pools.iter_mut().filter(|pool| pool.0 == mem).for_each(|pool| pool.1 = bytes);
    }

    /// A new allocation: into its slot, and filled.
    pub(crate) fn settle(
        &mut self,
        slot: u8,
        align: usize,
        size: usize,
        payload: Option<usize>,
    ) -> Checked {
        let Some(offset) = payload else { return Ok(()) };
        let usable = self.subject.usable_size(offset);
        let live = self.live.insert(slot, offset, usable, align);
        self.fill(live);
        self.touched = offset;
        match &mut self.system {
            Some(system) => system.malloc(live, align.max(WORD), size),
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

    /// Resets the subject, which then must be as if its pools had just been added.
    pub fn reset(&mut self) -> Checked {
        self.subject.reset();
        self.snapshot_is_good = false;
        self.live.clear(0);
        self.counters = Counters::default();
        self.model.reset();
        if let Some(conte) = &mut self.conte {
            conte.reset();
        }
        for &(mem, bytes) in &self.pools {
            let fresh = !self.layers.model || self.model.add_pool(mem, bytes);
            assert!(fresh, "a pool that was there fits again");
            if let Some(conte) = self.conte.as_mut().filter(|_| self.layers.lockstep) {
                conte.add_pool(mem, bytes);
            }
        }
        self.check_state()?;
        // The specification, just fresh, says so, and more.
        if self.layers.model { Ok(()) } else { self.check_drained() }
    }

    /// Keeps everything, for [`Lockstep::restore`].
    pub(crate) fn save(&self) -> Kept {
        let mut live = ShadowHeap::new();
        live.become_like(&self.live);
        let bytes =
            |&(mem, bytes): &(usize, usize)| pool_bytes(&*self.subject, mem, bytes).to_vec();
        Kept {
            subject: self.subject.save(),
            content: self.pools.iter().map(bytes).collect(),
            model: self.model.boxed_clone(),
            conte: self.conte().map(Conte::save),
            live,
            pools: self.pools.clone(),
            last_freed: self.last_freed,
            touched: self.touched,
            trace: self.trace,
            counters: self.counters,
            layers: self.layers,
        }
    }

    /// Everything is again as this very lockstep kept it.
    pub(crate) fn restore(&mut self, kept: &Kept) {
        for (&(mem, _), content) in kept.pools.iter().zip(&kept.content) {
            let place = self.subject.arena().at(mem);
            // SAFETY: a pool in the books lies in the arena, and nobody looks at it now.
            unsafe { place.copy_from_nonoverlapping(content.as_ptr(), content.len()) };
        }
        self.subject.restore(&kept.subject);
        self.model = kept.model.boxed_clone();
        if let (Some(conte), Some(kept)) = (&mut self.conte, &kept.conte) {
            conte.restore(kept);
        }
        self.live.become_like(&kept.live);
        self.pools.clone_from(&kept.pools);
        self.last_freed = kept.last_freed;
        self.touched = kept.touched;
        self.layers = kept.layers;
        self.trace = kept.trace;
        self.counters = kept.counters;
        self.snapshot_is_good = false;
    }

    pub(crate) fn fill(&mut self, live: Live) {
        if !self.layers.content {
            return;
        }
        self.snapshot_is_good = false;
        // SAFETY: containment was checked when the payload was handed out, the arena outlives the
        // slice, and live payloads are the harness's alone.
        let payload = unsafe {
            std::slice::from_raw_parts_mut(self.subject.arena().at(live.offset), live.usable)
        };
        fill(payload, live.tag);
    }
}
