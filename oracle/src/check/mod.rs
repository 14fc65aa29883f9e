//! Your own allocator under test, in your own `#[test]` and fuzz target.
//!
//! An allocator implements [`Contract`]: malloc and free, and what it has beside them. Any
//! [`GlobalAlloc`](std::alloc::GlobalAlloc) does so behind [`Global`], any `allocator_api2::alloc::Allocator`
//! behind `Api` (feature `allocator-api2`). Its constructor is all that the
//! harness needs:
//!
//! ```
//! use oracle::check::{self, Global};
//!
//! // #[test]
//! fn it_keeps_its_contract() {
//!     let summary = check::stress(|_memory| Some(Global(std::alloc::System)), 20_000);
//!     println!("{summary}");
//! }
//! # it_keeps_its_contract();
//! ```
//!
//! # What is checked
//!
//! | level | an allocator has | what is checked |
//! |---|---|---|
//! | [`Contract`] | malloc, free; perhaps memalign, zeroed memory, realloc, usable size | alignment; blocks lie in its memory and overlap no live block; every payload keeps its bytes, and realloc the bytes that both sizes have; a refused realloc changes nothing; usable bytes; zeros; nothing beside its memory is written; after everything is freed, the largest request that fresh memory grants is granted again; no panic |
//! | [`Heap`] | perhaps pools, a walk, a check of its own | its own check after each call; the walk shows what is live and nothing else |
//! | [`Exact`] | TLSF 3.1's addresses, perhaps its lists | every address, block and list, beside the specification |
//!
//! Whether a refusal is right cannot be decided in general: another allocator may have room where this one
//! has none. Two cases can be: with nothing live, a request that fresh memory grants; and a request for far
//! less than what is free in one piece. The second is a finding about efficiency.
//!
//! # Efficiency
//!
//! An allocator that hands out a kilobyte for 16 bytes, or refuses half of the requests, breaks no contract.
//! Such findings have a kind of their own, [`Wasteful`](crate::finding::FailureKind::Wasteful), do not
//! end a run, and are reported apart; [`Limits`] are their thresholds.
//!
//! # What is not checked
//!
//! Threads: a session has one. Crashes and hangs end the test process.
//!
//! | file | holds |
//! |---|---|
//! | `contract` | [`Contract`], [`Heap`], [`Exact`]: the traits |
//! | `adapters` | [`Global`], `Api`: Rust's traits of allocators |
//! | `memory` | [`Memory`]: what the harness offers |
//! | `entry` | [`stress`], [`corpus()`], [`run()`], [`replay`]: for tests and fuzz targets |
//! | `checker` | [`Checker`]: the same with a seed, limits, results |
//! | `quiet` | panics that are findings are not printed |
//! | `report`, `summary`, `tally` | what is printed and counted |
//! | `limits` | [`Limits`] of the efficiency checks |
//! | `session` | one program's allocator, and the checks |
//! | `corpus` | the programs that the harness comes with |

mod adapters;
mod checker;
mod contract;
mod corpus;
mod entry;
mod limits;
mod memory;
mod quiet;
mod report;
mod session;
mod summary;
mod tally;

#[cfg(feature = "allocator-api2")]
pub use adapters::Api;
pub use adapters::Global;
pub use checker::{Checker, Verdict};
pub use contract::{Block, Contract, Exact, Heap, NotSupported, Request, Visit};
pub use corpus::programs;
pub use entry::{corpus, replay, run, stress};
pub use limits::Limits;
pub use memory::Memory;
pub use report::{Report, Source};
pub use summary::{Level, Summary};
pub use tally::Tally;
