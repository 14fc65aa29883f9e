//! Scopes that were closed, and what they came to.

/// A scope, and its states and transitions.
pub struct Known {
    /// A geometry's name.
    pub geometry: &'static str,
    /// Bytes of the first pool.
    pub bytes: usize,
    /// Pools.
    pub pools: usize,
    /// Alignments of memalign.
    pub aligns: &'static [usize],
    /// How many states it has.
    pub states: usize,
    /// How many moves can be made in them.
    pub transitions: u64,
    /// It closes within seconds: CI does it at each change, the others are for the night.
    pub quick: bool,
}

/// The table.
pub const KNOWN: &[Known] = &[];
