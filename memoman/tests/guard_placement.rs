//! `Guarded` places every block where `Tlsf` does: both get the same calls, valid ones, and are
//! compared by every result and every block.
#![cfg(feature = "guard")]

mod support;

use std::alloc::Layout;
use std::ptr::NonNull;

use memoman::{Guarded, Pool, Reaction, Tlsf, WORD as W};
use support::{Arena, SeededRng};

/// The places of pools: how many, and their distance. Memory that is not used at first is for extending.
const HOMES: usize = 3;
const SPACING: usize = 1 << 14;

/// The same heap twice, in two arenas that agree in every address's low bits.
struct Pair<const A: usize, const FL: usize, const SL: usize> {
    guarded: Guarded<A, FL, SL, HOMES>,
    plain: Tlsf<A, FL, SL, HOMES>,
    arenas: [Arena; 2],
    pools: [Option<[Pool; 2]>; HOMES],
    /// Payloads of live blocks.
    live: Vec<usize>,
}

impl<const A: usize, const FL: usize, const SL: usize> Pair<A, FL, SL> {
    fn new(calls: usize) -> Self {
        Self {
            guarded: Guarded::new(Reaction::Panic).check_every(calls),
            plain: Tlsf::new(),
            arenas: [(); 2].map(|()| Arena::new(HOMES * SPACING)),
            pools: [None; HOMES],
            live: Vec::new(),
        }
    }

    fn both(&self, at: usize) -> [NonNull<u8>; 2] {
        [self.arenas[0].at(at), self.arenas[1].at(at)]
    }

    /// Two results are the same block, or both none.
    fn same(&self, guarded: Option<NonNull<u8>>, plain: Option<NonNull<u8>>) -> Option<usize> {
        let guarded = guarded.map(|block| self.arenas[0].offset_of(block));
        assert_eq!(guarded, plain.map(|block| self.arenas[1].offset_of(block)));
        guarded
    }

    fn on_pools(&mut self, rng: &mut SeededRng) {
        let home = rng.below(HOMES);
        let start = home * SPACING;
        let Some([guarded, plain]) = self.pools[home] else {
            let bytes = 12 * A.max(4 * W) + rng.below(SPACING / 4);
            let [mem, other] = self.both(start);
            // SAFETY: the arenas', apart from the other homes, used by nothing else.
            let pools = unsafe {
                [
                    self.guarded.add_pool(mem, bytes).unwrap(),
                    self.plain.add_pool(other, bytes).unwrap(),
                ]
            };
            self.pools[home] = Some(pools);
            return;
        };
        let by = rng.below(SPACING / 8);
        match rng.below(3) {
            0 => {
                let removed = self.guarded.remove_pool(guarded);
                assert_eq!(removed.is_ok(), self.plain.remove_pool(plain).is_ok());
                if removed.is_ok() {
                    self.pools[home] = None;
                }
            }
            1 => {
                let more = by.min(SPACING - guarded.bytes());
                // SAFETY: up to the next home, and used by nothing else.
                let (guarded, plain) = unsafe {
                    (self.guarded.extend_pool(guarded, more), self.plain.extend_pool(plain, more))
                };
                self.resized(home, guarded.ok(), plain.ok());
            }
            _ => {
                let guarded = self.guarded.shrink_pool(guarded, by).ok();
                let plain = self.plain.shrink_pool(plain, by).ok();
                self.resized(home, guarded.map(|(pool, _)| pool), plain.map(|(pool, _)| pool));
            }
        }
    }

    fn resized(&mut self, home: usize, guarded: Option<Pool>, plain: Option<Pool>) {
        assert_eq!(guarded.map(|pool| pool.bytes()), plain.map(|pool| pool.bytes()));
        if let (Some(guarded), Some(plain)) = (guarded, plain) {
            self.pools[home] = Some([guarded, plain]);
        }
    }

    fn allocate(&mut self, rng: &mut SeededRng) {
        let (align, size) = ([A, 1, 2, 64, 512][rng.below(5)], rng.below(700));
        let layout = Layout::from_size_align(size, align).unwrap();
        let (guarded, plain) = (self.guarded.allocate(layout).ok(), self.plain.allocate(layout));
        let new = self.same(guarded, plain);
        self.live.extend(new);
    }

    /// A call on a live block, if one is live.
    fn on_a_block(&mut self, rng: &mut SeededRng) {
        if self.live.is_empty() {
            return;
        }
        let at = self.live.swap_remove(rng.below(self.live.len()));
        let (align, size) = ([A, 2 * A, 64, 1, 2][rng.below(5)], rng.below(700));
        let layout = Layout::from_size_align(size, align).unwrap();
        let [ptr, other] = self.both(at);
        let operation = rng.below(6);
        // SAFETY: live in both heaps; it is not in `live` now, and enters again if it stays.
        unsafe {
            match operation {
                0 | 1 => {
                    self.guarded.deallocate(ptr).unwrap();
                    self.plain.deallocate(other);
                    return;
                }
                2 | 3 => {
                    let guarded = self.guarded.reallocate(ptr, layout).ok();
                    let plain = self.plain.reallocate(other, layout);
                    let now = self.same(guarded, plain).unwrap_or(at);
                    self.live.push(now);
                    return;
                }
                4 => assert_eq!(
                    self.guarded.try_grow_in_place(ptr, size).unwrap(),
                    self.plain.try_grow_in_place(other, size)
                ),
                _ => assert_eq!(
                    self.guarded.shrink_in_place(ptr, size).unwrap(),
                    self.plain.shrink_in_place(other, size)
                ),
            }
        }
        self.live.push(at);
    }

    fn reset(&mut self) {
        self.live.clear();
        // SAFETY: no payload is remembered.
        unsafe {
            self.guarded.reset();
            self.plain.reset();
        }
    }

    /// Every block of every pool, and the order of every list.
    fn agree(&self) {
        let seen = |heap: &Tlsf<A, FL, SL, HOMES>, arena: &Arena| {
            let offset = |ptr| arena.offset_of(ptr);
            let pools = heap.pools().map(|pool| {
                let blocks = heap.blocks(pool).map(|b| (offset(b.payload), b.size, b.is_free));
                (offset(pool.start()), pool.bytes(), blocks.collect::<Vec<_>>())
            });
            let lists = heap.free_blocks().map(|(class, block)| (class, offset(block.payload)));
            (pools.collect::<Vec<_>>(), lists.collect::<Vec<_>>())
        };
        let guarded = seen(self.guarded.heap(), &self.arenas[0]);
        assert_eq!(guarded, seen(&self.plain, &self.arenas[1]));
        self.guarded.validate().unwrap();
    }
}

fn lockstep<const A: usize, const FL: usize, const SL: usize>() {
    for (seed, calls) in [(1, 1), (2, 0), (3, 4), (4, usize::MAX)] {
        let (mut pair, mut rng) = (Pair::<A, FL, SL>::new(calls), SeededRng(seed));
        let mut most = 0;
        for _ in 0..3000 {
            match rng.below(24) {
                0..=2 => pair.on_pools(&mut rng),
                3..=11 => pair.allocate(&mut rng),
                12 if rng.below(20) == 0 => pair.reset(),
                _ => pair.on_a_block(&mut rng),
            }
            pair.agree();
            most = most.max(pair.live.len());
        }
        assert!(most > 10, "a heap of {most} blocks shows little");
    }
}

#[test]
fn every_block_is_where_it_would_be_without_the_policy() {
    lockstep::<W, 14, 8>();
    lockstep::<16, 12, 4>();
    lockstep::<64, 10, 16>();
}
