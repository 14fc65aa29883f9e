//! The guided generator: it keeps the programs that bring a heap into a situation not seen before, and mutates
//! them into new programs. Everything is a function of the seed.
//!
//! A *feature* is a number for a situation after one call: which call it was and what it did, beside what it met
//! in the heap, such as the size class of a neighbour, the length of a list, or what has happened to the pool
//! (`features`). It does not depend on any fault of the catalogue. No instrumentation is needed: the situation is read
//! from the specification, so that it works for every allocator under test.
//!
//! | module | holds |
//! |---|---|
//! | this | [`Guided`]: the next program, and what is kept |
//! | `features` | the features of a step |

mod features;

use std::rc::Rc;

use crate::ops::{MAX_BYTES, crossover, generate, vary};
use crate::rng::SeededRng;
use crate::run::step::Step;
use features::Features;

/// One program in this many is a fresh one of the blind generator.
const FRESH: u64 = 3;

/// One program in this many has records of two parents.
const CROSSED: u64 = 5;

/// One parent in this many is one of the newest.
const RECENT: u64 = 2;

/// How many programs count as the newest.
const NEWEST: usize = 48;

/// The most mutations of one program.
const MOST_MUTATIONS: u64 = 3;

/// A kept program.
struct Kept {
    bytes: Rc<[u8]>,
    /// The features that it was the first to have, or the shortest.
    features: Vec<u32>,
}

/// The generator. The caller takes a program, runs it with [`observe`](Self::observe) as its observer, and
/// then calls [`learn`](Self::learn).
pub struct Guided {
    rng: SeededRng,
    seed: u64,
    fresh: u64,
    kept: Vec<Kept>,
    /// For each feature, how many programs had it, up to 255.
    hits: Box<[u8]>,
    features: Features,
    program: Rc<[u8]>,
}

impl Guided {
    /// A generator that has kept nothing yet.
    pub fn new(seed: u64) -> Self {
        Self {
            rng: SeededRng::new(seed ^ 0x6775_6964_6564),
            seed,
            fresh: 0,
            kept: Vec::new(),
            hits: vec![0; features::COUNT].into(),
            features: Features::default(),
            program: Rc::from([]),
        }
    }

    /// The next program, as bytes.
    pub fn program(&mut self) -> Rc<[u8]> {
        self.features.start();
        self.program = match self.kept.len() {
            0..NEWEST => self.fresh(),
            _ if self.rng.one_in(FRESH) => self.fresh(),
            _ => self.child(),
        };
        Rc::clone(&self.program)
    }

    fn fresh(&mut self) -> Rc<[u8]> {
        self.fresh += 1;
        generate(self.seed, self.fresh - 1).into()
    }

    fn child(&mut self) -> Rc<[u8]> {
        let parent = self.parent();
        let mut bytes = match self.rng.one_in(CROSSED) {
            true => {
                let other = self.parent();
                crossover(&parent, &other, MAX_BYTES, self.rng.number())
            }
            false => parent.to_vec(),
        };
        for _ in 0..1 + self.rng.below(MOST_MUTATIONS) {
            bytes = vary(&bytes, MAX_BYTES, self.rng.number());
        }
        bytes.into()
    }

    /// A kept program: of two candidates the one whose rarest feature is rarer.
    fn parent(&mut self) -> Rc<[u8]> {
        let mut candidate = || {
            let newest = self.kept.len().min(NEWEST);
            match self.rng.one_in(RECENT) {
                true => self.kept.len() - 1 - self.rng.index(newest),
                false => self.rng.index(self.kept.len()),
            }
        };
        let (one, two) = (candidate(), candidate());
        let rarest = |at: usize| {
            let hits = self.kept[at].features.iter().map(|&feature| self.hits[feature as usize]);
            hits.min().unwrap_or(u8::MAX)
        };
        Rc::clone(&self.kept[if rarest(two) < rarest(one) { two } else { one }].bytes)
    }

    /// Looks at one step of the program.
    pub fn observe(&mut self, step: Step<'_>) {
        self.features.step(step);
    }

    /// Ends the program: keeps it if it had a feature that no program before it had.
    pub fn learn(&mut self) {
        let mut new = Vec::new();
        for &feature in self.features.seen() {
            let hits = &mut self.hits[feature as usize];
            if *hits == 0 {
                new.push(feature);
            }
            *hits = hits.saturating_add(1);
        }
        if !new.is_empty() {
            self.kept.push(Kept { bytes: Rc::clone(&self.program), features: new });
        }
    }

    /// How many programs are kept.
    pub fn kept(&self) -> usize {
        self.kept.len()
    }

    /// How many features were seen.
    pub fn seen(&self) -> usize {
        self.hits.iter().filter(|&&hits| hits > 0).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::Program;
    use crate::{Config, Context};

    fn run(seed: u64, programs: usize) -> (Guided, Vec<Rc<[u8]>>) {
        let (mut guided, mut context) = (Guided::new(seed), Context::default());
        let mut all = Vec::new();
        for _ in 0..programs {
            let bytes = guided.program();
            let program = Program::decode(&bytes);
            let ran =
                context.observe(&program, &Config::default(), &mut |step| guided.observe(step));
            assert!(ran.is_ok(), "{ran:?}");
            guided.learn();
            all.push(bytes);
        }
        (guided, all)
    }

    #[test]
    fn a_seed_fixes_the_programs() {
        let (one, two, other) = (run(1, 150), run(1, 150), run(2, 150));
        assert_eq!(one.1, two.1);
        assert_ne!(one.1, other.1);
    }

    #[test]
    fn it_sees_more_than_as_many_blind_programs() {
        let (guided, _) = run(3, 600);
        let (mut blind, mut context) = (Guided::new(3), Context::default());
        for index in 0..600 {
            let program = Program::decode(&generate(3, index));
            blind.features.start();
            let ran =
                context.observe(&program, &Config::default(), &mut |step| blind.observe(step));
            assert!(ran.is_ok(), "{ran:?}");
            blind.learn();
        }
        assert!(guided.kept() > NEWEST, "{} kept", guided.kept());
        assert!(guided.seen() > blind.seen(), "{} and {} blind", guided.seen(), blind.seen());
    }
}
