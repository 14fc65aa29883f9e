//! The cost of calls in words touched (`memoman::cost`, feature `cost`), and the bound for each kind of
//! operation: constant time as numbers.
//!
//! | module | holds |
//! |---|---|
//! | [`worst_case`] | the most expensive call of each kind in a run |
//! | [`corpus`] | the shortest programs with the worst cases |
//! | `scale` | the same kinds in heaps with more and more live blocks |
//!
//! The bounds are in [`bounds`](crate::bounds). A subject that does not count its cost reports 0 and is
//! within each bound.

pub mod corpus;
#[cfg(feature = "cost")]
pub mod scale;
pub mod worst_case;

pub use crate::bounds::OperationKind;
pub use worst_case::{WorstCall, WorstCalls, observe, run};
