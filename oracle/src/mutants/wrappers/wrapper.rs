//! A subject made of the engine and a [`Wrapper`]: the engine serves every call, the wrapper changes one
//! of the results.

use std::cell::Cell;

use memoman::{RequestError, Violation};

use crate::arena::Arena;
use crate::call::{Call, Reply};
use crate::counters::{Census, Counters};
use crate::geometry::WORD;
use crate::lockstep::Lockstep;
use crate::subject::{Allocator, Listed, Pools, Row, Saved, Subject, engine::engine};

/// One mistake, as hooks that run after the engine has served a call. A wrapper that overrides no hook
/// changes nothing.
///
/// Its state ends with the run, so that the same program fails in the same way.
pub trait Wrapper: Clone + Default + Send + 'static {
    /// The result of a malloc of `size` bytes for which the engine returned `payload`: a place in that
    /// block, the payload of another live block, or a place outside of the pools. Later calls with the
    /// result mean the engine's block.
    fn malloc(&mut self, _inner: &WrappedEngine, _size: usize, payload: usize) -> Option<usize> {
        Some(payload)
    }

    /// The usable size of the block that was returned as `returned`, at most up to the block's end; the
    /// engine's is `size`.
    fn usable_size(&self, _returned: usize, size: usize) -> usize {
        size
    }

    /// Runs after a realloc that copied `bytes` bytes to a new block at `to`.
    fn moved(&mut self, _inner: &WrappedEngine, _to: usize, _bytes: usize) {}

    /// Runs after the block at `payload` was freed.
    fn freed(&mut self, _inner: &WrappedEngine, _payload: usize) {}

    /// Runs after a refused call.
    fn refused(&mut self, _inner: &WrappedEngine) {}

    /// The result of `max_allocatable`.
    fn max_allocatable(&self, bytes: usize) -> usize {
        bytes
    }

    /// The pools with which the engine's queries are compared.
    fn pools<'a>(&self, pools: &'a [(usize, usize)]) -> &'a [(usize, usize)] {
        pools
    }

    /// The result of `explain`.
    fn explain(&self, explained: Result<(), RequestError>) -> Result<(), RequestError> {
        explained
    }

    /// The counters.
    fn counters(&self, counters: Counters) -> Counters {
        counters
    }

    /// The words touched so far; `cost` includes what the wrapper's own queries touched. The default is
    /// 0, because most wrappers query the engine a lot.
    fn cost(&self, _cost: u64) -> u64 {
        0
    }

    /// The census that `validate` returns.
    fn census(&self, census: Census) -> Census {
        census
    }

    /// The result of `validate`.
    fn validate(&self, validated: Result<Census, Violation>) -> Result<Census, Violation> {
        validated.map(|census| self.census(census))
    }
}

/// The engine behind a wrapper, and its pools. A pool's length here is its largest length so far.
pub struct WrappedEngine {
    engine: Box<dyn Subject>,
    pools: Pools,
    /// A wrapper has changed a byte that the engine reads: it makes no further call in this run.
    is_damaged: Cell<bool>,
}

impl WrappedEngine {
    /// Usable bytes of a live block.
    pub fn usable_size(&self, payload: usize) -> usize {
        self.engine.usable_size(payload)
    }

    /// Every block, in address order within each pool.
    pub fn blocks(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        self.pools.iter().for_each(|&(mem, _)| self.engine.walk(mem, &mut rows));
        rows
    }

    /// The block after the one at `payload`; none if the sentinel follows.
    pub fn next(&self, payload: usize) -> Option<Row> {
        let next = payload + self.usable_size(payload) + WORD;
        self.blocks().into_iter().find(|row| row.offset == next)
    }

    /// The first offset after all pools.
    pub fn end(&self) -> usize {
        self.pools.iter().map(|(mem, bytes)| mem + bytes).max().unwrap_or(0)
    }

    /// Inverts bits of one byte in a pool. If the engine keeps data there, such as a header or a link, it
    /// makes no further call in this run: one of the checks after this call has to fail.
    ///
    /// # Panics
    /// If the byte is in no pool.
    pub fn flip(&self, offset: usize, bits: u8) {
        let inside = |&(mem, bytes): &(usize, usize)| (mem..mem + bytes).contains(&offset);
        assert!(self.pools.iter().any(inside), "a wrapper writes only inside the pools");
        // A used payload; of a free block what lies between the links and the last word.
        let is_unread = |row: Row| match row.free {
            true => (row.offset + 2 * WORD..row.offset + row.size - WORD).contains(&offset),
            false => (row.offset..row.offset + row.size).contains(&offset),
        };
        if !self.blocks().into_iter().any(is_unread) {
            self.is_damaged.set(true);
        }
        let byte = self.engine.arena().at(offset);
        // SAFETY: the byte lies in a pool, so in the arena; no reference to it exists.
        unsafe { byte.write(byte.read() ^ bits) }
    }
}

/// The subject: the engine and the wrapper.
pub struct Wrapped<W> {
    inner: WrappedEngine,
    wrapper: W,
    /// Payloads that the wrapper returned, each with the engine's payload of that block.
    displaced: Vec<(usize, usize)>,
}

/// The saved state of a [`Wrapped`].
struct SavedWrapped<W> {
    engine: Saved,
    pools: Pools,
    is_damaged: bool,
    wrapper: W,
    displaced: Vec<(usize, usize)>,
}

/// A lockstep whose subject is the engine behind the wrapper `W`.
pub fn wrapped<W: Wrapper>(geometry: usize) -> Lockstep {
    let (pools, is_damaged) = (Vec::new(), Cell::new(false));
    let inner = WrappedEngine { engine: engine(geometry, Arena::new()), pools, is_damaged };
    let subject = Wrapped { inner, wrapper: W::default(), displaced: Vec::new() };
    Lockstep::with_subject(geometry, Box::new(subject))
}

impl<W: Wrapper> Wrapped<W> {
    /// The engine's payload of the block that was returned as `returned`.
    fn payload(&self, returned: usize) -> usize {
        let known = self.displaced.iter().find(|displaced| displaced.0 == returned);
        known.map_or(returned, |displaced| displaced.1)
    }

    /// The result of a malloc for which the engine returned `payload`.
    ///
    /// # Panics
    /// If the wrapper returns a place in a pool that belongs to no used block.
    fn malloc(&mut self, size: usize, payload: usize) -> Option<usize> {
        let returned = self.wrapper.malloc(&self.inner, size, payload)?;
        let block = payload..payload + self.inner.usable_size(payload);
        if returned != payload && block.contains(&returned) {
            self.displaced.push((returned, payload));
        } else if returned != payload && returned < self.inner.end() {
            let is_there = |row: &Row| !row.free && row.offset == returned;
            assert!(self.inner.blocks().iter().any(is_there), "no block is at {returned}");
        }
        Some(returned)
    }

    /// The call with the engine's payloads in place of those that were returned.
    fn real(&self, call: Call) -> Call {
        let real = |returned| self.payload(returned);
        match call {
            Call::Realloc { payload, align, size } => {
                Call::Realloc { payload: payload.map(real), align, size }
            }
            Call::Grow { payload, size } => Call::Grow { payload: real(payload), size },
            Call::Shrink { payload, size } => Call::Shrink { payload: real(payload), size },
            Call::Free { payload } => Call::Free { payload: real(payload) },
            other => other,
        }
    }
}

impl<W: Wrapper> Allocator for Wrapped<W> {
    fn call(&mut self, call: Call) -> Reply {
        assert!(!self.inner.is_damaged.get(), "no check has reported the damage to the heap");
        let (requested, call) = (call, self.real(call));
        let old_size = match call {
            Call::Realloc { payload: Some(from), .. } => self.inner.usable_size(from),
            _ => 0,
        };
        let reply = self.inner.engine.call(call);
        let inner = &mut self.inner;
        match (call, reply) {
            (_, Reply::Refused) => self.wrapper.refused(inner),
            (Call::AddPool { mem, bytes }, _) => inner.pools.push((mem, bytes)),
            (Call::RemovePool { mem }, _) => inner.pools.retain(|pool| pool.0 != mem),
            (Call::ExtendPool { mem, more }, _) => {
                inner.pools.iter_mut().filter(|pool| pool.0 == mem).for_each(|pool| pool.1 += more);
            }
            (Call::Malloc { size } | Call::Realloc { payload: None, size, .. }, reply) => {
                return Reply::block(reply.payload().and_then(|at| self.malloc(size, at)));
            }
            (Call::Realloc { payload: Some(from), .. }, Reply::Block(to)) if to != from => {
                self.wrapper.moved(inner, to, old_size);
            }
            (Call::Free { payload }, _) => self.wrapper.freed(inner, payload),
            _ => {}
        }
        if let Call::Free { payload } | Call::Realloc { payload: Some(payload), .. } = requested {
            // Freed, moved, or returned by the engine's payload from now on.
            self.displaced.retain(|displaced| reply == Reply::Refused || displaced.0 != payload);
        }
        match (requested, reply) {
            // A block resized in place keeps the payload that was returned.
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
        let real = self.payload(payload);
        let bytes = self.inner.usable_size(real);
        let usable = self.wrapper.usable_size(payload, bytes);
        // The harness writes all of it.
        assert!(payload + usable <= real + bytes, "{usable} bytes reach out of the block");
        usable
    }

    fn walk(&self, mem: usize, out: &mut Vec<Row>) {
        self.inner.engine.walk(mem, out);
    }

    fn lists(&self, out: &mut Vec<Listed>) {
        self.inner.engine.lists(out);
    }
}

impl<W: Wrapper> Subject for Wrapped<W> {
    fn arena(&self) -> &Arena {
        self.inner.engine.arena()
    }

    fn restart(&mut self, sound: bool) {
        self.wrapper = W::default();
        self.displaced.clear();
        self.inner.pools.clear();
        let is_damaged = self.inner.is_damaged.take();
        self.inner.engine.restart(sound && !is_damaged);
    }

    fn reset(&mut self) {
        assert!(!self.inner.is_damaged.get(), "no check has reported the damage to the heap");
        self.displaced.clear();
        self.inner.engine.reset();
    }

    fn max_allocatable(&self) -> usize {
        self.wrapper.max_allocatable(self.inner.engine.max_allocatable())
    }

    fn explain(&self, align: usize, size: usize) -> Option<Result<(), RequestError>> {
        self.inner.engine.explain(align, size).map(|explained| self.wrapper.explain(explained))
    }

    fn queries(&self, pools: &[(usize, usize)]) -> Result<(), String> {
        self.inner.engine.queries(self.wrapper.pools(pools))
    }

    fn counters(&self) -> Option<Counters> {
        self.inner.engine.counters().map(|counters| self.wrapper.counters(counters))
    }

    fn validate(&self) -> Result<Census, Violation> {
        self.wrapper.validate(self.inner.engine.validate())
    }

    fn cost(&self) -> u64 {
        self.wrapper.cost(self.inner.engine.cost())
    }

    fn save(&self) -> Saved {
        let (engine, is_damaged) = (self.inner.engine.save(), self.inner.is_damaged.get());
        let (pools, displaced) = (self.inner.pools.clone(), self.displaced.clone());
        Box::new(SavedWrapped {
            engine,
            pools,
            is_damaged,
            wrapper: self.wrapper.clone(),
            displaced,
        })
    }

    fn restore(&mut self, saved: &Saved) {
        let saved: &SavedWrapped<W> = saved.downcast_ref().expect("this subject saved it");
        self.inner.engine.restore(&saved.engine);
        self.inner.pools.clone_from(&saved.pools);
        self.inner.is_damaged.set(saved.is_damaged);
        self.wrapper = saved.wrapper.clone();
        self.displaced.clone_from(&saved.displaced);
    }
}
