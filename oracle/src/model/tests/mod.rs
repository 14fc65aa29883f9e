//! The specification is tested by hand-computed scenarios, by its laws on random runs, and by
//! mutants of its rules.

mod calls;
mod hand;
mod laws;
mod mutants;
mod pools;

use super::{Model, Rules};
use crate::geometry::{CONFIGURATIONS, Geometry};

/// TLSF 3.1 as on a 64-bit machine, wherever the test runs.
pub(super) const W8: Geometry =
    Geometry { name: "w8", word: 8, align: 8, sl: 32, max_log2: usize::BITS / 2, search: 0 };

/// TLSF 3.1 as on a 32-bit machine.
pub(super) const W4: Geometry =
    Geometry { name: "w4", word: 4, align: 4, sl: 32, max_log2: usize::BITS / 2 - 2, search: 0 };

/// The table, and the same ideas at the word that this machine does not have.
pub(super) fn geometries() -> impl Iterator<Item = Geometry> {
    let by_hand = [
        W8,
        W4,
        Geometry { name: "w4-a8-sl16", align: 8, sl: 16, ..W4 },
        Geometry { name: "w4-a16-sl4", align: 16, sl: 4, max_log2: 20, ..W4 },
        Geometry { name: "w4-a64-sl8", align: 64, sl: 8, ..W4 },
    ];
    CONFIGURATIONS.into_iter().chain(by_hand)
}

/// The mapping as the engine computes it: one shift, no branch.
pub(super) fn one_shift(g: &Geometry, key: usize) -> usize {
    let f = (key | g.small()).ilog2();
    let row = (f - g.small().ilog2()) as usize;
    (row << g.sl.ilog2()) + (key >> (f - g.sl.ilog2()))
}

/// A model with one pool at 0.
fn with_pool<R: Rules>(g: Geometry, bytes: usize) -> Model<R> {
    let mut model = Model::new(g);
    model.add_pool(0, bytes).unwrap();
    model
}

/// The pool at `mem` as (offset, size, free).
fn blocks<R: Rules>(model: &Model<R>, mem: usize) -> Vec<(usize, usize, bool)> {
    model.walk(mem).iter().map(|block| (block.offset, block.size, block.free)).collect()
}

/// The payloads in list order.
fn listed<R: Rules>(model: &Model<R>) -> Vec<usize> {
    model.lists().map(|(_, offset)| offset).collect()
}

const USED: bool = false;
const FREE: bool = true;

/// xorshift64*, because a test that fails must fail again.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize
    }

    fn below(&mut self, n: usize) -> usize {
        self.next() % n
    }

    /// Of every magnitude below 2^`bits`, each as often.
    fn log_uniform(&mut self, bits: usize) -> usize {
        let bit = self.below(bits);
        (1 << bit) + self.below(1 << bit)
    }
}
