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
