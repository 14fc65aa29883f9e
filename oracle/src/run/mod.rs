//! Runs: programs to calls, contexts that are used again, what the runs did.

pub mod context;
pub(crate) mod interpret;
pub mod stats;
pub mod step;
