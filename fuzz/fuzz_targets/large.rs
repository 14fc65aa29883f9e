//! libFuzzer runs [`oracle::run_program`] on programs of version 2: pools up to 4 GiB.
#![no_main]

use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target, fuzzer_mutate};
use oracle::Config;
use oracle::ops::{self, LargeProgram};

fuzz_target!(|program: LargeProgram| {
    memoman_fuzz::count(oracle::run_program(&program.0, &Config::default()));
});

// As for `ops`: headers and records have the same lengths.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if seed % 4 == 3 {
        return fuzzer_mutate(data, size, max_size);
    }
    let new = ops::mutate(&data[..size], max_size, seed.into());
    data[..new.len()].copy_from_slice(&new);
    new.len()
});

fuzz_crossover!(|one: &[u8], two: &[u8], out: &mut [u8], seed: u32| {
    let new = ops::crossover(one, two, out.len(), seed.into());
    out[..new.len()].copy_from_slice(&new);
    new.len()
});
