//! The memory of the emulated boards, for the linker scripts of cortex-m-rt and riscv-rt.

use std::path::PathBuf;
use std::{env, fs};

/// QEMU's netduinoplus2, a Cortex-M4.
const NETDUINO: &str = "\
MEMORY {
  FLASH : ORIGIN = 0x08000000, LENGTH = 1M
  RAM : ORIGIN = 0x20000000, LENGTH = 128K
}
";

/// QEMU's microbit, a Cortex-M0, started with more memory than the real one has.
const MICROBIT: &str = "\
MEMORY {
  FLASH : ORIGIN = 0x00000000, LENGTH = 256K
  RAM : ORIGIN = 0x20000000, LENGTH = 128K
}
";

/// QEMU's riscv32 virt.
const VIRT: &str = "\
MEMORY {
  RAM : ORIGIN = 0x80000000, LENGTH = 1M
}
REGION_ALIAS(\"REGION_TEXT\", RAM);
REGION_ALIAS(\"REGION_RODATA\", RAM);
REGION_ALIAS(\"REGION_DATA\", RAM);
REGION_ALIAS(\"REGION_BSS\", RAM);
REGION_ALIAS(\"REGION_HEAP\", RAM);
REGION_ALIAS(\"REGION_STACK\", RAM);
";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = env::var("TARGET").expect("Cargo sets TARGET");
    let memory = match target.split('-').next() {
        _ if !target.contains("-none-") => return,
        Some("thumbv7em") => NETDUINO,
        Some("thumbv6m") => MICROBIT,
        Some("riscv32imac") => VIRT,
        _ => return,
    };
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR"));
    fs::write(out.join("memory.x"), memory).expect("OUT_DIR can be written");
    println!("cargo::rustc-link-search={}", out.display());
    if target.starts_with("riscv") {
        println!("cargo::rustc-link-arg-bins=-Tmemory.x");
    }
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
}
