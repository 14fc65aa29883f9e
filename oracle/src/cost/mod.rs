//! What calls cost, in words touched (`memoman::cost`, feature `cost`), and the most that each kind
//! may: the promise of constant time as numbers.
//!
//! | room | holds |
//! |---|---|
//! | this | kinds, the table of what they may cost, the dearest call of each |
//! | [`keep`] | the shortest programs that have the dearest calls |
//! | `scale` | the same kinds in heaps of ever more live blocks |
//!
//! A subject that does not count costs nothing, and is within every bound.

pub mod keep;
#[cfg(feature = "cost")]
pub mod scale;

use std::fmt;

use crate::failure::Failure;
use crate::interpret::Traced;
use crate::lockstep::Call;
use crate::ops::Program;
use crate::run::{Config, run_watched};
use crate::stats::Stats;

/// A kind of operation: which call, and whether it was done or refused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Kind(usize);

impl Kind {
    /// How many there are.
    pub const COUNT: usize = 2 * Call::KINDS.len();

    /// The kind of a call that came to this.
    pub const fn of(call: Call, done: bool) -> Self {
        Self(2 * call.kind() + if done { 0 } else { 1 })
    }

    /// All but one that there can't be: a free that is refused.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).map(Self).filter(|kind| MOST[kind.0] > 0)
    }

    /// Its number, below [`Kind::COUNT`].
    pub const fn index(self) -> usize {
        self.0
    }

    /// The most words that a call of this kind touches, in whatever heap of at most
    /// [`REGIONS`](crate::ops::REGIONS) pools.
    pub const fn most(self) -> u64 {
        MOST[self.0]
    }

    /// Walks to the pool's last block to name it if it is live, and says so: as dear as there are
    /// blocks, by design.
    pub const fn walks(self) -> bool {
        self.0 == 2 * 7 + 1
    }

    /// [`Kind::most`], for who may walk over a heap with so many live blocks: with a free one in front
    /// of each and one behind all.
    pub const fn most_with(self, live: usize) -> u64 {
        self.most() + if self.walks() { 2 * live as u64 + 1 } else { 0 }
    }
}

/// In one word, fit for a file's name.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused = if self.0 % 2 == 0 { "" } else { "-refused" };
        f.pad(&format!("{}{refused}", Call::KINDS[self.0 / 2]))
    }
}

/// What each kind may cost: done, then refused. Attained, all of it, by the programs in
/// `corpus/latency-v1`; a change of the engine that lowers one shows there.
const MOST: [u64; Kind::COUNT] = {
    let by_call = [
        [18, 2],  // malloc
        [27, 2],  // memalign
        [55, 4],  // realloc: its own 2, memalign and free
        [26, 0],  // free
        [13, 4],  // add_pool
        [21, 15], // remove_pool
        [31, 8],  // extend_pool
        [32, 9],  // shrink_pool
        [18, 2],  // grow
        [19, 1],  // shrink
    ];
    let mut most = [0; Kind::COUNT];
    let mut index = 0;
    while index < Kind::COUNT {
        most[index] = by_call[index / 2][index % 2];
        index += 1;
    }
    most
};

/// The dearest call of a kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dearest {
    /// Words touched.
    pub cost: u64,
    /// The call.
    pub call: Call,
    /// Index of the op that it came from; past the last, what ends every run.
    pub index: usize,
}

/// The dearest call of each kind.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Worst([Option<Dearest>; Kind::COUNT]);

impl Worst {
    /// That of a kind, if there was a call of it.
    pub const fn of(&self, kind: Kind) -> Option<Dearest> {
        self.0[kind.0]
    }

    /// What that one cost.
    pub fn cost(&self, kind: Kind) -> Option<u64> {
        self.of(kind).map(|dearest| dearest.cost)
    }

    /// One call more; the first of the dearest stays.
    pub fn note(&mut self, done: bool, dearest: Dearest) {
        let best = &mut self.0[Kind::of(dearest.call, done).0];
        if best.is_none_or(|best| best.cost < dearest.cost) {
            *best = Some(dearest);
        }
    }

    /// One step of a run. (If a check objected to it, it has no answer.)
    pub fn step(&mut self, step: Traced<'_>) {
        if let Some(answer) = step.answer {
            self.note(answer.done, Dearest { cost: step.cost, call: step.call, index: step.index });
        }
    }

    /// Those of both.
    pub fn join(&mut self, other: &Self) {
        for (index, dearest) in other.0.iter().enumerate() {
            if let Some(dearest) = dearest {
                self.note(index % 2 == 0, *dearest);
            }
        }
    }
}

/// Runs a program with every check, that of the cost among them: the dearest calls.
///
/// # Errors
/// As [`run`](crate::run()).
pub fn run(program: &Program, config: &Config) -> Result<(Stats, Worst), Box<Failure>> {
    let mut worst = Worst::default();
    let stats = run_watched(program, config, &mut |step| worst.step(step))?;
    Ok((stats, worst))
}

/// [`run`], showing the kind and cost of each call.
///
/// # Errors
/// As [`run`](crate::run()).
pub fn watched(
    program: &Program,
    config: &Config,
    watch: &mut dyn FnMut(Kind, u64),
) -> Result<Stats, Box<Failure>> {
    run_watched(program, config, &mut |step| {
        if let Some(answer) = step.answer {
            watch(Kind::of(step.call, answer.done), step.cost);
        }
    })
}
