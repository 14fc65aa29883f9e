//! Shadow maps: what an allocator has handed out, as its caller knows it from the replies. No heap is
//! read here, so that overlap and content are judged by what was handed out, not by what should have
//! been.
//!
//! | file | holds |
//! |---|---|
//! | `heap` | [`ShadowHeap`]: live blocks in address order |
//! | `slots` | [`Slots`]: the live blocks of a program, by slot, by age and by address |
//! | `pattern` | the bytes that fill a payload |

mod heap;
mod pattern;
mod slots;

pub use heap::{Placed, ShadowHeap};
pub use pattern::Pattern;
pub(crate) use pattern::{fill, first_wrong, mix};
pub(crate) use slots::SLOTS;
pub use slots::{Live, Slots};
