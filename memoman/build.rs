//! Sets two cfgs of memoman.
//!
//! `small_code`: the optimisation is for size (opt-level s or z).
//!
//! `has_allocator_api`: this compiler takes `feature(allocator_api)`. If another crate turns on the feature
//! `nightly` of allocator-api2, its `Allocator` is the unstable one of `core`, which no crate may implement
//! otherwise. Without memoman's feature `allocator-api2`, nothing is run.

use std::env;
use std::io::Write as _;
use std::process::{Command, Stdio};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(has_allocator_api)");
    // With it, `scripts/loom` tests the locks and flags in a model of threads.
    println!("cargo::rustc-check-cfg=cfg(loom)");
    // Some functions are inlined only where speed counts more than size.
    println!("cargo::rustc-check-cfg=cfg(small_code)");
    if env::var("OPT_LEVEL").is_ok_and(|level| level == "s" || level == "z") {
        println!("cargo::rustc-cfg=small_code");
    }
    if env::var_os("CARGO_FEATURE_ALLOCATOR_API2").is_none() {
        return;
    }
    println!("cargo::rerun-if-env-changed=RUSTC_BOOTSTRAP");
    if takes("#![no_std]\n#![feature(allocator_api)]\n").unwrap_or(false) {
        println!("cargo::rustc-cfg=has_allocator_api");
    }
}

/// Whether the compiler takes this crate.
fn takes(code: &str) -> Option<bool> {
    let mut rustc = Command::new(env::var_os("RUSTC")?);
    rustc.args([
        "--crate-name=probe",
        "--crate-type=lib",
        "--emit=metadata",
        "--edition=2024",
        "-",
    ]);
    rustc.arg("--target").arg(env::var_os("TARGET")?);
    rustc.arg("--out-dir").arg(env::var_os("OUT_DIR")?);
    // They may restrict features: -Zallow-features.
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    rustc.args(flags.split('\x1f').filter(|flag| !flag.is_empty()));
    rustc.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut probe = rustc.spawn().ok()?;
    probe.stdin.take()?.write_all(code.as_bytes()).ok()?;
    Some(probe.wait().ok()?.success())
}
