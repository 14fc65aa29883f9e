//! Many live blocks of every alignment, reallocated and freed in random order, in every kind of
//! configuration: payloads stay intact, every law holds after each step, nothing is lost.

mod support;

use std::alloc::Layout;

use memoman::{CONTE_FL, WORD};
use support::{Lab, SeededRng};

const POOLS: [usize; 2] = [1 << 19, 1 << 18];
const LIVE: usize = 150;
const STEPS: usize = 2500;

struct Owned {
    at: usize,
    /// Bytes that must be intact: those of the request.
    bytes: usize,
    align: usize,
    tag: u8,
}

struct Torture<const ALIGN: usize, const FL: usize, const SL: usize> {
    lab: Lab<ALIGN, FL, SL, 2>,
    rng: SeededRng,
    owned: Vec<Owned>,
    tags: u8,
    granted: usize,
    refused: usize,
}

impl<const ALIGN: usize, const FL: usize, const SL: usize> Torture<ALIGN, FL, SL> {
    fn size(&mut self) -> usize {
        let scale = self.rng.below(14);
        1 + self.rng.below(1 << scale)
    }

    /// Takes over a block: its whole usable size is written.
    fn own(&mut self, at: usize, bytes: usize, align: usize) {
        assert_eq!(at % align, 0, "offset {at} is not aligned to {align}");
        assert_eq!(at % ALIGN, 0, "offset {at} is not aligned to ALIGN");
        assert!(self.lab.usable(at) >= bytes);
        self.tags = self.tags.wrapping_add(1);
        self.lab.payload(at).fill(self.tags);
        self.owned.push(Owned { at, bytes, align, tag: self.tags });
        self.granted += 1;
    }

    fn allocate(&mut self) {
        let (size, align) = (self.size(), 1 << self.rng.below(17));
        match self.lab.allocate(Layout::from_size_align(size, align).unwrap()) {
            Some(at) => self.own(at, size, align),
            None => self.refused += 1,
        }
    }

    /// Moves a random block to the end, so that the order is soon random.
    fn pick(&mut self) -> Owned {
        let index = self.rng.below(self.owned.len());
        self.owned.swap_remove(index)
    }

    fn intact(&mut self, block: &Owned, bytes: usize) {
        let payload = self.lab.payload(block.at);
        assert!(payload[..bytes].iter().all(|&byte| byte == block.tag), "offset {}", block.at);
    }

    fn reallocate(&mut self) {
        let old = self.pick();
        self.intact(&old, old.bytes);
        let size = self.size();
        match self.lab.realloc(Some(old.at), size) {
            Some(at) => {
                let align = if at == old.at { old.align } else { ALIGN };
                let kept = Owned { at, ..old };
                self.intact(&kept, old.bytes.min(size));
                self.own(at, size, align);
            }
            None => {
                self.refused += 1;
                self.intact(&old, old.bytes);
                self.owned.push(old);
            }
        }
    }

    fn free(&mut self) {
        let block = self.pick();
        self.intact(&block, block.bytes);
        self.lab.free(block.at);
    }
}

fn torture<const ALIGN: usize, const FL: usize, const SL: usize>(seed: u32) {
    let lab = Lab::new(&POOLS);
    let fresh = lab.walk();
    let (rng, owned) = (SeededRng(seed), Vec::new());
    let mut run = Torture::<ALIGN, FL, SL> { lab, rng, owned, tags: 0, granted: 0, refused: 0 };
    for _ in 0..STEPS {
        match (run.rng.below(10), run.owned.len()) {
            (0..6, 0..LIVE) | (_, 0..5) => run.allocate(),
            (0..8, _) => run.reallocate(),
            _ => run.free(),
        }
        run.lab.check();
    }
    assert!(run.granted > STEPS / 2 && run.owned.len() > LIVE / 4, "too easy: {}", run.granted);
    assert!(run.refused > 0, "too easy: nothing was ever refused");
    while !run.owned.is_empty() {
        run.free();
        run.lab.check();
    }
    assert_eq!(run.lab.walk(), fresh, "each pool is a single free block again");
}

#[test]
fn conte_defaults_survive() {
    torture::<WORD, CONTE_FL, 32>(1);
    torture::<WORD, CONTE_FL, 32>(2);
}

#[test]
fn few_lists_survive() {
    torture::<WORD, 20, 4>(3);
    torture::<WORD, 20, 8>(4);
    torture::<WORD, 20, 16>(5);
}

#[test]
fn align_16_survives() {
    torture::<16, 16, 32>(6);
    torture::<16, 16, 4>(7);
}

#[test]
fn align_32_survives() {
    torture::<32, 14, 16>(8);
    torture::<32, 14, 8>(9);
}

#[test]
fn align_64_survives() {
    torture::<64, 14, 32>(10);
    torture::<64, 14, 4>(11);
}

#[test]
fn align_4096_survives() {
    torture::<4096, 9, 8>(12);
}

#[test]
fn offsets_depend_on_the_calls_alone() {
    let run = |seed| {
        let mut lab = Lab::<WORD, CONTE_FL, 32, 2>::new(&POOLS);
        let mut rng = SeededRng(seed);
        let mut live = Vec::new();
        let mut trace = Vec::new();
        for _ in 0..1000 {
            if rng.below(3) > 0 || live.is_empty() {
                let (align, size) = (1 << rng.below(12), 1 + rng.below(5000));
                let at = lab.memalign(align, size);
                trace.push(at);
                live.extend(at);
            } else {
                let index = rng.below(live.len());
                lab.free(live.swap_remove(index));
            }
        }
        assert!(trace.iter().flatten().count() > 300);
        (trace, lab.walk(), lab.lists())
    };
    assert_eq!(run(13), run(13));
    assert_ne!(run(13), run(14));
}
