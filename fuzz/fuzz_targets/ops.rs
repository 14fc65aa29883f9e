//! libFuzzer runs [`oracle::run_program`], with mutations that change whole records.
#![no_main]

use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target, fuzzer_mutate};
use oracle::Config;
use oracle::ops::{self, Program};

fuzz_target!(|program: Program| {
    memoman_fuzz::count(oracle::run_program(&program, &Config::default()));
});

// One mutation in four is libFuzzer's own, which changes bytes regardless of records. From an empty corpus
// and in the same processor time, both together reach more coverage than libFuzzer's own alone.
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
