//! memoman for C: the library `libmemoman`.
//!
//! | module | becomes |
//! |---|---|
//! | `mm` | `include/memoman.h`: the `mm_*` functions |
//! | `tlsf_names` | `include/tlsf.h`: the same calls under TLSF 3.1's names (feature `tlsf-names`) |
//! | `handle` | what both share: which heap a handle is, and how an answer looks to C |
//! | `checked` | with feature `guard`, the heap that checks its calls, and what is told of a misuse |
//!
//! cbindgen writes the headers from the two modules; what stands in front of the declarations is in
//! `memoman.toml` and `tlsf.toml`. `tests/headers.rs` keeps them current:
//! `BLESS=1 cargo test -p memoman-capi --test headers` rewrites them.
//!
//! Built with panic=abort (profile `capi`; `scripts/install-c` does) it has nothing of std, and
//! needs `memcpy`, `memmove`, `memset` and `abort` of the C library at most; with feature `guard`, on
//! Unix, `write` as well. No valid call reaches a panic.
#![cfg_attr(panic = "abort", no_std)]
// The functions are for C, and so is their documentation: contracts are told in the headers' words.
#![allow(non_camel_case_types, clippy::missing_safety_doc)]

#[cfg(feature = "guard")]
mod checked;
mod handle;
pub mod mm;
#[cfg(feature = "tlsf-names")]
pub mod tlsf_names;

#[cfg(any(panic = "abort", feature = "guard"))]
unsafe extern "C" {
    safe fn abort() -> !;
}

#[cfg(panic = "abort")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    abort()
}
