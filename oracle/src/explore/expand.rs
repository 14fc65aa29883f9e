//! Replaying a state's path and making its moves.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::moves::{Move, moves};
use super::scope::Scope;
use super::state::Encoder;
use crate::action::Action;
use crate::finding::Finding;
use crate::lockstep::Lockstep;
use crate::lockstep::layers::{Against, Layers};
use crate::run::regions::regions;

/// How a state was reached first.
#[derive(Clone, Copy)]
pub(super) struct Origin {
    /// The number of the state in which the move was made.
    pub(super) parent: u32,
    pub(super) by: Move,
}

/// All known states by number, each with the way back to the first.
#[derive(Default)]
pub(super) struct States {
    numbers: HashMap<Box<[u8]>, u32>,
    origins: Vec<Origin>,
}

impl States {
    pub(super) fn len(&self) -> usize {
        self.origins.len()
    }

    /// Adds a state, unless it is known.
    pub(super) fn add(&mut self, state: Box<[u8]>, origin: Origin) {
        if let Entry::Vacant(vacant) = self.numbers.entry(state) {
            vacant.insert(self.origins.len() as u32);
            self.origins.push(origin);
        }
    }

    /// The moves from the first state to this one.
    pub(super) fn path(&self, mut state: u32) -> Vec<Move> {
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

/// The result of expanding some states.
#[derive(Default)]
pub(super) struct Expansion {
    /// New states, in the order in which they were reached.
    pub(super) states: Vec<(Box<[u8]>, Origin)>,
    /// Moves made.
    pub(super) transitions: u64,
    /// The first failure: the finding, the state in which the move was made, and the move.
    pub(super) failure: Option<(Box<Finding>, u32, Move)>,
}

/// A lockstep that is brought into one state after another to make the moves of each.
pub(super) struct Expander<'a> {
    scope: &'a Scope,
    layers: Layers,
    lockstep: Lockstep,
    ranges: Vec<(usize, usize)>,
    encoder: Encoder,
    moves: Vec<Move>,
}

impl<'a> Expander<'a> {
    pub(super) fn new(scope: &'a Scope, maker: fn(usize) -> Lockstep, layers: Layers) -> Self {
        Self {
            scope,
            layers,
            lockstep: maker(scope.header.geometry.into()),
            ranges: scope.ranges(),
            encoder: Encoder::default(),
            moves: Vec::new(),
        }
    }

    pub(super) fn lockstep(&self) -> &Lockstep {
        &self.lockstep
    }

    /// The present state as bytes.
    pub(super) fn state(&mut self) -> &[u8] {
        self.encoder.encode(&self.lockstep, &self.ranges)
    }

    /// Makes every move of each of these states, up to the first failure.
    pub(super) fn expand(&mut self, known: &States, states: Range<usize>) -> Expansion {
        let mut expansion = Expansion::default();
        let mut new = HashSet::new();
        for state in states {
            let parent = state as u32;
            let path = known.path(parent);
            let expanded = self.expand_one(known, parent, &path, &mut new, &mut expansion);
            if let Err((finding, by)) = expanded {
                expansion.failure = Some((finding, parent, by));
                break;
            }
        }
        expansion
    }

    fn expand_one(
        &mut self,
        known: &States,
        parent: u32,
        path: &[Move],
        new: &mut HashSet<Box<[u8]>>,
        expansion: &mut Expansion,
    ) -> Result<(), (Box<Finding>, Move)> {
        self.rewind(path).expect("the path had no finding when the state was reached first");
        self.moves.clear();
        moves(self.scope, &self.lockstep, &mut self.moves);
        let saved = self.lockstep.save();
        for by in std::mem::take(&mut self.moves) {
            let done = self.step(by).map_err(|finding| (finding, by))?;
            expansion.transitions += 1;
            if !done {
                // A refused call changes nothing but counters. The step has checked that.
                continue;
            }
            let state = self.encoder.encode(&self.lockstep, &self.ranges);
            if !known.numbers.contains_key(state) && !new.contains(state) {
                new.insert(state.into());
                expansion.states.push((state.into(), Origin { parent, by }));
            }
            self.lockstep.restore(&saved);
        }
        Ok(())
    }

    /// Restarts the lockstep and makes the moves of `path`.
    pub(super) fn rewind(&mut self, path: &[Move]) -> Result<(), Box<Finding>> {
        let (mem, bytes) = regions(&self.scope.header)[0];
        self.lockstep.restart(Against::Conte, self.layers, 0, true);
        self.call(Action::AddPool { mem, bytes })?;
        if self.scope.eighths_off > 0 {
            self.call(Action::RemovePool { mem })?;
            self.step(Move::AddPool { region: 0 })?;
        }
        for &by in path {
            self.step(by)?;
        }
        Ok(())
    }

    /// Makes a move. Returns false if it was refused.
    pub(super) fn step(&mut self, by: Move) -> Result<bool, Box<Finding>> {
        let action = by.action(self.scope, &self.ranges, &self.lockstep);
        self.call(action)
    }

    /// Returns false if the action was refused. A panic is a finding, as in the run of a program.
    fn call(&mut self, action: Action) -> Result<bool, Box<Finding>> {
        let stepped = catch_unwind(AssertUnwindSafe(|| self.lockstep.step(action)));
        stepped
            .unwrap_or_else(|panic| Err(Finding::crash(&*panic)))
            .map(|outcome| outcome.reply.is_done())
    }
}
