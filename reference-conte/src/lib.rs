//! Matthew Conte's TLSF 3.1: the real C code, behind safe functions that take and return offsets.
//!
//! [`Conte`] owns an arena and a control structure, and runs the C code on them. Its arguments and
//! results are byte offsets from the arena's base, so that the results of two allocators in two
//! arenas can be compared as numbers. (The results of `memalign` depend on addresses as well, so both
//! arenas need the same alignment.)
//!
//! # Where the C code is defined
//!
//! For some inputs TLSF 3.1 returns a wrong result or writes to memory that is not its own. The
//! documentation of [`ConteCall`] lists them. [`Conte::admits`] recognises them, and the safe methods
//! panic on them. [`Conte::outside_domain`] makes any call, for tests that show the C code wrong.
//!
//! # How it is built
//!
//! The C source is not in this repository. It is LVGL's maintained copy of TLSF 3.1 in the Cargo
//! package `lightvgl-sys`: `vendor/lvgl/src/stdlib/builtin/lv_tlsf.c`. `Cargo.toml` names that package
//! under a condition that is never true, so Cargo locks its version and checksum and downloads it, but
//! does not build it. `build.rs` then
//!
//! 1. runs `cargo metadata` to find the package's folder;
//! 2. copies `lv_tlsf.c` and its two headers to `OUT_DIR`, once for each build;
//! 3. sets `SL_INDEX_COUNT_LOG2` in the copy to 2, 3, 4 or 5;
//! 4. replaces the seven LVGL headers that the source includes by `shim/stand_in.h`;
//! 5. compiles `shim/conte.c`, which includes the copy, gives its functions a prefix and exports what
//!    is `static`. The compiler is that of the crate `cc`, with -O3.
//!
//! It needs a C compiler, and once the network or a filled Cargo cache (`cargo fetch --locked`). It builds
//! in this workspace and from its package, which contains a Cargo.lock for step 1.
//!
//! | build | assertions | changes to LVGL's copy |
//! |---|---|---|
//! | [`Conte::new`], four geometries | on: a failure is printed and aborts | none |
//! | [`bare`], for benchmarks | off | none |
//! | [`upstream`] | off | `realloc` without LVGL's refusal, as upstream |
//!
//! LVGL changed three things. The largest pool size is a macro, which the build sets to TLSF 3.1's own
//! 4 GiB (1 GiB on 32-bit); `free` returns a size; and `realloc` refuses some requests that are too
//! large (B2). Inside the domain none of them changes a result.
//!
//! # Licence
//!
//! TLSF is under a BSD licence, whose text is in `lv_tlsf.h` of that package. LVGL is under the MIT
//! licence, in `vendor/lvgl/LICENCE.txt`.

mod arena;
mod assertion;
pub mod bare;
mod call;
mod constants;
mod conte;
mod domain;
mod rows;
mod saved;
mod second_level;
mod symbols;
mod unguarded;

/// TLSF 3.1 as upstream releases it: without assertions, and `realloc` without LVGL's refusal (B2).
/// The C functions without a guard, for tests that show them wrong in memory of their own.
pub mod upstream {
    pub use crate::symbols::{CPointer, SMALL, Symbols, UPSTREAM, WIDE};
}

pub use call::ConteCall;
pub use conte::Conte;
pub use rows::{LikeListed, LikeRow, Listed, Row};
pub use saved::SavedConte;
pub use second_level::SecondLevel;
pub use unguarded::Unguarded;

/// The folder of the upstream build's C source, for tests that link it under other names:
/// `cc -DNDEBUG -DMAX_LOG2=32 -DPREFIX=tlsf_ -I $SOURCE -c $SOURCE/conte.c` gives TLSF 3.1's names.
pub const SOURCE: &str = concat!(env!("OUT_DIR"), "/conte_upstream");
