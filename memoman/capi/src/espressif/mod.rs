//! `tlsf_espressif.h`: the names and types of espressif's fork of TLSF, as ESP-IDF documents them. Each
//! comment is the header's, so it is written for C programs.
//!
//! Every heap has a control that fits its largest pool, of the geometries of [`crate::sized`], and TLSF
//! 3.1's alignment.

pub mod blocks;
pub mod heaps;
pub mod hooks;
pub mod inspect;
pub mod types;
