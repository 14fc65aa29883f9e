//! The pointer policy: random programs of valid calls, hostile pointers and damage keep every promise
//! of `oracle::misuse`.

use oracle::misuse::{self, Tally};

fn generated(seed: u64, steps: u64) -> Tally {
    let mut tally = Tally::default();
    let mut number = 0;
    while tally.steps < steps {
        match misuse::run(&misuse::generate(seed, number)) {
            Ok(more) => tally.add(&more),
            Err(finding) => panic!("input {number} of seed {seed}\n{finding}"),
        }
        number += 1;
    }
    tally
}

#[test]
fn every_misuse_is_answered_and_every_damage_named() {
    let tally = generated(1, 300_000);
    println!("{tally}");
}

/// The published table is what happens; of a difference, this prints the table as it is now.
#[test]
#[cfg(target_pointer_width = "64")] // Other bits are flipped where a word has fewer.
fn the_matrix_of_damage_is_as_published() {
    let tally = misuse::matrix().unwrap_or_else(|finding| panic!("{finding}"));
    let (now, published) = (tally.table(), include_str!("../src/misuse/matrix.md"));
    // Counters are there with feature `stats` of the engine only.
    let rows = now.lines().filter(|row| !row.starts_with("| counter"));
    let now = rows.map(|row| format!("{row}\n")).collect::<String>();
    println!("{} damages named, {:?} benign\n\n{now}", tally.named, tally.benign);
    assert!(now == published, "oracle/src/misuse/matrix.md differs from the table above");
}
