//! Copies of the whole state of a lockstep, to restore it.

use crate::lockstep::bookkeeping::Bookkeeping;
use crate::lockstep::columns::Columns;
use crate::lockstep::layers::Layers;
use crate::model::Specification;
use crate::subject::Saved;
use crate::subject::reference::SavedReference;

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
