//! Tables of names: which functions an allocator has, what they take, and what they are called.
//!
//! | file | holds |
//! |---|---|
//! | `role` | [`Role`]: what a function is for; [`Argument`]: what it takes |
//! | `signature` | `malloc(heap, size)`: a symbol and its arguments |
//! | `table` | [`Table`]: the names of an allocator, from a file or built in |
//! | `*.toml` | the built-in tables, which are examples of the format, too |

mod role;
mod signature;
mod table;

pub(crate) use role::{Argument, Role};
pub(crate) use signature::{MOST_ARGUMENTS, Signature};
pub(crate) use table::{Names, Table};
