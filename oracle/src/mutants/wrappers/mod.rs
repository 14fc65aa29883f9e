//! The engine with one lie in front of it: what a [`Lie`] does not touch, the engine answers.

pub mod catalogue;

use memoman::{RequestError, Violation};

use crate::arena::Arena;
use crate::counters::Counters;
use crate::geometry::WORD;
use crate::lockstep::Lockstep;
use crate::model::Census;
use crate::subject::{Listed, Pools, Row, Saved, Subject, engine::engine};

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
    fn tell(&mut self, payload: Option<usize>) -> Option<usize> {
        if payload.is_none() {
            self.lie.refused(&self.heap);
        }
        payload
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

    fn add_pool(&mut self, mem: usize, bytes: usize) -> bool {
        let added = self.heap.engine.add_pool(mem, bytes);
        self.heap.pools.extend(added.then_some((mem, bytes)));
        if !added {
            self.lie.refused(&self.heap);
        }
        added
    }

    fn extend_pool(&mut self, mem: usize, more: usize) -> bool {
        let extended = self.heap.engine.extend_pool(mem, more);
        if extended {
            let pools = self.heap.pools.iter_mut();
            pools.filter(|pool| pool.0 == mem).for_each(|pool| pool.1 += more);
        } else {
            self.lie.refused(&self.heap);
        }
        extended
    }

    fn shrink_pool(&mut self, mem: usize, less: usize) -> bool {
        let shrunk = self.heap.engine.shrink_pool(mem, less);
        if !shrunk {
            self.lie.refused(&self.heap);
        }
        shrunk
    }

    fn remove_pool(&mut self, mem: usize) -> bool {
        let removed = self.heap.engine.remove_pool(mem);
        if removed {
            self.heap.pools.retain(|pool| pool.0 != mem);
        } else {
            self.lie.refused(&self.heap);
        }
        removed
    }

    fn malloc(&mut self, size: usize) -> Option<usize> {
        let payload = self.heap.engine.malloc(size);
        match self.tell(payload) {
            Some(payload) => self.lie.malloc(&self.heap, size, payload),
            None => None,
        }
    }

    fn memalign(&mut self, align: usize, size: usize) -> Option<usize> {
        let payload = self.heap.engine.memalign(align, size);
        self.tell(payload)
    }

    fn realloc(&mut self, payload: Option<usize>, align: usize, size: usize) -> Option<usize> {
        let Some(from) = payload.map(|told| self.lie.truth(told)) else {
            return self.malloc(size);
        };
        let old = self.heap.usable(from);
        let to = self.heap.engine.realloc(Some(from), align, size);
        match to {
            Some(to) if to != from => self.lie.moved(&self.heap, to, old),
            None if size == 0 => return None,
            _ => {}
        }
        self.tell(to)
    }

    fn grow_in_place(&mut self, payload: usize, size: usize) -> bool {
        let grown = self.heap.engine.grow_in_place(self.lie.truth(payload), size);
        if !grown {
            self.lie.refused(&self.heap);
        }
        grown
    }

    fn shrink_in_place(&mut self, payload: usize, size: usize) -> bool {
        let shrunk = self.heap.engine.shrink_in_place(self.lie.truth(payload), size);
        if !shrunk {
            self.lie.refused(&self.heap);
        }
        shrunk
    }

    fn free(&mut self, payload: usize) {
        let payload = self.lie.truth(payload);
        self.heap.engine.free(payload);
        self.lie.freed(&self.heap, payload);
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
