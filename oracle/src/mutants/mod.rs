//! Mutants: faulty allocators, each with one realistic mistake. A mutant takes the engine's place in the
//! lockstep. The harness is measured by how many mutants it catches, how soon, and with which check.
//!
//! | module | holds |
//! |---|---|
//! | [`catalogue`] | all mutants, by name |
//! | [`mutant`] | what the catalogue says about a mutant |
//! | [`rules`] | the specification with one rule wrong |
//! | [`wrappers`] | the engine behind a wrapper that changes one result |
//! | [`faulty`] | a small TLSF over real bytes, with one fault: in bits, links, flags, pools or counters |
//! | [`hard`] | mutants whose mistake shows only under a rare conjunction, each with a witness |
//! | `expected` | the checks that the catalogue expects to fail |
//! | [`target`] | the body of a fuzz target for a mutant |
//! | [`campaign`] | how soon a mutant is caught |
//!
//! The engine has no switches for faults: the code that ships is the code that is tested.

pub mod campaign;
pub mod catalogue;
mod expected;
pub mod faulty;
pub mod hard;
pub mod mutant;
pub mod rules;
pub mod target;
pub mod wrappers;

pub use catalogue::{all, by_name};
pub use faulty::{Fault, FaultyTlsf, HardFault};
pub use hard::Hard;
pub use mutant::{Made, Mutant};
