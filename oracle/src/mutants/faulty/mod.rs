//! A small TLSF over the arena's bytes, made to be broken: real headers, flags, back links, list links
//! and two levels of bits, and one [`Fault`].
//!
//! It is slow and simple, and it stays inside the arena: it checks every access, and all its loops end.
//! So a fault shows as a wrong result, as a law that `validate` names, or as a panic. Offsets count from
//! the arena's base. A block is named by the offset of its header.
//!
//! | module | holds |
//! |---|---|
//! | `fault` | the list of faults |
//! | `tlsf` | the allocator: control, and words, headers and flags in the arena |
//! | `lists` | size order: lists and bits |
//! | `chain` | address order: splitting and merging |
//! | `allocate` | allocate and reallocate |
//! | `pools` | adding, removing and resizing pools |
//! | `counters` | its counters |
//! | `validate` | its own check of the laws |
//! | `subject` | the calls and queries of the lockstep |
//! | `hard` | the list of hard faults, and the wrong steps that they take |
//! | `catalogue` | a mutant for each fault |

mod allocate;
pub(super) mod catalogue;
mod chain;
mod counters;
mod fault;
mod hard;
mod lists;
mod pools;
mod subject;
mod tlsf;
mod validate;

pub use fault::Fault;
pub use hard::HardFault;
pub(super) use hard::for_each_hard_fault;
pub use tlsf::FaultyTlsf;
