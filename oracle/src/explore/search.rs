//! The breadth-first search. Workers expand pieces of a level; their results are put in order before states
//! get numbers. So counts, numbers and the first failure are the same for any number of threads.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use super::expand::{Expander, Expansion, Origin, States};
use super::moves::Move;
use super::scope::Scope;
use crate::finding::Finding;
use crate::lockstep::Lockstep;
use crate::lockstep::layers::Layers;
use crate::ops::Program;

/// States that a worker expands at a time.
const PIECE: usize = 32;

/// Pieces between two reports of progress.
const WAVE: usize = 64;

/// What is searched, and how.
pub struct Search {
    /// What is explored.
    pub scope: Scope,
    /// Makes the locksteps. The argument is the number of a geometry.
    pub maker: fn(usize) -> Lockstep,
    /// The layers of checks at each step.
    pub layers: Layers,
    /// Threads.
    pub jobs: usize,
    /// The search stops when this many states are known.
    pub max_states: usize,
    /// The search stops after this many transitions.
    pub max_transitions: u64,
}

/// The progress of a search.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Reached {
    /// Different states, including the first one.
    pub states: usize,
    /// Moves made, including refused ones.
    pub transitions: u64,
    /// The most moves from the first state to another.
    pub depth: usize,
    /// States that were not expanded.
    pub open: usize,
}

/// The result of a search.
#[derive(Debug)]
pub struct SearchOutcome {
    /// How far the search came.
    pub reached: Reached,
    /// Why it ended.
    pub ended: SearchEnd,
}

/// Why a search ended.
#[derive(Debug)]
pub enum SearchEnd {
    /// All states were expanded: the scope has no others.
    Closed,
    /// The search was stopped.
    Open,
    /// A check failed.
    Failed(Box<FailingPath>),
}

/// A step that fails a check, and the way to it.
#[derive(Debug)]
pub struct FailingPath {
    /// What the check found wrong.
    pub finding: Finding,
    /// A shortest program that ends in the step.
    pub program: Program,
    /// Moves of the program.
    pub depth: usize,
}

impl Search {
    /// A search of the whole scope, with all layers, on one thread.
    pub fn new(scope: Scope, maker: fn(usize) -> Lockstep) -> Self {
        Self {
            scope,
            maker,
            layers: Layers::ALL,
            jobs: 1,
            max_states: usize::MAX,
            max_transitions: u64::MAX,
        }
    }

    /// Runs until all states are expanded, a check fails, a limit is reached, or `going` returns false.
    /// `going` is called once for each wave.
    pub fn run(&self, going: &mut dyn FnMut(&Reached) -> bool) -> SearchOutcome {
        let mut known = States::default();
        let mut reached = Reached::default();
        let mut first = self.expander();
        if let Err(finding) = first.rewind(&[]) {
            let ended = SearchEnd::Failed(self.failing_path(*finding, &[]));
            return SearchOutcome { reached, ended };
        }
        let root = first.state().into();
        known.add(root, Origin { parent: 0, by: Move::Malloc { granules: 0 } });
        drop(first);
        let mut next = 0;
        while next < known.len() {
            let level_end = known.len();
            while next < level_end {
                let wave_end = (next + WAVE * PIECE).min(level_end);
                for expansion in self.wave(&known, next, wave_end) {
                    reached.transitions += expansion.transitions;
                    for (state, origin) in expansion.states {
                        known.add(state, origin);
                    }
                    if let Some((finding, parent, by)) = expansion.failure {
                        let mut path = known.path(parent);
                        path.push(by);
                        reached.states = known.len();
                        let ended = SearchEnd::Failed(self.failing_path(*finding, &path));
                        return SearchOutcome { reached, ended };
                    }
                }
                next = wave_end;
                reached.states = known.len();
                reached.open = reached.states - next;
                let enough = reached.states >= self.max_states
                    || reached.transitions >= self.max_transitions;
                if reached.open > 0 && (!going(&reached) || enough) {
                    return SearchOutcome { reached, ended: SearchEnd::Open };
                }
            }
            reached.depth += usize::from(known.len() > level_end);
        }
        SearchOutcome { reached, ended: SearchEnd::Closed }
    }

    fn expander(&self) -> Expander<'_> {
        Expander::new(&self.scope, self.maker, self.layers)
    }

    /// Expands the states `from..to`. The results are in the order of the states, whichever worker made them.
    fn wave(&self, known: &States, from: usize, to: usize) -> Vec<Expansion> {
        let pieces: Vec<_> = (from..to).step_by(PIECE).map(|at| at..(at + PIECE).min(to)).collect();
        let taken = AtomicUsize::new(0);
        let work = || {
            let mut expander = self.expander();
            let mut done = Vec::new();
            while let Some(piece) = pieces.get(taken.fetch_add(1, Relaxed)) {
                done.push((piece.start, expander.expand(known, piece.clone())));
            }
            done
        };
        let mut done = match self.jobs.min(pieces.len()) {
            0 | 1 => work(),
            jobs => thread::scope(|scope| {
                let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
                let join = |worker: thread::ScopedJoinHandle<'_, _>| worker.join();
                workers.into_iter().flat_map(|w| join(w).expect("panics are caught")).collect()
            }),
        };
        done.sort_unstable_by_key(|(start, _)| *start);
        done.into_iter().map(|(_, expansion)| expansion).collect()
    }

    /// The path as a program.
    fn failing_path(&self, finding: Finding, path: &[Move]) -> Box<FailingPath> {
        let mut expander = self.expander();
        let mut ops = self.scope.prelude();
        // The last move fails; the moves before it are replayed to express each as an op.
        let mut replayed = expander.rewind(&[]);
        for &by in path {
            if replayed.is_err() {
                break;
            }
            ops.push(by.op(&self.scope, expander.lockstep()));
            replayed = expander.step(by).map(drop);
        }
        let program = Program { header: self.scope.header, ops };
        Box::new(FailingPath { finding, program, depth: path.len() })
    }
}
