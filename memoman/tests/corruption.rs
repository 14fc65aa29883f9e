//! Every field of every block, damaged in every way: `validate` names a broken law, and finds the
//! heap sound again when the damage is undone. (The control: corrupted_control.rs.)
//!
//! One kind of damage is a sound heap for any check of these bytes: a used block whose size swallows the
//! used blocks behind it. [`swallows`] computes exactly which sizes do.

mod support;

use memoman::{CONTE_FL, Law, Place, Tlsf, Violation, WORD as W};
use support::Seen::{Free, Used};
use support::{Lab, SeededRng, Seen};

const FREE: usize = 1;
const PREV_FREE: usize = 2;

/// Heaps of a few shapes, each of two pools.
fn shapes<const A: usize, const FL: usize, const SL: usize>() -> Vec<Lab<A, FL, SL, 2>> {
    let pool = 40 * A.max(4 * W);
    let new = || Lab::<A, FL, SL, 2>::new(&[pool, pool]);
    let fresh = new();
    let mut full = new();
    while full.malloc(5 * W).is_some() {}
    // Used and free in turn, several in a list, and a few neighbours that are used.
    let mut mixed = new();
    let blocks: Vec<_> = std::iter::from_fn(|| mixed.malloc(5 * W)).collect();
    for (index, &at) in blocks.iter().enumerate() {
        if [1, 3, 5, 6, 9].contains(&(index % 12)) {
            mixed.free(at);
        }
    }
    // After some use: stale headers and links inside payloads.
    let mut worn = new();
    let mut rng = SeededRng(3);
    let mut live = Vec::new();
    for _ in 0..400 {
        match worn.malloc(1 + rng.below(3 * A.max(4 * W))) {
            Some(at) if live.len() < 9 => live.push(at),
            at => {
                live.extend(at);
                worn.free(live.swap_remove(rng.below(live.len())));
            }
        }
    }
    let shapes = vec![fresh, full, mixed, worn];
    for lab in &shapes {
        lab.check();
    }
    shapes
}

/// Offsets of the sentinels' headers, pool by pool.
fn sentinels<const A: usize, const FL: usize, const SL: usize>(
    lab: &Lab<A, FL, SL, 2>,
) -> Vec<usize> {
    let end = |pool: memoman::Pool| {
        let last = lab.heap.blocks(pool).last().unwrap();
        lab.arena.offset_of(last.payload) + last.size
    };
    lab.heap.pools().map(end).collect()
}

/// Whether a used block at `blocks[index]` that claims `size` bytes is a sound heap of fewer
/// blocks: it ends where a used block behind it ends, and all between are used.
fn swallows(blocks: &[Seen], index: usize, size: usize) -> bool {
    let mut end = 0;
    blocks[index..]
        .iter()
        .map_while(|block| match *block {
            Used(at, size) if end == 0 || at == end + W => {
                end = at + size;
                Some(end)
            }
            _ => None,
        })
        .any(|end| match blocks[index] {
            Used(at, _) => end - at == size,
            Free(..) => false,
        })
}

/// Overwrites one word, validates, and undoes it.
fn damage<const A: usize, const FL: usize, const SL: usize>(
    lab: &Lab<A, FL, SL, 2>,
    at: usize,
    value: usize,
) -> Result<(), Law> {
    let old = lab.arena.poke(at, value);
    let verdict = lab.heap.validate().map(|_| ()).map_err(|violation| violation.law);
    lab.arena.restore(at, old);
    verdict
}

/// `value` with each bit flipped.
fn flips(value: usize) -> impl Iterator<Item = usize> {
    (0..usize::BITS).map(move |bit| value ^ (1 << bit))
}

fn every_header<const A: usize, const FL: usize, const SL: usize>() {
    let mut swallowed = 0;
    for lab in shapes::<A, FL, SL>() {
        let blocks = lab.walk();
        for (index, block) in blocks.iter().enumerate() {
            let (Used(payload, size) | Free(payload, size)) = *block;
            let (at, header) = (payload - W, lab.arena.word(payload - W));
            let to_sentinel = sentinels(&lab).into_iter().find(|&end| end > at).unwrap() - payload;
            let sizes = [
                0,
                W,
                2 * W,
                3 * W,
                size - W,
                size + W,
                size.wrapping_sub(A),
                size + A,
                size + 4,
                size / 2,
                2 * size,
                to_sentinel,
                to_sentinel.wrapping_sub(A),
                to_sentinel + W,
                to_sentinel + A,
                usize::MAX / 2 - A + 1,
                (usize::MAX / 2) & !3,
                usize::MAX - A + 1,
            ];
            let sizes =
                sizes.into_iter().flat_map(|size| (0..4).map(move |flags| size & !3 | flags));
            for value in sizes.chain(flips(header)).filter(|&value| value != header) {
                let sound = value & FREE == 0
                    && value & PREV_FREE == header & PREV_FREE
                    && swallows(&blocks, index, value & !(FREE | PREV_FREE));
                swallowed += usize::from(sound);
                let verdict = damage(&lab, at, value);
                // Such a heap is sound; counters detect that it is another.
                let as_wanted = match verdict {
                    Err(Law::Census) => sound && cfg!(feature = "stats"),
                    Err(_) => !sound,
                    Ok(()) => sound && !cfg!(feature = "stats"),
                };
                assert!(as_wanted, "{value:#x} at {at} of {blocks:?}: {verdict:?}");
            }
        }
        for at in sentinels(&lab) {
            let header = lab.arena.word(at);
            assert_eq!(header & !PREV_FREE, 0);
            for value in flips(header).chain([W, 4 * W, usize::MAX]) {
                let law =
                    if (value ^ header) & PREV_FREE != 0 { Law::Mirror } else { Law::Sentinel };
                assert_eq!(damage(&lab, at, value), Err(law), "{value:#x} at the sentinel {at}");
            }
        }
        lab.check();
    }
    assert!(swallowed > 0, "the exception is not vacuous");
}

/// Damaged links: addresses of every kind, and each flipped bit.
fn links<const A: usize, const FL: usize, const SL: usize>(
    lab: &Lab<A, FL, SL, 2>,
    value: usize,
) -> Vec<usize> {
    let foreign = Box::new([0_usize; 8]);
    let mut links = vec![0, 1, W, usize::MAX, usize::MAX - W + 1, (&raw const *foreign).addr()];
    for block in lab.walk() {
        let (Used(at, size) | Free(at, size)) = block;
        // Headers of all blocks (this one too), payloads, their middles, odd addresses.
        links.extend(
            [at - W, at, at + W, at - W + 1, at - W + A, at + size / 2 / A * A - W]
                .map(|at| lab.arena.addr(at)),
        );
    }
    links.extend(
        sentinels(lab).into_iter().flat_map(|at| [lab.arena.addr(at), lab.arena.addr(at + W)]),
    );
    links.extend(flips(value));
    links.retain(|&link| link != value);
    links
}

fn every_link<const A: usize, const FL: usize, const SL: usize>() {
    for lab in shapes::<A, FL, SL>() {
        let mut links_seen = 0;
        for block in lab.walk() {
            let Free(payload, size) = block else { continue };
            for (at, laws) in [
                // next: into nothing, cut short, or to a stale header of another list's block
                (payload, &[Law::Links, Law::Membership, Law::Class][..]),
                (payload + W, &[Law::Links]),           // prev
                (payload + size - W, &[Law::BackLink]), // prev_phys, in the last word
            ] {
                for value in links(&lab, lab.arena.word(at)) {
                    let verdict = damage(&lab, at, value);
                    assert!(
                        verdict.is_err_and(|law| laws.contains(&law)),
                        "{value:#x} at {at} of {block:?}: {verdict:?}, not one of {laws:?}"
                    );
                    links_seen += 1;
                }
            }
        }
        assert_eq!(links_seen > 0, lab.check().free_blocks > 0);
    }
}

#[test]
fn no_damaged_header_is_sound_but_one_that_swallows_used_blocks() {
    every_header::<W, CONTE_FL, 32>();
    every_header::<W, 12, 4>();
    every_header::<16, 12, 8>();
    every_header::<64, 12, 16>();
}

/// Reported at the block itself: memory behind its pool is not read.
fn every_reach_beyond_a_pool<const A: usize, const FL: usize, const SL: usize>() {
    for lab in shapes::<A, FL, SL>() {
        for (pool, end) in lab.heap.pools().zip(sentinels(&lab)) {
            let index = lab.heap.pools().position(|other| other == pool).unwrap();
            for block in lab.heap.blocks(pool) {
                let payload = lab.arena.offset_of(block.payload);
                let (at, offset) = (payload - W, payload - W - lab.arena.offset_of(pool.start()));
                let flags = lab.arena.word(at) & (FREE | PREV_FREE);
                let nearly = (1..pool.bytes() / A).map(|granules| end - payload + granules * A);
                let largest = Tlsf::<A, FL, SL>::BLOCK_SIZE_MAX;
                for size in nearly.chain([largest]).filter(|&size| size <= largest) {
                    let old = lab.arena.poke(at, size | flags);
                    let found = lab.heap.validate();
                    lab.arena.restore(at, old);
                    let place = Place::Block { pool: index, offset };
                    assert_eq!(found, Err(Violation::new(Law::Tiling, place)), "{size} at {at}");
                }
            }
        }
    }
}

#[test]
fn a_block_that_reaches_beyond_its_pool_breaks_tiling_at_its_place() {
    every_reach_beyond_a_pool::<W, 12, 4>();
    every_reach_beyond_a_pool::<64, 12, 16>();
}

/// Every block of the walk lies in the pool and is not empty, and addresses increase.
#[test]
fn a_walk_ends_before_a_size_that_leads_to_no_block_behind() {
    for lab in shapes::<W, 12, 4>() {
        for (pool, end) in lab.heap.pools().zip(sentinels(&lab)) {
            let blocks: Vec<_> = lab.heap.blocks(pool).collect();
            for (index, block) in blocks.iter().enumerate() {
                let payload = lab.arena.offset_of(block.payload);
                let room = end - payload;
                let wrapping = (0..W).map(|less| usize::MAX - less);
                let sizes = [0, W + 4, room + 4, room + W, room + 2 * W, usize::MAX / 2];
                let sizes = sizes.into_iter().chain(wrapping).map(|size| size & !3);
                for size in sizes.filter(|&size| size == 0 || size > room || size % W != 0) {
                    let old = lab.arena.poke(payload - W, size);
                    let shown: Vec<_> = lab.heap.blocks(pool).take(blocks.len() + 1).collect();
                    lab.arena.restore(payload - W, old);
                    assert_eq!(shown, blocks[..index], "{size:#x} at {payload}");
                }
            }
        }
    }
}

#[test]
fn no_damaged_link_is_sound() {
    every_link::<W, CONTE_FL, 32>();
    every_link::<W, 12, 4>();
    every_link::<16, 12, 8>();
    every_link::<64, 12, 16>();
}

#[test]
fn payloads_of_used_blocks_are_the_callers() {
    for lab in shapes::<W, CONTE_FL, 32>() {
        for block in lab.walk() {
            let Used(payload, size) = block else { continue };
            for at in (payload..payload + size).step_by(W) {
                assert_eq!(damage(&lab, at, 0), Ok(()));
                assert_eq!(damage(&lab, at, usize::MAX), Ok(()));
            }
        }
    }
}

#[test]
fn validate_and_walks_end_inside_the_pools_on_any_damage() {
    let mut rng = SeededRng(7);
    let mut broken = 0;
    for _ in 0..2000 {
        let lab = &shapes::<W, 12, 4>()[2];
        for _ in 0..1 + rng.below(6) {
            let at = rng.below(2 * 160) * W;
            let value = match rng.below(4) {
                0 => rng.below(64 * W),
                1 => lab.arena.addr(rng.below(2 * 160) * W),
                2 => lab.arena.word(rng.below(2 * 160) * W),
                _ => rng.below(usize::MAX).wrapping_mul(0x9E37_79B9),
            };
            let _old = lab.arena.poke(at, value);
        }
        broken += usize::from(lab.heap.validate().is_err());
        assert!(lab.heap.free_blocks().count() <= 2 * 160 / 4, "no more than the pools can hold");
        for pool in lab.heap.pools() {
            let ends = lab.heap.blocks(pool).map(|block| block.payload.addr().get() + block.size);
            assert!(
                ends.max().is_none_or(|end| end <= pool.start().addr().get() + pool.bytes() - W)
            );
        }
    }
    assert!(broken > 1000, "most damage breaks a law: {broken}");
}
