//! Differential verification of memoman: engine, executable specification and Conte's C code in
//! lockstep, with every check after every step.
//!
//! ```
//! use oracle::{Config, Report};
//!
//! // Any bytes are a program.
//! if let Err(failure) = oracle::run(&[3, 1, 4, 1, 5, 9, 2, 6], &Config::default()) {
//!     panic!("{}", Report::of(&failure));
//! }
//! ```
//!
//! Modules from the top down; each uses only those below it.
//!
//! | module | holds |
//! |---|---|
//! | `lab` | a run as one page for a browser (feature `lab`) |
//! | `fragmentation` | a study: bytes lost to headers, rounding and gaps, beside other allocators (feature `fragmentation`) |
//! | `mutants` | the catalogue of faulty allocators with which the harness is measured (feature `bughunt`) |
//! | [`latency`] | the cost of calls in words touched, and programs with the worst cases |
//! | `guard` | the pointer policy under hostile pointers and damaged memory (feature `guard`) |
//! | [`explore`] | every state of small heaps, breadth first |
//! | [`guided`] | programs that evolve towards heaps not seen before |
//! | [`check`] | any allocator under its contract, in a user's own tests |
//! | [`report`] | [`Report`]: the text of a failure; the trace of a run |
//! | [`reduce`] | smaller programs that fail the same way; many crashes to few findings |
//! | [`run`](mod@run) | [`run()`], [`Context`], [`Config`], [`Failure`]: from programs to calls |
//! | [`lockstep`] | the step: one call through all columns, and the checks after it |
//! | [`subject`] | the allocators in the columns: the engine, the C reference |
//! | [`model`] | the executable specification |
//! | [`allocator`] | the trait of the three columns |
//! | [`shadow`] | shadow maps: live blocks, as a caller knows them |
//! | [`counters`] | what the engine's counters should be |
//! | [`bounds`] | the most words that a call of each kind may touch |
//! | [`finding`] | the checks, and what a check found |
//! | [`action`] | what a program does to its slots |
//! | [`call`] | a call as each column receives it, and its reply |
//! | [`ops`] | the op language: programs as bytes, as values, as text |
//! | [`geometry`] | the engine configurations that a program can name |
//! | [`arena`] | the memory of an allocator under test |
//! | `rng` | seeded random numbers |

pub mod action;
pub mod allocator;
pub mod arena;
pub mod bounds;
pub mod call;
pub mod check;
pub mod counters;
pub mod explore;
pub mod finding;
#[cfg(feature = "fragmentation")]
pub mod fragmentation;
pub mod geometry;
#[cfg(feature = "guard")]
pub mod guard;
pub mod guided;
#[cfg(feature = "lab")]
pub mod lab;
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
pub mod shadow;
pub mod subject;

pub use lockstep::layers::{Against, Layers};
pub use reduce::shrink::{shrink, shrink_by, shrink_bytes};
pub use report::Report;
pub use run::config::Config;
pub use run::context::{Context, run, run_program};
pub use run::failure::Failure;
pub use run::stats::Stats;
pub use run::step::Step;
