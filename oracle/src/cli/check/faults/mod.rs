//! The numbered faults of TLSF 3.1, looked for in a library. Each probe runs in a child process of its own, as
//! the fault may end it: that counts as present.
//!
//! | file | holds |
//! |---|---|
//! | `probe` | [`Probe`]; [`Lab`]: a heap in memory that a probe owns |
//! | `requests` | B1 to B5: sizes and alignments |
//! | `pools` | B6, B7, B8, B10, B11: memory that is no pool |
//! | `pointers` | B12: pointers that are no block |
//! | `damage` | B13: damaged fields |
//! | `promises` | B14 to B18: the contract of the interface |

mod damage;
mod pointers;
mod pools;
mod probe;
mod promises;
mod requests;

pub(crate) use probe::Probe;

/// All, in the order of their numbers.
pub(crate) const PROBES: [Probe; 26] = [
    requests::MALLOC,
    requests::REALLOC_AT_THE_LIMIT,
    requests::REALLOC,
    requests::MEMALIGN,
    requests::HALF,
    requests::NO_ALIGNMENT,
    pools::LIMIT,
    pools::SMALL_BUFFER,
    pools::NULL_HEAP,
    pools::NULL_POOL,
    pools::TWICE,
    pools::INSIDE,
    pools::BUSY,
    pools::REMOVED_TWICE,
    pointers::TWICE,
    pointers::INTERIOR,
    pointers::FOREIGN,
    damage::LESS,
    damage::ZERO,
    damage::CIRCLE,
    damage::PREVIOUS,
    damage::BACK_LINK,
    promises::LARGEST,
    promises::MAX_ALIGN,
    promises::ALIGNMENT_LOST,
    promises::MOVED,
];
