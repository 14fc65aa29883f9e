//! A guarded heap with a register of its live blocks, and what every address is by that register.
#![allow(dead_code)] // Each test binary uses its own part.

use std::alloc::Layout;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ptr::NonNull;

use memoman::{GuardError, Guarded, Misuse, Reaction, WORD as W};

use crate::support::Arena;

pub(crate) const FREE: usize = 1;
pub(crate) const PREV_FREE: usize = 2;

/// A guarded heap of two adjacent pools, in the middle of an arena; all by offsets.
pub(crate) struct Lab<const A: usize, const FL: usize, const SL: usize> {
    pub(crate) heap: Guarded<A, FL, SL, 2>,
    pub(crate) arena: Arena,
    pub(crate) pools: Vec<(usize, usize)>,
    /// Usable bytes of each live block, by payload.
    pub(crate) live: BTreeMap<usize, usize>,
}

/// What an address is, by the register alone.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Live(usize),
    Foreign,
    Misaligned,
    Interior(usize),
    Double(usize),
}

impl<const A: usize, const FL: usize, const SL: usize> Lab<A, FL, SL> {
    pub(crate) fn new(reaction: Reaction, granules: usize) -> Self {
        let (granule, arena) = (A.max(4 * W), Arena::new(4 * granules * A.max(4 * W)));
        let bytes = granules * granule;
        // The second pool has a few bytes that are too few for a granule.
        let pools = vec![(bytes, bytes), (2 * bytes, bytes / 2 + A / 2)];
        let mut lab = Self { heap: Guarded::new(reaction), arena, pools, live: BTreeMap::new() };
        for &(at, bytes) in &lab.pools {
            // SAFETY: the arena's, apart from each other, used by nothing else.
            unsafe { lab.heap.add_pool(lab.arena.at(at), bytes) }.unwrap();
        }
        lab
    }

    pub(crate) fn entered(&mut self, ptr: NonNull<u8>) -> usize {
        let (at, usable) = (self.arena.offset_of(ptr), self.heap.check(ptr).unwrap());
        assert!(self.live.insert(at, usable).is_none());
        at
    }

    pub(crate) fn malloc(&mut self, size: usize) -> Option<usize> {
        let ptr = granted(self.heap.malloc(size)).unwrap()?;
        Some(self.entered(ptr))
    }

    pub(crate) fn mallocs<const N: usize>(&mut self, sizes: [usize; N]) -> [usize; N] {
        sizes.map(|size| self.malloc(size).unwrap())
    }

    /// Frees any address. Only the block that it names may die.
    pub(crate) fn free(&mut self, at: usize) -> Result<(), Misuse> {
        // SAFETY: the blocks are the test's own, and it forgets this one.
        granted(unsafe { self.heap.deallocate(self.arena.at(at)) })?;
        self.live.remove(&at).unwrap();
        Ok(())
    }

    pub(crate) fn realloc(
        &mut self,
        at: usize,
        align: usize,
        size: usize,
    ) -> Result<Option<usize>, Misuse> {
        let layout = Layout::from_size_align(size, align).unwrap();
        // SAFETY: as `free`.
        let new = granted(unsafe { self.heap.reallocate(self.arena.at(at), layout) })?;
        if new.is_some() {
            self.live.remove(&at).unwrap();
        }
        Ok(new.map(|new| self.entered(new)))
    }

    pub(crate) fn kind(&self, at: usize) -> Kind {
        let home = self.pools.iter().find(|pool| (pool.0..pool.0 + pool.1).contains(&at));
        let Some(&(start, bytes)) = home else { return Kind::Foreign };
        let (first, end) = (start + A, start + bytes / A * A - W);
        if !(first..end).contains(&at) {
            return Kind::Foreign;
        }
        if at % A != 0 {
            return Kind::Misaligned;
        }
        // The last live block that starts, header included, at or before.
        let before = self.live.range(first..=at + W).next_back();
        match before {
            Some((&block, &usable)) if block == at => Kind::Live(usable),
            Some((&block, &usable)) if at < block + usable => Kind::Interior(block),
            Some((&block, &usable)) => Kind::Double(block + usable + W),
            None => Kind::Double(first),
        }
    }

    /// The result of `check`, in the register's terms.
    pub(crate) fn reported(&self, ptr: NonNull<u8>) -> Kind {
        let place = |number: usize, offset| {
            assert_eq!(self.arena.at(self.pools[number].0 + offset), ptr);
        };
        match self.heap.check(ptr) {
            Ok(usable) => Kind::Live(usable),
            Err(Misuse::Foreign { ptr: own }) if own == ptr => Kind::Foreign,
            Err(Misuse::Misaligned { ptr: own, pool, offset }) if own == ptr => {
                place(pool, offset);
                Kind::Misaligned
            }
            Err(Misuse::Interior { ptr: own, pool, offset, block }) if own == ptr => {
                place(pool, offset);
                Kind::Interior(self.arena.offset_of(block))
            }
            Err(Misuse::Double { ptr: own, pool, offset, block }) if own == ptr => {
                place(pool, offset);
                Kind::Double(self.arena.offset_of(block))
            }
            other => panic!("{other:?} at {ptr:p}"),
        }
    }

    /// Every address of the arena, and some that are far away.
    pub(crate) fn check_everywhere(&self, arena_bytes: usize) {
        for at in 0..arena_bytes {
            assert_eq!(self.reported(self.arena.at(at)), self.kind(at), "at {at}, {:?}", self.live);
        }
        for addr in [1, W, A, usize::MAX, usize::MAX - W + 1, usize::MAX - A + 1] {
            let ptr = NonNull::new(std::ptr::without_provenance_mut(addr)).unwrap();
            assert_eq!(self.reported(ptr), Kind::Foreign);
        }
        let own = NonNull::from(self).cast();
        assert_eq!(self.reported(own), Kind::Foreign);
    }
}

thread_local! {
    static NOTED: Cell<Option<Misuse>> = const { Cell::new(None) };
}

/// A handler that keeps the misuse for [`noted`].
pub(crate) fn note(misuse: &Misuse) {
    assert_eq!(NOTED.replace(Some(*misuse)), None, "the handler was called twice");
}

pub(crate) fn noted() -> Option<Misuse> {
    NOTED.take()
}

/// Separates misuses from refusals, which are `None`.
pub(crate) fn granted<T>(result: Result<T, GuardError>) -> Result<Option<T>, Misuse> {
    match result {
        Ok(done) => Ok(Some(done)),
        Err(GuardError::Misuse(misuse)) => Err(misuse),
        Err(_) => Ok(None),
    }
}
