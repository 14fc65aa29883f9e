//! Size order: the free lists of all classes, laid end to end in one vector.
//!
//! Classes ascend and each list runs from its head on, so an empty class takes no space, and the
//! search for the first block of a class *or of any above it* is one binary search: no bitmap.

use crate::model::rules::End;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Entry {
    class: usize,
    offset: usize,
}

#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct FreeLists {
    entries: Vec<Entry>,
}

impl FreeLists {
    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    #[inline]
    pub(super) fn insert(&mut self, class: usize, offset: usize, end: End) {
        let at = match end {
            End::Front => self.entries.partition_point(|entry| entry.class < class),
            End::Back => self.entries.partition_point(|entry| entry.class <= class),
        };
        self.entries.insert(at, Entry { class, offset });
    }

    /// Unlinks the head of the first list, at `class` or above, that is not empty.
    #[inline]
    pub(super) fn take(&mut self, class: usize) -> Option<usize> {
        let at = self.entries.partition_point(|entry| entry.class < class);
        (at < self.entries.len()).then(|| self.entries.remove(at).offset)
    }

    /// The blocks of one list, from its head on.
    pub(super) fn of(&self, class: usize) -> impl Iterator<Item = usize> + '_ {
        let from = self.entries.partition_point(|entry| entry.class < class);
        let own = self.entries[from..].iter().take_while(move |entry| entry.class == class);
        own.map(|entry| entry.offset)
    }

    /// Unlinks the block at `offset` from its list. A block in no list stays as it is.
    #[inline]
    pub(super) fn remove(&mut self, offset: usize) {
        if let Some(at) = self.entries.iter().position(|entry| entry.offset == offset) {
            self.entries.remove(at);
        }
    }

    /// The highest class with a block in it.
    pub(super) fn top(&self) -> Option<usize> {
        self.entries.last().map(|entry| entry.class)
    }

    /// (class, payload offset): classes ascend, and each list runs from its head on.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (usize, usize)> + '_ {
        self.entries.iter().map(|entry| (entry.class, entry.offset))
    }
}
