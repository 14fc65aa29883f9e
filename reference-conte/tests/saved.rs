//! A saved state is restored by the instance that saved it, and refused by others.

use reference_conte::{Conte, SecondLevel};

const ARENA: usize = 4096;

#[test]
fn a_restored_instance_returns_what_it_returned_before() {
    let mut conte = Conte::new(SecondLevel::Sl4, ARENA, 4096);
    assert!(conte.add_pool(0, 2048));
    let first = conte.malloc(100).expect("a block");
    let saved = conte.save();
    let next = conte.malloc(100).expect("a block");
    conte.free(first);
    conte.restore(&saved);
    assert_eq!(conte.malloc(100), Some(next), "the same heap returns the same block");
    conte.free(first);
    conte.free(next);
}

#[test]
#[should_panic(expected = "saved by another instance")]
fn a_state_of_another_instance_is_refused() {
    let large = Conte::new(SecondLevel::Sl4, 2 * ARENA, 4096);
    let mut small = Conte::new(SecondLevel::Sl4, ARENA, 4096);
    small.restore(&large.save());
}
