//! memoman for C: the library `libmemoman`.
//!
//! | module | content |
//! |---|---|
//! | `types` | the types of `include/memoman.h` |
//! | `checked` | with feature `guard`, a heap that checks its calls, and the report of a misuse |
//! | `handle` | what a handle points at, and how results look to C |
//! | `mm` | `include/memoman.h`: the `mm_*` functions, with C's special cases (null, size 0) |
//! | `tlsf_names` | `include/tlsf.h`: the same calls under TLSF 3.1's names (feature `tlsf-names`) |
//!
//! Each module imports only modules above it in this table.
//!
//! cbindgen generates the headers from `types`, `mm` and `tlsf_names`; the text in front of the
//! declarations is in `memoman.toml` and `tlsf.toml`. `tests/headers.rs` compares them with the
//! committed ones: `BLESS=1 cargo test -p memoman-capi --test headers` writes them anew.
//!
//! Built with panic=abort (profile `capi`, which `scripts/install-c` uses), the library contains
//! nothing of std. It needs at most `memcpy`, `memmove`, `memset` and `abort` of the C library, and
//! with feature `guard`, on Unix, `write`; `symbols/` lists them. No valid call reaches a panic.
#![cfg_attr(all(panic = "abort", not(feature = "std")), no_std)]
// The functions are for C. Their contracts are in the comments, in the headers' words.
#![allow(non_camel_case_types, clippy::missing_safety_doc)]

#[cfg(feature = "guard")]
mod checked;
mod handle;
pub mod mm;
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
