//! The specification as a subject.

use memoman::{RequestError, Violation};

use crate::arena::Arena;
use crate::call::{Call, Reply};
use crate::counters::{Census, Counters};
use crate::geometry::CONFIGURATIONS;
use crate::model::{Conte31, Model, Realloc, Rules};
use crate::subject::{Allocator, Listed, Pools, Row, Saved, Subject};

/// The specification as an allocator: it does in a real arena what it predicts. With wrong rules it
/// is a faulty allocator.
#[derive(Debug)]
pub struct Spec<R: Rules = Conte31> {
    model: Model<R>,
    pools: Pools,
    arena: Arena,
}

impl<R: Rules> Spec<R> {
    /// A specification without a pool.
    pub fn new(geometry: usize) -> Self {
        Self { model: Model::new(CONFIGURATIONS[geometry]), pools: Vec::new(), arena: Arena::new() }
    }
}

impl<R: Rules> Spec<R> {
    fn resized(&mut self, mem: usize, bytes: Option<usize>) -> Reply {
        if let Some(bytes) = bytes {
            self.pools.iter_mut().filter(|pool| pool.0 == mem).for_each(|pool| pool.1 = bytes);
        }
        Reply::done(bytes.is_some())
    }

    fn realloc(&mut self, payload: Option<usize>, align: usize, size: usize) -> Reply {
        let result = self.model.realloc_aligned(payload, align, size);
        if let (Realloc::Moved { to, copied }, Some(from)) = (result, payload) {
            // A wrong rule can copy more than there is, or make the blocks overlap.
            let copied = copied.min(self.arena.bytes().saturating_sub(from.max(to)));
            // SAFETY: both ranges end in the arena.
            unsafe { self.arena.at(from).copy_to(self.arena.at(to), copied) };
        }
        match result {
            Realloc::Freed => Reply::Done,
            other => Reply::block(other.payload()),
        }
    }
}

impl<R: Rules + 'static> Allocator for Spec<R> {
    fn call(&mut self, call: Call) -> Reply {
        match call {
            Call::Realloc { payload, align, size } => self.realloc(payload, align, size),
            Call::ExtendPool { mem, more } => {
                let bytes = self.model.extend_pool(mem, more).ok();
                self.resized(mem, bytes)
            }
            Call::ShrinkPool { mem, less } => {
                let bytes = self.model.shrink_pool(mem, less).ok();
                self.resized(mem, bytes)
            }
            _ => {
                let reply = self.model.call(call);
                match call {
                    Call::AddPool { mem, bytes } if reply.is_done() => {
                        self.pools.push((mem, bytes));
                    }
                    Call::RemovePool { mem } if reply.is_done() => {
                        self.pools.retain(|pool| pool.0 != mem);
                    }
                    _ => {}
                }
                reply
            }
        }
    }

    fn clear(&mut self) {
        self.model.reset();
        self.pools.clear();
    }

    fn usable_size(&self, payload: usize) -> usize {
        self.model.usable_size(payload)
    }

    fn walk(&self, mem: usize, out: &mut Vec<Row>) {
        Allocator::walk(&self.model, mem, out);
    }

    fn lists(&self, out: &mut Vec<Listed>) {
        Allocator::lists(&self.model, out);
    }
}

impl<R: Rules + 'static> Subject for Spec<R> {
    fn arena(&self) -> &Arena {
        &self.arena
    }

    fn arena_mut(&mut self) -> Option<&mut Arena> {
        Some(&mut self.arena)
    }

    fn reset(&mut self) {
        self.model.reset();
        for &(mem, bytes) in &self.pools {
            let again = self.model.add_pool(mem, bytes);
            assert!(again.is_ok(), "a pool that was present fits again");
        }
    }

    fn max_allocatable(&self) -> usize {
        self.model.largest_fit()
    }

    fn explain(&self, _align: usize, _size: usize) -> Option<Result<(), RequestError>> {
        None
    }

    fn counters(&self) -> Option<Counters> {
        None
    }

    fn validate(&self) -> Result<Census, Violation> {
        Ok(self.model.census())
    }

    fn save(&self) -> Saved {
        Box::new((self.model.clone(), self.pools.clone()))
    }

    fn restore(&mut self, saved: &Saved) {
        let kept = saved.downcast_ref::<(Model<R>, Pools)>().expect("this subject saved it");
        (self.model, self.pools) = kept.clone();
    }
}
