//! Runs with large pools: what is kept small, and what is counted.

use crate::lockstep::Lockstep;

impl Lockstep {
    /// From the start of a run on: its pools are large, or are not. If they are, large payloads are filled at
    /// their ends and in samples, and a refusal must leave the pages unchanged that anything was written to.
    pub(crate) fn set_large(&mut self, is_large: bool) {
        if let Some(arena) = self.columns.subject.arena_mut() {
            arena.set_large(is_large);
        }
        self.bookkeeping.slots.set_sampled(is_large);
        self.bookkeeping.written.restart(is_large);
        self.buffers.count_classes(is_large);
    }

    /// Whether the pools of the run are large: of the run before, until [`Self::set_large`].
    pub(crate) fn is_large(&self) -> bool {
        self.bookkeeping.written.is_kept()
    }

    /// The classes that free blocks have been listed in during a large run, as bits.
    pub(crate) fn classes(&self) -> &[u64] {
        self.buffers.classes()
    }

    /// Ends a large run: removes its pools, and gives their memory back. Of an unsound subject only after a restart.
    pub(crate) fn discard(&mut self) {
        self.columns.discard();
        self.bookkeeping.clear(0);
        self.copy.discard();
    }
}
