//! The results of realloc.

/// What [`Model::realloc`](crate::model::Model::realloc) did.
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
