//! A subject made of the engine and a [`Wrapper`]: the engine serves every call, the wrapper changes one
//! of the results.

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
/// A wrapper writes only bytes that neither the engine nor the harness follows as links. Its state ends
/// with the run, so that the same program fails in the same way.
pub trait Wrapper: Clone + Default + Send + 'static {
    /// The result of a malloc of `size` bytes for which the engine returned `payload`.
    fn malloc(&mut self, _inner: &WrappedEngine, _size: usize, payload: usize) -> Option<usize> {
        Some(payload)
    }

    /// The engine's payload of a block that `malloc` returned as `returned`.
    fn real(&self, returned: usize) -> usize {
        returned
    }

    /// The usable size of the block that was returned as `returned`; the engine's is `size`.
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

    /// Inverts bits of one byte in a pool.
    pub fn flip(&self, offset: usize, bits: u8) {
        let inside = |&(mem, bytes): &(usize, usize)| (mem..mem + bytes).contains(&offset);
        assert!(self.pools.iter().any(inside), "a wrapper writes only inside the pools");
        let byte = self.engine.arena().at(offset);
        // SAFETY: the byte lies in a pool, so in the arena; no reference to it exists.
        unsafe { byte.write(byte.read() ^ bits) }
    }
}

/// The subject: the engine and the wrapper.
pub struct Wrapped<W> {
    inner: WrappedEngine,
    wrapper: W,
}

/// A lockstep whose subject is the engine behind the wrapper `W`.
pub fn wrapped<W: Wrapper>(geometry: usize) -> Lockstep {
    let inner = WrappedEngine { engine: engine(geometry), pools: Vec::new() };
    Lockstep::with_subject(geometry, Box::new(Wrapped { inner, wrapper: W::default() }))
}

impl<W: Wrapper> Wrapped<W> {
    /// The call with the engine's payloads in place of those that were returned.
    fn real(&self, call: Call) -> Call {
        let real = |payload| self.wrapper.real(payload);
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
                let payload = reply.payload();
                return Reply::block(payload.and_then(|at| self.wrapper.malloc(inner, size, at)));
            }
            (Call::Realloc { payload: Some(from), .. }, Reply::Block(to)) if to != from => {
                self.wrapper.moved(inner, to, old_size);
            }
            (Call::Free { payload }, _) => self.wrapper.freed(inner, payload),
            _ => {}
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
        self.wrapper.usable_size(payload, self.inner.usable_size(self.wrapper.real(payload)))
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
        self.inner.pools.clear();
        self.inner.engine.restart(sound);
    }

    fn reset(&mut self) {
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
        Box::new((self.inner.engine.save(), self.inner.pools.clone(), self.wrapper.clone()))
    }

    fn restore(&mut self, saved: &Saved) {
        let saved = saved.downcast_ref::<(Saved, Pools, W)>();
        let (engine, pools, wrapper) = saved.expect("this subject saved it");
        self.inner.engine.restore(engine);
        self.inner.pools.clone_from(pools);
        self.wrapper = wrapper.clone();
    }
}
