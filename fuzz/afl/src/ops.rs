//! AFL++ drives [`oracle::run`], in persistent mode. Without it, the input is what comes on stdin.

use oracle::{Config, Report};

fn main() {
    afl::fuzz!(|bytes: &[u8]| {
        if let Err(failure) = oracle::run(bytes, &Config::default()) {
            panic!("{}", Report::of(&failure));
        }
    });
}
