//! The numbers that this library was built with, and the heaps that they make. `build.rs` writes the
//! constants, from environment variables or the target's defaults.

use engine::{Tlsf, WORD, first_levels_for};

include!(concat!(env!("OUT_DIR"), "/configuration.rs"));

const _: () = assert!(
    MM_FIRST_LEVELS == first_levels_for::<MM_ALIGN, SECOND_LEVELS>(LARGEST_POOL)
        && TLSF_FIRST_LEVELS == first_levels_for::<WORD, SECOND_LEVELS>(LARGEST_POOL),
    "configuration/mod.rs counts the first-level rows as the engine does"
);

/// The engine of `tlsf` heaps: TLSF 3.1's alignment.
pub(crate) type TlsfEngine = Tlsf<WORD, TLSF_FIRST_LEVELS, SECOND_LEVELS, MM_POOLS_MAX>;
