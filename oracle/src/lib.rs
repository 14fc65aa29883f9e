//! Differential verification of memoman: engine, executable specification and Conte's C code in
//! lockstep, every step checked.
//!
//! | room | holds |
//! |---|---|
//! | [`ops`] | the op language: programs as bytes, as values, as text |
//! | [`geometry`] | the engine configurations that a program can name |
//! | [`model`] | the executable specification |
//! | [`subject`] | what is under test: the engine, or something in its place |
//! | [`lockstep`] | one call through all columns |
//! | `checks` | the check ladder, after every step |
//! | [`explore`] | every state of small heaps, breadth first |
//! | `dice` | seeded chance |
//! | `explain` | what is said of a request before it is made |
//! | [`cost`] | what calls cost in words touched, and what they may (feature `cost`) |
//! | [`counters`] | what the engine's counters should say |
//! | `books` | what the run remembers: who owns what, and its content |
//! | `interpret` | programs to calls, with repair |
//! | `live` | what is live, where, and what it was filled with |
//! | `misuse` | the pointer policy under hostile pointers and damage (feature `debug`) |
//! | [`run()`], [`Bench`] | the entry, and the contexts it uses again |
//! | [`finding`], [`Failure`] | what a check saw, and its story |
//! | [`trace`] | a run, line by line |
//! | `shrink` | a smaller program |
//! | [`triage`] | many crashes, few findings |
//! | `planted` | wrong allocators, one mistake each, with which the harness is measured |
//! | `picture`, `strip` | the heap as a story shows it: its columns, its lines |
//! | [`stats`] | what the runs did |
//! | `fragmentation` | what heaps lose to headers, rounding and gaps, beside other allocators |

pub mod arena;
mod books;
mod checks;
pub mod cost;
pub mod counters;
mod dice;
mod explain;
pub mod explore;
mod failure;
pub mod finding;
#[cfg(feature = "fragmentation")]
pub mod fragmentation;
pub mod geometry;
mod interpret;
mod live;
pub mod lockstep;
#[cfg(feature = "debug")]
pub mod misuse;
pub mod model;
pub mod ops;
mod picture;
#[cfg(feature = "bughunt")]
pub mod planted;
mod questions;
mod run;
mod shrink;
pub mod stats;
mod strip;
pub mod subject;
mod system;
pub mod trace;
pub mod triage;

pub use failure::Failure;
pub use interpret::Traced;
pub use live::{Live, LiveSet};
pub use lockstep::{Against, Layers};
pub use run::{Bench, Config, run, run_program};
pub use shrink::{shrink_by, shrink_bytes};
pub use stats::Stats;
