//! The chain: all blocks of a pool, in address order.
//!
//! | file | holds |
//! |---|---|
//! | `header` | the word in front of each payload: size and two flags |
//! | `block` | a block in memory: used, free; reads and writes of its words |
//! | `span` | splitting and merging: the bytes of a block while an operation cuts or absorbs |

#[allow(unsafe_code)]
pub(crate) mod block;
pub(crate) mod header;
#[allow(unsafe_code)]
pub(crate) mod span;
