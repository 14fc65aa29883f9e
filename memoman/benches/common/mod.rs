//! What the benchmarks share: traces, the allocators that serve them, and the passes.
//!
//! | room | holds |
//! |---|---|
//! | `trace` | a list of calls, made before any clock runs |
//! | `workloads` | the traces: eight drawn from a seed, one recorded from a real program |
//! | `arena` | the one memory in which all of them work |
//! | `contender`, `heaps` | the allocators, behind one trait; `entries` lists them |
//! | `pass`, `clock` | the loop that is timed |
//! | `ticks` | the loop that times each call |
//! | `verify` | the untimed one, which checks the service |
//! | `spread`, `host`, `progress` | medians and quartiles; what was measured where; how far it is |
#![allow(dead_code)] // Each benchmark uses its own part.

pub(crate) mod arena;
pub(crate) mod clock;
pub(crate) mod contender;
pub(crate) mod entries;
pub(crate) mod heaps;
pub(crate) mod host;
pub(crate) mod pass;
pub(crate) mod progress;
pub(crate) mod spread;
pub(crate) mod ticks;
pub(crate) mod trace;
pub(crate) mod verify;
pub(crate) mod workloads;

/// The form of recorded traces; the recorder writes it.
#[path = "../../preload/src/format.rs"]
pub(crate) mod format;
