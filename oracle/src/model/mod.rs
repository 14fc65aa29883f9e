//! The executable specification: a second TLSF, over numbers.
//!
//! No memory is touched here and nothing is shared with the engine. An address is a `usize`, the
//! offset from a base aligned beyond every requested alignment, so that the alignment of the
//! offset is the alignment of the address. The model predicts every address, every block size and
//! the order of every free list, also for the configurations that the C code does not have.
//!
//! | file | holds |
//! |---|---|
//! | `heap.rs` | [`Model`] and its operations on blocks: malloc, memalign, free, realloc |
//! | `pools.rs` | operations on whole pools: add, remove, extend, shrink |
//! | `placed.rs` | blocks at a chosen place: espressif's additions |
//! | `queries.rs` | queries, which change nothing |
//! | [`rules`] | every decision TLSF 3.1 takes, one function each, so that a mutant can take it wrong |
//! | [`sizes`] | request → block size → class, as two-case formulas |
//! | `specification.rs` | [`Specification`]: a model as a column of the lockstep, for any rules |
//! | `realloc.rs` | the results of realloc |
//! | `chain.rs` | address order: every block of every pool |
//! | `lists.rs` | size order: the free blocks only |
//!
//! ```text
//! mem                mem + A                                           mem + bytes
//! | A − W unused | W || payload … | W || payload … | … | payload … | W ||
//!                 header           header                           sentinel
//! ```
//!
//! A block is known by its payload's offset; the word before it is its header. The sentinel is a
//! header only, and implied: the model stores none.

mod chain;
mod heap;
mod lists;
mod placed;
mod pools;
mod queries;
mod realloc;
pub mod rules;
pub mod sizes;
mod specification;
#[cfg(test)]
mod tests;

pub use chain::{Block, Pool};
pub use heap::Model;
pub use pools::Refusal;
pub use realloc::Realloc;
pub use rules::{Conte31, End, Rules};
pub use specification::Specification;
