//! The checks after every step and at the end of a run. They read the columns and change nothing.
//!
//! | file | checks |
//! |---|---|
//! | [`content`] | payloads hold what was written into them |
//! | [`contract`] | alignment, containment, size and overlap, by what was handed out |
//! | [`cost`] | no call touches more words than its kind may |
//! | [`parity`] | replies and places are the specification's and the reference's |
//! | [`state`] | `validate`, walks, free lists and counters |
//! | [`refusals`] | `explain` names the reason of each refusal |

pub(crate) mod content;
pub(crate) mod contract;
pub(crate) mod cost;
pub(crate) mod parity;
pub(crate) mod refusals;
pub(crate) mod state;
