//! Gives the linker the chip's memory and the script of its runtime crate.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=memory");
    let variable = |name| env::var(name).expect("cargo sets it");
    if variable("CARGO_CFG_TARGET_OS") != "none" {
        return;
    }
    let out = variable("OUT_DIR");
    let memory = format!("memory/{}.x", variable("CARGO_CFG_TARGET_ARCH"));
    fs::copy(&memory, Path::new(&out).join("memory.x")).expect(&memory);
    println!("cargo::rustc-link-search={out}");
    if memory.contains("riscv") {
        println!("cargo::rustc-link-arg-bin=memoman-firmware=-Tmemory.x");
    }
    println!("cargo::rustc-link-arg-bin=memoman-firmware=-Tlink.x");
}
