//! What depends on the machine: output and end. The panic handler is that of `semihosting`.

// They hold the critical section, which the linker misses if a crate is only named in Cargo.toml.
#[cfg(all(target_arch = "arm", target_os = "none"))]
use cortex_m as _;
#[cfg(all(target_arch = "riscv32", target_os = "none"))]
use riscv as _;

/// Prints a line, by way of a debugger or qemu.
#[cfg(target_os = "none")]
pub(crate) fn print(line: &str) {
    semihosting::println!("{line}");
}

/// Ends the program, as far as a debugger or qemu can.
#[cfg(target_os = "none")]
pub(crate) fn end() -> ! {
    semihosting::process::exit(0)
}

#[cfg(not(target_os = "none"))]
extern crate std;

/// Prints a line.
#[cfg(not(target_os = "none"))]
pub(crate) fn print(line: &str) {
    std::println!("{line}");
}
