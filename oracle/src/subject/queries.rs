//! Rarely run queries of the engine's API: pools by pointer, block sizes and size classes, and the
//! text of errors. [`Lockstep::check_all`] compares their results with the harness's own records,
//! with the specification's arithmetic, and with each other.
//!
//! [`Lockstep::check_all`]: crate::lockstep::Lockstep::check_all

use std::alloc::Layout;
use std::ptr::NonNull;

use memoman::{Pool, PoolError, RequestError, Tlsf};

use crate::geometry::Geometry;
use crate::model::sizes;

/// An error with this message, unless the result is right.
fn holds(right: bool, wrong: impl FnOnce() -> String) -> Result<(), String> {
    if right { Ok(()) } else { Err(wrong()) }
}

/// Checks the queries about pools. The table holds the recorded pools. A pool is found by any of its
/// bytes, and by its start alone. A walk without the heap equals one with it. A removed pool is not
/// found, and has no blocks.
pub(crate) fn pools<
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
    const SEARCH: usize,
>(
    heap: &Tlsf<ALIGN, FL, SL, POOLS, SEARCH>,
    ever: &[Pool],
    recorded: &[(NonNull<u8>, usize)],
) -> Result<(), String> {
    let own: Vec<Pool> = heap.pools().collect();
    let reported = own.iter().map(|pool| (pool.start(), pool.bytes()));
    holds(reported.eq(recorded.iter().copied()), || "pools() are not the recorded pools".into())?;
    let mut used = 0;
    for (index, &pool) in own.iter().enumerate() {
        // SAFETY: the last byte of a pool.
        let last = unsafe { pool.start().byte_add(pool.bytes() - 1) };
        let found = heap.pool_of(last) == Some(pool) && heap.pool_of(pool.start()) == Some(pool);
        holds(found, || {
            format!("pool_of() does not find pool {index} by its first and last byte")
        })?;
        // SAFETY: Tiling: `validate` has just found the pool sound, and `heap` is borrowed meanwhile.
        let (at, at_start, without) = unsafe {
            let at = Tlsf::<ALIGN, FL, SL, POOLS, SEARCH>::pool_at(pool.start());
            let at_start = Tlsf::<ALIGN, FL, SL, POOLS, SEARCH>::validate_pool_at(pool.start());
            (at, at_start, Tlsf::<ALIGN, FL, SL, POOLS, SEARCH>::blocks_of(pool))
        };
        let whole = pool.bytes() / ALIGN * ALIGN;
        holds((at.start(), at.bytes()) == (pool.start(), whole), || {
            format!("pool_at() reports {} bytes of pool {index} of {whole}", at.bytes())
        })?;
        holds(without.eq(heap.blocks(pool)), || {
            format!("blocks_of() and blocks() of pool {index} differ")
        })?;
        let counted = heap.validate_pool(pool);
        holds(counted == Some(at_start), || {
            format!("validate_pool() {counted:?}, validate_pool_at() {at_start:?} of pool {index}")
        })?;
        used += counted.and_then(Result::ok).map_or(0, |census| census.used_bytes);
    }
    let all = heap.validate().map(|census| census.used_bytes);
    holds(all == Ok(used), || format!("validate() {all:?}, its pools {used} bytes used"))?;
    let removed = ever.iter().filter(|pool| !own.contains(pool));
    for &pool in removed {
        let is_empty = heap.blocks(pool).next().is_none() && heap.validate_pool(pool).is_none();
        holds(is_empty, || "a removed pool has blocks".into())?;
        let outside = own.iter().all(|own| !own.contains(pool.start()));
        holds(!outside || heap.pool_of(pool.start()).is_none(), || {
            "pool_of() finds a removed pool".into()
        })?;
    }
    Ok(())
}

/// Checks the queries about sizes: block sizes, size classes and searches are the specification's, for
/// the blocks that are free now and at the limits.
pub(crate) fn numbers<
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
    const SEARCH: usize,
>(
    heap: &Tlsf<ALIGN, FL, SL, POOLS, SEARCH>,
    g: &Geometry,
) -> Result<(), String> {
    let control = Tlsf::<ALIGN, FL, SL, POOLS, SEARCH>::control_size();
    holds(control >= size_of_val(heap) && control % ALIGN == 0, || {
        format!("control_size() is {control}")
    })?;
    for (class, block) in heap.free_blocks() {
        let reported = Tlsf::<ALIGN, FL, SL, POOLS, SEARCH>::class_of(block.size);
        let right = sizes::floor(g, g.key(block.size));
        holds(reported == Some(right) && class == right, || {
            format!(
                "class_of({}) is {reported:?}, in list {class}, and should be {right}",
                block.size
            )
        })?;
    }
    let odd = Tlsf::<ALIGN, FL, SL, POOLS, SEARCH>::class_of(g.min_size() + 1);
    holds(odd.is_none(), || format!("class_of() a size that no block has is {odd:?}"))?;
    let most = heap.max_allocatable();
    for request in [0, 1, g.min_size() + 1, most, most + 1, g.max() - 1, usize::MAX] {
        let fit = sizes::fit(g, request, g.min_size()).filter(|_| request > 0);
        let search = fit.and_then(|fit| sizes::ceil(g, g.key(fit)));
        let reported = Tlsf::<ALIGN, FL, SL, POOLS, SEARCH>::search_class(request);
        holds(reported == search, || {
            format!("search_class({request}): {reported:?}, and not {search:?}")
        })?;
        let size = search.map(|class| sizes::least_key(g, class) - g.key(0));
        if let Ok(layout) = Layout::from_size_align(request, 1) {
            let reported = Tlsf::<ALIGN, FL, SL, POOLS, SEARCH>::search_size(layout);
            holds(reported == size, || {
                format!("search_size({request}): {reported:?}, and not {size:?}")
            })?;
        }
        // What is cut off is a block, or it would stay: less than the least one, by granules.
        let rest = g.min_size() + g.word - g.align;
        let waste = fit.map(|fit| g.word + fit - request + rest);
        let reported = Tlsf::<ALIGN, FL, SL, POOLS, SEARCH>::waste_of(request);
        holds(reported == waste, || {
            format!("waste_of({request}): {reported:?}, and not {waste:?}")
        })?;
    }
    Ok(())
}

/// Checks the text of errors: it holds the numbers of the error.
pub(crate) fn words<
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
    const SEARCH: usize,
>(
    heap: &Tlsf<ALIGN, FL, SL, POOLS, SEARCH>,
    refused: Option<PoolError>,
) -> Result<(), String> {
    let has = |text: String, numbers: &[usize]| {
        let missing = numbers.iter().find(|number| !text.contains(&number.to_string()));
        holds(!text.is_empty() && missing.is_none(), || format!("{text:?} lacks {missing:?}"))
    };
    let free: usize = heap.free_blocks().map(|(_, block)| block.size).sum();
    let most = heap.max_allocatable() + 1;
    for size in [0, isize::MAX as usize, 1, most, free + 1] {
        let Ok(layout) = Layout::from_size_align(size, 1) else { continue };
        let Err(error) = heap.explain(layout) else { continue };
        let numbers = match error {
            RequestError::TooLarge { most } => vec![most],
            RequestError::Exhausted { needs, free } => vec![needs, free],
            RequestError::Fragmented { needs, free, largest } => vec![needs, free, largest],
            RequestError::PassedOver { search, largest } => vec![search, largest],
            _ => vec![],
        };
        has(error.to_string(), &numbers)?;
    }
    let Some(error) = refused else { return Ok(()) };
    let numbers = match error {
        PoolError::Misaligned { needs } => vec![needs],
        PoolError::TooSmall { least } => vec![least],
        PoolError::TooLarge { most } => vec![most],
        PoolError::Overlaps(pool) => vec![pool.bytes()],
        _ => vec![],
    };
    has(error.to_string(), &numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::Arena;
    use crate::geometry::{GEOMETRIES, WORD};

    const SL4: usize = 3;
    type Heap = Tlsf<WORD, { GEOMETRIES[SL4].fl() }, 4, 4>;

    fn with_a_block(arena: &Arena) -> (Heap, Pool) {
        let mut heap = Heap::new();
        // SAFETY: the arena's first bytes, which have no other user.
        let pool = unsafe { heap.add_pool(arena.base(), 4096 + 5) }.expect("a pool");
        heap.malloc(1000).expect("a block");
        (heap, pool)
    }

    #[test]
    fn the_results_of_the_engine_are_right() {
        let arena = Arena::new();
        let (heap, pool) = with_a_block(&arena);
        assert_eq!(pools(&heap, &[pool], &[(pool.start(), pool.bytes())]), Ok(()));
        assert_eq!(numbers(&heap, &GEOMETRIES[SL4]), Ok(()));
        assert_eq!(words(&heap, Some(PoolError::Overlaps(pool))), Ok(()));
    }

    #[test]
    fn another_table_of_pools_is_a_wrong_result() {
        let arena = Arena::new();
        let (heap, pool) = with_a_block(&arena);
        for recorded in [vec![], vec![(pool.start(), pool.bytes() - 1)]] {
            assert!(pools(&heap, &[pool], &recorded).unwrap_err().contains("pools()"));
        }
    }

    #[test]
    fn the_numbers_of_another_geometry_are_wrong_results() {
        let arena = Arena::new();
        let (heap, _) = with_a_block(&arena);
        // Other lists, another limit, another alignment.
        for number in [2, 8, 7] {
            assert!(numbers(&heap, &GEOMETRIES[number]).is_err(), "{}", GEOMETRIES[number].name);
        }
    }
}
