//! AFL++ runs [`oracle::run`], in persistent mode. Without AFL++, the input is read from stdin.

use oracle::{Config, Report};

fn main() {
    afl::fuzz!(|bytes: &[u8]| {
        if let Err(failure) = oracle::run(bytes, &Config::default()) {
            panic!("{}", Report::of(&failure));
        }
    });
}
