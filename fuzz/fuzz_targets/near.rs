//! As target `ops`, with a bounded search (const parameter SEARCH) in place of the geometry that a header
//! names. It has no corpus of its own: that of `ops` is one for it.
#![no_main]

use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target, fuzzer_mutate};
use oracle::Config;
use oracle::ops::{self, Program};

fuzz_target!(|program: Program| {
    let config = Config { search: true, ..Config::default() };
    memoman_fuzz::count(oracle::run_program(&program, &config));
});

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
