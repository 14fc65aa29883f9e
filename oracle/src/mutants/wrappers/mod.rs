//! The engine with one lie in front of it: what a [`Lie`] does not touch, the engine answers.

pub mod catalogue;

use memoman::{RequestError, Violation};

use crate::arena::Arena;
use crate::call::{Call, Reply};
use crate::counters::{Census, Counters};
use crate::geometry::WORD;
use crate::lockstep::Lockstep;
use crate::subject::{Allocator, Listed, Pools, Row, Saved, Subject, engine::engine};

/// One way to be wrong. Hooks come after the engine's own work; a lie that overrides none of them
/// is the engine.
///
/// A lie writes into the arena only where neither the engine nor the harness follows what it finds,
/// and forgets all with each run: the same program fails the same way.
pub trait Lie: Clone + Default + Send + 'static {
    /// What malloc tells for a request that the engine met at `payload`.
    fn malloc(&mut self, _heap: &Heap, _size: usize, payload: usize) -> Option<usize> {
        Some(payload)
    }

    /// The engine's name of a payload that was told.
    fn truth(&self, told: usize) -> usize {
        told
    }

    /// The usable size that is told of a payload that was told.
    fn usable(&self, _told: usize, size: usize) -> usize {
        size
    }

    /// After a realloc that moved the first `bytes` to `to`.
    fn moved(&mut self, _heap: &Heap, _to: usize, _bytes: usize) {}

    /// After the block at `payload` was freed.
    fn freed(&mut self, _heap: &Heap, _payload: usize) {}

    /// After a call that was refused.
    fn refused(&mut self, _heap: &Heap) {}

    /// What it tells to be the largest request.
    fn most(&self, bytes: usize) -> usize {
        bytes
    }

    /// The pools that its answers to rare questions are held to.
    fn books<'a>(&self, pools: &'a [(usize, usize)]) -> &'a [(usize, usize)] {
        pools
    }

    /// What it tells of why a request would be refused.
    fn reason(&self, reason: Result<(), RequestError>) -> Result<(), RequestError> {
        reason
    }

    /// What it tells of its counters.
    fn counters(&self, counters: Counters) -> Counters {
        counters
    }

    /// What it says that it has touched so far, of what the engine and its own looking around have:
    /// nothing, as lies look around a lot.
    fn cost(&self, _cost: u64) -> u64 {
        0
    }

    /// What validate tells that it counted.
    fn counted(&self, census: Census) -> Census {
        census
    }

    /// What validate tells.
    fn verdict(&self, sound: Result<Census, Violation>) -> Result<Census, Violation> {
        sound.map(|census| self.counted(census))
    }
}

/// The engine, and where its pools are: the most that they ever had, or a few bytes more.
pub struct Heap {
    engine: Box<dyn Subject>,
    pools: Pools,
}

impl Heap {
    /// Usable bytes of a live block.
    pub fn usable(&self, payload: usize) -> usize {
        self.engine.usable_size(payload)
    }

    /// Every block, in address order within each pool.
    pub fn blocks(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        self.pools.iter().for_each(|&(mem, _)| self.engine.walk(mem, &mut rows));
        rows
    }

    /// The block behind `payload`'s in its pool: none there is the sentinel.
    pub fn next(&self, payload: usize) -> Option<Row> {
        let behind = payload + self.usable(payload) + WORD;
        self.blocks().into_iter().find(|row| row.offset == behind)
    }

    /// Past the last byte of the pools.
    pub fn end(&self) -> usize {
        self.pools.iter().map(|(mem, bytes)| mem + bytes).max().unwrap_or(0)
    }

    /// Changes bits of one byte that lies in a pool.
    pub fn flip(&self, offset: usize, bits: u8) {
        let inside = |&(mem, bytes): &(usize, usize)| (mem..mem + bytes).contains(&offset);
        assert!(self.pools.iter().any(inside), "a lie leaves the pools alone");
        let byte = self.engine.arena().at(offset);
        // SAFETY: in a pool, hence in the arena, and nobody looks at it now.
        unsafe { byte.write(byte.read() ^ bits) }
    }
}

/// A liar: the engine behind, the lie in front.
pub struct Wrap<L> {
    heap: Heap,
    lie: L,
}

/// A lockstep whose subject tells the lie `L`.
pub fn lying<L: Lie>(geometry: usize) -> Lockstep {
    let heap = Heap { engine: engine(geometry), pools: Vec::new() };
    Lockstep::with_subject(geometry, Box::new(Wrap { heap, lie: L::default() }))
}

impl<L: Lie> Wrap<L> {
    /// The call as the engine knows it: with the engine's names of payloads.
    fn truth(&self, call: Call) -> Call {
        match call {
            Call::Realloc { payload, align, size } => {
                let payload = payload.map(|told| self.lie.truth(told));
                Call::Realloc { payload, align, size }
            }
            Call::Grow { payload, size } => Call::Grow { payload: self.lie.truth(payload), size },
            Call::Shrink { payload, size } => {
                Call::Shrink { payload: self.lie.truth(payload), size }
            }
            Call::Free { payload } => Call::Free { payload: self.lie.truth(payload) },
            other => other,
        }
    }
}

impl<L: Lie> Allocator for Wrap<L> {
    fn call(&mut self, call: Call) -> Reply {
        let (told, call) = (call, self.truth(call));
        let before = match call {
            Call::Realloc { payload: Some(from), .. } => self.heap.usable(from),
            _ => 0,
        };
        let reply = self.heap.engine.call(call);
        let heap = &mut self.heap;
        match (call, reply) {
            (_, Reply::Refused) => self.lie.refused(heap),
            (Call::AddPool { mem, bytes }, _) => heap.pools.push((mem, bytes)),
            (Call::RemovePool { mem }, _) => heap.pools.retain(|pool| pool.0 != mem),
            (Call::ExtendPool { mem, more }, _) => {
                heap.pools.iter_mut().filter(|pool| pool.0 == mem).for_each(|pool| pool.1 += more);
            }
            (Call::Malloc { size } | Call::Realloc { payload: None, size, .. }, reply) => {
                let payload = reply.payload();
                return Reply::block(payload.and_then(|at| self.lie.malloc(heap, size, at)));
            }
            (Call::Realloc { payload: Some(from), .. }, Reply::Block(to)) if to != from => {
                self.lie.moved(heap, to, before);
            }
            (Call::Free { payload }, _) => self.lie.freed(heap, payload),
            _ => {}
        }
        match (told, reply) {
            // What stays in its place keeps the name that was told.
            (Call::Grow { payload, .. } | Call::Shrink { payload, .. }, Reply::Block(_)) => {
                Reply::Block(payload)
            }
            _ => reply,
        }
    }

    fn clear(&mut self) {
        self.restart(false);
    }

    fn usable_size(&self, payload: usize) -> usize {
        self.lie.usable(payload, self.heap.usable(self.lie.truth(payload)))
    }

    fn walk(&self, mem: usize, out: &mut Vec<Row>) {
        self.heap.engine.walk(mem, out);
    }

    fn lists(&self, out: &mut Vec<Listed>) {
        self.heap.engine.lists(out);
    }
}

impl<L: Lie> Subject for Wrap<L> {
    fn arena(&self) -> &Arena {
        self.heap.engine.arena()
    }

    fn restart(&mut self, sound: bool) {
        self.lie = L::default();
        self.heap.pools.clear();
        self.heap.engine.restart(sound);
    }

    fn reset(&mut self) {
        self.heap.engine.reset();
    }

    fn max_allocatable(&self) -> usize {
        self.lie.most(self.heap.engine.max_allocatable())
    }

    fn explain(&self, align: usize, size: usize) -> Option<Result<(), RequestError>> {
        self.heap.engine.explain(align, size).map(|told| self.lie.reason(told))
    }

    fn queries(&self, pools: &[(usize, usize)]) -> Result<(), String> {
        self.heap.engine.queries(self.lie.books(pools))
    }

    fn counters(&self) -> Option<Counters> {
        self.heap.engine.counters().map(|told| self.lie.counters(told))
    }

    fn validate(&self) -> Result<Census, Violation> {
        self.lie.verdict(self.heap.engine.validate())
    }

    fn cost(&self) -> u64 {
        self.lie.cost(self.heap.engine.cost())
    }

    fn save(&self) -> Saved {
        Box::new((self.heap.engine.save(), self.heap.pools.clone(), self.lie.clone()))
    }

    fn restore(&mut self, saved: &Saved) {
        let kept = saved.downcast_ref::<(Saved, Pools, L)>();
        let (engine, pools, lie) = kept.expect("this subject saved it");
        self.heap.engine.restore(engine);
        self.heap.pools.clone_from(pools);
        self.lie = lie.clone();
    }
}
