//! The engine behind a wrapper that changes one result or one byte.
//!
//! | module | holds |
//! |---|---|
//! | [`wrapper`] | the trait [`Wrapper`], and the subject made of it and the engine |
//! | [`results`] | wrappers that return a wrong result |
//! | [`damage`] | wrappers that write where they must not |
//! | `catalogue` | the mutants made from wrappers |

pub(super) mod catalogue;
pub mod damage;
pub mod results;
pub mod wrapper;

pub use wrapper::{WrappedEngine, Wrapper, wrapped};
