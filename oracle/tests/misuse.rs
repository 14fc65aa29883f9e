//! The pointer policy: programs of valid calls, hostile pointers and damage keep every promise of
//! `oracle::guard`.

#[path = "misuse/liars.rs"]
mod liars;

use std::fs;
use std::path::Path;

use oracle::guard::{self, Tally};

#[test]
fn every_misuse_is_answered_and_every_damage_named() {
    let mut tally = Tally::default();
    for number in 0.. {
        match guard::run(&guard::generate(1, number)) {
            Ok(more) => tally.add(&more),
            Err(finding) => panic!("input {number} of seed 1\n{finding}"),
        }
        if tally.steps >= 300_000 {
            break;
        }
    }
    println!("{tally}");
    // None of it is vacuous.
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
            Err(finding) => panic!("{path:?}\n{finding}"),
        }
    }
    assert!(files > 0 && files <= 200 && size <= 100_000, "{files} files, {size} bytes");
    assert!(tally.steps > 5000, "{tally}");
}

#[test]
fn an_input_has_one_outcome() {
    for number in 0..20 {
        let bytes = guard::generate(9, number);
        let [one, two] = [(); 2].map(|()| guard::run(&bytes).expect("no finding"));
        assert_eq!(one, two);
    }
}

/// The published table is what happens; of a difference, this prints the table as it is now.
#[test]
// Without counters, or with other words, other bits are flipped.
#[cfg(all(target_pointer_width = "64", feature = "stats"))]
fn the_matrix_of_damage_is_as_published() {
    let tally = guard::matrix().unwrap_or_else(|finding| panic!("{finding}"));
    let (now, published) = (tally.table(), include_str!("../src/guard/matrix.md"));
    println!("{} damages named, {:?} benign\n\n{now}", tally.named, tally.benign);
    assert!(now == published, "oracle/src/guard/matrix.md differs from the table above");
}
