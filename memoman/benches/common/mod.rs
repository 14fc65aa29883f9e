//! What the benchmarks share: traces, the allocators that serve them, and the passes.
//!
//! | module | content |
//! |---|---|
//! | `arena` | the memory that all heaps use |
//! | `host`, `built`, `clock`, `progress`, `quartiles` | the machine, the build, the time, progress on stderr, statistics |
//! | `trace` | a list of calls, made before any clock starts |
//! | `workloads` | the traces: eight generated from a seed, four recorded from real programs |
//! | `candidate`, `heaps` | the interface of an allocator, and the allocators |
//! | `pass` | the loop that is timed as a whole |
//! | `ticks` | the loop that times each call |
//! | `verify` | the untimed pass, which checks the blocks |
//! | `allocators` | the allocators with these passes, as values |
//! | `check` | verifies all allocators on a trace |
//!
//! Modules import only modules above them in this table.
#![allow(dead_code)] // Each benchmark uses its own part.

pub(crate) mod allocators;
pub(crate) mod arena;
pub(crate) mod built;
pub(crate) mod candidate;
pub(crate) mod check;
pub(crate) mod clock;
pub(crate) mod heaps;
pub(crate) mod host;
pub(crate) mod pass;
pub(crate) mod progress;
pub(crate) mod quartiles;
pub(crate) mod ticks;
pub(crate) mod trace;
pub(crate) mod verify;
pub(crate) mod workloads;

/// The format of recorded traces, which the recorder writes.
#[path = "../../preload/src/format.rs"]
pub(crate) mod format;

/// One colour for each allocator, also in the oracle's plots.
#[path = "../../../oracle/src/fragmentation/plots/palette.rs"]
pub(crate) mod palette;
