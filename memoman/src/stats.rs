//! Counters: what a heap holds and what was requested of it, updated by each operation (feature `stats`).
//!
//! The only module with a `cfg` for that feature. Without it [`Tally`] is empty and its methods do
//! nothing, so that the callers are the same with and without.

use crate::law::Census;

/// What a heap holds and what was requested of it since it was created or last
/// [reset](crate::Tlsf::reset), as [`Tlsf::stats`](crate::Tlsf::stats) returns it (feature `stats`).
#[cfg(feature = "stats")]
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub struct Stats {
    /// Blocks handed out now.
    pub used_blocks: usize,
    /// Their usable bytes.
    pub used_bytes: usize,
    /// The maximum of [`Stats::used_bytes`]. While a reallocation moves a block, the old block and the
    /// new one both count.
    pub peak_used_bytes: usize,
    /// Free blocks now.
    pub free_blocks: usize,
    /// Their bytes.
    pub free_bytes: usize,
    /// The largest request, granted or not.
    pub largest_request: usize,
    /// Requests refused, except those of 0 bytes.
    pub failures: usize,
}

/// [`Stats`], and what changes them.
#[cfg(feature = "stats")]
pub(crate) struct Tally(Stats);

/// One block more, of that many bytes. In a damaged heap the numbers may wrap, in every profile;
/// `validate` reports *Census* then.
#[cfg(feature = "stats")]
#[inline]
fn add(blocks: &mut usize, sum: &mut usize, bytes: usize) {
    *blocks = blocks.wrapping_add(1);
    *sum = sum.wrapping_add(bytes);
}

/// One block less.
#[cfg(feature = "stats")]
#[inline]
fn subtract(blocks: &mut usize, sum: &mut usize, bytes: usize) {
    *blocks = blocks.wrapping_sub(1);
    *sum = sum.wrapping_sub(bytes);
}

#[cfg(feature = "stats")]
impl Tally {
    pub(crate) const fn new() -> Self {
        Self(Stats {
            used_blocks: 0,
            used_bytes: 0,
            peak_used_bytes: 0,
            free_blocks: 0,
            free_bytes: 0,
            largest_request: 0,
            failures: 0,
        })
    }

    /// A free block joins a list.
    #[inline]
    pub(crate) fn listed(&mut self, bytes: usize) {
        add(&mut self.0.free_blocks, &mut self.0.free_bytes, bytes);
    }

    /// A free block leaves its list.
    #[inline]
    pub(crate) fn unlisted(&mut self, bytes: usize) {
        subtract(&mut self.0.free_blocks, &mut self.0.free_bytes, bytes);
    }

    /// A block is handed out to the caller.
    #[inline]
    pub(crate) fn handed_out(&mut self, bytes: usize) {
        add(&mut self.0.used_blocks, &mut self.0.used_bytes, bytes);
        self.0.peak_used_bytes = self.0.peak_used_bytes.max(self.0.used_bytes);
    }

    /// The caller returns a block.
    #[inline]
    pub(crate) fn taken_back(&mut self, bytes: usize) {
        subtract(&mut self.0.used_blocks, &mut self.0.used_bytes, bytes);
    }

    /// A request of `bytes` was granted, or not.
    #[inline]
    pub(crate) fn request(&mut self, bytes: usize, granted: bool) {
        self.0.largest_request = self.0.largest_request.max(bytes);
        let failed = usize::from(bytes > 0 && !granted);
        self.0.failures = self.0.failures.wrapping_add(failed);
    }

    /// The request that was just refused is made again after the heap has grown: both are one request.
    pub(crate) fn retried(&mut self) {
        self.0.failures = self.0.failures.wrapping_sub(1);
    }

    pub(crate) const fn stats(&self) -> Stats {
        self.0
    }

    /// Law *Census*.
    pub(crate) fn agrees(&self, census: &Census) -> bool {
        let Census { used_blocks, used_bytes, free_blocks, free_bytes, .. } = *census;
        (self.0.used_blocks, self.0.used_bytes) == (used_blocks, used_bytes)
            && (self.0.free_blocks, self.0.free_bytes) == (free_blocks, free_bytes)
    }

    /// Law *Census*, where the walk has not seen all used blocks.
    pub(crate) fn agrees_in_part(&self, census: &Census) -> bool {
        let Census { used_blocks, used_bytes, free_blocks, free_bytes, .. } = *census;
        self.0.used_blocks >= used_blocks
            && self.0.used_bytes >= used_bytes
            && (self.0.free_blocks, self.0.free_bytes) == (free_blocks, free_bytes)
    }
}

/// The counters without feature `stats`: none.
#[cfg(not(feature = "stats"))]
pub(crate) struct Tally;

#[cfg(not(feature = "stats"))]
impl Tally {
    pub(crate) const fn new() -> Self {
        Self
    }

    #[inline]
    pub(crate) fn listed(&mut self, _bytes: usize) {}

    #[inline]
    pub(crate) fn unlisted(&mut self, _bytes: usize) {}

    #[inline]
    pub(crate) fn handed_out(&mut self, _bytes: usize) {}

    #[inline]
    pub(crate) fn taken_back(&mut self, _bytes: usize) {}

    #[inline]
    pub(crate) fn request(&mut self, _bytes: usize, _granted: bool) {}

    pub(crate) fn retried(&mut self) {}

    pub(crate) fn agrees(&self, _census: &Census) -> bool {
        true
    }

    pub(crate) fn agrees_in_part(&self, _census: &Census) -> bool {
        true
    }
}

#[cfg(all(test, feature = "stats"))]
mod tests {
    use super::*;

    #[test]
    fn counters_of_a_damaged_heap_wrap_and_come_back() {
        let mut tally = Tally::new();
        tally.taken_back(24);
        tally.unlisted(usize::MAX);
        assert_eq!((tally.0.used_blocks, tally.0.free_bytes), (usize::MAX, 1));
        tally.handed_out(24);
        tally.listed(usize::MAX);
        assert!(tally.agrees(&Census::default()));
    }
}
