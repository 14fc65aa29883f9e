//! Valid calls on pools, and on all blocks at once.

use std::ptr::NonNull;

use memoman::{Misuse, PoolError};

use super::{Lab, SLACK};

/// Pools.
impl Lab<'_> {
    pub(super) fn add_pool(&mut self, home: usize) -> Result<(), String> {
        let (start, bytes) = self.homes[home];
        self.say(|| format!("pool of {bytes} bytes at {start}"));
        let mem = NonNull::new(self.arena().at(start)).expect("in the arena");
        let added = self.heap.add_pool(mem, bytes);
        let expected = self.spec.add_pool(start, bytes).is_ok();
        self.answered(added, expected)?;
        self.register.pools.extend(expected.then_some((start, bytes)));
        self.table()
    }

    /// Removes a pool, which must be free, and adds one that is not there.
    pub(super) fn toggle_pool(&mut self) -> Result<(), String> {
        let home = self.input.below(2);
        let Some(number) = self.number(home) else { return self.add_pool(home) };
        self.say(|| format!("remove pool {number}"));
        let start = self.register.pools[number].0;
        let removed = self.heap.remove_pool(number);
        let expected = self.spec.remove_pool(start).ok();
        self.answered(removed, expected.is_some())?;
        if expected.is_some() {
            self.register.pools.remove(number);
        }
        self.table()
    }

    /// Extends a pool into the bytes behind it, or shrinks it.
    pub(super) fn resize_pool(&mut self) -> Result<(), String> {
        let home = self.input.below(2);
        let Some(number) = self.number(home) else { return self.add_pool(home) };
        let (extend, by) = (self.input.below(2) == 0, self.input.byte() * self.register.align / 4);
        let (start, bytes) = self.register.pools[number];
        let room = self.fence(home) - (start + bytes / self.register.align * self.register.align);
        let by = if extend { by.min(room) } else { by };
        self.say(|| format!("{} pool {number} by {by}", if extend { "extend" } else { "shrink" }));
        let (resized, expected) = match extend {
            true => (self.heap.extend_pool(number, by), self.spec.extend_pool(start, by)),
            false => (self.heap.shrink_pool(number, by), self.spec.shrink_pool(start, by)),
        };
        let expected = expected.ok();
        self.answered(resized, expected.is_some())?;
        self.register.pools[number].1 = expected.unwrap_or(bytes);
        self.table()
    }

    /// All blocks die at once.
    pub(super) fn reset(&mut self) -> Result<(), String> {
        self.say(|| "reset".to_owned());
        self.heap.reset();
        let live = std::mem::take(&mut self.register.live);
        self.graves.extend(live.into_keys());
        self.spec.reset();
        for &(start, bytes) in &self.register.pools {
            self.spec.add_pool(start, bytes).map_err(|refusal| refusal.to_string())?;
        }
        self.sound()
    }

    /// Where a pool must have ended: at the other's home, or at the canaries.
    pub(super) fn fence(&self, home: usize) -> usize {
        match home {
            0 => self.homes[1].0,
            _ => self.homes[1].0 + self.homes[1].1 + SLACK,
        }
    }

    /// The number of the pool that has its home there.
    pub(super) fn number(&self, home: usize) -> Option<usize> {
        self.register.pools.iter().position(|pool| pool.0 == self.homes[home].0)
    }

    /// A call on a pool did what the specification does.
    fn answered(
        &mut self,
        answer: Result<Result<(), PoolError>, Misuse>,
        expected: bool,
    ) -> Result<(), String> {
        self.counted();
        self.tally.valid += 1;
        let answer = answer.map_err(|misuse| format!("a sound heap refuses: {misuse}"))?;
        self.tell(|| if answer.is_ok() { " done" } else { " refused" }.to_owned());
        match answer.is_ok() == expected {
            true => Ok(()),
            false => Err(format!("{answer:?}, where the specification does it: {expected}")),
        }
    }

    /// The heap's table has the register's pools.
    fn table(&self) -> Result<(), String> {
        let told = self.heap.pools().into_iter();
        let told: Vec<_> = told.map(|(mem, bytes)| (self.offset(mem.as_ptr()), bytes)).collect();
        match told == self.register.pools {
            true => Ok(()),
            false => Err(format!("pools {told:?}, but there are {:?}", self.register.pools)),
        }
    }
}
