//! bolero drives [`oracle::run`]: some random inputs under `cargo test`, and as long as one likes
//! under `cargo bolero test` (`scripts/bolero`). The seed is set in .cargo/config.toml.

use oracle::{Config, Report};

/// The same property as that of the fuzz targets.
#[test]
fn ops() {
    bolero::check!().with_iterations(200).with_max_len(1024).for_each(|bytes: &[u8]| {
        if let Err(failure) = oracle::run(bytes, &Config::default()) {
            panic!("{}", Report::of(&failure));
        }
    });
}

/// Hostile pointers and damage, against the pointer policy.
#[cfg(feature = "guard")]
#[test]
fn misuse() {
    bolero::check!().with_iterations(200).with_max_len(1024).for_each(|bytes: &[u8]| {
        if let Err(finding) = oracle::guard::run(bytes) {
            panic!("{finding}");
        }
    });
}
