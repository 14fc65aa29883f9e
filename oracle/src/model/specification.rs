//! A model as a column of the lockstep, with any rules.

use std::fmt::Debug;

use crate::allocator::{Allocator, Listed, Row};
use crate::call::{Call, Events, Reply};
use crate::counters::Census;
use crate::model::chain::{Block, Pool};
use crate::model::heap::Model;
use crate::model::realloc::Realloc;
use crate::model::rules::Rules;

/// A [`Model`] of unknown rules, so that a lockstep can hold one that has the same rule wrong as the
/// engine beside it. Only the C reference differs from both then.
pub trait Specification: Allocator + Debug {
    /// What the last operation on blocks did on its way.
    fn events(&self) -> Events;
    /// The pools, in address order.
    fn pools(&self) -> &[Pool];
    /// The blocks of the pool at `mem`, in address order.
    fn blocks(&self, mem: usize) -> &[Block];
    /// Class and payload of each free block are these, in this order.
    fn lists_are(&self, listed: &[Listed]) -> bool;
    /// Payload of the largest free block, 0 if there is none.
    fn largest_free(&self) -> usize;
    /// The largest request that malloc grants now.
    fn largest_fit(&self) -> usize;
    /// Used and free blocks, counted by a walk.
    fn census(&self) -> Census;
    /// Another specification, equal to this one.
    fn boxed_clone(&self) -> Box<dyn Specification>;
}

impl<R: Rules + 'static> Allocator for Model<R> {
    fn call(&mut self, call: Call) -> Reply {
        match call {
            Call::Malloc { size } => Reply::block(self.malloc(size)),
            Call::Memalign { align, size } => Reply::block(self.memalign(align, size)),
            Call::Realloc { payload, align, size } => {
                match self.realloc_aligned(payload, align, size) {
                    Realloc::Freed => Reply::Done,
                    other => Reply::block(other.payload()),
                }
            }
            Call::Grow { payload, size } => {
                Reply::block(self.grow_in_place(payload, size).then_some(payload))
            }
            Call::Shrink { payload, size } => {
                Reply::block(self.shrink_in_place(payload, size).then_some(payload))
            }
            Call::Free { payload } => {
                self.free(payload);
                Reply::Done
            }
            Call::AddPool { mem, bytes } => Reply::done(self.add_pool(mem, bytes).is_ok()),
            Call::RemovePool { mem } => Reply::done(self.remove_pool(mem).is_ok()),
            Call::ExtendPool { mem, more } => Reply::done(self.extend_pool(mem, more).is_ok()),
            Call::ShrinkPool { mem, less } => Reply::done(self.shrink_pool(mem, less).is_ok()),
        }
    }

    fn clear(&mut self) {
        self.reset();
    }

    fn usable_size(&self, payload: usize) -> usize {
        Self::usable_size(self, payload)
    }

    fn walk(&self, mem: usize, out: &mut Vec<Row>) {
        out.extend_from_slice(Self::walk(self, mem));
    }

    fn lists(&self, out: &mut Vec<Listed>) {
        out.extend(Self::lists(self).map(|(class, offset)| Listed { class, offset }));
    }
}

impl<R: Rules + 'static> Specification for Model<R> {
    fn events(&self) -> Events {
        Self::events(self)
    }

    fn pools(&self) -> &[Pool] {
        Self::pools(self)
    }

    fn blocks(&self, mem: usize) -> &[Block] {
        Self::walk(self, mem)
    }

    fn lists_are(&self, listed: &[Listed]) -> bool {
        Self::lists(self).eq(listed.iter().map(|listed| (listed.class, listed.offset)))
    }

    fn largest_free(&self) -> usize {
        Self::largest_free(self)
    }

    fn largest_fit(&self) -> usize {
        Self::largest_fit(self)
    }

    fn census(&self) -> Census {
        Self::census(self)
    }

    fn boxed_clone(&self) -> Box<dyn Specification> {
        Box::new(self.clone())
    }
}
