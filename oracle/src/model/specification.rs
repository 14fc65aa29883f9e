//! A model behind one door, whatever its rules.

use std::fmt::Debug;

use reference_conte::Listed;

use super::{Block, Census, Events, Model, Pool, Realloc, Rules};

/// A [`Model`], its rules unseen: so that a lockstep can hold one that has read a rule wrong, as
/// the engine beside it has. Only the C reference tells those two from the right ones.
///
/// Each method is the model's own.
#[expect(missing_docs, reason = "each method is the model's own")]
pub trait Specification: Debug {
    fn malloc(&mut self, n: usize) -> Option<usize>;
    fn memalign(&mut self, align: usize, n: usize) -> Option<usize>;
    fn realloc_aligned(&mut self, p: Option<usize>, align: usize, n: usize) -> Realloc;
    fn grow_in_place(&mut self, p: usize, n: usize) -> bool;
    fn shrink_in_place(&mut self, p: usize, n: usize) -> bool;
    fn free(&mut self, p: usize);
    fn add_pool(&mut self, mem: usize, bytes: usize) -> bool;
    fn remove_pool(&mut self, mem: usize) -> bool;
    fn extend_pool(&mut self, mem: usize, more: usize) -> bool;
    fn shrink_pool(&mut self, mem: usize, less: usize) -> bool;
    fn reset(&mut self);
    fn events(&self) -> Events;
    fn pools(&self) -> &[Pool];
    fn walk(&self, mem: usize) -> &[Block];
    /// Class and payload of each free block.
    fn lists(&self) -> Box<dyn DoubleEndedIterator<Item = (usize, usize)> + '_>;
    /// Whether those are these.
    fn lists_are(&self, listed: &[Listed]) -> bool;
    fn usable_size(&self, p: usize) -> usize;
    fn largest_free(&self) -> usize;
    fn largest_fit(&self) -> usize;
    fn census(&self) -> Census;
    /// Another, equal to it.
    fn boxed_clone(&self) -> Box<dyn Specification>;
}

/// Hands each call on to the model.
macro_rules! as_the_model {
    ($($name:ident(&mut self $(, $arg:ident: $type:ty)*) $(-> $out:ty)?;)*) => {
        $(fn $name(&mut self $(, $arg: $type)*) $(-> $out)? {
            Self::$name(self $(, $arg)*)
        })*
    };
    ($($name:ident(&self $(, $arg:ident: $type:ty)*) $(-> $out:ty)?;)*) => {
        $(fn $name(&self $(, $arg: $type)*) $(-> $out)? {
            Self::$name(self $(, $arg)*)
        })*
    };
}

impl<R: Rules + 'static> Specification for Model<R> {
    as_the_model! {
        malloc(&mut self, n: usize) -> Option<usize>;
        memalign(&mut self, align: usize, n: usize) -> Option<usize>;
        realloc_aligned(&mut self, p: Option<usize>, align: usize, n: usize) -> Realloc;
        grow_in_place(&mut self, p: usize, n: usize) -> bool;
        shrink_in_place(&mut self, p: usize, n: usize) -> bool;
        free(&mut self, p: usize);
        reset(&mut self);
    }

    as_the_model! {
        events(&self) -> Events;
        pools(&self) -> &[Pool];
        walk(&self, mem: usize) -> &[Block];
        usable_size(&self, p: usize) -> usize;
        largest_free(&self) -> usize;
        largest_fit(&self) -> usize;
        census(&self) -> Census;
    }

    fn add_pool(&mut self, mem: usize, bytes: usize) -> bool {
        Self::add_pool(self, mem, bytes).is_ok()
    }

    fn remove_pool(&mut self, mem: usize) -> bool {
        Self::remove_pool(self, mem).is_ok()
    }

    fn extend_pool(&mut self, mem: usize, more: usize) -> bool {
        Self::extend_pool(self, mem, more).is_ok()
    }

    fn shrink_pool(&mut self, mem: usize, less: usize) -> bool {
        Self::shrink_pool(self, mem, less).is_ok()
    }

    fn lists(&self) -> Box<dyn DoubleEndedIterator<Item = (usize, usize)> + '_> {
        Box::new(Self::lists(self))
    }

    fn lists_are(&self, listed: &[Listed]) -> bool {
        Self::lists(self).eq(listed.iter().map(|listed| (listed.class, listed.offset)))
    }

    fn boxed_clone(&self) -> Box<dyn Specification> {
        Box::new(self.clone())
    }
}
