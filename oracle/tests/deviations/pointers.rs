//! B12: the freed pointer is not a live block. The C code corrupts its lists, and returns one block to two
//! owners.
//!
//! These calls violate the contract of memoman's `deallocate`, as of C's `free`: the result is undefined.
//! The guard refuses them.

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
    // SAFETY: only the block is written: it follows itself afterwards.
    unsafe { c.outside_domain().free(block) };
    assert_eq!((c.malloc(6 * W), c.malloc(6 * W)), (Some(block), Some(block)));
}

#[test]
fn b12_a_pointer_into_a_payload_is_freed_as_a_block_and_handed_out() {
    let (mut c, block) = c_with_block();
    // SAFETY: the payload of a live block, in which the caller keeps the number 4 W.
    unsafe { c.arena_base().add(block).cast::<usize>().write(4 * W) };
    let inside = block + W;
    // SAFETY: C reads the number as a header; the block ends within the live one.
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
    assert_eq!(thief.malloc(6 * W), Some(foreign), "from a heap without a pool");
    assert!(c.check(), "and the owner's check passes");
}

/// The guard refuses the same three calls, and changes no byte of the pools.
#[cfg(feature = "guard")]
#[test]
fn b12_the_guard_refuses_each() {
    let arenas = [Arena::new(128 * W), Arena::new(128 * W)];
    let [mut own, mut other] = [0, 1].map(|index: usize| {
        let mut heap: Guarded = Guarded::new(Reaction::Error);
        // SAFETY: the arena outlives the heap, which alone uses it.
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
