//! The tools behind `scripts/NAME`. Each is one module with its options, its `run` and its tests; the
//! files in `scripts/` only start this program with their own name.

// Signals, process groups and file modes: this program is for Unix.
#![cfg_attr(not(unix), allow(dead_code, unused_imports))]

#[cfg(unix)]
mod afl;
#[cfg(unix)]
mod bench_c;
#[cfg(unix)]
mod cargo;
#[cfg(unix)]
mod clients;
#[cfg(unix)]
mod coverage;
#[cfg(unix)]
mod footprint;
#[cfg(unix)]
mod fuzz;
#[cfg(unix)]
mod fuzzing;
#[cfg(unix)]
mod install_c;
#[cfg(unix)]
mod interrupt;
#[cfg(unix)]
mod mutants;
#[cfg(unix)]
mod oss_fuzz;
#[cfg(unix)]
mod overnight;
#[cfg(unix)]
mod registry;
#[cfg(unix)]
mod script;
#[cfg(unix)]
mod stop;
#[cfg(unix)]
mod test_arch;
#[cfg(unix)]
mod tool;
#[cfg(unix)]
mod wcet;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    registry::main(std::env::args_os().skip(1).collect())
}

#[cfg(not(unix))]
fn main() -> std::process::ExitCode {
    eprintln!(
        "memoman-scripts: these tools run on Unix only; the harness itself is `cargo oracle`"
    );
    std::process::ExitCode::from(2)
}
