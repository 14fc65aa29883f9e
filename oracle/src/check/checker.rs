//! Runs programs on an allocator under test, and shrinks what fails.

use crate::check::contract::Contract;
use crate::check::limits::Limits;
use crate::check::memory::Memory;
use crate::check::quiet::quietly;
use crate::check::report::{Report, Source};
use crate::check::session::start::boxed;
use crate::check::session::{Make, Session};
use crate::check::summary::Summary;
use crate::finding::Check;
use crate::geometry::GEOMETRIES;
use crate::ops::{Program, generate};
use crate::reduce::shrink::shrink_by;
use crate::report::trace::Trace;
use crate::run::config::{self, Config};
use crate::run::failure::Failure;
use crate::run::interpret::Interpreter;
use crate::run::regions::regions;
use crate::run::stats::Stats;
use crate::run::step::Step;

/// The most calls of one shrinking.
const MOST_CALLS: u64 = 180_000;

/// The pool classes of the op language: 256 bytes to 256 KiB.
const LAST_CLASS: u8 = 10;

/// Runs programs on an allocator under test. It stops at the first finding about its contract; of the
/// findings about its efficiency it keeps the first of each check, and goes on.
pub struct Checker {
    session: Session,
    /// How a test names the constructor.
    name: &'static str,
    /// The least memory in which the allocator could be made, as a pool class.
    least: u8,
    summary: Summary,
    /// Called with each program before it runs.
    before: Box<dyn FnMut(&Program)>,
}

/// What one program showed.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// The first failure of the contract.
    pub unsound: Option<Box<Failure>>,
    /// Failures of efficiency, one for each check.
    pub wasteful: Vec<Failure>,
}

impl Checker {
    /// A checker of the allocators that `make` returns. Each program has an allocator of its own.
    pub fn new<A: Contract + 'static, F>(make: F) -> Self
    where
        F: FnMut(&mut Memory) -> Option<A> + 'static,
    {
        Self::of(std::any::type_name::<F>(), boxed(make))
    }

    /// As [`new`](Self::new), of allocators whose type is known at run time only.
    pub fn boxed(make: impl FnMut(&mut Memory) -> Option<Box<dyn Contract>> + 'static) -> Self {
        Self::of("", Box::new(make))
    }

    fn of(name: &'static str, make: Make) -> Self {
        let session = Session::new(make, Some(Limits::default()));
        let (name, before) = (short(name), Box::new(|_: &Program| {}));
        Self { session, name, least: 0, summary: Summary::default(), before }
    }

    /// Calls this with each program before it runs, also with those that shrinking tries: where an allocator
    /// can end the process, another process can then read the program.
    #[must_use]
    pub fn before(mut self, before: impl FnMut(&Program) + 'static) -> Self {
        self.before = Box::new(before);
        self
    }

    /// Uses these limits for the efficiency checks; without limits, none are made.
    #[must_use]
    pub fn limits(mut self, limits: Option<Limits>) -> Self {
        self.session.set_limits(limits);
        self
    }

    /// Runs one program.
    pub fn run_program(&mut self, program: &Program) -> Verdict {
        let unsound = self.attempt(program, &mut |_| {}).err();
        let kinds = self.session.waste.clone().into_iter().map(Check::Waste);
        // Again, to find the op: an efficiency finding does not end the run.
        let wasteful = kinds.filter_map(|check| self.fails_by(program, check));
        Verdict { wasteful: wasteful.map(|failure| *failure).collect(), unsound }
    }

    /// Runs random programs until so many calls are made.
    ///
    /// # Errors
    /// The report of the first failure of the contract.
    pub fn stress(&mut self, seed: u64, calls: u64) -> Result<(), Box<Report>> {
        let end = self.summary.tally.calls() + calls;
        let mut index = 0;
        while self.summary.tally.calls() < end {
            let before = self.summary.tally.calls();
            let program = Program::decode(&generate(seed, index));
            self.check(&program, &Source::Stress { seed, index })?;
            assert!(
                self.summary.tally.calls() > before || index < 100,
                "the allocator was not made: {}",
                self.summary
            );
            index += 1;
        }
        Ok(())
    }

    /// Runs the programs that the harness comes with: short ones that reach many paths of an allocator.
    ///
    /// # Errors
    /// As [`stress`](Self::stress).
    pub fn corpus(&mut self) -> Result<(), Box<Report>> {
        crate::check::corpus::programs()
            .enumerate()
            .try_for_each(|(index, program)| self.check(&program, &Source::Corpus { index }))
    }

    /// Runs a program. What fails is shrunk.
    ///
    /// # Errors
    /// The report of a failure of the contract. Those of efficiency are kept, see
    /// [`wasteful`](Self::wasteful).
    pub fn check(&mut self, program: &Program, source: &Source) -> Result<(), Box<Report>> {
        let ran = self.attempt(program, &mut |_| {});
        self.summary.count(&mut self.session);
        for check in self.session.waste.clone().into_iter().map(Check::Waste) {
            if self.summary.wasteful.iter().any(|known| known.failure.check() == check) {
                continue;
            }
            if let Some(failure) = self.fails_by(program, check) {
                let report = self.report(&failure, source);
                self.summary.wasteful.push(*report);
            }
        }
        ran.map_err(|failure| self.report(&failure, source))
    }

    /// The findings about efficiency so far.
    pub fn wasteful(&self) -> &[Report] {
        &self.summary.wasteful
    }

    /// What was run so far, and which checks were skipped.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Shrinks the program of a failure, and describes it.
    fn report(&mut self, failure: &Failure, source: &Source) -> Box<Report> {
        let check = failure.check();
        let mut calls = 0;
        let shrunk = shrink_by(&failure.program, failure.index, &mut |candidate| {
            let fails = calls < MOST_CALLS && self.fails_by(candidate, check).is_some();
            calls += self.session.tally.calls();
            fails
        });
        // (One that does not fail again, because its allocator keeps something between programs, stays.)
        let shrunk = self.fails_by(&shrunk, check).unwrap_or_else(|| Box::new(failure.clone()));
        let mut calls = Vec::new();
        let mut trace = Trace::new(&mut calls);
        self.session.stop_at = Some(check);
        drop(self.attempt(&shrunk.program, &mut |step| trace.step(step)));
        self.session.stop_at = None;
        let calls = String::from_utf8_lossy(&calls).into_owned();
        Box::new(Report {
            failure: *shrunk,
            whole: failure.program.clone(),
            source: source.clone(),
            make: self.name.to_owned(),
            calls,
        })
    }

    /// The failure of a program, if it is by this check.
    fn fails_by(&mut self, program: &Program, check: Check) -> Option<Box<Failure>> {
        self.session.stop_at = Some(check);
        let ran = self.attempt(program, &mut |_| {});
        self.session.stop_at = None;
        ran.err().filter(|failure| failure.check() == check)
    }

    /// Runs a program once, in the least memory of its class or above in which the allocator can be made. A
    /// program for which none can be made has no failure.
    fn attempt(
        &mut self,
        program: &Program,
        observer: &mut dyn FnMut(Step<'_>),
    ) -> Result<(), Box<Failure>> {
        (self.before)(program);
        let mut program = program.clone();
        let header = &mut program.header;
        header.pool_class = header.pool_class.max(self.least);
        let session = &mut self.session;
        while !quietly(|| session.start(regions(header)[0], *header.geometry(), header.seed)) {
            if header.pool_class == LAST_CLASS {
                return Ok(());
            }
            header.pool_class += 1;
        }
        // An allocator at level Exact has its own geometry; regions are aligned for one that is like it.
        let own = quietly(|| session.exact_geometry());
        if let Some(own) = own.filter(|own| own.align != header.geometry().align) {
            let alike = GEOMETRIES.iter().position(|known| known.align == own.align);
            header.geometry = alike.unwrap_or(0) as u8;
            if !quietly(|| session.start(regions(header)[0], own, header.seed)) {
                return Ok(());
            }
        }
        let mut stats = Stats::default();
        let interpreter =
            Interpreter::new(session, &program, &mut stats, config::MOST_CALLS, None, observer);
        let ran = quietly(|| interpreter.run());
        ran.map_err(|stop| {
            let (config, index, steps, action) =
                (Config::default(), stop.index, stop.steps, stop.action);
            Box::new(Failure { finding: *stop.finding, program, config, index, steps, action })
        })
    }
}

/// How the file that has a constructor can name it: the function, or type and function; nothing for a closure.
fn short(path: &'static str) -> &'static str {
    let Some((before, name)) = path.rsplit_once("::").filter(|_| !path.contains("{{")) else {
        return "";
    };
    let parent = before.rsplit("::").next().unwrap_or(before);
    let is_type = parent.starts_with(char::is_uppercase);
    if is_type { &path[path.len() - parent.len() - 2 - name.len()..] } else { name }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_constructor_is_named_as_in_its_own_file() {
        assert_eq!(short("tests::make"), "make");
        assert_eq!(short("a::b::Heap::new"), "Heap::new");
        assert_eq!(short("a::make::{{closure}}"), "");
        assert_eq!(short(""), "");
    }
}
