//! B12: what is freed is not a live block. The C code corrupts its lists, and hands out one block
//! to two owners.
//!
//! To memoman's `deallocate` these are a breach of `unsafe`, as they are to C's `free`, and nothing
//! could be asserted after one. Behind its pointer policy they are refused.

use memoman::WORD as W;
#[cfg(feature = "guard")]
use memoman::{GuardError, Guarded, Misuse, Reaction};
use reference_conte::Conte;

use crate::sides::both_with;
#[cfg(feature = "guard")]
use crate::support::Arena;

/// A block of 6 words with a live neighbour.
fn c_with_block() -> (Conte, usize) {
    let (mut c, _, block) = both_with(128 * W, 6 * W);
    c.malloc(6 * W).expect("space is left");
    (c, block)
}

#[test]
fn b12_a_block_freed_twice_is_handed_out_twice() {
    let (mut c, block) = c_with_block();
    c.free(block);
    // SAFETY: only the block is written: it comes to follow itself.
    unsafe { c.outside_domain().free(block) };
    assert_eq!((c.malloc(6 * W), c.malloc(6 * W)), (Some(block), Some(block)));
}

#[test]
fn b12_what_a_payload_holds_is_freed_as_a_block_and_handed_out() {
    let (mut c, block) = c_with_block();
    // SAFETY: the payload of a live block: it happens to hold the number 4 W.
    unsafe { c.arena_base().add(block).cast::<usize>().write(4 * W) };
    let inside = block + W;
    // SAFETY: the number is taken for a header; the block it makes ends within the live one.
    unsafe { c.outside_domain().free(inside) };
    assert_eq!(c.malloc(4 * W), Some(inside), "a second owner inside the live block");
}

#[test]
fn b12_a_block_of_another_instance_is_taken_and_handed_out() {
    let (c, block) = c_with_block();
    let mut thief = Conte::upstream(128 * W, 1 << 16);
    let foreign = (c.arena_base().addr() + block).wrapping_sub(thief.arena_base().addr());
    // SAFETY: the block is marked in its own pool, and listed in the other's control.
    unsafe { thief.outside_domain().free(foreign) };
    assert_eq!(thief.malloc(6 * W), Some(foreign), "it has no pool at all");
    assert!(c.check(), "and the owner's check passes");
}

/// The same three, and the policy's results: no byte of the pools has changed.
#[cfg(feature = "guard")]
#[test]
fn b12_the_pointer_policy_refuses_each() {
    let arenas = [Arena::new(128 * W), Arena::new(128 * W)];
    let [mut own, mut other] = [0, 1].map(|index: usize| {
        let mut heap: Guarded = Guarded::new(Reaction::Error);
        // SAFETY: the arena outlives the heap, and is its alone.
        let pool = unsafe { heap.add_pool(arenas[index].at(0), 128 * W) };
        pool.expect("a pool");
        heap
    });
    let mut malloc = || own.malloc(6 * W).expect("space is left");
    let (live, freed) = (malloc(), malloc());
    // SAFETY: live, and not used afterwards; then no live block starts at any of the pointers.
    unsafe {
        own.deallocate(freed).expect("a live block");
        let inside = live.byte_add(W);
        inside.cast::<usize>().sub(1).write(4 * W);
        let before = arenas.each_ref().map(Arena::contents);
        let results = [own.deallocate(freed), own.deallocate(inside), other.deallocate(live)];
        assert!(matches!(
            results,
            [
                Err(GuardError::Misuse(Misuse::Double { .. })),
                Err(GuardError::Misuse(Misuse::Interior { block, .. })),
                Err(GuardError::Misuse(Misuse::Foreign { .. }))
            ] if block == live
        ));
        assert_eq!(arenas.each_ref().map(Arena::contents), before);
    }
}
