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
//! | `rng` | seeded chance |
//! | `explain` | what is said of a request before it is made |
//! | [`cost`] | what calls cost in words touched, and what they may (feature `cost`) |
//! | [`counters`] | what the engine's counters should say |
//! | `books` | what the run remembers: who owns what, and its content |
//! | `interpret` | programs to calls, with repair |
//! | `live` | what is live, where, and what it was filled with |
//! | `misuse` | the pointer policy under hostile pointers and damage (feature `guard`) |
//! | [`run()`], [`Context`] | the entry, and the contexts it uses again |
//! | [`finding`], [`Failure`] | what a check saw, and its story |
//! | [`trace`] | a run, line by line |
//! | `shrink` | a smaller program |
//! | [`triage`] | many crashes, few findings |
//! | `planted` | wrong allocators, one mistake each, with which the harness is measured |
//! | `picture`, `strip` | the heap as a story shows it: its columns, its lines |
//! | [`stats`] | what the runs did |
//! | `fragmentation` | what heaps lose to headers, rounding and gaps, beside other allocators |

pub mod action;
pub mod allocator;
pub mod arena;
pub mod bounds;
pub mod call;
pub mod counters;
pub mod explore;
pub mod finding;
#[cfg(feature = "fragmentation")]
pub mod fragmentation;
pub mod geometry;
#[cfg(feature = "guard")]
pub mod guard;
pub mod latency;
pub mod lockstep;
pub mod model;
#[cfg(feature = "bughunt")]
pub mod mutants;
pub mod ops;
pub mod reduce;
pub mod report;
mod rng;
pub mod run;
mod shadow;
pub mod subject;

pub use lockstep::layers::{Against, Layers};
pub use reduce::shrink::{shrink, shrink_by, shrink_bytes};
pub use report::Report;
pub use run::config::Config;
pub use run::context::{Context, run, run_program};
pub use run::failure::Failure;
pub use run::stats::Stats;
pub use run::step::Step;
pub use shadow::{Live, ShadowHeap};
