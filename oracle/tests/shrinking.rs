//! Shrinking, tried on planted bugs: what is left fails as the whole did, and nothing more can go.

use oracle::finding::Check;
use oracle::mutants::{self, Planted};
use oracle::ops::{Op, Program, Size, generate};
use oracle::{Config, Context, Failure};

/// The first failure of a seed's programs.
fn first_failure(planted: &Planted, seed: u64) -> Box<Failure> {
    let mut context = Context::with(planted.maker);
    let failed =
        (0..3000).find_map(|index| context.run(&generate(seed, index), &Config::default()).err());
    failed.unwrap_or_else(|| panic!("{} is not caught", planted.name))
}

fn planted(name: &str) -> Planted {
    mutants::by_name(name).unwrap_or_else(|| panic!("{name} is not planted"))
}

fn fails(planted: &Planted, program: &Program) -> Option<Check> {
    let config = Config { shrink: false, ..Config::default() };
    let failure = Context::with(planted.maker).observe(program, &config, &mut |_| {}).err()?;
    Some(failure.check())
}

/// A mutant, a lie, a fault, and one that panics.
const SOME: [&str; 6] = [
    "mutant-splits-late",
    "misread-ceil-is-floor",
    "lie-twice",
    "toy-tail-not-listed",
    "toy-realloc-drops-alignment",
    "toy-largest-pool-accepted",
];

#[test]
fn what_is_left_fails_by_the_same_check_and_shrinking_it_again_changes_nothing() {
    for name in SOME {
        let planted = planted(name);
        let failure = first_failure(&planted, 1);
        assert_eq!(fails(&planted, &failure.shrunk), Some(failure.check()), "{name}");
        let again =
            Context::with(planted.maker).observe(&failure.shrunk, &Config::default(), &mut |_| {});
        assert_eq!(again.expect_err("it fails").shrunk, failure.shrunk, "{name}");
        let text = failure.shrunk.to_string();
        assert_eq!(text.parse::<Program>().expect("a program"), failure.shrunk, "{name}");
        assert!(
            failure.shrunk.encode() <= failure.program.encode()
                || failure.shrunk.ops.len() < failure.program.ops.len()
        );
    }
}

#[test]
fn no_op_of_what_is_left_can_go() {
    for name in SOME {
        let planted = planted(name);
        let failure = first_failure(&planted, 2);
        for at in 0..failure.shrunk.ops.len() {
            let mut shorter = failure.shrunk.clone();
            shorter.ops.remove(at);
            assert_ne!(
                fails(&planted, &shorter),
                Some(failure.check()),
                "{name}: op {at} could go"
            );
        }
    }
}

#[test]
fn fields_and_header_become_simple() {
    // Any malloc shows it: what is left is the simplest there is, whatever it was found by.
    let planted = planted("lie-short");
    for seed in 1..=3 {
        let failure = first_failure(&planted, seed);
        let Program { header, ops } = &failure.shrunk;
        assert_eq!((header.residue, header.extra, header.profile, header.seed), (0, 0, 0, 0));
        assert_eq!((header.pool_class, header.geometry), (0, 0), "{}", failure.shrunk);
        assert_eq!(ops[..], [Op::Malloc { slot: 0, size: Size::Tiny(1) }], "{}", failure.shrunk);
    }
}

#[test]
fn the_median_of_the_catalogue_is_eight_ops_at_most() {
    let mut ops: Vec<usize> = mutants::all()
        .iter()
        .filter(|planted| planted.name.starts_with("toy-"))
        .map(|planted| first_failure(planted, 1).shrunk.ops.len())
        .collect();
    ops.sort_unstable();
    assert!(ops[ops.len() / 2] <= 8, "{ops:?}");
}
