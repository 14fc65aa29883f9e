//! What the threads do: random calls, with blocks that other threads free.

use std::alloc::{GlobalAlloc, Layout};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

type Heap = dyn GlobalAlloc + Sync;

pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    /// Of so many blocks, a thread has about half.
    slots: usize,
    largest: u64,
    /// Of 8 calls on a live block, those that reallocate it.
    reallocations: u64,
    /// After so many calls, a thread exchanges its blocks for those of another one.
    exchange_after: usize,
}

pub(crate) const WORKLOADS: [Workload; 3] = [
    Workload {
        name: "own",
        description: "blocks to 1 KiB, freed by the thread that allocated them",
        slots: 1000,
        largest: 1024,
        reallocations: 0,
        exchange_after: usize::MAX,
    },
    Workload {
        name: "passed",
        description: "the same, freed by other threads",
        slots: 1000,
        largest: 1024,
        reallocations: 0,
        exchange_after: 500,
    },
    Workload {
        name: "moving",
        description: "blocks to 64 KiB, half of the calls reallocate",
        slots: 100,
        largest: 65_536,
        reallocations: 4,
        exchange_after: usize::MAX,
    },
];

/// Live blocks, each with its address and size.
type Slots = Vec<Option<(usize, usize)>>;

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).expect("a small size")
}

/// Sizes are spread evenly over the powers of two, from 8 on.
fn size(rng: &mut Xoshiro256PlusPlus, largest: u64) -> usize {
    let powers = u64::from(largest.ilog2()) - 2;
    let power = 1_u64 << (3 + rng.next_u64() % powers);
    usize::try_from((power + rng.next_u64() % power).min(largest)).expect("a small size")
}

impl Workload {
    fn one_thread(&self, heap: &Heap, exchange: &Mutex<Slots>, seed: u64, calls: usize) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut slots: Slots = vec![None; self.slots];
        for call in 1..=calls {
            let index = rng.next_u64() as usize % self.slots;
            let slot = &mut slots[index];
            // SAFETY: the sizes are not 0; live, with these layouts; the first byte of a block is ours.
            unsafe {
                *slot = match *slot {
                    None => {
                        let size = size(&mut rng, self.largest);
                        let block = heap.alloc(layout(size));
                        assert!(!block.is_null(), "{size} bytes are refused");
                        block.write(1);
                        Some((block.expose_provenance(), size))
                    }
                    Some((block, old)) => {
                        let block = std::ptr::with_exposed_provenance_mut::<u8>(block);
                        if rng.next_u64() % 8 < self.reallocations {
                            let new = size(&mut rng, self.largest);
                            let block = heap.realloc(block, layout(old), new);
                            assert!(!block.is_null(), "{new} bytes are refused");
                            Some((block.expose_provenance(), new))
                        } else {
                            heap.dealloc(block, layout(old));
                            None
                        }
                    }
                }
            }
            if call % self.exchange_after == 0 {
                std::mem::swap(&mut slots, &mut exchange.lock().expect("no panic"));
            }
        }
        free(heap, slots);
    }

    /// Runs `calls` calls in each of so many threads, and returns the time from the first start to the last end.
    pub(crate) fn run(&self, heap: &Heap, threads: usize, calls: usize) -> Duration {
        let (start, exchange) = (Barrier::new(threads), Mutex::new(vec![None; self.slots]));
        let times = thread::scope(|scope| {
            let one_thread = |seed| {
                let (start, exchange) = (&start, &exchange);
                scope.spawn(move || {
                    start.wait();
                    let started = Instant::now();
                    self.one_thread(heap, exchange, seed, calls);
                    (started, Instant::now())
                })
            };
            let threads: Vec<_> = (0..threads as u64).map(one_thread).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect::<Vec<_>>()
        });
        free(heap, exchange.into_inner().expect("no panic"));
        let first = times.iter().map(|times| times.0).min().expect("a thread");
        let last = times.iter().map(|times| times.1).max().expect("a thread");
        last - first
    }
}

fn free(heap: &Heap, slots: Slots) {
    for (block, size) in slots.into_iter().flatten() {
        // SAFETY: live, with this layout.
        unsafe { heap.dealloc(std::ptr::with_exposed_provenance_mut(block), layout(size)) };
    }
}
