//! The heap before a call that should be refused, to compare it afterwards.

use crate::arena::SMALL_BYTES;
use crate::counters::Census;
use crate::finding::{Check, Checked, Finding};
use crate::lockstep::bookkeeping::Bookkeeping;
use crate::lockstep::checks::state::{self, Buffers};
use crate::lockstep::columns::Columns;
use crate::subject::{Listed, Row};

/// The heap before a call that should be refused: all bytes of its pools and, if the subject can say whether
/// the rest of it is unchanged, its walks and lists. After a refusal it is still valid for the next such call.
#[derive(Default)]
pub(crate) struct Before {
    /// The pools' bytes, each pool as far into a cache line as it is in the arena: two loads of a comparison
    /// then read two lines, not three.
    bytes: Vec<u8>,
    /// What was copied, as (start, bytes): the pools or, of large ones, the pages that were written to.
    ranges: Vec<(usize, usize)>,
    /// No byte of a pool has changed since it was taken.
    is_good: bool,
    /// What the subject's blocks sum up to, if they have been checked since the heap has changed.
    census: Option<Census>,
    /// The subject has marked its state, and `rows` and `listed` are what it had then.
    is_marked: bool,
    /// The blocks of all pools.
    rows: Vec<Row>,
    listed: Vec<Listed>,
}

/// Bytes of a copy that stay for the next run: four pools of version 1.
const KEPT: usize = SMALL_BYTES;

/// Bytes of a cache line, of which pool and copy have the same.
const LINE: usize = 64;

impl Before {
    /// The heap has changed.
    pub(crate) fn forget(&mut self) {
        self.is_good = false;
        self.census = None;
    }

    /// A run with large pools has ended: forgets the heap, and gives back what the run took for it. Each geometry has
    /// a copy of its own, so that all of them together would take gigabytes.
    pub(crate) fn discard(&mut self) {
        self.forget();
        if self.bytes.len() > KEPT {
            self.bytes = Vec::new();
        }
    }

    /// Every check of the state has passed.
    pub(crate) fn passed(&mut self, census: Census) {
        self.census = Some(census);
    }

    /// Whether every check of the state has passed since the heap has changed.
    pub(crate) fn is_checked(&self) -> bool {
        self.census.is_some()
    }

    pub(crate) fn take(&mut self, columns: &mut Columns, bookkeeping: &Bookkeeping) {
        if self.is_good {
            return;
        }
        self.is_good = true;
        self.mark(columns, &bookkeeping.pools);
        self.ranges.clear();
        for &(mem, bytes) in &bookkeeping.pools {
            bookkeeping.written.ranges(mem, bytes, &mut self.ranges);
        }
        let needed = self.ranges.iter().map(|range| range.1 + LINE).sum();
        if self.bytes.len() < needed {
            self.bytes.resize(needed, 0);
        }
        let mut rest = &mut self.bytes[..];
        for &(mem, bytes) in &self.ranges {
            let pool = columns.pool_bytes(mem, bytes);
            let lead = lead(rest, pool);
            let (copy, behind) = rest[lead..].split_at_mut(bytes);
            copy.copy_from_slice(pool);
            rest = behind;
        }
    }

    /// Remembers what the subject has, if it was checked and the subject can show that it still has it.
    fn mark(&mut self, columns: &mut Columns, pools: &[(usize, usize)]) {
        let layers = columns.layers;
        let is_checked = self.census.is_some() && layers.model && layers.validate;
        self.is_marked = is_checked && columns.subject.mark();
        if self.is_marked {
            self.rows.clear();
            self.listed.clear();
            pools.iter().for_each(|&(mem, _)| columns.subject.walk(mem, &mut self.rows));
            columns.subject.lists(&mut self.listed);
        }
    }

    /// Whether the state passes every check, shown without `validate` and the subject's walks and lists: all
    /// that they read is, byte for byte, what it was when they passed. The other columns are walked again.
    pub(crate) fn passes_again(
        &self,
        columns: &Columns,
        bookkeeping: &Bookkeeping,
        buffers: &mut Buffers,
    ) -> bool {
        let Some(census) = self.census.filter(|_| self.is_marked) else { return false };
        columns.subject.is_as_marked()
            && self.check(columns).is_ok()
            && state::beside(columns, bookkeeping, &self.rows, &self.listed, buffers)
            && state::counters(columns, bookkeeping, &census).is_ok()
    }

    /// No byte of a pool differs from the copy.
    pub(crate) fn check(&self, columns: &Columns) -> Checked {
        let mut rest = &self.bytes[..];
        for &(mem, bytes) in &self.ranges {
            let now = columns.pool_bytes(mem, bytes);
            let (copy, behind) = rest[lead(rest, now)..].split_at(bytes);
            rest = behind;
            if now != copy {
                let at = now.iter().zip(copy).position(|(a, b)| a != b).unwrap_or(0);
                let what = format!("the first changed byte is at offset {}", mem + at);
                return Err(Finding::new(Check::Unchanged, what).at(mem + at));
            }
        }
        Ok(())
    }
}

/// Bytes to leave out of `copy`, so that the rest starts as far into a cache line as the pool.
fn lead(copy: &[u8], pool: &[u8]) -> usize {
    pool.as_ptr().addr().wrapping_sub(copy.as_ptr().addr()) % LINE
}
