//! Pools: add, remove, extend, shrink, format, walk.

use super::fault::Fault;
use super::hard::HardFault;
use super::tlsf::{Control, FaultyTlsf, PREV_FREE};
use crate::geometry::WORD;
use crate::model::sizes;
use crate::subject::Row;

impl FaultyTlsf {
    /// Frees everything: formats each pool again.
    pub(super) fn format_all(&mut self) {
        let old = std::mem::replace(&mut self.control, Control::new(&self.g));
        let kept =
            old.pools.len() - usize::from(self.has(Fault::ResetLosesAPool) && old.calls > 20);
        for &(mem, bytes) in &old.pools[..kept] {
            self.control.pools.push((mem, bytes));
            self.format(mem, bytes);
        }
        if self.has(Fault::ResetKeepsBits) {
            self.control.lists[0] |= old.lists[0];
        }
    }

    pub(super) fn add(&mut self, mem: usize, bytes: usize) -> bool {
        let taken = sizes::round_down(bytes, self.g.align);
        let fits = mem % self.g.align == 0 && mem.checked_add(bytes).is_some();
        if !fits || self.pool_payload(taken).is_none() || self.overlaps(mem, mem + bytes, None) {
            return false;
        }
        self.control.pools.push((mem, bytes));
        self.format(mem, bytes);
        true
    }

    pub(super) fn remove_pool_at(&mut self, mem: usize) -> bool {
        let Some((pool, last, _)) = self.last(mem) else { return false };
        let first = mem + self.g.align - WORD;
        let whole = match self.has(Fault::BusyPoolRemoved) {
            true => self.is_free(last),
            false => last == first && self.is_free(first),
        };
        let same_list = self.class(self.size(first)) == self.class(self.size(last));
        let ends = self.control.pools.len() > 2 && self.is_free(first) && self.is_free(last);
        let ends = ends && same_list;
        let whole = whole || ends && self.has_hard(HardFault::PoolWithFreeEndsRemoved);
        if !whole {
            return false;
        }
        if !self.has(Fault::RemovedPoolStaysListed) {
            self.remove_pools_block(last);
        }
        self.control.history.forget(mem, mem + self.control.pools[pool].1);
        if self.last_takes_the_entry(pool) {
            self.control.pools.swap_remove(pool);
            return true;
        }
        let wrong = self.has(Fault::FirstOfThreePoolsRemoved) && self.control.pools.len() > 2;
        self.control.pools.remove(if wrong { 0 } else { pool });
        true
    }

    pub(super) fn extend(&mut self, mem: usize, more: usize) -> bool {
        let Some((pool, last, bytes)) = self.last(mem) else { return false };
        let more = sizes::round_down(more, self.g.align);
        let end = mem + bytes;
        let joins = self.is_free(last);
        if more == 0
            || self.pool_payload(bytes + more).is_none()
            || self.overlaps(end, end + more, Some(pool))
            || !joins && more < WORD + self.g.min_size()
            || !joins && self.extension_is_too_small(mem, more)
        {
            return false;
        }
        let sentinel = end - WORD;
        let flags = self.read(sentinel) & PREV_FREE;
        self.write(sentinel, (more - WORD) | flags);
        self.write(end + more - WORD, 0);
        self.control.pools[pool].1 = bytes + more;
        if joins && !self.has(Fault::ExtendedPoolNotMerged) {
            self.remove(last);
            let both = self.extended_size(self.size(last), more);
            self.set_size(last, both);
            self.release(last);
        } else {
            self.release(sentinel);
        }
        self.control.history.extend(mem, (!joins).then_some(sentinel));
        true
    }

    pub(super) fn shrink(&mut self, mem: usize, less: usize) -> bool {
        let Some((pool, last, bytes)) = self.last(mem) else { return false };
        let Some(less) = sizes::round_up(less, self.g.align) else { return false };
        let left = self.size(last).checked_sub(less).filter(|&left| left >= self.g.min_size());
        let Some(left) = left.filter(|_| less > 0 && self.is_free(last)) else { return false };
        let keeps = self.has_hard(HardFault::ShrinkKeepsAGranule) && self.was_resized(last);
        if keeps && left == self.g.min_size() {
            return false;
        }
        self.remove(last);
        self.set_size(last, left);
        let sentinel = self.next(last);
        self.write(sentinel, 0);
        if !self.has(Fault::ShrunkPoolKeepsItsEnd) {
            self.control.pools[pool].1 = bytes - less;
        }
        self.release(last);
        self.control.history.shrunk.push(mem);
        true
    }

    /// Visits the blocks of a pool, up to the sentinel or the end of the pool.
    pub(super) fn each(&self, mem: usize, visit: &mut dyn FnMut(Row)) {
        let Some(&(_, bytes)) = self.control.pools.iter().find(|pool| pool.0 == mem) else {
            return;
        };
        let mut block = mem + self.g.align - WORD;
        let end = mem + sizes::round_down(bytes, self.g.align) - WORD;
        while block < end {
            let size = self.size(block);
            if size == 0 {
                return;
            }
            visit(Row { offset: block + WORD, size, free: self.is_free(block) });
            // A wrong size must not lead backwards: the walk has to end.
            match self.next(block) {
                next if next > block => block = next,
                _ => return,
            }
        }
    }

    /// Makes a pool one free block and a sentinel.
    pub(super) fn format(&mut self, mem: usize, bytes: usize) {
        let size = sizes::pool_payload(&self.g, bytes).unwrap_or(0);
        let block = mem + self.g.align - WORD;
        self.write(block, size);
        let sentinel = self.next(block);
        self.write(sentinel, 0);
        self.release(block);
    }

    /// The pool's number, its last block, and its bytes rounded down to ALIGN.
    pub(super) fn last(&self, mem: usize) -> Option<(usize, usize, usize)> {
        let pool = self.control.pools.iter().position(|pool| pool.0 == mem)?;
        let mut last = None;
        self.each(mem, &mut |row| last = Some(row.offset - WORD));
        let bytes = sizes::round_down(self.control.pools[pool].1, self.g.align);
        Some((pool, last?, bytes))
    }

    /// Whether a pool other than `own` has a byte in `mem..end`.
    pub(super) fn overlaps(&self, mem: usize, end: usize, own: Option<usize>) -> bool {
        // The fault: only the first byte of the new pool is compared with other pools.
        let end = if self.has(Fault::OverlapAheadAccepted) { mem + 1 } else { end };
        let seen = |start: usize, bytes: usize| bytes - self.unseen_end(start, own);
        let has =
            |&(start, bytes): &(usize, usize)| start < end && mem < start + seen(start, bytes);
        let mut pools = self.control.pools.iter().enumerate();
        pools.any(|(number, pool)| Some(number) != own && has(pool))
    }

    /// The payload of a pool of `bytes` bytes, if one block can hold it.
    pub(super) fn pool_payload(&self, bytes: usize) -> Option<usize> {
        let size = sizes::pool_payload(&self.g, bytes)?;
        let too_large = match self.has(Fault::LargestPoolAccepted) {
            true => self.g.key(size) > self.g.max(),
            false => self.g.key(size) >= self.g.max(),
        };
        (size >= self.g.min_size() && !too_large).then_some(size)
    }
}
