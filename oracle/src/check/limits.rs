//! What an allocator may take, and when it may refuse: the limits of the efficiency checks.

/// The limits of the efficiency checks. A finding beyond them has the kind
/// [`Wasteful`](crate::finding::FailureKind::Wasteful).
///
/// The defaults are wide: buddy allocators, which round up to powers of two, stay within them. Each
/// finding names the numbers that it rests on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// A block may take this many times the requested bytes and, above 16, the alignment, and
    /// [`per_block`](Self::per_block) more.
    pub rounding: usize,
    /// Bytes that a block may take beyond that: its header, and the least block.
    pub per_block: usize,
    /// A request may be refused unless this many times its bytes are free in one piece, and twice
    /// [`per_block`](Self::per_block) more.
    pub room: usize,
    /// On fresh memory, a request for one part in so many has to be granted.
    pub capacity: usize,
    /// Bytes of memory that an allocator may need for itself.
    pub control: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rounding: 2, per_block: 128, room: 8, capacity: 4, control: 8192 }
    }
}

impl Limits {
    /// The most bytes that a block may take.
    pub(super) fn taken(&self, size: usize, align: usize) -> usize {
        let aligned = size.saturating_add(beyond(align));
        aligned.saturating_mul(self.rounding).saturating_add(self.per_block)
    }

    /// The bytes in one piece with which a request has to be granted.
    pub(super) fn enough(&self, size: usize, align: usize) -> usize {
        let room = size.saturating_mul(self.room).saturating_add(2 * self.per_block);
        room.saturating_add(beyond(align).saturating_mul(4))
    }

    /// The bytes in front of a block that it may take: its header, and a gap for its alignment.
    pub(super) fn ahead(&self, align: usize) -> usize {
        self.per_block.saturating_add(beyond(align))
    }

    /// The least request that has to be granted on fresh memory of so many bytes.
    pub(super) fn least_capacity(&self, bytes: usize) -> usize {
        bytes.saturating_sub(self.control) / self.capacity
    }
}

/// What an alignment above those of small blocks may cost.
const fn beyond(align: usize) -> usize {
    if align > 16 { align } else { 0 }
}
