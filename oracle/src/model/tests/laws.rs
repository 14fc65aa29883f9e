//! The laws, recomputed naively after every step of random runs in every geometry.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::call::Events;
use crate::model::{Conte31, Realloc};

/// One random run: the model, and what its caller knows of it.
pub(super) struct Run<R: Rules> {
    pub(super) model: Model<R>,
    /// Payload → bytes requested.
    live: BTreeMap<usize, usize>,
    rng: Rng,
    /// The first result that breaks its contract; a mutant's run goes on.
    broken: Option<String>,
}

impl<R: Rules> Run<R> {
    pub(super) fn new(g: Geometry, seed: u64) -> Self {
        let model = Model::new(g);
        Self { model, live: BTreeMap::new(), rng: Rng(seed | 1), broken: None }
    }

    /// Any call, on any target; the result in words, by which runs are compared.
    pub(super) fn step(&mut self) -> String {
        let target = self.live.keys().nth(self.rng.below(self.live.len().max(1))).copied();
        let n = self.size();
        match (self.rng.below(16), target) {
            (0..=5, _) => self.malloc(n),
            (6..=7, _) => self.memalign(n),
            (8..=10, Some(p)) => self.realloc(p, n),
            (11..=14, Some(p)) => {
                self.model.free(p);
                self.live.remove(&p);
                format!("free {p}")
            }
            _ => self.pool(),
        }
    }

    fn malloc(&mut self, n: usize) -> String {
        let p = self.model.malloc(n);
        self.own(p, n, 1);
        format!("malloc {n} {p:?}")
    }

    fn memalign(&mut self, n: usize) -> String {
        let align = 1 << self.rng.below(11);
        let p = self.model.memalign(align, n);
        self.own(p, n, align);
        format!("memalign {align} {n} {p:?}")
    }

    fn realloc(&mut self, p: usize, n: usize) -> String {
        let (old, asked) = (self.model.usable_size(p), self.live[&p]);
        let result = self.model.realloc(Some(p), n);
        if result != Realloc::Refused {
            self.live.remove(&p);
            self.own(result.payload(), n, 1);
        }
        if let Realloc::Moved { copied, .. } = result {
            self.claim(copied <= old && copied >= asked.min(n), "copies what there is");
        }
        format!("realloc {p} {n} {result:?}")
    }

    /// Pools lie in 64 KiB slots, adjacent where they are extended up to the next.
    fn pool(&mut self) -> String {
        let granule = self.model.geometry().align;
        let mem = (self.rng.below(4) << 16) + self.rng.below(2) * granule;
        let bytes = 256 + self.rng.log_uniform(16);
        match self.rng.below(6) {
            0..=2 => format!("add {:?}", self.model.add_pool(mem, bytes)),
            3 => format!("remove {:?}", self.model.remove_pool(mem)),
            4 => format!("extend {:?}", self.model.extend_pool(mem, bytes)),
            _ => format!("shrink {:?}", self.model.shrink_pool(mem, bytes)),
        }
    }

    fn size(&mut self) -> usize {
        let g = self.model.geometry();
        match self.rng.below(12) {
            0..=3 => self.rng.below(200),
            4..=6 => self.rng.log_uniform(13),
            7..=8 => self.rng.below(64) * g.align,
            9 => self.model.largest_fit() + self.rng.below(2),
            10 => self.model.largest_free() / (1 + self.rng.below(4)),
            _ => [0, usize::MAX, isize::MAX as usize, g.max(), g.max() - g.word][self.rng.below(5)]
                .wrapping_sub(self.rng.below(40)),
        }
    }

    fn own(&mut self, p: Option<usize>, n: usize, align: usize) {
        if let Some(p) = p {
            let fresh = self.live.insert(p, n).is_none();
            self.claim(fresh, "a new block overlaps no live one");
            self.claim(p % align == 0, "a payload is aligned");
        }
    }

    fn claim(&mut self, holds: bool, claim: &str) {
        if !holds {
            self.broken.get_or_insert(claim.into());
        }
    }

    /// Tiling, Coalesced, Membership, Class, and every live block is where its owner thinks.
    fn check(&self) {
        assert_eq!(self.broken, None);
        let (model, g) = (&self.model, self.model.geometry());
        let mut used = BTreeSet::new();
        let mut free = BTreeSet::new();
        let mut end = 0;
        for pool in model.pools() {
            assert!(pool.mem >= end, "pools overlap");
            end = pool.mem + pool.bytes;
            let mut expected = pool.mem + g.align;
            let mut before_is_free = false;
            for block in model.walk(pool.mem) {
                assert_eq!(block.offset, expected, "Tiling");
                assert_eq!(block.offset % g.align, 0, "alignment");
                assert_eq!((block.size + g.word) % g.align, 0, "granule");
                assert!(block.size >= g.min_size(), "least block");
                assert!(!(block.free && before_is_free), "Coalesced");
                before_is_free = block.free;
                expected = block.offset + block.size + g.word;
                assert!(if block.free { &mut free } else { &mut used }.insert(block.offset));
            }
            assert_eq!(expected, end / g.align * g.align, "Tiling, up to the sentinel");
        }
        assert!(used.iter().eq(self.live.keys()), "used blocks are the live ones");
        assert!(self.live.iter().all(|(&p, &n)| model.usable_size(p) >= n), "usable size");
        let mut class_before = 0;
        for (class, offset) in model.lists() {
            let size = model.block(offset).unwrap().size;
            assert_eq!(class, one_shift(&g, g.key(size)), "Class");
            assert!(class >= class_before, "classes ascend");
            assert!(free.remove(&offset), "Membership: free, and listed once");
            class_before = class;
        }
        assert!(free.is_empty(), "Membership: free, so listed");
    }

    /// `largest_fit` fits and one byte more does not; `largest_free` is the largest.
    fn check_largest(&self) {
        let (model, n) = (&self.model, self.model.largest_fit());
        assert!(n == 0 || model.clone().malloc(n).is_some(), "{n} fits");
        assert!(model.clone().malloc(n + 1).is_none(), "{n} is the largest");
        let free = model.lists().map(|(_, p)| model.block(p).unwrap().size);
        assert_eq!(model.largest_free(), free.max().unwrap_or(0));
    }
}

#[test]
fn every_law_holds_after_every_step() {
    let mut seen = [0_usize; 8];
    for (seed, g) in geometries().enumerate() {
        let mut run: Run<Conte31> = Run::new(g, seed as u64 + 1);
        for _ in 0..4000 {
            let before = run.model.clone();
            let result = run.step();
            if result.ends_with("None") || result.contains("Refused") || result.contains("Err") {
                assert_eq!(run.model, before, "{}: {result} changed the heap", g.name);
                assert_eq!(run.model.events(), Events::default());
                seen[0] += 1;
            }
            run.check();
            run.check_largest();
            let events = run.model.events();
            let Events { split, gap, merged_prev, merged_next, in_place, moved } = events;
            for (i, event) in
                [split, gap, merged_prev, merged_next, in_place, moved].into_iter().enumerate()
            {
                seen[i + 1] += usize::from(event);
            }
            seen[7] += usize::from(run.live.len() >= 20);
        }
        drain(run);
    }
    assert!(seen.iter().all(|&times| times > 1000), "a run that shows nothing: {seen:?}");
}

fn drain<R: Rules>(mut run: Run<R>) {
    while !run.live.is_empty() {
        let nth = run.rng.below(run.live.len());
        let p = *run.live.keys().nth(nth).unwrap();
        run.live.remove(&p);
        run.model.free(p);
    }
    run.check();
    let pools: Vec<_> = run.model.pools().iter().map(|pool| pool.mem).collect();
    for mem in pools {
        assert!(run.model.is_whole(mem));
        run.model.remove_pool(mem).unwrap();
    }
    assert_eq!(run.model, Model::new(run.model.geometry()));
}
