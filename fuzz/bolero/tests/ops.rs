//! bolero runs [`oracle::run`] and [`oracle::guard::run`]: on 200 random inputs under `cargo test`, and
//! without a limit under `cargo bolero test` (`scripts/bolero`). `.cargo/config.toml` sets the seed.

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
