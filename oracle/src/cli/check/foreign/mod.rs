//! A C allocator in this process: the functions of a shared library, and an allocator under test made of them.
//! Everything here runs in a child process, as a call can end it.
//!
//! | file | holds |
//! |---|---|
//! | `function` | [`Words`]: arguments; a call of a function of the library |
//! | `library` | [`Functions`]: a library that is loaded, its functions by role |
//! | `heap` | [`Handle`]: a heap of it in given memory |
//! | `geometry` | which geometry of TLSF 3.1 it has |
//! | `allocator` | [`Foreign`]: the allocator under test |
//! | `process` | what this process must not do: dump core, outlive its parent |

mod allocator;
mod function;
mod geometry;
mod heap;
mod library;
mod process;

pub(crate) use allocator::{Avoided, Foreign, Options};
pub(crate) use function::Words;
pub(crate) use geometry::ask;
pub(crate) use heap::{Handle, Zone};
pub(crate) use library::Functions;
pub(crate) use process::{confine, leave};
