//! The report of a failure: the heap, the calls, the program.

pub mod failure;
mod heap;
mod render;
pub mod trace;
