//! The heap of the engine that a control contains: `plain`, or with feature `guard` `checked`. Both
//! have the same operations. Each returns `Refused` if it changed nothing, and `settle` makes that
//! the reason which C programs see.

mod beyond;
#[cfg(feature = "guard")]
mod checked;
#[cfg(not(feature = "guard"))]
mod plain;

use engine::PoolError;

pub(crate) use beyond::{Beyond, InTable, Unlimited};
#[cfg(feature = "guard")]
pub(crate) use checked::{Flavour, Refused, settle};
#[cfg(not(feature = "guard"))]
pub(crate) use plain::{Flavour, Refused, settle};

use crate::types::mm_error;

/// Why the engine refuses a pool.
fn pool_error(error: PoolError) -> mm_error {
    match error {
        PoolError::Misaligned { .. } => mm_error::MM_MISALIGNED,
        PoolError::TooSmall { .. } => mm_error::MM_TOO_SMALL,
        PoolError::TooLarge { .. } => mm_error::MM_TOO_LARGE,
        PoolError::Overlaps(_) | PoolError::OverlapsControl => mm_error::MM_OVERLAPS,
        PoolError::TableFull => mm_error::MM_POOLS_FULL,
        PoolError::Busy(_) => mm_error::MM_IN_USE,
        _ => mm_error::MM_UNKNOWN_POOL,
    }
}

/// Why a block did not grow in place to `size` bytes; `most` is the largest block.
const fn not_grown(size: usize, most: usize) -> mm_error {
    if size > most { mm_error::MM_TOO_LARGE } else { mm_error::MM_OUT_OF_MEMORY }
}

/// Why a block did not shrink to `size` bytes.
const fn not_shrunk(size: usize) -> mm_error {
    if size == 0 { mm_error::MM_ZERO_SIZE } else { mm_error::MM_TOO_LARGE }
}
