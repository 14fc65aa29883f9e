//! The guard keeps every promise of `oracle::guard` under valid calls, misused pointers and damage.

mod faulty;

use std::fs;
use std::path::Path;

use oracle::guard::{self, Tally};

#[test]
fn every_misuse_is_refused_and_every_damage_is_reported() {
    let mut tally = Tally::default();
    for number in 0.. {
        match guard::run(&guard::generate(1, number)) {
            Ok(more) => tally.add(&more),
            Err(failure) => panic!("input {number} of seed 1\n{failure}"),
        }
        if tally.steps >= 300_000 {
            break;
        }
    }
    println!("{tally}");
    // No check is vacuous.
    for kind in ["foreign", "misaligned", "interior", "double", "layout", "damaged"] {
        assert!(tally.refused[kind] > 1000, "{kind}: {tally}");
    }
    assert!(tally.valid > tally.steps / 3 && tally.named > tally.steps / 20, "{tally}");
}

#[test]
fn the_corpus_replays_without_a_finding_and_stays_small() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/misuse-v1");
    let (mut files, mut size, mut tally) = (0, 0, Tally::default());
    for entry in fs::read_dir(&corpus).expect("the corpus") {
        let path = entry.expect("an entry").path();
        let bytes = fs::read(&path).expect("a readable file");
        (files, size) = (files + 1, size + bytes.len());
        match guard::run(&bytes) {
            Ok(more) => tally.add(&more),
            Err(failure) => panic!("{path:?}\n{failure}"),
        }
    }
    assert!(files > 0 && files <= 200 && size <= 100_000, "{files} files, {size} bytes");
    assert!(tally.steps > 5000, "{tally}");
}

#[test]
fn equal_inputs_have_equal_results() {
    for number in 0..20 {
        let bytes = guard::generate(9, number);
        let [one, two] = [(); 2].map(|()| guard::run(&bytes).expect("no finding"));
        assert_eq!(one, two);
    }
}

/// The published table is the measured one. If they differ, the test prints the measured one.
#[test]
// Without counters, or with other words, the damages are others.
#[cfg(all(target_pointer_width = "64", feature = "stats"))]
fn the_matrix_of_damage_equals_the_published_table() {
    let tally = guard::matrix().unwrap_or_else(|failure| panic!("{failure}"));
    let (now, published) = (tally.table(), include_str!("../../src/guard/matrix.md"));
    println!("{} damages reported, {:?} benign\n\n{now}", tally.named, tally.benign);
    assert!(now == published, "oracle/src/guard/matrix.md differs from the table above");
}
