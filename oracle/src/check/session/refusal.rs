//! When a request may be made, and when its refusal is a finding.

use super::{MOST_ALIGN, Session, TOO_MUCH};
use crate::check::limits::Limits;
use crate::finding::{Check, Checked, Finding, Waste};
use crate::shadow::Live;

impl Session {
    /// Whether the allocator is asked at all. Sizes of 0 and alignments that are no powers of two are outside
    /// of the contract. Of an allocator with memory of its own, the program uses as much as it would have of
    /// the memory offered; only what no allocator can grant is asked beyond that.
    pub(super) fn may_ask(&self, align: usize, size: usize) -> bool {
        if size == 0 || !align.is_power_of_two() {
            return false;
        }
        let room = self.first.1.saturating_sub(self.slots.bytes());
        self.is_placed() || align <= MOST_ALIGN && (size <= room || size >= TOO_MUCH)
    }

    /// A request that was asked was refused.
    pub(super) fn refused(&mut self, align: usize, size: usize) -> Checked {
        let aligns = align > self.subject().malloc_align();
        let is_empty = self.slots.len() == 0 && self.is_whole();
        // (An allocator may refuse a request and grant a larger one, of which nothing is left over.)
        let specified = self.specification.is_some();
        if self.is_placed() && is_empty && size <= self.capacity && !aligns && !specified {
            self.check_capacity_is_left()?;
        }
        let Some(limits) = self.limits else { return Ok(()) };
        let enough = limits.enough(size, align);
        if !self.is_placed() {
            if size >= TOO_MUCH {
                return Ok(());
            }
            let live = self.slots.bytes();
            let what = format!("a request of {size} bytes, with {live} bytes live");
            return self.wasted(Waste::Refusal, what, 0);
        }
        let (at, gap) = self.largest_gap(&limits);
        if gap < enough {
            return Ok(());
        }
        let what = format!(
            "a request of {size} bytes at {align}, with {gap} bytes free in one piece at {at}; \
             {enough} are enough"
        );
        self.wasted(Waste::Refusal, what, at)
    }

    /// With nothing live, what fresh memory grants is granted.
    pub(super) fn check_capacity_is_left(&mut self) -> Checked {
        let capacity = self.capacity;
        if capacity == 0 || self.grants(capacity) {
            return Ok(());
        }
        let what = format!("fresh memory grants {capacity} bytes, which are refused now");
        Err(Finding::new(Check::Drained, what))
    }

    /// The pool that the allocator was made with is there, as long as it was.
    pub(super) fn is_whole(&self) -> bool {
        self.pools.contains(&self.first)
    }

    /// The largest run of bytes in which no block is live and none has a header, padding or rounding, even
    /// if each takes as much as the limits allow: its offset and its bytes.
    fn largest_gap(&self, limits: &Limits) -> (usize, usize) {
        let own = self.first.1 - self.capacity.min(self.first.1);
        let mut largest = (0, 0);
        for &(mem, bytes) in &self.pools {
            let (mut from, end) = (mem + own, (mem + bytes).saturating_sub(own));
            let mut see = |from: usize, to: usize| {
                let gap = to.saturating_sub(from);
                if gap > largest.1 {
                    largest = (from, gap);
                }
            };
            for (offset, size, align) in self.blocks_in(mem, bytes) {
                see(from, offset.saturating_sub(limits.ahead(align)));
                from = from.max(offset.saturating_add(limits.taken(size, align)));
            }
            see(from, end);
        }
        largest
    }

    /// The largest run of bytes in which no block is live; of an allocator with memory of its own, what
    /// the program may still use.
    pub(super) fn largest_hole(&self) -> usize {
        if !self.is_placed() {
            return self.first.1.saturating_sub(self.slots.bytes());
        }
        let mut largest = 0;
        for &(mem, bytes) in &self.pools {
            let mut from = mem;
            let inside = |live: &Live| (mem..mem + bytes).contains(&live.offset);
            let all = (0..self.slots.len()).filter_map(|k| self.slots.by_address(k));
            for live in all.filter(inside) {
                largest = largest.max(live.offset - from);
                from = live.offset + live.usable;
            }
            largest = largest.max(mem + bytes - from);
        }
        largest
    }

    /// The live blocks of a pool in address order: offset, size and alignment as requested.
    fn blocks_in(
        &self,
        mem: usize,
        bytes: usize,
    ) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        let all = (0..self.slots.len()).filter_map(|k| self.slots.by_address(k));
        let inside = all.filter(move |live| (mem..mem + bytes).contains(&live.offset));
        inside.map(|live| {
            let block = self.block(live.slot);
            (live.offset, block.size, block.align)
        })
    }
}
