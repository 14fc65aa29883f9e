//! What a caller knows from the replies: live blocks, pools, and what they were filled with.

use crate::action::Action;
use crate::call::Reply;
use crate::counters::Counters;
use crate::lockstep::written::WrittenPages;
use crate::model::sizes;
use crate::shadow::{Live, Slots, mix};

/// The caller's side of a run. No column is read here.
pub(crate) struct Bookkeeping {
    pub(crate) slots: Slots,
    /// Pools as (start, bytes), in order of addition.
    pub(crate) pools: Vec<(usize, usize)>,
    /// Usable size of the block freed last.
    pub(crate) last_freed: usize,
    /// Offset of the block touched last.
    pub(crate) touched: usize,
    /// Pages of the pools that anything was written to, if they are large.
    pub(crate) written: WrittenPages,
    /// What the subject's counters should be, except for the census.
    pub(crate) counters: Counters,
    align: usize,
}

impl Bookkeeping {
    /// No pools and no blocks, of a heap with this ALIGN.
    pub(crate) fn new(align: usize) -> Self {
        Self {
            slots: Slots::new(),
            pools: Vec::new(),
            last_freed: 0,
            touched: 0,
            written: WrittenPages::default(),
            counters: Counters::default(),
            align,
        }
    }

    pub(crate) fn clear(&mut self, seed: u16) {
        self.slots.clear(seed);
        self.pools.clear();
        self.last_freed = 0;
        self.touched = 0;
        self.counters = Counters::default();
    }

    /// Forgets every block and the counters; the pools stay.
    pub(crate) fn reset(&mut self) {
        self.slots.clear(0);
        self.counters = Counters::default();
    }

    /// Becomes equal to `other`, at the cost of what is live in both.
    pub(crate) fn become_like(&mut self, other: &Self) {
        self.slots.become_like(&other.slots);
        self.pools.clone_from(&other.pools);
        self.last_freed = other.last_freed;
        self.touched = other.touched;
        self.counters = other.counters;
    }

    /// Records a call on pools that was done.
    pub(crate) fn pools_changed(&mut self, action: Action) {
        match action {
            Action::AddPool { mem, bytes } => {
                self.pools.push((mem, bytes));
                self.written.add_pool(mem, bytes, self.align);
            }
            Action::RemovePool { mem } => self.pools.retain(|pool| pool.0 != mem),
            Action::ExtendPool { mem, more } => self.resize(mem, self.resized(mem, more, 0)),
            Action::ShrinkPool { mem, less } => self.resize(mem, self.resized(mem, 0, less)),
            _ => {}
        }
    }

    /// The bytes of the pool at `mem` after it was extended by `more`, or shrunk by `less`. The pool and
    /// `more` are rounded down to ALIGN; `less` is rounded up.
    pub(crate) fn resized(&self, mem: usize, more: usize, less: usize) -> usize {
        let align = self.align;
        let bytes = self.pools.iter().find(|pool| pool.0 == mem).map_or(0, |pool| pool.1);
        let whole = sizes::round_down(bytes, align).saturating_add(sizes::round_down(more, align));
        whole.saturating_sub(sizes::round_up(less, align).unwrap_or(usize::MAX))
    }

    fn resize(&mut self, mem: usize, bytes: usize) {
        self.pools.iter_mut().filter(|pool| pool.0 == mem).for_each(|pool| pool.1 = bytes);
        self.written.add_pool(mem, bytes, self.align);
    }

    /// Records that a block was freed.
    pub(crate) fn freed(&mut self, old: Live) {
        self.slots.remove(old.slot);
        self.last_freed = old.usable;
        self.touched = old.offset;
    }

    /// Records a block that was handed out, or that realloc or one of its parts has given another
    /// size or place. It gets a pattern of its own.
    pub(crate) fn placed(
        &mut self,
        action: Action,
        before: Option<Live>,
        offset: usize,
        usable: usize,
    ) -> Option<Live> {
        let (slot, align) = match (action, before) {
            (Action::Malloc { slot, .. }, _) => (slot, 1),
            (Action::Memalign { slot, align, .. }, _) => (slot, align),
            (Action::Realloc { slot, align, .. }, None) => (slot, align),
            (Action::Realloc { slot, align, .. }, Some(old)) if offset != old.offset => {
                (slot, align)
            }
            (_, Some(old)) => (old.slot, old.align),
            (_, None) => return None,
        };
        if let Some(old) = before {
            if offset != old.offset {
                self.last_freed = old.usable;
            }
            self.slots.remove(slot);
        }
        self.touched = offset;
        Some(self.slots.insert(slot, offset, usable, align))
    }

    /// Updates what the counters should be, after a call on which all columns agree.
    pub(crate) fn count(&mut self, action: Action, before: Option<Live>, reply: Reply) {
        // A realloc that moves has both blocks for a moment.
        let left = |old: &Live| reply.payload().is_some_and(|payload| payload != old.offset);
        let both = before.filter(left).map_or(0, |old| old.usable);
        self.counters.follow(action, reply.is_done(), self.slots.bytes() + both);
    }
}

/// A trace with one more action and its reply.
pub(crate) fn traced(trace: u64, action: Action, reply: Reply) -> u64 {
    let [kind, a, b] = action.numbers();
    let parts = [kind, a, b, reply.number()];
    parts.into_iter().fold(trace, |trace, part| mix(trace.rotate_left(23) ^ part))
}
