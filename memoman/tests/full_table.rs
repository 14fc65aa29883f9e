//! Tables of one pool and of a few, full: every operation on the last pool, damage in it, and misuse of
//! its blocks.

mod support;

use memoman::{Law, Place, PoolError, Violation, WORD as W};
use support::Lab;
use support::Seen::Free;

const POOL: usize = 64 * W;

/// A full table: pools with a gap of one word between them.
fn full<const POOLS: usize>() -> Lab<W, 12, 4, POOLS> {
    let mut lab = Lab::over((POOLS + 2) * (POOL + W));
    for number in 0..POOLS {
        lab.add_pool(number * (POOL + W), POOL).unwrap();
    }
    lab
}

fn last<const POOLS: usize>() -> usize {
    (POOLS - 1) * (POOL + W)
}

fn the_last_pool_is_resized_removed_and_added<const POOLS: usize>() {
    let mut lab = full::<POOLS>();
    let whole = lab.walk();
    let next = last::<POOLS>() + POOL + W;
    assert_eq!(lab.add_pool(next, POOL), Err(PoolError::TableFull));
    assert_eq!(lab.walk(), whole);
    let pool = lab.heap.pools().next_back().unwrap();
    assert_eq!(lab.arena.offset_of(pool.start()), last::<POOLS>());
    assert_eq!(lab.heap.pool_of(lab.arena.at(last::<POOLS>() + POOL - 1)), Some(pool));
    assert_eq!(lab.heap.pool_of(lab.arena.at(last::<POOLS>() + POOL)), None);

    // SAFETY: the word behind the last pool is the arena's, and no other pool's.
    let longer = unsafe { lab.heap.extend_pool(pool, W) }.unwrap();
    assert_eq!(lab.walk().last(), Some(&Free(last::<POOLS>() + W, POOL - W)));
    let (shorter, memory) = lab.heap.shrink_pool(longer, 2 * W).unwrap();
    assert_eq!((lab.arena.offset_of(memory.cast()), memory.len()), (next - 2 * W, 2 * W));
    assert_eq!(lab.check().pools, POOLS);
    assert_eq!(lab.heap.remove_pool(pool), Err(PoolError::Unknown), "the value of before");
    let memory = lab.heap.remove_pool(shorter).unwrap();
    assert_eq!((lab.arena.offset_of(memory.cast()), memory.len()), (last::<POOLS>(), POOL - W));
    assert_eq!(lab.check().pools, POOLS - 1);
    assert_eq!(lab.add_pool(last::<POOLS>(), POOL), Ok(pool), "the table has room again");
    assert_eq!(lab.walk(), whole);
    lab.check();
}

fn damage_in_the_last_pool_is_named_by_its_number<const POOLS: usize>() {
    let lab = full::<POOLS>();
    let first = last::<POOLS>();
    let place = |offset| Place::Block { pool: POOLS - 1, offset };
    let sentinel = POOL - W;
    for (offset, word, law) in [
        (0, 0, Law::Tiling),
        (0, (POOL - W) | 1, Law::Tiling),
        (sentinel, 0, Law::Mirror),
        (sentinel, 3, Law::Sentinel),
        (sentinel - W, 1, Law::BackLink),
    ] {
        let old = lab.arena.poke(first + offset, word);
        let reported = if law == Law::BackLink { sentinel } else { offset };
        let found = lab.heap.validate().map(drop);
        assert_eq!(found, Err(Violation::new(law, place(reported))), "{word:#x} at {offset}");
        let pool = lab.heap.pools().next_back().unwrap();
        assert!(lab.heap.validate_pool(pool).unwrap().is_err());
        assert!(
            lab.heap.pools().rev().skip(1).all(|other| {
                lab.heap.validate_pool(other).is_some_and(|census| census.is_ok())
            })
        );
        lab.arena.restore(first + offset, old);
    }
    lab.check();
}

#[cfg(feature = "guard")]
fn misuse_in_the_last_pool_is_refused<const POOLS: usize>() {
    use memoman::{GuardError, Guarded, Misuse, Reaction};
    let arena = support::Arena::new((POOLS + 1) * (POOL + W));
    let mut heap = Guarded::<W, 12, 4, POOLS>::new(Reaction::Error);
    for number in 0..POOLS {
        // SAFETY: arena memory, used by nothing but this heap.
        unsafe { heap.add_pool(arena.at(number * (POOL + W)), POOL) }.unwrap();
    }
    // The pool added last is the first of its list: it serves the first block.
    let whole = POOL - 2 * W;
    let block = heap.malloc(8 * W).unwrap();
    assert_eq!(arena.offset_of(block), last::<POOLS>() + W);
    let mut refused = |offset: usize, expected: fn(&Misuse) -> bool| {
        // SAFETY: the guard refuses what is no live block of the heap.
        match unsafe { heap.deallocate(arena.at(offset)) } {
            Err(GuardError::Misuse(misuse)) if expected(&misuse) => {}
            other => panic!("{offset}: {other:?}"),
        }
    };
    refused(
        last::<POOLS>() + 2 * W,
        |found| matches!(found, Misuse::Interior { pool, .. } if *pool == POOLS - 1),
    );
    refused(
        last::<POOLS>() + W + 1,
        |found| matches!(found, Misuse::Misaligned { pool, .. } if *pool == POOLS - 1),
    );
    refused(
        last::<POOLS>() + 20 * W,
        |found| matches!(found, Misuse::Double { pool, .. } if *pool == POOLS - 1),
    );
    refused(last::<POOLS>() + POOL, |found| matches!(found, Misuse::Foreign { .. }));
    // SAFETY: live until now.
    unsafe { heap.deallocate(block) }.unwrap();
    assert_eq!(heap.validate().unwrap().largest_free, whole);
    let pool = heap.heap().pools().next_back().unwrap();
    heap.remove_pool(pool).unwrap();
    assert!(matches!(heap.check(block), Err(Misuse::Foreign { .. })), "its pool is gone");
}

macro_rules! for_tables_of {
    ($($name:ident: $pools:literal)*) => {
        $(mod $name {
            #[test]
            fn the_last_pool_is_resized_removed_and_added() {
                super::the_last_pool_is_resized_removed_and_added::<$pools>();
            }

            #[test]
            fn damage_in_the_last_pool_is_named_by_its_number() {
                super::damage_in_the_last_pool_is_named_by_its_number::<$pools>();
            }

            #[cfg(feature = "guard")]
            #[test]
            fn misuse_in_the_last_pool_is_refused() {
                super::misuse_in_the_last_pool_is_refused::<$pools>();
            }
        })*
    };
}

for_tables_of!(one: 1 two: 2 seven: 7);
