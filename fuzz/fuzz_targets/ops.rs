//! libFuzzer runs [`oracle::run_program`], with mutations that change whole records.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oracle::Config;
use oracle::ops::{self, Program};

fuzz_target!(|program: Program| {
    memoman_fuzz::count(oracle::run_program(&program, &Config::default()));
});

memoman_fuzz::mutations!(ops::vary);
