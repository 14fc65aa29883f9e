//! The ten laws, where one is broken, and what a sound heap holds. Values only.

use core::fmt;

/// A law that every sound heap obeys. The engine, its checks and the fuzzer use the same names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum Law {
    /// Blocks cover the pool with no gap, each of a legal size.
    Tiling,
    /// PREV_FREE equals the predecessor's FREE.
    Mirror,
    /// A free block's successor points back at it.
    BackLink,
    /// No two neighbours are free.
    Coalesced,
    /// Each pool ends in one used block of size 0.
    Sentinel,
    /// A block is free exactly if it is in exactly one list.
    Membership,
    /// A listed block is in the list of its size.
    Class,
    /// Next and prev links of a list agree, lead to blocks, and form no cycle.
    Links,
    /// An occupancy bit is set exactly if its list is not empty, on both levels.
    Occupancy,
    /// Counters equal what a walk counts.
    Census,
}

impl Law {
    /// All laws.
    pub const ALL: &'static [Self] = &[
        Self::Tiling,
        Self::Mirror,
        Self::BackLink,
        Self::Coalesced,
        Self::Sentinel,
        Self::Membership,
        Self::Class,
        Self::Links,
        Self::Occupancy,
        Self::Census,
    ];

    /// Returns the law's name.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(memoman::Law::Coalesced.name(), "Coalesced");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tiling => "Tiling",
            Self::Mirror => "Mirror",
            Self::BackLink => "BackLink",
            Self::Coalesced => "Coalesced",
            Self::Sentinel => "Sentinel",
            Self::Membership => "Membership",
            Self::Class => "Class",
            Self::Links => "Links",
            Self::Occupancy => "Occupancy",
            Self::Census => "Census",
        }
    }

    /// Returns the law as a sentence.
    ///
    /// # Examples
    /// ```
    /// use memoman::Law;
    /// assert_eq!(Law::Coalesced.statement(), "no two neighbours are free");
    /// ```
    #[must_use]
    pub const fn statement(self) -> &'static str {
        match self {
            Self::Tiling => "blocks of legal sizes cover the pool with no gap",
            Self::Mirror => "PREV_FREE equals the predecessor's FREE",
            Self::BackLink => "a free block's successor points back at it",
            Self::Coalesced => "no two neighbours are free",
            Self::Sentinel => "each pool ends in one used block of size 0",
            Self::Membership => "a block is free exactly if it is in exactly one list",
            Self::Class => "a listed block is in the list of its size",
            Self::Links => "next and prev links agree, lead to blocks, and form no cycle",
            Self::Occupancy => "a bit is set exactly if its list is not empty, on both levels",
            Self::Census => "counters equal what a walk counts",
        }
    }
}

/// Where a law is broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Place {
    /// At the block whose header is `offset` bytes into the `pool`-th pool (in order of addition).
    Block {
        /// Index in the order of [`Tlsf::pools`](crate::Tlsf::pools).
        pool: usize,
        /// Bytes from the pool's start to the header.
        offset: usize,
    },
    /// At the head, or the bit, of the list of this size class.
    List {
        /// First-level row.
        row: usize,
        /// Second-level list.
        list: usize,
    },
    /// At the block whose header is at this address, in no pool of the table.
    Unlisted {
        /// The address of the header.
        addr: usize,
    },
    /// In the heap as a whole.
    Heap,
}

/// A broken law, and where. To print it without code that formats, use [`Law::name`] and
/// [`Law::statement`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Violation {
    /// The first law that was found broken.
    pub law: Law,
    /// The block or list at fault; for a wrong link, the block or list that holds it.
    pub place: Place,
}

impl Violation {
    /// Creates a violation of this law at this place.
    ///
    /// # Examples
    /// ```
    /// use memoman::{Law, Place, Violation};
    /// let violation = Violation::new(Law::Sentinel, Place::Block { pool: 0, offset: 4088 });
    /// assert!(violation.to_string().ends_with("at pool 0, header offset 4088"));
    /// ```
    #[must_use]
    pub const fn new(law: Law, place: Place) -> Self {
        Self { law, place }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not as arguments of `write!`: they would need code that pads.
        for text in ["law ", self.law.name(), " (", self.law.statement(), ") is broken "] {
            f.write_str(text)?;
        }
        match self.place {
            Place::Block { pool, offset } => write!(f, "at pool {pool}, header offset {offset}"),
            Place::List { row, list } => write!(f, "at the free list of row {row}, list {list}"),
            Place::Unlisted { addr } => write!(f, "in an unlisted pool, header at {addr:#x}"),
            Place::Heap => f.write_str("in the heap as a whole"),
        }
    }
}

impl core::error::Error for Violation {}

/// What a sound heap holds, as counted by [`Tlsf::validate`](crate::Tlsf::validate).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub struct Census {
    /// Pools.
    pub pools: usize,
    /// Blocks handed out.
    pub used_blocks: usize,
    /// Their usable bytes.
    pub used_bytes: usize,
    /// Free blocks.
    pub free_blocks: usize,
    /// Their bytes.
    pub free_bytes: usize,
    /// The largest free block's bytes.
    pub largest_free: usize,
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    #[test]
    fn the_name_of_a_law_is_that_of_its_variant() {
        for law in Law::ALL {
            assert_eq!(std::format!("{law:?}"), law.name());
        }
    }
}
