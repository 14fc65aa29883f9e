//! `check`: an allocator written in C, as a source file or a shared library, in a child process.
//!
//! ```text
//! parent: options → run → compile, symbols, names; ask, shrink; report
//!                            │ task, outcome: files; pulse: shared memory
//! child:                   child → foreign (dlopen, calls), faults → oracle::check
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `options` | the arguments |
//! | `run` | the parent: builds the library, has it checked, decides the exit code |
//! | `compile`, `symbols`, `names` | from sources to a library; its symbols; the role of each |
//! | `ask` | one child process: starts it, watches it, ends it |
//! | `shrink` | shrinks a program that ends its process |
//! | `calls` | a call of the library, as text |
//! | `report` | the Markdown |
//! | `task`, `pulse` | what both processes share: the task, the outcome, the call that runs |
//! | `child` | the child: the programs, the probes |
//! | `foreign` | the C functions as an allocator under test: `unsafe` |
//! | `faults` | the numbered faults of TLSF 3.1: `unsafe` |

mod ask;
mod calls;
mod child;
mod compile;
mod faults;
mod foreign;
mod names;
mod options;
mod pulse;
mod report;
mod run;
mod shrink;
mod symbols;
mod task;

pub(crate) use options::Check;
