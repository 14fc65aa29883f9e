//! Matthew Conte's TLSF 3.1, the real C code, behind a typed interface of offsets.
//!
//! [`Conte`] owns an arena and a control structure and runs the C code on them. What goes in and
//! comes out are byte offsets from the arena's base, so that two allocators in two arenas can be
//! compared number by number. (The results of `memalign` depend on addresses as well: give both
//! arenas the same alignment.)
//!
//! # Where the C code is defined
//!
//! For some inputs TLSF 3.1 returns a wrong result, or writes to memory that is not its own.
//! [`Conte::admits`] recognises them; the safe methods panic on them, and
//! [`Conte::outside_domain`] sends them anyway, for tests that show the C code wrong. The table is
//! in the documentation of [`Call`].
//!
//! # Source and licence
//!
//! The C source is nowhere in this repository. It is LVGL's maintained copy, in the Cargo package
//! `lightvgl-sys`, below `vendor/lvgl`: `src/stdlib/builtin/lv_tlsf.c`. TLSF is under a BSD
//! licence, whose text opens `lv_tlsf.h` beside it; LVGL is under MIT, in `LICENCE.txt` at the
//! top of that folder. `build.rs` documents how it is built.
//!
//! LVGL changed three things, none of which is visible inside the domain: the largest pool size is
//! a macro (set here to TLSF 3.1's own 4 GiB, and 1 GiB on 32-bit), `free` returns a size, and
//! `realloc` refuses some requests that are too large (B2). [`upstream`] is without that refusal.

mod arena;
mod assertion;
pub mod bare;
mod constants;
mod conte;
mod domain;
mod instance;
mod outside;
mod symbols;

/// TLSF 3.1 as upstream releases it: no assertions, and `realloc` without LVGL's refusal (B2).
/// The C functions as they are, for tests that show them wrong in memory of their own.
pub mod upstream {
    pub use crate::symbols::{Pointer, SMALL, Symbols, UPSTREAM, WIDE};
}

pub use conte::{Conte, Saved};
pub use domain::Call;
pub use outside::Outside;

/// The folder of upstream's C source, for tests that link it under names of their own:
/// `cc -DNDEBUG -DMAX_LOG2=32 -DPREFIX=tlsf_ -I $SOURCE -c $SOURCE/conte.c` gives TLSF 3.1's.
pub const SOURCE: &str = concat!(env!("OUT_DIR"), "/conte_upstream");

/// How many second-level lists a row has. The C code is built once for each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SecondLevel {
    /// 4 lists: SL_INDEX_COUNT_LOG2 = 2.
    Sl4,
    /// 8 lists: SL_INDEX_COUNT_LOG2 = 3.
    Sl8,
    /// 16 lists: SL_INDEX_COUNT_LOG2 = 4.
    Sl16,
    /// 32 lists: SL_INDEX_COUNT_LOG2 = 5, TLSF 3.1's default.
    Sl32,
}

impl SecondLevel {
    /// Every build, fewest lists first.
    pub const ALL: [Self; 4] = [Self::Sl4, Self::Sl8, Self::Sl16, Self::Sl32];

    /// Second-level lists per row: SL_INDEX_COUNT.
    pub const fn count(self) -> usize {
        match self {
            Self::Sl4 => 4,
            Self::Sl8 => 8,
            Self::Sl16 => 16,
            Self::Sl32 => 32,
        }
    }

    /// The build with that many lists, if there is one.
    pub const fn of_count(count: usize) -> Option<Self> {
        match count {
            4 => Some(Self::Sl4),
            8 => Some(Self::Sl8),
            16 => Some(Self::Sl16),
            32 => Some(Self::Sl32),
            _ => None,
        }
    }
}

/// One block in the physical walk of a pool.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// Payload, in bytes from the arena's base.
    pub offset: usize,
    /// Bytes of payload.
    pub size: usize,
    /// Is the block free?
    pub free: bool,
}

/// One free block in the free lists.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Listed {
    /// Which list: first level × second-level count + second level.
    pub class: usize,
    /// Payload, in bytes from the arena's base.
    pub offset: usize,
}
