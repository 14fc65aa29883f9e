//! A saved state can be restored, by the instance that saved it and by no other.

use reference_conte::{Conte, SecondLevel};

const ARENA: usize = 4096;

#[test]
fn what_was_saved_is_there_again() {
    let mut conte = Conte::new(SecondLevel::Sl4, ARENA, 4096);
    assert!(conte.add_pool(0, 2048));
    let first = conte.malloc(100).expect("room");
    let saved = conte.save();
    let next = conte.malloc(100).expect("room");
    conte.free(first);
    conte.restore(&saved);
    assert_eq!(conte.malloc(100), Some(next), "the same heap gives the same result");
    conte.free(first);
    conte.free(next);
}

#[test]
#[should_panic(expected = "saved by another instance")]
fn what_another_instance_saved_is_refused() {
    let large = Conte::new(SecondLevel::Sl4, 2 * ARENA, 4096);
    let mut small = Conte::new(SecondLevel::Sl4, ARENA, 4096);
    small.restore(&large.save());
}
