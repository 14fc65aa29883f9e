//! As target `ops`, with a bounded search (const parameter SEARCH) in place of the geometry that a header
//! names. It has no corpus of its own: that of `ops` is one for it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oracle::Config;
use oracle::ops::{self, Program};

fuzz_target!(|program: Program| {
    let config = Config { search: true, ..Config::default() };
    memoman_fuzz::count(oracle::run_program(&program, &config));
});

memoman_fuzz::mutations!(ops::mutate);
