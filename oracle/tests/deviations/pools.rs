//! B6, B7, B8, B10, B11: memory that is not a pool, or a pool of another heap. The C code accepts it and
//! writes outside its memory.

use std::ptr::{NonNull, null_mut};

use memoman::{PoolError, Tlsf, WORD as W};
use reference_conte::Conte;
use reference_conte::upstream::{SMALL, UPSTREAM};

use crate::child::{Outcome, in_child, report, task};
use crate::sides::{Ours, SMALL_FL, at, both, both_with, unchanged};
use crate::support::{Arena, FILL, Lab};

#[test]
fn b06_a_pool_of_the_limit_is_listed_behind_the_last_list() {
    let (limit, pool, decoy) = (1 << 16, 1 << 17, 1 << 15);
    let arena = Arena::new(1 << 18);
    // SAFETY: a constant.
    let behind = unsafe { (SMALL.size)() };
    // The word behind the control belongs to the program. With another value than a link, the C code
    // crashes.
    arena.poke(behind, arena.addr(decoy));
    // SAFETY: control and pool are in the arena, and so are the word behind the last list and the block
    // to which it leads.
    unsafe {
        assert_eq!((SMALL.block_size_max)(), limit);
        let tlsf = (SMALL.create)(at(&arena, 0));
        assert!(!(SMALL.add_pool)(tlsf, at(&arena, pool), limit + 2 * W).is_null(), "C succeeds");
    }
    let block = arena.addr(pool) - W;
    assert_eq!(arena.word(behind), block, "written behind the control");
    assert_eq!(arena.word(decoy + 3 * W), block, "and through the link that was there");

    let mut ours = Lab::<W, SMALL_FL, 32, 2>::over(1 << 18);
    for bytes in [limit + 2 * W, limit + 3 * W - 1] {
        let result = unchanged(&mut ours, |ours| ours.add_pool(pool, bytes));
        assert_eq!(result, Err(PoolError::TooLarge { most: limit + 2 * W - 1 }));
    }
    assert!(ours.add_pool(pool, limit + 2 * W - 1).is_ok());
}

#[test]
fn b07_a_buffer_smaller_than_the_control_is_overrun() {
    let bytes = 1024;
    let arena = Arena::new(1 << 16);
    // SAFETY: the arena is longer than a control.
    let tlsf = unsafe { (UPSTREAM.create_with_pool)(at(&arena, 0), bytes) };
    assert!(!tlsf.is_null(), "C succeeds");
    // SAFETY: a constant.
    let control = unsafe { (UPSTREAM.size)() };
    let contents = arena.contents();
    let last = contents.iter().rposition(|&byte| byte != FILL);
    assert!(bytes < control && last == Some(control - 1), "written up to {last:?}");

    let arena = Arena::new(1 << 16);
    let before = arena.contents();
    // SAFETY: the arena is longer, and used by nothing else.
    let result = unsafe { Tlsf::<W>::init_in_place(arena.at(0), bytes) };
    assert!(matches!(result, Err(PoolError::TooSmall { least }) if least > size_of::<Tlsf>()));
    assert!(arena.contents() == before, "refused, but written");
}

/// memoman's interface excludes null: memory is `NonNull`. The nearest case is an empty buffer.
#[test]
fn b08_null_memory_crashes() {
    let arena = Arena::new(1 << 16);
    match task().as_deref() {
        // SAFETY: none: the child process is meant to crash.
        Some("create") => report(unsafe { (UPSTREAM.create)(null_mut()) }.is_null().into()),
        Some("add_pool") => {
            // SAFETY: the control is in the arena; for the pool, as above.
            let pool =
                unsafe { (UPSTREAM.add_pool)((UPSTREAM.create)(at(&arena, 0)), null_mut(), 4096) };
            report(pool.is_null().into())
        }
        _ => {}
    }
    for call in ["create", "add_pool"] {
        assert_eq!(in_child(b08_null_memory_crashes, call), Outcome::Crashes, "{call}");
    }

    let (_, mut ours) = both(4096);
    let result = unchanged(&mut ours, |ours| ours.heap.add_static_pool(&mut []));
    assert!(matches!(result, Err(PoolError::TooSmall { .. })));
    let dangling = NonNull::<usize>::dangling().cast();
    // SAFETY: refused for its numbers.
    let result = unchanged(&mut ours, |ours| unsafe { ours.heap.add_pool(dangling, 0) });
    assert!(matches!(result, Err(PoolError::TooSmall { .. })));
    // SAFETY: refused for its numbers, before anything is written.
    let result = unsafe { Tlsf::<W>::init_in_place(dangling, 0) };
    assert!(matches!(result, Err(PoolError::TooSmall { .. })));
}

#[test]
fn b10_a_pool_twice_is_handed_out_twice_and_its_check_never_ends() {
    let (mut c, mut ours) = both(64 * W);
    // SAFETY: only the pool is written: its block follows itself afterwards.
    let result = unsafe { c.outside_domain().add_pool(0, 64 * W) };
    assert!(result, "C succeeds");
    if task().is_some() {
        report(i32::from(!c.check()));
    }
    let test = b10_a_pool_twice_is_handed_out_twice_and_its_check_never_ends;
    assert_eq!(in_child(test, "check"), Outcome::Hangs);
    let (first, second) = (c.malloc(62 * W), c.malloc(62 * W));
    assert_eq!((first, second), (Some(W), Some(W)), "two owners of one block");

    let own = ours.heap.pools().next().expect("it has one");
    let result = unchanged(&mut ours, |ours| ours.add_pool(0, 64 * W));
    assert_eq!(result, Err(PoolError::Overlaps(own)));
}

#[test]
fn b10_a_pool_inside_another_is_handed_out_twice() {
    let (mut c, mut ours) = both(128 * W);
    // SAFETY: only the pool is written: a second header inside its block.
    let result = unsafe { c.outside_domain().add_pool(64 * W, 64 * W) };
    assert!(result && c.check() && c.check_pool(0), "C succeeds, and its checks pass");
    let (inner, outer) = (c.malloc(62 * W), c.malloc(100 * W));
    assert_eq!((inner, outer), (Some(65 * W), Some(W)), "one block inside the other");

    let own = ours.heap.pools().next().expect("it has one");
    let result = unchanged(&mut ours, |ours| ours.add_pool(64 * W, 64 * W));
    assert_eq!(result, Err(PoolError::Overlaps(own)));
}

#[test]
fn b11_removing_a_busy_pool_writes_where_the_payload_says() {
    let (mut c, mut ours, block) = both_with(64 * W, 62 * W);
    let base = c.arena_base();
    let victim = 100 * W;
    let (words, victim_addr) = (base.cast::<usize>(), base.addr() + victim);
    let word = |offset: usize| {
        // SAFETY: in the arena, whose bytes were zeroed at first, and aligned.
        unsafe { words.byte_add(offset).read() }
    };
    // SAFETY: the payload of a live block, in which the caller keeps addresses.
    unsafe { words.byte_add(block).cast::<[usize; 2]>().write([victim_addr; 2]) };
    assert_eq!((word(victim + 2 * W), word(victim + 3 * W)), (0, 0));
    // SAFETY: C reads both payload words as links, and they lead into the arena.
    unsafe { c.outside_domain().remove_pool(0) };
    assert_eq!((word(victim + 2 * W), word(victim + 3 * W)), (victim_addr, victim_addr));

    let own = ours.heap.pools().next().expect("it has one");
    let result = unchanged(&mut ours, |ours| ours.heap.remove_pool(own));
    assert_eq!(result, Err(PoolError::Busy(ours.arena.at(block))));
}

#[test]
fn b11_removing_a_pool_twice_writes_into_a_live_block() {
    let (mut c, mut ours) = both(64 * W);
    assert!(c.add_pool(64 * W, 64 * W));
    let first = ours.heap.pools().next().expect("it has one");
    ours.add_pool(64 * W, 64 * W).expect("space is left");
    c.remove_pool(0);
    let live = c.malloc(62 * W).expect("the other pool is left");
    // SAFETY: the payload of a live block.
    let payload = unsafe {
        c.arena_base().add(live).write_bytes(FILL, 62 * W);
        core::slice::from_raw_parts(c.arena_base().add(live), 62 * W)
    };
    assert!(payload.iter().all(|&byte| byte == FILL));
    // SAFETY: the links that are left in the pool lead to the live block and to the control.
    unsafe { c.outside_domain().remove_pool(0) };
    // SAFETY: as above.
    let payload = unsafe { core::slice::from_raw_parts(c.arena_base().add(live), 62 * W) };
    assert!(payload.iter().any(|&byte| byte != FILL), "the caller's bytes are overwritten");

    ours.heap.remove_pool(first).expect("it is one free block");
    let result = unchanged(&mut ours, |ours| ours.heap.remove_pool(first));
    assert_eq!(result, Err(PoolError::Unknown));
}

#[test]
fn b11_a_pool_removed_from_another_instance_is_still_handed_out() {
    let (mut c, mut ours) = both(64 * W);
    let mut other = Conte::upstream(64 * W, 1 << 16);
    let strange = c.arena_base().addr().wrapping_sub(other.arena_base().addr());
    // SAFETY: the pool's block is unlinked from a list in which it is alone, and stays its head.
    unsafe { other.outside_domain().remove_pool(strange) };
    assert_eq!(c.malloc(62 * W), Some(W), "of the pool that C removed");

    let own = ours.heap.pools().next().expect("it has one");
    let mut other = Ours::new(&[64 * W]);
    let result =
        unchanged(&mut other, |other| unchanged(&mut ours, |_| other.heap.remove_pool(own)));
    assert_eq!(result, Err(PoolError::Unknown));
}
