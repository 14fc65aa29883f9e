//! Runs: from programs to calls, in contexts that are used again.
//!
//! | file | holds |
//! |---|---|
//! | [`config`] | how to run |
//! | [`context`] | the entry [`run`](context::run), and the contexts that runs use again |
//! | `interpret` | from ops to actions, with repair |
//! | `machine` | what a program runs on: the lockstep, or another allocator under its contract |
//! | `regions` | the regions of a program, and their additions as pools |
//! | [`failure`] | the first failure of a run, as data |
//! | [`stats`] | what runs did, counted |
//! | [`step`] | one executed step, as observers receive it |

pub mod config;
pub mod context;
pub mod failure;
pub(crate) mod interpret;
pub(crate) mod machine;
pub(crate) mod regions;
mod resize;
pub mod stats;
pub mod step;
