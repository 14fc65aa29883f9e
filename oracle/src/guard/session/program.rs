//! Inputs as programs: the steps, and the end of a run.

use super::state::{HANDLED, Session};
use crate::geometry::WORD;
use crate::guard::failure::GuardFailure;
use crate::guard::heap::PointerCall;
use crate::guard::tally::Tally;
use crate::shadow::Placed;

/// The largest number of steps of an input.
pub const MOST_STEPS: u64 = 600;

impl<'a> Session<'a> {
    /// Runs the input to its end or to the first broken promise.
    ///
    /// # Errors
    /// The promise and the number of the step, without a report.
    pub fn run(mut self) -> Result<Tally, Box<GuardFailure>> {
        let result = self.steps();
        self.finish(result)
    }

    /// Runs the input. Then damages every field of the resulting heap in every way. The calls on the
    /// damaged heap are chosen by `noise`.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn exhaust(mut self, every: usize, noise: &'a [u8]) -> Result<Tally, Box<GuardFailure>> {
        let result = self.program().and_then(|()| self.every_damage(every, noise));
        self.finish(result)
    }

    fn finish(mut self, result: Result<(), String>) -> Result<Tally, Box<GuardFailure>> {
        self.close();
        let step = self.tally.steps;
        match result {
            Ok(()) => Ok(self.tally),
            Err(what) => Err(Box::new(GuardFailure { step, what, report: Vec::new() })),
        }
    }

    fn steps(&mut self) -> Result<(), String> {
        self.program()?;
        while let Some(Placed { offset: at, .. }) = self.map.live.nth(0) {
            self.call(PointerCall::Free, self.arena().at(at))?;
        }
        self.check_heap()
    }

    fn program(&mut self) -> Result<(), String> {
        HANDLED.take();
        self.check_every(self.every());
        self.add_pool(0)?;
        self.add_pool(1)?;
        while !self.input.is_empty() && self.tally.steps < MOST_STEPS {
            self.tally.steps += 1;
            self.step()?;
            if self.tally.steps % 8 == 0 {
                self.check_heap()?;
            }
        }
        self.check_heap()
    }

    fn step(&mut self) -> Result<(), String> {
        let most = 6 * self.map.align.max(4 * WORD);
        let op = self.input.below(36);
        let live = self.choose_live();
        match (op, live) {
            (0..=6, _) => {
                let size = self.input.below(most);
                self.allocate(0, size)
            }
            (7, _) => {
                let size = self.input.pair();
                self.allocate(0, size)
            }
            (8, _) => {
                let align = 1 << self.input.below(10);
                let size = self.input.below(most);
                self.allocate(align, size)
            }
            (9 | 10, Some(at)) => {
                let align = self.map.align << self.input.below(3);
                let call = PointerCall::Realloc(align, self.input.below(2 * most));
                self.call(call, self.arena().at(at))
            }
            (11..=15, Some(at)) => self.call(PointerCall::Free, self.arena().at(at)),
            (16, Some(at)) => {
                let call = self.choose_call();
                self.call(call, self.arena().at(at))
            }
            (17 | 18, Some(at)) => {
                self.scribble(at);
                Ok(())
            }
            (19, _) => self.toggle_pool(),
            (20, _) => {
                let every = [1, 0, 2, 1][self.input.below(4)];
                self.say(|| "change how often the heap validates".to_owned());
                self.check_every(every);
                Ok(())
            }
            (21..=25, _) => {
                let (call, ptr) = (self.choose_call(), self.choose_pointer());
                self.call(call, ptr)
            }
            (26..=31, _) => self.damage(),
            (32 | 33, _) => self.resize_pool(),
            (34, _) => self.allocate_by_realloc(most),
            (35.., _) => match self.input.below(4) {
                0 => self.reset(),
                _ => self.allocate_by_realloc(most),
            },
            _ => self.allocate(0, most / 3),
        }
    }
}
