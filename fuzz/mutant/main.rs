//! libFuzzer runs a mutant, a faulty allocator in the engine's place, with the mutations of the target `ops`. The
//! environment names the mutant: see [`oracle::mutants::target`]. `cargo oracle bughunt --engines` runs it.
//!
//! It is not in `fuzz_targets`: its findings are no findings of the engine.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oracle::mutants::target;
use oracle::ops;

fuzz_target!(|bytes: &[u8]| target::run(bytes));

memoman_fuzz::mutations!(ops::vary);
