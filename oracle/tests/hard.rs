//! The hard mutants: each is caught by its witness, and by no other way than its mistake.

use oracle::lockstep::Lockstep;
use oracle::mutants::hard::{Hard, all};
use oracle::mutants::{Fault, FaultyTlsf};
use oracle::ops::Program;
use oracle::{Context, Failure, Layers};

fn run(maker: fn(usize) -> Lockstep, hard: &Hard) -> Result<(), Box<Failure>> {
    let program: Program = hard.witness.parse().expect("a witness is a program");
    let config = hard.mutant.config(Layers::ALL);
    Context::with(maker).observe(&program, &config, &mut |_| {}).map(drop)
}

#[test]
fn each_witness_is_caught_by_a_check_that_the_catalogue_expects() {
    std::panic::set_hook(Box::new(|_| {}));
    let mut wrong = Vec::new();
    for hard in all() {
        match run(hard.mutant.maker, &hard) {
            Ok(()) => wrong.push(format!("{}: the witness has no finding", hard.mutant.name)),
            Err(failure) if !hard.mutant.expected.contains(&failure.check()) => {
                wrong.push(format!("{}: {failure}", hard.mutant.name));
            }
            Err(_) => {}
        }
    }
    drop(std::panic::take_hook());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A witness that shows a mistake of the harness, or of the faulty TLSF without a fault, is no witness.
#[test]
fn no_witness_is_caught_without_the_mistake() {
    let sound = |geometry| {
        let subject = FaultyTlsf::new(geometry, Fault::None);
        Lockstep::with_subject(geometry, Box::new(subject))
    };
    for hard in all() {
        for maker in [Lockstep::new, sound] {
            if let Err(failure) = run(maker, &hard) {
                panic!("{}: {failure}", hard.mutant.name);
            }
        }
    }
}

/// A mistake that the witness shows without its last op needs less than the catalogue says.
#[test]
fn each_witness_needs_its_last_op() {
    std::panic::set_hook(Box::new(|_| {}));
    let mut wrong = Vec::new();
    for hard in all() {
        let mut program: Program = hard.witness.parse().expect("a witness is a program");
        let config = hard.mutant.config(Layers::ALL);
        let failure = Context::with(hard.mutant.maker).observe(&program, &config, &mut |_| {});
        let index = failure.expect_err("a finding").index;
        program.ops.truncate(index);
        // What ends a run frees every block, and may show the mistake as well.
        let last = program.ops.len();
        if let Err(failure) =
            Context::with(hard.mutant.maker).observe(&program, &config, &mut |_| {})
        {
            if failure.index < last {
                wrong.push(format!("{}: {failure}", hard.mutant.name));
            }
        }
    }
    drop(std::panic::take_hook());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_are_at_least_26_and_each_says_when_it_shows() {
    let all = all();
    assert!(all.len() >= 26, "{}", all.len());
    for hard in all {
        assert!(hard.mutant.name.starts_with("hard-"), "{}", hard.mutant.name);
        assert!(!hard.when.is_empty() && !hard.mutant.mistake.is_empty(), "{}", hard.mutant.name);
    }
}
