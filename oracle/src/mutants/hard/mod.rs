//! Hard mutants: each shows its mistake only under a conjunction that random programs meet less than once in
//! 100,000 calls. They measure how soon an engine finds what is rare: generator, fuzzers, explorer.
//!
//! Each has a witness, a program written by hand that meets the conjunction: a mutant that is not found is hard
//! to find, not harmless.
//!
//! | module | holds |
//! |---|---|
//! | `catalogue` | all hard mutants, with their witnesses |
//! | `rules` | the specification and the engine with the same rare mistake: only the C code contradicts |

mod catalogue;
mod rules;

pub use catalogue::{Hard, all, by_name};
