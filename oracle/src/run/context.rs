//! The one entry: [`run`]. It serves libFuzzer, replay, the corpus and `cargo test`.

use std::cell::RefCell;

use crate::geometry::GEOMETRIES;
use crate::lockstep::Lockstep;
use crate::lockstep::layers::{Against, Layers};
use crate::ops::Program;
use crate::report::failure::Failure;
use crate::run::interpret::{Interpreter, Stop};
use crate::run::stats::Stats;
use crate::run::step::Step;

/// How to run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// What stands beside the engine.
    pub against: Against,
    /// Shrink the program of a failure before telling its story.
    pub shrink: bool,
    /// What is checked.
    pub layers: Layers,
}

impl Default for Config {
    fn default() -> Self {
        Self { against: Against::Conte, shrink: true, layers: Layers::ALL }
    }
}

/// One lockstep for each geometry, used again and again: an incomplete reset is a bug to find.
pub struct Context {
    locksteps: [Option<Lockstep>; GEOMETRIES.len()],
    /// The last run of that geometry found nothing.
    sound: [bool; GEOMETRIES.len()],
    maker: fn(usize) -> Lockstep,
}

impl Default for Context {
    fn default() -> Self {
        Self::with(Lockstep::new)
    }
}

impl Context {
    /// A context whose locksteps are made by `maker`: how another subject takes the engine's place.
    pub fn with(maker: fn(usize) -> Lockstep) -> Self {
        let sound = [true; GEOMETRIES.len()];
        Self { locksteps: [const { None }; GEOMETRIES.len()], sound, maker }
    }

    /// Runs an input through every check.
    ///
    /// # Errors
    /// The first failure: the run stops there.
    pub fn run(&mut self, bytes: &[u8], config: &Config) -> Result<Stats, Box<Failure>> {
        self.observe(&Program::decode(bytes), config, &mut |_| {})
    }

    /// Runs a program, showing each step to `observer`.
    ///
    /// # Errors
    /// As [`Context::run`].
    pub fn observe(
        &mut self,
        program: &Program,
        config: &Config,
        observer: &mut dyn FnMut(Step<'_>),
    ) -> Result<Stats, Box<Failure>> {
        self.attempt(program, config, observer)
            .map_err(|stop| Failure::tell(self, program, config, stop))
    }

    /// A run without a story.
    pub(crate) fn attempt(
        &mut self,
        program: &Program,
        config: &Config,
        observer: &mut dyn FnMut(Step<'_>),
    ) -> Result<Stats, Stop> {
        let mut stats = Stats { inputs: 1, ..Stats::default() };
        self.partly(program, config, None, &mut stats, observer)?;
        Ok(stats)
    }

    /// A run that stops after so many calls, if any number is given: then the lockstep is left as it
    /// stands, to be looked at.
    pub(crate) fn partly(
        &mut self,
        program: &Program,
        config: &Config,
        halt_after: Option<u64>,
        stats: &mut Stats,
        observer: &mut dyn FnMut(Step<'_>),
    ) -> Result<(), Stop> {
        let number = usize::from(program.header.geometry) % GEOMETRIES.len();
        let maker = self.maker;
        let lockstep = self.locksteps[number].get_or_insert_with(|| maker(number));
        let &Config { against, layers, .. } = config;
        lockstep.restart(against, layers, program.header.seed, self.sound[number]);
        self.sound[number] = false;
        Interpreter::new(lockstep, program, stats, halt_after, observer).run()?;
        self.sound[number] = true;
        stats.by_geometry[number] += stats.steps;
        stats.with_conte += if lockstep.reference().is_some() { stats.steps } else { 0 };
        stats.lengths.add(stats.steps as usize);
        stats.trace = lockstep.trace();
        Ok(())
    }

    /// The lockstep that ran last with this program's geometry.
    pub(crate) fn lockstep(&self, program: &Program) -> Option<&Lockstep> {
        self.locksteps[usize::from(program.header.geometry) % GEOMETRIES.len()].as_ref()
    }
}

thread_local! {
    static CONTEXT: RefCell<Context> = RefCell::default();
}

/// Runs an input through engine, specification and reference, with every check after every step.
///
/// # Errors
/// The first failure, with its story.
pub fn run(bytes: &[u8], config: &Config) -> Result<Stats, Box<Failure>> {
    CONTEXT.with_borrow_mut(|context| context.run(bytes, config))
}

/// As [`run`], for a program that is decoded already.
///
/// # Errors
/// As [`run`].
pub fn run_program(program: &Program, config: &Config) -> Result<Stats, Box<Failure>> {
    run_observed(program, config, &mut |_| {})
}

/// As [`run_program`], showing each step to `observer`.
pub(crate) fn run_observed(
    program: &Program,
    config: &Config,
    observer: &mut dyn FnMut(Step<'_>),
) -> Result<Stats, Box<Failure>> {
    CONTEXT.with_borrow_mut(|context| context.observe(program, config, observer))
}
