//! What a heap's counters should say: kept by the lockstep from calls and answers, and compared
//! after every step.

use crate::lockstep::Call;
use crate::model::Census;

/// Counters of a heap, since it was made or last reset.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counters {
    /// What a walk counts.
    pub census: Census,
    /// The most bytes that were ever used at a time.
    pub peak_used_bytes: usize,
    /// The largest request for a block, granted or not.
    pub largest_request: usize,
    /// Requests refused, those of 0 bytes aside.
    pub failures: usize,
}

impl Counters {
    /// After a call that all agreed on, during which up to `used` bytes were used. The census is
    /// left to a walk.
    pub(crate) fn follow(&mut self, call: Call, done: bool, used: usize) {
        self.peak_used_bytes = self.peak_used_bytes.max(used);
        if let Call::Malloc { size, .. }
        | Call::Memalign { size, .. }
        | Call::Realloc { size, .. } = call
        {
            self.largest_request = self.largest_request.max(size);
            self.failures += usize::from(size > 0 && !done);
        }
    }
}
