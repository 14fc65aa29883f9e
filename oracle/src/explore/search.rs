//! Breadth first. Workers expand pieces of a level against the states that are known; what they find
//! is put in order before it is numbered, so that counts, numbers and the first violation are the same
//! on any number of threads.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use super::moves::{Move, moves};
use super::scope::Scope;
use super::state::Encoder;
use crate::action::Action;
use crate::finding::Finding;
use crate::lockstep::Lockstep;
use crate::lockstep::layers::{Against, Layers};
use crate::ops::Program;
use crate::run::regions::regions;

/// States that a worker expands at once.
const PIECE: usize = 32;

/// Pieces between two looks at how far it is.
const WAVE: usize = 64;

/// What is searched, and how.
pub struct Search {
    /// What is explored.
    pub scope: Scope,
    /// Makes the locksteps, of the geometry of that number.
    pub maker: fn(usize) -> Lockstep,
    /// What is checked at each step.
    pub layers: Layers,
    /// Threads.
    pub jobs: usize,
    /// Stop when so many states are known.
    pub max_states: usize,
    /// Or so many transitions were made.
    pub max_transitions: u64,
}

/// How far a search is.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Reached {
    /// Different states, the first one included.
    pub states: usize,
    /// Moves made, refused ones included.
    pub transitions: u64,
    /// Moves to the states that are farthest from the first.
    pub depth: usize,
    /// States that were not expanded.
    pub open: usize,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// How far it came.
    pub reached: Reached,
    /// Why it ended.
    pub ended: Ended,
}

/// Why a search ended.
#[derive(Debug)]
pub enum Ended {
    /// No state is left that was not expanded: there are no others.
    Closed,
    /// It was stopped.
    Open,
    /// A check objected.
    Violation(Box<Violation>),
}

/// A step that a check objected to.
#[derive(Debug)]
pub struct Violation {
    /// What it saw.
    pub finding: Finding,
    /// A shortest program that leads there.
    pub program: Program,
    /// Its moves.
    pub depth: usize,
}

/// A state, by how it was reached first.
#[derive(Clone, Copy)]
struct Origin {
    parent: u32,
    by: Move,
}

/// What a worker found in a piece.
#[derive(Default)]
struct Found {
    states: Vec<(Box<[u8]>, Origin)>,
    transitions: u64,
    violation: Option<(Box<Finding>, u32, Move)>,
}

impl Search {
    /// Everything within `scope`, by the engine, on one thread.
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

    /// Runs until nothing is left, or `going`, asked now and then, says no.
    pub fn run(&self, going: &mut dyn FnMut(&Reached) -> bool) -> Outcome {
        let mut known = Known::default();
        let mut reached = Reached::default();
        let mut first = Expander::new(self);
        if let Err(finding) = first.rewind(&[]) {
            let violation = self.violation(*finding, &[]);
            return Outcome { reached, ended: Ended::Violation(violation) };
        }
        let root = first.encoder.encode(&first.lockstep, &first.ranges).into();
        known.add(root, Origin { parent: 0, by: Move::Malloc { granules: 0 } });
        drop(first);
        let mut next = 0;
        while next < known.origins.len() {
            let level_end = known.origins.len();
            while next < level_end {
                let wave_end = (next + WAVE * PIECE).min(level_end);
                for found in self.wave(&known, next, wave_end) {
                    reached.transitions += found.transitions;
                    for (state, origin) in found.states {
                        known.add(state, origin);
                    }
                    if let Some((finding, parent, by)) = found.violation {
                        let mut path = known.path(parent);
                        path.push(by);
                        reached.states = known.origins.len();
                        let violation = self.violation(*finding, &path);
                        return Outcome { reached, ended: Ended::Violation(violation) };
                    }
                }
                next = wave_end;
                reached.states = known.origins.len();
                reached.open = reached.states - next;
                let enough = reached.states >= self.max_states
                    || reached.transitions >= self.max_transitions;
                if reached.open > 0 && (!going(&reached) || enough) {
                    return Outcome { reached, ended: Ended::Open };
                }
            }
            reached.depth += usize::from(known.origins.len() > level_end);
        }
        Outcome { reached, ended: Ended::Closed }
    }

    /// Expands the states `from..to`; the pieces in order, whoever made them.
    fn wave(&self, known: &Known, from: usize, to: usize) -> Vec<Found> {
        let pieces: Vec<_> = (from..to).step_by(PIECE).map(|at| at..(at + PIECE).min(to)).collect();
        let taken = AtomicUsize::new(0);
        let work = || {
            let mut expander = Expander::new(self);
            let mut done = Vec::new();
            while let Some(piece) = pieces.get(taken.fetch_add(1, Relaxed)) {
                done.push((piece.start, expander.expand(known, piece.clone())));
            }
            done
        };
        let mut found = match self.jobs.min(pieces.len()) {
            0 | 1 => work(),
            jobs => thread::scope(|scope| {
                let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
                let join = |worker: thread::ScopedJoinHandle<'_, _>| worker.join();
                workers.into_iter().flat_map(|w| join(w).expect("panics are caught")).collect()
            }),
        };
        found.sort_unstable_by_key(|(start, _)| *start);
        found.into_iter().map(|(_, found)| found).collect()
    }

    /// The path as a program.
    fn violation(&self, finding: Finding, path: &[Move]) -> Box<Violation> {
        let mut expander = Expander::new(self);
        let mut ops = self.scope.prelude();
        // What a check objected to comes last: up to there all went well.
        let mut replayed = expander.rewind(&[]);
        for &by in path {
            if replayed.is_err() {
                break;
            }
            ops.push(by.op(&self.scope, &expander.lockstep));
            replayed = expander.step(by).map(drop);
        }
        let program = Program { header: self.scope.header, ops };
        Box::new(Violation { finding, program, depth: path.len() })
    }
}

/// The states there are, by number, and the way back to the first.
#[derive(Default)]
struct Known {
    numbers: HashMap<Box<[u8]>, u32>,
    origins: Vec<Origin>,
}

impl Known {
    fn add(&mut self, state: Box<[u8]>, origin: Origin) {
        if let Entry::Vacant(vacant) = self.numbers.entry(state) {
            vacant.insert(self.origins.len() as u32);
            self.origins.push(origin);
        }
    }

    /// The moves from the first state to this one.
    fn path(&self, mut state: u32) -> Vec<Move> {
        let mut moves = Vec::new();
        while state != 0 {
            let Origin { parent, by } = self.origins[state as usize];
            moves.push(by);
            state = parent;
        }
        moves.reverse();
        moves
    }
}

/// A lockstep that can be brought into any state, and asked what follows.
struct Expander<'a> {
    search: &'a Search,
    lockstep: Lockstep,
    ranges: Vec<(usize, usize)>,
    encoder: Encoder,
    moves: Vec<Move>,
}

impl<'a> Expander<'a> {
    fn new(search: &'a Search) -> Self {
        Self {
            search,
            lockstep: (search.maker)(search.scope.header.geometry.into()),
            ranges: search.scope.ranges(),
            encoder: Encoder::default(),
            moves: Vec::new(),
        }
    }

    fn expand(&mut self, known: &Known, states: Range<usize>) -> Found {
        let mut found = Found::default();
        let mut fresh = HashSet::new();
        for state in states {
            let parent = state as u32;
            let path = known.path(parent);
            let violation = self.expand_one(known, parent, &path, &mut fresh, &mut found);
            if let Err((finding, by)) = violation {
                found.violation = Some((finding, parent, by));
                break;
            }
        }
        found
    }

    fn expand_one(
        &mut self,
        known: &Known,
        parent: u32,
        path: &[Move],
        fresh: &mut HashSet<Box<[u8]>>,
        found: &mut Found,
    ) -> Result<(), (Box<Finding>, Move)> {
        // It was there before, and its last move was checked then.
        let again = "a state's path leads to it again";
        self.rewind(path).expect(again);
        self.moves.clear();
        moves(&self.search.scope, &self.lockstep, &mut self.moves);
        let kept = self.lockstep.save();
        for by in std::mem::take(&mut self.moves) {
            let done = self.step(by).map_err(|finding| (finding, by))?;
            found.transitions += 1;
            if !done {
                // Refused: everything is as it was, as the step has checked, but for counters.
                continue;
            }
            let state = self.encoder.encode(&self.lockstep, &self.ranges);
            if !known.numbers.contains_key(state) && !fresh.contains(state) {
                fresh.insert(state.into());
                found.states.push((state.into(), Origin { parent, by }));
            }
            self.lockstep.restore(&kept);
        }
        Ok(())
    }

    /// From nothing to a state.
    fn rewind(&mut self, path: &[Move]) -> Result<(), Box<Finding>> {
        let (mem, bytes) = regions(&self.search.scope.header)[0];
        self.lockstep.restart(Against::Conte, self.search.layers, 0, true);
        self.call(Action::AddPool { mem, bytes })?;
        if self.search.scope.eighths_off > 0 {
            self.call(Action::RemovePool { mem })?;
            self.step(Move::AddPool { region: 0 })?;
        }
        for &by in path {
            self.step(by)?;
        }
        Ok(())
    }

    fn step(&mut self, by: Move) -> Result<bool, Box<Finding>> {
        let action = by.action(&self.search.scope, &self.ranges, &self.lockstep);
        self.call(action)
    }

    /// Whether it was done. A panic is a finding, as in a program's run.
    fn call(&mut self, action: Action) -> Result<bool, Box<Finding>> {
        let stepped = catch_unwind(AssertUnwindSafe(|| self.lockstep.step(action)));
        stepped
            .unwrap_or_else(|panic| Err(Finding::crash(&*panic)))
            .map(|outcome| outcome.reply.is_done())
    }
}
