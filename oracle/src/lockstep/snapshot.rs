//! Copies of the columns: of the heap's bytes before a call that should be refused, and of the whole
//! state of a lockstep, to restore it.

use crate::finding::{Check, Checked, Finding};
use crate::lockstep::bookkeeping::Bookkeeping;
use crate::lockstep::columns::Columns;
use crate::lockstep::layers::Layers;
use crate::model::Specification;
use crate::subject::Saved;
use crate::subject::reference::SavedReference;

/// The bytes of all pools before a call that should be refused. After a refusal the copy is still valid
/// for the next such call.
#[derive(Default)]
pub(crate) struct PoolCopy {
    /// The pools' bytes, each pool as far into a cache line as it is in the arena: two loads of a comparison
    /// then read two lines, not three.
    bytes: Vec<u8>,
    /// No byte of a pool has changed since it was taken.
    is_good: bool,
}

/// Bytes of a cache line, of which pool and copy have the same.
const LINE: usize = 64;

impl PoolCopy {
    /// The heap has changed.
    pub(crate) fn forget(&mut self) {
        self.is_good = false;
    }

    pub(crate) fn take(&mut self, columns: &Columns, pools: &[(usize, usize)]) {
        if self.is_good {
            return;
        }
        self.is_good = true;
        let needed = pools.iter().map(|pool| pool.1 + LINE).sum();
        if self.bytes.len() < needed {
            self.bytes.resize(needed, 0);
        }
        let mut rest = &mut self.bytes[..];
        for &(mem, bytes) in pools {
            let pool = columns.pool_bytes(mem, bytes);
            let lead = lead(rest, pool);
            let (copy, behind) = rest[lead..].split_at_mut(bytes);
            copy.copy_from_slice(pool);
            rest = behind;
        }
    }

    /// No byte of a pool differs from the copy.
    pub(crate) fn check(&self, columns: &Columns, pools: &[(usize, usize)]) -> Checked {
        let mut rest = &self.bytes[..];
        for &(mem, bytes) in pools {
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

/// The state of a lockstep, saved by [`save`].
pub(crate) struct SavedLockstep {
    subject: Saved,
    /// The bytes of each pool in the subject's arena.
    content: Vec<Vec<u8>>,
    specification: Box<dyn Specification>,
    reference: Option<SavedReference>,
    layers: Layers,
    bookkeeping: Bookkeeping,
}

pub(crate) fn save(columns: &Columns, bookkeeping: &Bookkeeping) -> SavedLockstep {
    let mut copy = Bookkeeping::new(columns.geometry.align);
    copy.become_like(bookkeeping);
    let bytes = |&(mem, bytes): &(usize, usize)| columns.pool_bytes(mem, bytes).to_vec();
    SavedLockstep {
        subject: columns.subject.save(),
        content: bookkeeping.pools.iter().map(bytes).collect(),
        specification: columns.all_specification.boxed_clone(),
        reference: columns.reference().map(|reference| reference.save()),
        layers: columns.layers,
        bookkeeping: copy,
    }
}

/// Restores a state that was saved from the same columns.
pub(crate) fn restore(columns: &mut Columns, bookkeeping: &mut Bookkeeping, saved: &SavedLockstep) {
    for (&(mem, _), content) in saved.bookkeeping.pools.iter().zip(&saved.content) {
        columns.restore_pool(mem, content);
    }
    columns.subject.restore(&saved.subject);
    columns.all_specification = saved.specification.boxed_clone();
    if let (Some(reference), Some(saved)) = (&mut columns.all_reference, &saved.reference) {
        reference.restore(saved);
    }
    columns.layers = saved.layers;
    bookkeeping.become_like(&saved.bookkeeping);
}
