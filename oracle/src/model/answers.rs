//! What an operation answers beyond a payload.

/// What [`Model::realloc`](super::Model::realloc) did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Realloc {
    /// Nothing changed: the size is impossible, or no block holds it.
    Refused,
    /// The size was 0: the block is free.
    Freed,
    /// There was no block: this one is new.
    Allocated(usize),
    /// The block is where it was, perhaps with another size.
    InPlace(usize),
    /// A new block took over the contents, the old one is free.
    Moved {
        /// Payload of the new block.
        to: usize,
        /// Bytes copied, from the start of the payload.
        copied: usize,
    },
}

impl Realloc {
    /// What the call returns: the payload, or none where the C code returns null.
    pub const fn payload(self) -> Option<usize> {
        match self {
            Self::Refused | Self::Freed => None,
            Self::Allocated(p) | Self::InPlace(p) | Self::Moved { to: p, .. } => Some(p),
        }
    }
}

/// What the last operation did on its way, for statistics. A moving realloc is a malloc and a
/// free: it has the events of both.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Events {
    /// A tail was cut off a block.
    pub split: bool,
    /// A leading gap was cut off for alignment.
    pub gap: bool,
    /// A free predecessor was absorbed.
    pub merged_prev: bool,
    /// A free successor was absorbed.
    pub merged_next: bool,
    /// A realloc left the block where it was.
    pub in_place: bool,
    /// A realloc moved the block.
    pub moved: bool,
}
