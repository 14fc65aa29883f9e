//! The specification as a subject.

use memoman::{RequestError, Violation};

use super::{Listed, Pools, Row, Saved, Subject, row};
use crate::arena::{ARENA_BYTES, Arena};
use crate::counters::Counters;
use crate::geometry::GEOMETRIES;
use crate::model::{Census, Conte31, Model, Realloc, Rules};

/// A specification that allocates: what it predicts is what it does, in a real arena. With wrong
/// rules it is a wrong allocator.
#[derive(Debug)]
pub struct Spec<R: Rules = Conte31> {
    model: Model<R>,
    pools: Pools,
    arena: Arena,
}

impl<R: Rules> Spec<R> {
    /// One without a pool.
    pub fn new(geometry: usize) -> Self {
        Self { model: Model::new(GEOMETRIES[geometry]), pools: Vec::new(), arena: Arena::new() }
    }
}

impl<R: Rules> Spec<R> {
    fn resized(&mut self, mem: usize, bytes: Option<usize>) -> bool {
        if let Some(bytes) = bytes {
            self.pools.iter_mut().filter(|pool| pool.0 == mem).for_each(|pool| pool.1 = bytes);
        }
        bytes.is_some()
    }
}

impl<R: Rules + 'static> Subject for Spec<R> {
    fn arena(&self) -> &Arena {
        &self.arena
    }

    fn restart(&mut self, _sound: bool) {
        self.model.reset();
        self.pools.clear();
    }

    fn reset(&mut self) {
        self.model.reset();
        for &(mem, bytes) in &self.pools {
            let again = self.model.add_pool(mem, bytes);
            assert!(again.is_ok(), "a pool that was there fits again");
        }
    }

    fn add_pool(&mut self, mem: usize, bytes: usize) -> bool {
        let added = self.model.add_pool(mem, bytes).is_ok();
        self.pools.extend(added.then_some((mem, bytes)));
        added
    }

    fn remove_pool(&mut self, mem: usize) -> bool {
        let removed = self.model.remove_pool(mem).is_ok();
        if removed {
            self.pools.retain(|pool| pool.0 != mem);
        }
        removed
    }

    fn extend_pool(&mut self, mem: usize, more: usize) -> bool {
        let bytes = self.model.extend_pool(mem, more).ok();
        self.resized(mem, bytes)
    }

    fn shrink_pool(&mut self, mem: usize, less: usize) -> bool {
        let bytes = self.model.shrink_pool(mem, less).ok();
        self.resized(mem, bytes)
    }

    fn malloc(&mut self, size: usize) -> Option<usize> {
        self.model.malloc(size)
    }

    fn memalign(&mut self, align: usize, size: usize) -> Option<usize> {
        self.model.memalign(align, size)
    }

    fn realloc(&mut self, payload: Option<usize>, align: usize, size: usize) -> Option<usize> {
        let answer = self.model.realloc_aligned(payload, align, size);
        if let (Realloc::Moved { to, copied }, Some(from)) = (answer, payload) {
            // A wrong rule may ask for more than there is, or make the blocks overlap.
            let copied = copied.min(ARENA_BYTES.saturating_sub(from.max(to)));
            // SAFETY: both ranges end in the arena.
            unsafe { self.arena.at(from).copy_to(self.arena.at(to), copied) };
        }
        answer.payload()
    }

    fn grow_in_place(&mut self, payload: usize, size: usize) -> bool {
        self.model.grow_in_place(payload, size)
    }

    fn shrink_in_place(&mut self, payload: usize, size: usize) -> bool {
        self.model.shrink_in_place(payload, size)
    }

    fn free(&mut self, payload: usize) {
        self.model.free(payload);
    }

    fn usable_size(&self, payload: usize) -> usize {
        self.model.usable_size(payload)
    }

    fn walk(&self, mem: usize, out: &mut Vec<Row>) {
        out.extend(self.model.walk(mem).iter().map(row));
    }

    fn lists(&self, out: &mut Vec<Listed>) {
        out.extend(self.model.lists().map(|(class, offset)| Listed { class, offset }));
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
