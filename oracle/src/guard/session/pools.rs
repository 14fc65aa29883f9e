//! Calls on pools, and `reset`.

use std::ptr::NonNull;

use memoman::{Misuse, PoolError};

use super::state::{SLACK, Session};

impl Session<'_> {
    pub(super) fn add_pool(&mut self, home: usize) -> Result<(), String> {
        let (start, bytes) = self.homes[home];
        self.say(|| format!("pool of {bytes} bytes at {start}"));
        let mem = NonNull::new(self.arena().at(start)).expect("in the arena");
        // SAFETY: homes are disjoint ranges of this session's arena, which it uses with raw pointers only.
        let added = unsafe { self.heap.add_pool(mem, bytes) };
        let expected = self.spec.add_pool(start, bytes).is_ok();
        self.check_result(added, expected)?;
        self.map.pools.extend(expected.then_some((start, bytes)));
        self.check_table()
    }

    /// Removes a pool, which succeeds if it is free, or adds it if it was removed.
    pub(super) fn toggle_pool(&mut self) -> Result<(), String> {
        let home = self.input.below(2);
        let Some(number) = self.number(home) else { return self.add_pool(home) };
        self.say(|| format!("remove pool {number}"));
        let start = self.map.pools[number].0;
        let removed = self.heap.remove_pool(number);
        let expected = self.spec.remove_pool(start).ok();
        self.check_result(removed, expected.is_some())?;
        if expected.is_some() {
            self.map.pools.remove(number);
        }
        self.check_table()
    }

    /// Extends a pool into the bytes behind it, or shrinks it.
    pub(super) fn resize_pool(&mut self) -> Result<(), String> {
        let home = self.input.below(2);
        let Some(number) = self.number(home) else { return self.add_pool(home) };
        let (extend, by) = (self.input.below(2) == 0, self.input.byte() * self.map.align / 4);
        let (start, bytes) = self.map.pools[number];
        let space = self.fence(home) - (start + bytes / self.map.align * self.map.align);
        let by = if extend { by.min(space) } else { by };
        self.say(|| format!("{} pool {number} by {by}", if extend { "extend" } else { "shrink" }));
        let (resized, expected) = if extend {
            // SAFETY: as in `add_pool`; the bytes end at the next home, or at the canaries.
            let resized = unsafe { self.heap.extend_pool(number, by) };
            (resized, self.spec.extend_pool(start, by))
        } else {
            (self.heap.shrink_pool(number, by), self.spec.shrink_pool(start, by))
        };
        let expected = expected.ok();
        self.check_result(resized, expected.is_some())?;
        self.map.pools[number].1 = expected.unwrap_or(bytes);
        self.check_table()
    }

    /// Frees all blocks at once.
    pub(super) fn reset(&mut self) -> Result<(), String> {
        self.say(|| "reset".to_owned());
        self.heap.reset();
        let live = std::mem::take(&mut self.map.live);
        self.freed.extend(live.iter().map(|block| block.offset));
        self.spec.reset();
        for &(start, bytes) in &self.map.pools {
            self.spec.add_pool(start, bytes).map_err(|refusal| refusal.to_string())?;
        }
        self.check_heap()
    }

    /// Returns the offset at which a pool must end: the start of the other pool, or the canaries.
    pub(super) fn fence(&self, home: usize) -> usize {
        match home {
            0 => self.homes[1].0,
            _ => self.homes[1].0 + self.homes[1].1 + SLACK,
        }
    }

    /// Returns the number of the pool at this home.
    pub(super) fn number(&self, home: usize) -> Option<usize> {
        self.map.pools.iter().position(|pool| pool.0 == self.homes[home].0)
    }

    /// Checks that a call on a pool did what the specification does.
    fn check_result(
        &mut self,
        result: Result<Result<(), PoolError>, Misuse>,
        expected: bool,
    ) -> Result<(), String> {
        self.counted();
        self.tally.valid += 1;
        let result = result.map_err(|misuse| format!("a sound heap refuses: {misuse}"))?;
        self.add(|| if result.is_ok() { " done" } else { " refused" }.to_owned());
        match result.is_ok() == expected {
            true => Ok(()),
            false => {
                Err(format!("the result is {result:?}; the specification succeeds: {expected}"))
            }
        }
    }

    /// Checks that the heap's table of pools is the map's.
    fn check_table(&self) -> Result<(), String> {
        let pools = self.heap.pools().into_iter();
        let pools: Vec<_> = pools.map(|(mem, bytes)| (self.offset(mem.as_ptr()), bytes)).collect();
        match pools == self.map.pools {
            true => Ok(()),
            false => Err(format!("the heap has pools {pools:?}, expected {:?}", self.map.pools)),
        }
    }
}
