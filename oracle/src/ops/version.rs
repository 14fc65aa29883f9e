//! The versions of the op language.

use super::keywords::keywords;

keywords! {
    /// A version of the op language. Both have the same header and record lengths; the numbers in them mean
    /// the same except where the tables of [`ops`](crate::ops) say otherwise.
    pub enum Version {
        /// Pools up to 256 KiB. Never changes.
        One = "v1",
        /// Pools up to 4 GiB, alignments up to 1 GiB, and the ops grow, shrink and realign. Never changes.
        Two = "v2",
    }
}

impl Version {
    /// Returns the number of pool classes: 256 bytes, 512 …
    pub const fn pool_classes(self) -> u8 {
        match self {
            Self::One => 11,
            Self::Two => 25,
        }
    }
}
