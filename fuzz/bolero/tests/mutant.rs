//! bolero runs a mutant, a faulty allocator in the engine's place.

use std::env;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use oracle::mutants::target::{self, MUTANT, Target};
use oracle::ops::MAX_BYTES;

/// If the environment names a mutant, bolero searches for that one, and the test fails when it is found:
/// `cargo oracle bughunt --engines` starts it so, with the variables of [`target`] and of bolero's random engine.
/// Otherwise, bolero's random bytes find `rule-fifo`.
#[test]
fn mutant() {
    if env::var_os(MUTANT).is_some() {
        bolero::check!().with_max_len(MAX_BYTES).for_each(target::run);
        return;
    }
    let target = Mutex::new(Target::new("rule-fifo", None).expect("a mutant"));
    let found = AtomicBool::new(false);
    bolero::check!().with_iterations(500).with_max_len(1024).for_each(|bytes: &[u8]| {
        let failed = target.lock().expect("no panic").run(bytes).is_err();
        found.fetch_or(failed, Ordering::Relaxed);
    });
    assert!(found.into_inner());
}
