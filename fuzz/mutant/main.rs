//! libFuzzer runs a mutant, a faulty allocator in the engine's place, with the mutations of the target `ops`. The
//! environment names the mutant: see [`oracle::mutants::target`]. `cargo oracle bughunt --engines` runs it.
//!
//! It is not in `fuzz_targets`: its findings are no findings of the engine.
#![no_main]

use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target, fuzzer_mutate};
use oracle::mutants::target;
use oracle::ops;

fuzz_target!(|bytes: &[u8]| target::run(bytes));

// As in the target `ops`.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if seed % 4 == 3 {
        return fuzzer_mutate(data, size, max_size);
    }
    let new = ops::vary(&data[..size], max_size, seed.into());
    data[..new.len()].copy_from_slice(&new);
    new.len()
});

fuzz_crossover!(|one: &[u8], two: &[u8], out: &mut [u8], seed: u32| {
    let new = ops::crossover(one, two, out.len(), seed.into());
    out[..new.len()].copy_from_slice(&new);
    new.len()
});
