//! Pools beyond the table of a heap: none, or any number.

use engine::UnlistedPools;

/// What a heap keeps of the pools beyond its table.
#[cfg_attr(feature = "guard", allow(dead_code))] // The engine's checked heap keeps them itself.
pub(crate) trait Beyond {
    /// Of a heap without pools.
    const NEW: Self;
    /// Whether there can be such pools.
    const UNLIMITED: bool;

    fn pools(&mut self) -> Option<&mut UnlistedPools>;
    fn get(&self) -> UnlistedPools;
}

/// No pools beyond the table: a heap that knows all its memory.
pub(crate) struct InTable;

impl Beyond for InTable {
    const NEW: Self = Self;
    const UNLIMITED: bool = false;

    fn pools(&mut self) -> Option<&mut UnlistedPools> {
        None
    }

    fn get(&self) -> UnlistedPools {
        UnlistedPools::NONE
    }
}

/// Any number of pools beyond the table, as TLSF 3.1 has them.
#[cfg_attr(feature = "guard", allow(dead_code))]
pub(crate) struct Unlimited(UnlistedPools);

impl Beyond for Unlimited {
    const NEW: Self = Self(UnlistedPools::NONE);
    const UNLIMITED: bool = true;

    fn pools(&mut self) -> Option<&mut UnlistedPools> {
        Some(&mut self.0)
    }

    fn get(&self) -> UnlistedPools {
        self.0
    }
}
