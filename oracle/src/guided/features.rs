//! The features of a step: numbers for situations in a heap.

use crate::action::Action;
use crate::call::{CallKind, Events, Reply};
use crate::lockstep::Lockstep;
use crate::model::{Block, sizes};
use crate::run::step::Step;
use crate::shadow::mix;

/// The number of features; situations that fall onto one number count as one.
pub(super) const COUNT: usize = 1 << 16;

/// What has happened to a pool.
#[derive(Clone, Copy, Default)]
struct History {
    mem: usize,
    shrunk: bool,
    extended: bool,
}

/// The features of one program, and what they depend on beside the heap.
#[derive(Default)]
pub(super) struct Features {
    seen: Vec<u32>,
    pools: Vec<History>,
    calls: usize,
    refused: usize,
    /// Kind and events of the call before.
    before: u64,
}

/// The order of magnitude of a number.
fn bits(number: usize) -> u64 {
    u64::from(usize::BITS - number.leading_zeros())
}

/// A distance in few numbers: none, up to a granule of 8, 16, 32 or 64 bytes, or more; above or below.
fn distance(from: usize, to: usize) -> u64 {
    let far = bits(from.abs_diff(to)).saturating_sub(2).min(6);
    if from < to { far + 8 } else { far }
}

const fn flags(events: Events) -> u64 {
    (events.split as u64)
        | (events.gap as u64) << 1
        | (events.merged_prev as u64) << 2
        | (events.merged_next as u64) << 3
        | (events.in_place as u64) << 4
        | (events.moved as u64) << 5
}

impl Features {
    /// Forgets a program.
    pub(super) fn start(&mut self) {
        self.seen.clear();
        self.pools.clear();
        (self.calls, self.refused, self.before) = (0, 0, 0);
    }

    /// The features of the program so far, each once.
    pub(super) fn seen(&mut self) -> &[u32] {
        self.seen.sort_unstable();
        self.seen.dedup();
        &self.seen
    }

    /// Adds a feature made of these numbers. The first one identifies what the others mean.
    fn add(&mut self, parts: &[u64]) {
        let hash = parts.iter().fold(0, |hash: u64, part| mix(hash.rotate_left(23) ^ part));
        self.seen.push((hash % COUNT as u64) as u32);
    }

    /// Adds the features of a step.
    pub(super) fn step(&mut self, step: Step<'_>) {
        let Step { action, outcome: Some(outcome), lockstep: Some(lockstep), .. } = step else {
            return;
        };
        let (kind, done) = (action.kind().index() as u64, outcome.reply.is_done());
        let call = kind << 8 | u64::from(done) << 7 | flags(outcome.events);
        self.calls += 1;
        self.refused += usize::from(!done);
        self.add(&[1, self.before, call]);
        self.before = call;
        let geometry = lockstep.geometry();
        let row = action.size().map_or(0, bits);
        let align = if let Action::Memalign { align, .. } = action { bits(align) } else { 0 };
        self.add(&[2, call, row]);
        self.add(&[3, call, align]);
        self.add(&[4, kind, bits(self.calls)]);
        self.add(&[23, kind, bits(self.refused)]);
        self.add(&[24, kind, bits(lockstep.slots().len())]);
        self.add(&[25, kind, bits(lockstep.slots().bytes())]);
        if action.kind().is_of_pools() {
            self.pool(action, done, call, lockstep);
        }
        match outcome.reply {
            Reply::Block(payload) => self.block(call, payload, action, lockstep),
            _ if action.kind() == CallKind::Free => {
                self.block(call, lockstep.touched(), action, lockstep);
            }
            _ => self.add(&[5, call, geometry.align as u64, lockstep.pools().len() as u64]),
        }
    }

    /// The features of a call about a pool.
    fn pool(&mut self, action: Action, done: bool, call: u64, lockstep: &Lockstep) {
        let (mem, bytes) = match action {
            Action::AddPool { mem, bytes } => (mem, bytes),
            Action::RemovePool { mem } => (mem, 0),
            Action::ExtendPool { mem, more: bytes } | Action::ShrinkPool { mem, less: bytes } => {
                (mem, bytes)
            }
            _ => return,
        };
        let history = self.history(mem);
        let pools = lockstep.pools();
        let at = pools.iter().position(|pool| pool.0 == mem).unwrap_or(pools.len());
        self.add(&[6, call, history, pools.len() as u64, at as u64]);
        // The distance to the pools around it.
        let others = pools.iter().filter(|pool| pool.0 != mem);
        let gap = others.map(|pool| distance(pool.0 + pool.1, mem)).min().unwrap_or(0);
        self.add(&[7, call, history, gap]);
        let blocks = lockstep.specification().map_or(&[][..], |spec| spec.blocks(mem));
        if let Some(last) = blocks.last() {
            let state = u64::from(last.free) | history << 1;
            let least = lockstep.geometry().min_size();
            self.add(&[8, call, state, distance(last.size, least)]);
            self.add(&[9, call, state, bits(last.size)]);
            self.add(&[26, call, state, distance(bytes, least)]);
        }
        if done {
            match action {
                Action::AddPool { .. } => self.pools.push(History { mem, ..History::default() }),
                Action::RemovePool { .. } => self.pools.retain(|pool| pool.mem != mem),
                _ => {}
            }
            for pool in self.pools.iter_mut().filter(|pool| pool.mem == mem) {
                pool.extended |= matches!(action, Action::ExtendPool { .. });
                pool.shrunk |= matches!(action, Action::ShrinkPool { .. });
            }
        }
    }

    fn history(&self, mem: usize) -> u64 {
        let pool = self.pools.iter().find(|pool| pool.mem == mem).copied().unwrap_or_default();
        u64::from(pool.shrunk) | u64::from(pool.extended) << 1
    }

    /// The features of a call about the block at `offset`, which may be a part of a larger one now.
    fn block(&mut self, call: u64, offset: usize, action: Action, lockstep: &Lockstep) {
        let kind = action.kind().index() as u64;
        let Some(specification) = lockstep.specification() else { return };
        let pools = lockstep.pools();
        let holds = |pool: &(usize, usize)| (pool.0..pool.0 + pool.1).contains(&offset);
        let Some(pool) = pools.iter().position(holds) else { return };
        let blocks = specification.blocks(pools[pool].0);
        let Some(at) = blocks.partition_point(|block| block.offset <= offset).checked_sub(1) else {
            return;
        };
        let geometry = lockstep.geometry();
        let class = |block: Block| sizes::floor(geometry, geometry.key(block.size));
        let this = blocks[at];
        let prev = at.checked_sub(1).map(|prev| blocks[prev]);
        let next = blocks.get(at + 1).copied();
        let ends = u64::from(prev.is_none()) | u64::from(next.is_none()) << 1;
        let (many, history) = (pools.len() as u64, self.history(pools[pool].0));
        self.add(&[10, call, ends, many, pool as u64]);
        self.add(&[11, call, ends, history, pool as u64]);
        let exact = sizes::least_key(geometry, class(this)) == geometry.key(this.size);
        let list = class(this) % geometry.sl;
        let end = u64::from(list == 0) | u64::from(list + 1 == geometry.sl) << 1;
        self.add(&[12, kind, bits(this.size), end, u64::from(exact), u64::from(this.free)]);
        // Neighbours in memory: sizes beside each other, and whether one list has both.
        for (side, neighbour) in [(0, prev), (1, next)] {
            let Some(other) = neighbour else { continue };
            let state = u64::from(other.free) << 1 | u64::from(class(other) == class(this));
            let least = distance(other.size, geometry.min_size());
            self.add(&[13, kind, side, state, least]);
            self.add(&[14, kind, side, state, distance(other.size, this.size)]);
        }
        if let (Some(prev), Some(next)) = (prev.filter(|b| b.free), next.filter(|b| b.free)) {
            let together = u64::from(class(prev) == class(next));
            self.add(&[15, call, together, ends, many]);
            self.add(&[16, call, distance(prev.size, next.size)]);
        }
        if let Some(size) = action.size() {
            self.add(&[17, call, distance(this.size, size)]);
        }
        self.lists([kind, call], [Some(this), prev, next], class, lockstep);
    }

    /// The features of the lists that hold a block or its neighbours.
    fn lists(
        &mut self,
        [kind, call]: [u64; 2],
        blocks: [Option<Block>; 3],
        class: impl Fn(Block) -> usize,
        lockstep: &Lockstep,
    ) {
        let mut listed = Vec::new();
        lockstep.specification().into_iter().for_each(|spec| spec.lists(&mut listed));
        let pool_of = |offset: usize| {
            let holds = |pool: &(usize, usize)| (pool.0..pool.0 + pool.1).contains(&offset);
            lockstep.pools().iter().position(holds).unwrap_or(usize::MAX)
        };
        for (side, block) in blocks.into_iter().enumerate() {
            let Some(block) = block.filter(|block| block.free) else { continue };
            let list = class(block);
            let from = listed.partition_point(|entry| entry.class < list);
            let length = listed[from..].iter().take_while(|entry| entry.class == list).count();
            let entries = &listed[from..from + length];
            let place = entries.iter().position(|entry| entry.offset == block.offset).unwrap_or(0);
            let (before, after) = (place.min(3), (length - 1 - place.min(length - 1)).min(3));
            let mut pools: Vec<_> = entries.iter().map(|entry| pool_of(entry.offset)).collect();
            pools.sort_unstable();
            pools.dedup();
            let side = side as u64;
            self.add(&[18, call, side, before as u64, after as u64]);
            self.add(&[19, call, side, bits(length), pools.len() as u64]);
            self.add(&[20, kind, bits(block.size), bits(length)]);
        }
        self.add(&[22, call, bits(listed.len())]);
    }
}
