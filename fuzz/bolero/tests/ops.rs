//! bolero runs [`oracle::run`] and [`oracle::guard::run`]: on 200 random inputs under `cargo test`, and
//! without a limit under `cargo bolero test` (`scripts/bolero`). `.cargo/config.toml` sets the seed.

use oracle::ops::{Program, Version};
use oracle::{Config, Report};

/// Every program agrees in all three columns.
#[test]
fn ops() {
    bolero::check!().with_iterations(200).with_max_len(1024).for_each(|bytes: &[u8]| {
        if let Err(failure) = oracle::run(bytes, &Config::default()) {
            panic!("{}", Report::of(&failure));
        }
    });
}

/// Every program of version 2 agrees, too.
#[test]
fn large() {
    bolero::check!().with_iterations(50).with_max_len(512).for_each(|bytes: &[u8]| {
        let program = Program::decode_as(Version::Two, bytes);
        if let Err(failure) = oracle::run_program(&program, &Config::default()) {
            panic!("{}", Report::of(&failure));
        }
    });
}

/// The guard detects misused pointers and damage.
#[cfg(feature = "guard")]
#[test]
fn misuse() {
    bolero::check!().with_iterations(200).with_max_len(1024).for_each(|bytes: &[u8]| {
        if let Err(finding) = oracle::guard::run(bytes) {
            panic!("{finding}");
        }
    });
}
