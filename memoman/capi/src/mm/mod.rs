//! `memoman.h`: the functions. Each comment is the header's, so it is written for C programs.
//!
//! Every heap is a [`MmControl`]; the operations are those of [`Control`].

pub mod blocks;
pub mod heaps;
pub mod inspect;
pub mod numbers;
pub mod pools;

use crate::configuration::{MM_ALIGN, MM_FIRST_LEVELS, MM_POOLS_MAX, SECOND_LEVELS};
use crate::control::Control;

/// What an `mm_t` points at.
pub(crate) type MmControl = Control<MM_ALIGN, MM_FIRST_LEVELS, SECOND_LEVELS, MM_POOLS_MAX>;
