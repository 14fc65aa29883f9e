//! memoman for C: the library `libmemoman`.
//!
//! | module | content |
//! |---|---|
//! | `types` | the types of `include/memoman.h` |
//! | `configuration` | the numbers that the library was built with |
//! | `pointer` | C's pointers and results, and Rust's |
//! | `report` | with feature `guard`, the report of a misuse |
//! | `flavour` | the engine's heap; with feature `guard` the one that checks its calls |
//! | `control` | what a handle points at, and the operations on it, with C's special cases (null, size 0) |
//! | `mm` | `include/memoman.h`: the `mm_*` functions |
//! | `espressif` | `include/tlsf_espressif.h`: the names of espressif's fork (feature `espressif`) |
//! | `tlsf_names` | `include/tlsf.h`: TLSF 3.1's names (feature `tlsf-names`) |
//! | `sized` | heaps whose control fits their largest pool; `include/memoman_sized.h` (feature `sized`) |
//! | `links` | the constructors under the names of the configuration |
//!
//! Each module imports only modules above it in this table.
//!
//! cbindgen generates the headers from `types`, `mm` and `tlsf_names`; the text in front of the
//! declarations is in `memoman.toml` and `tlsf.toml`. `tests/headers.rs` compares them with the
//! committed ones: `BLESS=1 cargo test -p memoman-capi --test headers` writes them anew. `build.rs` writes
//! `memoman_config.h`, which both include.
//!
//! Built with panic=abort (profile `capi`, which `scripts/install-c` uses), the library contains
//! nothing of std. It needs at most `memcpy`, `memmove`, `memset` and `abort` of the C library, and
//! with feature `guard`, on Unix, `write`; `symbols/` lists them. No valid call reaches a panic.
#![cfg_attr(all(panic = "abort", not(feature = "std")), no_std)]
// Each set of names uses its own part of the operations.
#![cfg_attr(
    not(all(feature = "tlsf-names", feature = "sized", feature = "espressif")),
    allow(dead_code, unused_imports)
)]
// The functions are for C. Their contracts are in the comments, in the headers' words.
#![allow(non_camel_case_types, clippy::missing_safety_doc)]

mod configuration;
mod control;
#[cfg(feature = "espressif")]
pub mod espressif;
mod flavour;
mod links;
pub mod mm;
mod pointer;
#[cfg(feature = "guard")]
mod report;
#[cfg(any(feature = "sized", feature = "espressif"))]
pub mod sized;
#[cfg(feature = "tlsf-names")]
pub mod tlsf_names;
pub mod types;

#[cfg(all(panic = "abort", not(feature = "std")))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // Duplicate lang item? A feature of another crate in this build needs std: add memoman-capi's feature `std`.
    unsafe extern "C" {
        safe fn abort() -> !;
    }
    abort()
}
