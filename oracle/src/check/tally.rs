//! What a session counts.

/// Calls of an allocator, and bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Tally {
    /// Requests that were granted: malloc, memalign, zeroed, realloc.
    pub granted: u64,
    /// Requests that were refused.
    pub refused: u64,
    /// Frees.
    pub frees: u64,
    /// Requested bytes of the blocks of malloc and memalign.
    pub asked: u64,
    /// Their usable bytes, where they are reported.
    pub usable: u64,
}

impl Tally {
    /// All calls.
    pub const fn calls(&self) -> u64 {
        self.granted + self.refused + self.frees
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.granted += other.granted;
        self.refused += other.refused;
        self.frees += other.frees;
        self.asked += other.asked;
        self.usable += other.usable;
    }

    pub(super) fn request(&mut self, granted: bool) {
        *(if granted { &mut self.granted } else { &mut self.refused }) += 1;
    }

    pub(super) fn placed(&mut self, asked: usize, usable: usize) {
        self.asked += asked as u64;
        self.usable += usable as u64;
    }
}
