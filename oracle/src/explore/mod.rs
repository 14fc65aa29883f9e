//! Every state that a small heap can be in: breadth first, through the same step and the same checks
//! as the fuzzer.
//!
//! | room | holds |
//! |---|---|
//! | [`scope`] | what is explored: geometry, pools, alignments |
//! | `moves` | what can be done in a state, and how a program says it |
//! | `state` | states as bytes, so that two heaps that behave alike are one |
//! | [`search`] | breadth first, on several threads |
//! | [`known`] | scopes that were closed, and how many states they have |
//!
//! A state is the structure of the chain (sizes, used or free, in address order) and the order of the
//! free lists: all that the next answer depends on, and no address. States are kept whole, not as
//! hashes, so their number is exact. A heap cannot be copied out of its arena: to visit a state, its
//! shortest path is replayed once, and what came of it is kept and put back after each move.
//!
//! Why not the model checker `stateright`: it takes a state as a value and a move as a function of
//! it, so each of our moves would have to build the engine, the C code and the specification anew
//! from a path, ten times the work of the move itself; and it knows visited states by a hash of 64
//! bits, where we want a number to be held to.

pub mod known;
mod moves;
pub mod scope;
pub mod search;
mod state;

pub use scope::Scope;
pub use search::{Ended, Outcome, Reached, Search, Violation};
