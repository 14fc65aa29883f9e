//! bolero runs a mutant, a faulty allocator in the engine's place. `cargo oracle bughunt --engines` starts the first
//! test, with the variables of [`oracle::mutants::target`] and of bolero's random engine.

use oracle::mutants::target::{self, Target};

/// Fails when the mutant is found.
#[test]
#[ignore = "the environment names the mutant, and the time"]
fn mutant() {
    bolero::check!().with_max_len(4088).for_each(target::run);
}

/// bolero's random bytes find a mutant that is not hard.
#[test]
fn a_mutant_is_found() {
    let target = std::sync::Mutex::new(Target::new("rule-fifo", None).expect("a mutant"));
    let found = std::sync::atomic::AtomicBool::new(false);
    bolero::check!().with_iterations(500).with_max_len(1024).for_each(|bytes: &[u8]| {
        let failed = target.lock().expect("no panic").run(bytes).is_err();
        found.fetch_or(failed, std::sync::atomic::Ordering::Relaxed);
    });
    assert!(found.into_inner());
}
