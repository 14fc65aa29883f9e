//! What the engine returns when a pool is removed or shrunk, which no other column has: the memory that is
//! the caller's again, and the block that a refusal names. A wrong one is a panic, so a finding. And the check
//! of a pool before the engine is given it.

use std::ptr::NonNull;

use memoman::{Pool, PoolError, Tlsf};

use crate::arena::Arena;

/// Checks that a pool of `bytes` bytes at `mem` lies in the arena, or that the engine refuses it for its
/// numbers, before it touches a byte: it is too long, or overlaps a pool other than `own`. Returns the number of
/// words that it has touched in the heap, which the engine counts as well.
///
/// # Panics
/// If it does neither.
pub(super) fn check_range<
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
    const SEARCH: usize,
>(
    heap: &Tlsf<ALIGN, FL, SL, POOLS, SEARCH>,
    arena: &Arena,
    mem: usize,
    bytes: usize,
    own: Option<Pool>,
) -> u64 {
    let before = touched();
    let end = mem.saturating_add(bytes);
    let overlaps = |pool: Pool| {
        let start = arena.offset(pool.start().as_ptr());
        Some(pool) != own && mem < start + pool.bytes() && start < end
    };
    assert!(
        end <= arena.bytes()
            || bytes > Tlsf::<ALIGN, FL, SL, POOLS, SEARCH>::POOL_BYTES_MAX
            || heap.pools().any(overlaps),
        "a pool of {bytes} bytes at {mem} reaches out of the arena"
    );
    touched().wrapping_sub(before)
}

/// Words that the engine has touched on this thread, if it counts them.
fn touched() -> u64 {
    #[cfg(feature = "cost")]
    return memoman::cost();
    #[cfg(not(feature = "cost"))]
    0
}

/// Checks the result of `remove_pool`.
///
/// # Panics
/// If the memory is not the pool's, or a refusal names another block than the first live one.
pub(super) fn removed<
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
    const SEARCH: usize,
>(
    heap: &Tlsf<ALIGN, FL, SL, POOLS, SEARCH>,
    pool: Pool,
    result: Result<NonNull<[u8]>, PoolError>,
) {
    match result {
        Ok(memory) => returned(memory, pool, 0),
        Err(PoolError::Busy(named)) => {
            let live = heap.blocks(pool).find(|block| !block.is_free).map(|block| block.payload);
            assert_eq!(
                place(pool, live),
                place(pool, Some(named)),
                "the block that a busy pool names, by its offset in the pool, is not the first live one"
            );
        }
        Err(_) => {}
    }
}

/// Checks the result of `shrink_pool` by `less` bytes.
///
/// # Panics
/// If the memory is not the end of the pool, or a refusal names another block than a live last one.
pub(super) fn shrunk<
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
    const SEARCH: usize,
>(
    heap: &Tlsf<ALIGN, FL, SL, POOLS, SEARCH>,
    old: Pool,
    less: usize,
    result: Result<(Pool, NonNull<[u8]>), PoolError>,
) {
    match result {
        Ok((new, memory)) => {
            returned(memory, old, new.bytes());
            assert!(
                new.start() == old.start() && memory.len() >= less,
                "a pool of {} bytes, shrunk by {less}, has {} bytes and gave back {}",
                old.bytes(),
                new.bytes(),
                memory.len()
            );
        }
        Err(PoolError::Busy(named)) => {
            let last = heap.blocks(old).last();
            let live = last.filter(|block| !block.is_free).map(|block| block.payload);
            assert_eq!(
                place(old, live),
                place(old, Some(named)),
                "the block that a busy end names, by its offset in the pool, is not a live last one"
            );
        }
        Err(_) => {}
    }
}

/// The memory is that of the pool from the offset on.
fn returned(memory: NonNull<[u8]>, pool: Pool, from: usize) {
    let start = place(pool, Some(memory.cast()));
    assert!(
        start == Some(from) && memory.len() == pool.bytes() - from,
        "a pool of {} bytes gave back {} bytes from its offset {start:?}, not those from {from} on",
        pool.bytes(),
        memory.len()
    );
}

/// The offset in the pool: no address in any finding.
fn place(pool: Pool, ptr: Option<NonNull<u8>>) -> Option<usize> {
    ptr.map(|ptr| ptr.addr().get().wrapping_sub(pool.start().addr().get()))
}

#[cfg(all(test, feature = "cost"))]
mod tests {
    use super::*;

    #[test]
    fn the_check_of_a_range_returns_the_words_that_it_touches() {
        let arena = Arena::new();
        let mut heap: Tlsf = Tlsf::new();
        let mem = arena.bytes() - (1 << 16);
        let start = NonNull::new(arena.at(mem)).expect("an arena");
        // SAFETY: the end of the arena, which is this heap's.
        unsafe { heap.add_pool(start, 4096) }.expect("a pool");
        let before = memoman::cost();
        // It reaches out of the arena, but overlaps the pool: only then is the heap looked at.
        let words = check_range(&heap, &arena, mem, 1 << 17, None);
        assert_eq!((words, memoman::cost() - before), (1, 1));
        assert_eq!(check_range(&heap, &arena, 0, 4096, None), 0);
    }
}
