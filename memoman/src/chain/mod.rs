//! The chain: all blocks of a pool, in address order.

#[allow(unsafe_code)]
pub(crate) mod block;
pub(crate) mod header;
#[allow(unsafe_code)]
pub(crate) mod span;
