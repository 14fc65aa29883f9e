//! `bughunt --engines`: the time to bug, by engine.
//!
//! | file | holds |
//! |---|---|
//! | `engine` | the engines, by name |
//! | `plan` | one search, and all searches of a campaign |
//! | `clock` | processor time of this process and of others |
//! | `record` | the result of one search, and the state file that keeps all of them |
//! | `own` | the engines of this program: both generators and the explorer |
//! | `build` | the programs of the other engines: libFuzzer, AFL++, bolero |
//! | `child` | one search of another engine |
//! | `run` | the campaign: every engine on every mutant from every seed |
//! | `table` | the results as Markdown |
//! | `picture` | the results as SVG |

mod build;
mod child;
mod clock;
mod engine;
mod own;
#[cfg(feature = "fragmentation")]
mod picture;
mod plan;
mod record;
mod run;
mod table;

pub(super) use engine::Engine;
