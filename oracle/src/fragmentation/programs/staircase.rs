//! The staircase: live bytes rise in steps of one percent of the heap. On each step, blocks are allocated and
//! freed; each live block is equally likely to be freed next. On the steps with samples, this goes on until
//! the heap does not depend on how it was filled, and then between samples. All requests are a function of
//! the seed.

use std::collections::VecDeque;

use rand_distr::{Distribution, Uniform};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng as _;

use super::{Event, EventSource};
use crate::fragmentation::live_blocks::LiveBlocks;
use crate::fragmentation::sizes::Sizes;

/// Turnovers on a step without samples. A turnover allocates as many bytes as are live.
const TURNOVERS_PASSING: f64 = 0.25;
/// Turnovers on a step with samples, before the first sample.
const TURNOVERS_SETTLING: f64 = 2.0;
/// Turnovers between two samples.
const TURNOVERS_BETWEEN: f64 = 1.0;

/// What all staircases of a study have in common.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StudyPlan {
    /// Bytes of the heap.
    pub heap_bytes: usize,
    /// Fill levels with samples: percents of the heap, ascending.
    pub fills: Vec<usize>,
    /// Samples at each fill level.
    pub samples: usize,
}

/// The staircase.
pub struct Staircase {
    plan: StudyPlan,
    sizes: Sizes,
    rng: Xoshiro256PlusPlus,
    /// Number and size.
    live: Vec<(usize, usize)>,
    live_bytes: usize,
    free_ids: Vec<usize>,
    queue: VecDeque<Event>,
    percent: usize,
    samples_left: usize,
    /// Bytes to allocate before the next sample or step.
    to_allocate: f64,
}

impl Staircase {
    /// A staircase that starts with an empty heap.
    pub fn new(plan: &StudyPlan, sizes: Sizes, seed: u64) -> Self {
        Self {
            plan: plan.clone(),
            sizes,
            rng: Xoshiro256PlusPlus::seed_from_u64(seed),
            live: Vec::new(),
            live_bytes: 0,
            free_ids: Vec::new(),
            queue: VecDeque::new(),
            percent: 0,
            samples_left: 0,
            to_allocate: 0.0,
        }
    }

    fn target(&self) -> usize {
        self.plan.heap_bytes * self.percent / 100
    }

    /// Allocates a block, and frees blocks before it until the target allows it.
    fn allocate_one(&mut self) {
        let size = self.sizes.draw(&mut self.rng);
        while self.live_bytes + size > self.target() && !self.live.is_empty() {
            let victim = Uniform::new(0, self.live.len() as u32).expect("some live");
            let victim = victim.sample(&mut self.rng) as usize;
            let (id, size) = self.live.swap_remove(victim);
            self.live_bytes -= size;
            self.free_ids.push(id);
            self.queue.push_back(Event::Free { id });
        }
        self.to_allocate -= size as f64;
        // On the first steps of a small heap, the target can be smaller than the block.
        if self.live_bytes + size <= self.target() {
            let id = self.free_ids.pop().unwrap_or(self.live.len());
            self.live.push((id, size));
            self.live_bytes += size;
            self.queue.push_back(Event::Malloc { id, size });
        }
    }

    /// Takes the next sample or starts the next step. Returns false after the last step.
    fn advance(&mut self) -> bool {
        if self.samples_left > 0 {
            self.samples_left -= 1;
            self.queue.push_back(Event::Sample { label: self.percent });
            if self.samples_left > 0 {
                self.to_allocate = TURNOVERS_BETWEEN * self.target() as f64;
                return true;
            }
        }
        if self.percent == 100 {
            return false;
        }
        self.percent += 1;
        let has_samples = self.plan.fills.contains(&self.percent);
        self.samples_left = if has_samples { self.plan.samples } else { 0 };
        let turnovers = if has_samples { TURNOVERS_SETTLING } else { TURNOVERS_PASSING };
        self.to_allocate = turnovers * self.target() as f64;
        true
    }
}

impl EventSource for Staircase {
    fn next(&mut self, _: &LiveBlocks) -> Option<Event> {
        while self.queue.is_empty() {
            if self.to_allocate > 0.0 {
                self.allocate_one();
            } else if !self.advance() {
                return self.queue.pop_front();
            }
        }
        self.queue.pop_front()
    }
}
