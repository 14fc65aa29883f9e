//! Shrinking, tested on mutants: the shrunk program fails by the same check, and no op can be removed.

use oracle::finding::Check;
use oracle::mutants::{self, Mutant};
use oracle::ops::{Op, Program, Size, generate};
use oracle::{Config, Context, Failure, shrink};

/// A failure of the shrunk program, and the program as it was found.
struct Shrunk {
    failure: Box<Failure>,
    whole: Program,
}

/// The first failure of a seed's programs, shrunk.
fn first_failure(mutant: &Mutant, seed: u64) -> Shrunk {
    let mut context = Context::with(mutant.maker);
    let failed =
        (0..3000).find_map(|index| context.run(&generate(seed, index), &Config::default()).err());
    let found = failed.unwrap_or_else(|| panic!("{} is not caught", mutant.name));
    Shrunk { failure: shrink(&mut context, &found), whole: found.program }
}

fn mutant(name: &str) -> Mutant {
    mutants::by_name(name).unwrap_or_else(|| panic!("{name} is not in the catalogue"))
}

fn fails(mutant: &Mutant, program: &Program) -> Option<Check> {
    let config = Config::default();
    let failure = Context::with(mutant.maker).observe(program, &config, &mut |_| {}).err()?;
    Some(failure.check())
}

/// Mutants of each kind, and one that panics.
const SOME: [&str; 6] = [
    "rule-splits-late",
    "misread-ceil-is-floor",
    "wrapper-live-block-returned",
    "faulty-tail-not-listed",
    "faulty-realloc-drops-alignment",
    "faulty-largest-pool-accepted",
];

#[test]
fn a_shrunk_program_fails_by_the_same_check_and_shrinking_it_again_changes_nothing() {
    for name in SOME {
        let mutant = mutant(name);
        let Shrunk { failure, whole } = first_failure(&mutant, 1);
        assert_eq!(fails(&mutant, &failure.program), Some(failure.check()), "{name}");
        let mut context = Context::with(mutant.maker);
        let again = context.observe(&failure.program, &Config::default(), &mut |_| {});
        let again = shrink(&mut context, &again.expect_err("it fails"));
        assert_eq!(again.program, failure.program, "{name}");
        let text = failure.program.to_string();
        assert_eq!(text.parse::<Program>().expect("a program"), failure.program, "{name}");
        assert!(
            failure.program.encode() <= whole.encode()
                || failure.program.ops.len() < whole.ops.len()
        );
    }
}

#[test]
fn no_op_of_a_shrunk_program_can_be_removed() {
    for name in SOME {
        let mutant = mutant(name);
        let failure = first_failure(&mutant, 2).failure;
        for at in 0..failure.program.ops.len() {
            let mut shorter = failure.program.clone();
            shorter.ops.remove(at);
            assert_ne!(
                fails(&mutant, &shorter),
                Some(failure.check()),
                "{name}: op {at} can be removed"
            );
        }
    }
}

#[test]
fn fields_and_header_become_simple() {
    // Any malloc shows this mistake, so the result is the simplest program.
    let mutant = mutant("wrapper-usable-size-too-small");
    for seed in 1..=3 {
        let failure = first_failure(&mutant, seed).failure;
        let Program { header, ops } = &failure.program;
        assert_eq!((header.residue, header.extra, header.profile, header.seed), (0, 0, 0, 0));
        assert_eq!((header.pool_class, header.geometry), (0, 0), "{}", failure.program);
        assert_eq!(ops[..], [Op::Malloc { slot: 0, size: Size::Tiny(1) }], "{}", failure.program);
    }
}

#[test]
fn the_median_of_the_catalogue_is_at_most_eight_ops() {
    let mut ops: Vec<usize> = mutants::all()
        .iter()
        .filter(|mutant| mutant.name.starts_with("faulty-"))
        .map(|mutant| first_failure(mutant, 1).failure.program.ops.len())
        .collect();
    ops.sort_unstable();
    assert!(ops[ops.len() / 2] <= 8, "{ops:?}");
}
