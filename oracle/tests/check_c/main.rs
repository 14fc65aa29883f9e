//! `cargo oracle check`: allocators in C, each with a planted mistake or none, as a user runs it.
//!
//! | file | holds |
//! |---|---|
//! | `run` | the command, its output, a temporary folder |
//! | `own` | allocators of this folder: crash, hang, overlap, malloc and free only |
//! | `tlsf` | LVGL's TLSF, as it is and with a mistake: level exact, the numbered faults |
//! | `refused` | what cannot be compiled or has no names |

// Tests for 32 bits are linked statically, and such a program loads no library.
#![cfg(all(unix, target_pointer_width = "64"))]

mod own;
mod refused;
mod run;
mod tlsf;
