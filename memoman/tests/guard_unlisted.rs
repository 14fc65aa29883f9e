//! The pointer policy in pools beyond the table: valid calls are granted and placed as without it, a double
//! free is found until the memory is allocated again, and a heap of thousands of pools stays usable.
#![cfg(feature = "guard")]

mod support;

use std::collections::BTreeSet;
use std::ptr::NonNull;

use memoman::{CONTE_FL, GuardError, Guarded, Law, Misuse, PoolError, Reaction, Tlsf};
use memoman::{UnlistedPools, WORD as W};
use support::{Arena, SeededRng};

const BYTES: usize = 128 * W;
const POOLS: usize = 6;

/// A guarded heap with a pool in its table, at offset 0, and unlisted pools behind it.
struct Lab {
    heap: Guarded<W, 10, 8, 1>,
    arena: Arena,
}

impl Lab {
    fn new() -> Self {
        let mut lab =
            Self { heap: Guarded::new(Reaction::Error), arena: Arena::new(2 * POOLS * BYTES) };
        // SAFETY: the arena's bytes, used by nothing else, and readable.
        unsafe {
            lab.heap.add_pool(lab.arena.at(0), BYTES).unwrap();
            for number in 1..POOLS {
                lab.heap.add_unlisted_pool(lab.arena.at(number * BYTES), BYTES).unwrap();
            }
        }
        lab
    }

    fn free(&mut self, at: usize) -> Result<(), GuardError> {
        // SAFETY: the tests forget a block that is freed.
        unsafe { self.heap.deallocate(self.arena.at(at)) }
    }

    /// Three live blocks beside each other in an unlisted pool, and one behind them.
    fn neighbours(&mut self) -> [usize; 4] {
        let all: BTreeSet<_> = std::iter::from_fn(|| self.heap.malloc(6 * W).ok())
            .map(|ptr| self.arena.offset_of(ptr))
            .collect();
        [3, 4, 5, 6].map(|number| {
            let at = 2 * BYTES + W + number * 7 * W;
            assert!(all.contains(&at));
            at
        })
    }

    fn refused(&mut self, at: usize) -> Misuse {
        let before = self.arena.contents();
        let Err(GuardError::Misuse(misuse)) = self.free(at) else { panic!("{at} is freed") };
        assert!(before == self.arena.contents());
        assert_eq!(self.heap.check(self.arena.at(at)), Err(misuse));
        misuse
    }

    fn broken(&mut self, at: usize) -> Law {
        match self.refused(at) {
            Misuse::Unlisted { ptr, law } if ptr == self.arena.at(at) => law,
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_double_free_is_found_alone_and_after_every_merge() {
    // Which of the blocks are freed, in order; then the one that is freed again, and the law.
    for (freed, again, law) in [
        (vec![1], 1, Law::Membership),
        (vec![0, 1], 1, Law::Mirror),
        (vec![1, 0], 1, Law::Membership),
        (vec![2, 1], 1, Law::Membership),
        (vec![1, 2], 1, Law::Membership),
        (vec![1, 2], 2, Law::Mirror),
        (vec![0, 2, 1], 1, Law::BackLink),
        (vec![2, 0, 1], 1, Law::BackLink),
        (vec![1, 0, 2], 1, Law::Membership),
        (vec![0, 1, 2], 2, Law::Mirror),
        (vec![2, 1, 0], 2, Law::Membership),
        (vec![0, 1, 2], 0, Law::Membership),
    ] {
        let mut lab = Lab::new();
        let blocks = lab.neighbours();
        for &number in &freed {
            lab.free(blocks[number]).unwrap();
        }
        assert_eq!(lab.broken(blocks[again]), law, "{freed:?}, {again}");
        let text = lab.refused(blocks[again]).to_string();
        assert_eq!(text.contains("double free"), law == Law::Membership, "{text}");
        assert!(text.contains("unlisted pool"), "{text}");
        // Nothing has changed: the block behind is freed, and the heap is sound.
        lab.free(blocks[3]).unwrap();
        lab.heap.validate().unwrap();
    }
}

#[test]
fn a_merged_block_is_recognised_in_a_new_block_until_that_is_written_to() {
    let mut lab = Lab::new();
    let blocks = lab.neighbours();
    lab.free(blocks[0]).unwrap();
    lab.free(blocks[1]).unwrap();
    assert_eq!(lab.heap.malloc(13 * W), Ok(lab.arena.at(blocks[0])));
    assert_eq!(lab.broken(blocks[1]), Law::BackLink);
    // SAFETY: a live block of 13 words.
    unsafe { lab.arena.at(blocks[0]).cast::<[usize; 13]>().write([0; 13]) };
    assert_eq!(lab.broken(blocks[1]), Law::Tiling);
    assert_eq!(lab.heap.check(lab.arena.at(blocks[0])), Ok(13 * W));
}

#[test]
fn a_damaged_neighbour_is_found_without_a_validation() {
    let mut lab = Lab::new();
    lab.heap.set_check_every(0);
    let blocks = lab.neighbours();
    let header = |lab: &Lab, number: usize| lab.arena.word(blocks[number] - W);
    for (number, change, law) in [
        (2, 1, Law::Mirror),
        (2, 2, Law::Mirror),
        (2, 4 * W, Law::Tiling),
        (1, 2, Law::BackLink),
        (1, 4 * W, Law::Tiling),
        (1, 1, Law::Membership),
    ] {
        let value = header(&lab, number) ^ change;
        let old = lab.arena.poke(blocks[number] - W, value);
        assert_eq!(lab.broken(blocks[1]), law, "{change} at {number}");
        lab.arena.restore(blocks[number] - W, old);
    }
}

#[test]
fn a_pointer_into_a_payload_or_elsewhere_is_refused() {
    let mut lab = Lab::new();
    let blocks = lab.neighbours();
    for at in blocks {
        let payload = lab.arena.at(at);
        // SAFETY: a live block of six words.
        unsafe { payload.cast::<[usize; 6]>().write([usize::MAX << 3; 6]) };
    }
    for inside in [1, W - 1, W + 1] {
        assert!(matches!(lab.refused(blocks[1] + inside), Misuse::Foreign { .. }));
    }
    for word in 1..6 {
        assert_eq!(lab.broken(blocks[1] + word * W), Law::Tiling);
    }
    assert!(matches!(lab.refused(POOLS * BYTES + 5 * W), Misuse::Foreign { .. }));
    let far = [W, usize::MAX - W + 1].map(std::ptr::without_provenance_mut);
    for ptr in far.map(|ptr| NonNull::new(ptr).unwrap()) {
        assert_eq!(lab.heap.check(ptr), Err(Misuse::Foreign { ptr }));
    }
    for at in blocks {
        assert_eq!(lab.heap.check(lab.arena.at(at)), Ok(6 * W));
        lab.free(at).unwrap();
    }
}

#[test]
fn valid_calls_are_placed_as_without_the_policy() {
    let mut lab = Lab::new();
    let (mut plain, mut unlisted) = (Tlsf::<W, 10, 8, 1>::new(), UnlistedPools::NONE);
    let arena = Arena::new(POOLS * BYTES);
    // SAFETY: the arena's bytes, used by nothing else.
    unsafe {
        plain.add_pool(arena.at(0), BYTES).unwrap();
        for number in 1..POOLS {
            plain.add_unlisted_pool(&mut unlisted, arena.at(number * BYTES), BYTES).unwrap();
        }
    }
    let mut rng = SeededRng(5);
    let mut live = Vec::new();
    for step in 0..if cfg!(miri) { 40 } else { 10_000 } {
        let size = 1 + rng.below(20 * W);
        let layout = std::alloc::Layout::from_size_align(size, W << rng.below(3)).unwrap();
        let at = (!live.is_empty()).then(|| rng.below(live.len()));
        let (own, other) = match (rng.below(4), at) {
            (0, Some(at)) => {
                let at = live.swap_remove(at);
                lab.free(at).unwrap();
                // SAFETY: live in both.
                unsafe { plain.deallocate(arena.at(at)) };
                continue;
            }
            (1, Some(index)) => {
                let at: usize = live[index];
                // SAFETY: live in both.
                let both = unsafe {
                    let own = lab.heap.reallocate(lab.arena.at(at), layout).ok();
                    (own, plain.reallocate(arena.at(at), layout))
                };
                if both.0.is_some() {
                    live.swap_remove(index);
                }
                both
            }
            _ => (lab.heap.allocate(layout).ok(), plain.allocate(layout)),
        };
        let own = own.map(|ptr| lab.arena.offset_of(ptr));
        assert_eq!(own, other.map(|ptr| arena.offset_of(ptr)), "step {step}");
        live.extend(own);
        let refused = lab.heap.malloc(BYTES).unwrap_err();
        assert!(matches!(refused, GuardError::Request(_)), "{refused}");
    }
    live.into_iter().for_each(|at| lab.free(at).unwrap());
    for number in 1..POOLS {
        // SAFETY: an unlisted pool of this heap.
        let removed = unsafe { lab.heap.remove_unlisted_pool(lab.arena.at(number * BYTES)) };
        assert_eq!(removed.unwrap().len(), BYTES);
    }
    assert_eq!(lab.heap.unlisted_pools(), 0);
    assert!(matches!(lab.refused(2 * BYTES + W), Misuse::Foreign { .. }));
}

#[test]
fn a_damaged_list_in_an_unlisted_pool_stops_every_call() {
    let mut lab = Lab::new();
    let blocks = lab.neighbours();
    lab.free(blocks[1]).unwrap();
    let old = lab.arena.poke(blocks[1] + W, W);
    let damaged = |result: Result<(), GuardError>| {
        assert!(matches!(result, Err(GuardError::Misuse(Misuse::Damaged(_)))), "{result:?}");
    };
    damaged(lab.heap.malloc(1).map(drop));
    damaged(lab.free(blocks[3]));
    // SAFETY: refused.
    damaged(unsafe { lab.heap.add_unlisted_pool(lab.arena.at(POOLS * BYTES), BYTES) }.map(drop));
    // SAFETY: refused.
    damaged(unsafe { lab.heap.remove_unlisted_pool(lab.arena.at(BYTES)) }.map(drop));
    lab.arena.restore(blocks[1] + W, old);
    lab.free(blocks[3]).unwrap();
    // SAFETY: in use: refused.
    let busy = unsafe { lab.heap.remove_unlisted_pool(lab.arena.at(BYTES)) };
    assert!(matches!(busy, Err(GuardError::Pool(PoolError::Busy(_)))), "{busy:?}");
    // SAFETY: no block is used afterwards.
    unsafe { lab.heap.reset() };
    assert_eq!((lab.heap.unlisted_pools(), lab.heap.validate().unwrap().pools), (0, 1));
}

/// A program that adds a pool of 4 KiB whenever a request fails, until it has 40,000 blocks: in a second, where
/// a validation before every call would take a minute. (With 100,000 blocks, three seconds.)
#[test]
fn a_heap_of_thousands_of_pools_stays_usable() {
    // Miri is slow.
    const TABLE: usize = if cfg!(miri) { 2 } else { 32 };
    let wanted = if cfg!(miri) { 100 } else { 40_000 };
    let bytes = 4096;
    let arena = Arena::new(wanted / 14 * bytes);
    let mut heap: Guarded<W, CONTE_FL, 32, TABLE> = Guarded::new(Reaction::Panic);
    let (mut pools, mut blocks) = (0, Vec::new());
    while blocks.len() < wanted {
        let size = 64 + blocks.len() % 300;
        if let Ok(block) = heap.malloc(size) {
            blocks.push(block);
            continue;
        }
        let mem = arena.at(pools * bytes);
        // SAFETY: the arena's bytes, used by nothing else.
        unsafe {
            if heap.add_pool(mem, bytes) == Err(PoolError::TableFull.into()) {
                heap.add_unlisted_pool(mem, bytes).unwrap();
            }
        }
        pools += 1;
    }
    assert_eq!(heap.unlisted_pools() + TABLE.min(pools), pools);
    for block in blocks {
        // SAFETY: live until now.
        unsafe { heap.deallocate(block) }.unwrap();
    }
    let census = heap.validate().unwrap();
    assert_eq!((census.pools, census.free_blocks, census.used_blocks), (pools, pools, 0));
    for pool in (TABLE..pools).step_by(2).chain((TABLE..pools).skip(1).step_by(2)) {
        // SAFETY: an unlisted pool of this heap.
        unsafe { heap.remove_unlisted_pool(arena.at(pool * bytes)) }.unwrap();
    }
    assert_eq!(heap.unlisted_pools(), 0);
    heap.validate().unwrap();
}
