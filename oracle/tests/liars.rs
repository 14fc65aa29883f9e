//! Check the checker: subjects that lie are caught, and the check that catches them names the lie.
//!
//! | room | holds |
//! |---|---|
//! | `wrap` | the engine with a lie in front |
//! | `lies` | the lies |
//! | `mutants` | the specification with a decision taken wrong |
//! | `hunt` | random programs until one fails |

#[path = "liars/hunt.rs"]
mod hunt;
#[path = "liars/lies.rs"]
mod lies;
#[path = "liars/mutants.rs"]
mod mutants;
#[path = "liars/wrap.rs"]
mod wrap;

use memoman::Law;
use oracle::finding::{Check, Kind, Party};
use oracle::geometry::{GEOMETRIES, Geometry, WORD};
use oracle::lockstep::Lockstep;
use oracle::model::Conte31;

use hunt::{FEW_OPS, MOST_CALLS, hunt, is_caught, passes};
use lies::{
    Honest, IntoHeader, IntoPayload, MarkOnRefusal, Miscount, Null, Outside, PrevFreeDropped,
    Short, TailLost, Twice, WordOff,
};
use mutants::{Fifo, NextFirst, SplitsAbove, obeying};
use wrap::lying;

/// Programs that a subject without a lie has to get through, in calls from each seed.
const CLEAN_CALLS: u64 = 30_000;

/// Conte's C code stands beside the first four.
fn has_reference(g: &Geometry) -> bool {
    GEOMETRIES[..4].contains(g)
}

#[test]
fn a_payload_a_word_off_is_misplaced_or_where_align_is_more_misaligned() {
    let caught = |maker, kind, named| is_caught(maker, kind, named, MOST_CALLS, 40);
    // Half of the programs have an ALIGN above a word: which of the two comes first is the seed's.
    let _ = caught;
    for seed in [1, 2, 3] {
        let (failure, _) = hunt(lying::<WordOff>, seed);
        let _ = failure;
    }
}
