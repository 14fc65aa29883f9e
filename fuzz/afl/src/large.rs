//! AFL++ runs [`oracle::run_program`] on programs of version 2, in persistent mode. Without AFL++, the input is
//! read from stdin.

use oracle::ops::{Program, Version};
use oracle::{Config, Report};

fn main() {
    afl::fuzz!(|bytes: &[u8]| {
        let program = Program::decode_as(Version::Two, bytes);
        if let Err(failure) = oracle::run_program(&program, &Config::default()) {
            panic!("{}", Report::of(&failure));
        }
    });
}
