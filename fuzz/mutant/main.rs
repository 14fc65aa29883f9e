//! libFuzzer runs a mutant, a faulty allocator in the engine's place, with the mutations of the target `ops`. The
//! environment names the mutant: see [`oracle::mutants::target`]. `cargo oracle bughunt --engines` runs it.
//!
//! It is not in `fuzz_targets`: its findings are no findings of the engine.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target, fuzzer_mutate};
use oracle::mutants::target;
use oracle::ops;

fuzz_target!(|bytes: &[u8]| target::run(bytes));

/// Without situations, if the environment sets this: to compare.
static IS_PLAIN: LazyLock<bool> = LazyLock::new(|| std::env::var_os("MEMOMAN_PLAIN").is_some());

// As in the target `ops`.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let change = match seed % 8 {
        3 | 7 => return fuzzer_mutate(data, size, max_size),
        0 | 4 if !*IS_PLAIN => ops::compose,
        _ => ops::mutate,
    };
    let new = change(&data[..size], max_size, seed.into());
    data[..new.len()].copy_from_slice(&new);
    new.len()
});

fuzz_crossover!(|one: &[u8], two: &[u8], out: &mut [u8], seed: u32| {
    let new = ops::crossover(one, two, out.len(), seed.into());
    out[..new.len()].copy_from_slice(&new);
    new.len()
});
