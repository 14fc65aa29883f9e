//! The explorer: a breadth-first search of all states of a small heap, with the same step and the same
//! checks as the fuzzer.
//!
//! | module | holds |
//! |---|---|
//! | [`scope`] | what is explored: geometry, pools, alignments |
//! | `moves` | the moves of a state, as actions and as ops of a program |
//! | `state` | states as bytes: heaps that behave alike have the same bytes |
//! | `expand` | replaying a state's path and making its moves |
//! | [`search`] | the search, on several threads |
//! | [`known`] | closed scopes and their numbers of states |
//!
//! A state is the structure of the chain (sizes, used or free, in address order) and the order of the
//! free lists. The next result depends on nothing else, and no address is part of it. States are stored in
//! full, not as hashes, so their number is exact. A heap cannot be copied out of its arena: to expand a
//! state, the explorer replays the shortest path to it once, saves the lockstep, and restores it after each
//! move.
//!
//! The model checker `stateright` does not fit: its states are values and its moves are functions of them.
//! Each move would have to rebuild the engine, the C code and the specification from a path, which is ten
//! times the work of the move. It also identifies visited states by a hash of 64 bits, so that their number
//! is not exact.

mod expand;
pub mod known;
mod moves;
pub mod scope;
pub mod search;
mod state;

pub use scope::Scope;
pub use search::{FailingPath, Reached, Search, SearchEnd, SearchOutcome};
