//! libFuzzer runs [`oracle::run_program`] on programs of version 2: pools up to 4 GiB.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oracle::Config;
use oracle::ops::{self, LargeProgram};

fuzz_target!(|program: LargeProgram| {
    memoman_fuzz::count(oracle::run_program(&program.0, &Config::default()));
});

memoman_fuzz::mutations!(ops::mutate);
