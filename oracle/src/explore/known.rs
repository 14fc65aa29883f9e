//! Closed scopes and their numbers of states.

/// A closed scope, and its numbers of states and transitions.
pub struct KnownScope {
    /// Name of the geometry.
    pub geometry: &'static str,
    /// Bytes of the first pool.
    pub bytes: usize,
    /// Number of pools.
    pub pools: usize,
    /// Alignments of memalign.
    pub aligns: &'static [usize],
    /// Number of states.
    pub states: usize,
    /// Number of moves in all states.
    pub transitions: u64,
    /// The search takes seconds: CI runs it for each change. The others run at night.
    pub quick: bool,
}

/// All closed scopes, by number of states.
pub const KNOWN: &[KnownScope] = &[
    known("a32-sl4", 352, 1, &[64], 676, 35_536),
    known("conte-sl32", 192, 1, &[16, 32], 2_048, 285_406),
    known("conte-sl4", 192, 1, &[16, 32], 2_050, 285_600),
    known("conte-sl4", 96, 3, &[], 4_206, 244_740),
    known("a16-sl4", 256, 1, &[32], 5_724, 516_929),
    known("conte-sl4", 128, 2, &[16], 7_420, 673_678),
    known("conte-sl4", 224, 1, &[16, 32], 10_540, 1_851_959),
    nightly(known("a16-sl4", 320, 1, &[32, 64], 84_016, 12_707_514)),
    nightly(known("conte-sl8", 272, 1, &[16, 32], 124_574, 29_569_688)),
    known("conte-sl4", 272, 1, &[16, 32], 124_748, 29_601_926),
    nightly(known("conte-sl4", 160, 2, &[], 210_058, 23_833_274)),
    nightly(known("conte-sl4", 304, 1, &[16, 32], 654_536, 185_251_173)),
];

const fn known(
    geometry: &'static str,
    bytes: usize,
    pools: usize,
    aligns: &'static [usize],
    states: usize,
    transitions: u64,
) -> KnownScope {
    KnownScope { geometry, bytes, pools, aligns, states, transitions, quick: true }
}

/// The search takes longer than seconds, or repeats what a quick one shows.
const fn nightly(scope: KnownScope) -> KnownScope {
    KnownScope { quick: false, ..scope }
}
