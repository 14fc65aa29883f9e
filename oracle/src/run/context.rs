//! The entry of the harness, [`run`], and the contexts that runs use again. It serves libFuzzer, AFL,
//! bolero, replay, the corpus and `cargo test`.

use std::cell::RefCell;

use crate::geometry::CONFIGURATIONS;
use crate::lockstep::Lockstep;
use crate::ops::{Program, Version};
use crate::run::config::Config;
use crate::run::failure::Failure;
use crate::run::interpret::Interpreter;
use crate::run::regions::regions;
use crate::run::stats::Stats;
use crate::run::step::Step;

/// One lockstep for each configuration, used again by each run: an incomplete reset is a bug to find.
pub struct Context {
    locksteps: [Option<Lockstep>; CONFIGURATIONS.len()],
    /// The last run of that geometry found nothing.
    sound: [bool; CONFIGURATIONS.len()],
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
        let sound = [true; CONFIGURATIONS.len()];
        Self { locksteps: [const { None }; CONFIGURATIONS.len()], sound, maker }
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
        let mut stats = Stats { inputs: 1, ..Stats::default() };
        self.interpret(program, config, None, &mut stats, observer)?;
        Ok(stats)
    }

    /// Runs a program until `steps` calls are made, and leaves the lockstep as it is then, for
    /// inspection.
    pub(crate) fn run_steps(&mut self, program: &Program, config: &Config, steps: u64) {
        let ended =
            self.interpret(program, config, Some(steps), &mut Stats::default(), &mut |_| {});
        drop(ended);
    }

    fn interpret(
        &mut self,
        program: &Program,
        config: &Config,
        halt_after: Option<u64>,
        stats: &mut Stats,
        observer: &mut dyn FnMut(Step<'_>),
    ) -> Result<(), Box<Failure>> {
        let number = config.number(&program.header);
        let maker = self.maker;
        let lockstep = self.locksteps[number].get_or_insert_with(|| maker(number));
        lockstep.restart(config.against, config.layers, program.header.seed, self.sound[number]);
        let is_large = program.header.version == Version::Two;
        if !self.sound[number] && (is_large || lockstep.is_large()) {
            lockstep.discard();
            // It has forgotten the seed, which the contents of the blocks depend on.
            lockstep.restart(config.against, config.layers, program.header.seed, true);
        }
        lockstep.set_large(is_large);
        self.sound[number] = false;
        let ran =
            Interpreter::new(lockstep, program, stats, config.most_calls, halt_after, observer);
        let ran = ran.run();
        ran.map_err(|stop| {
            let (program, config) = (program.clone(), *config);
            let (index, steps, action) = (stop.index, stop.steps, stop.action);
            Box::new(Failure { finding: *stop.finding, program, config, index, steps, action })
        })?;
        self.sound[number] = true;
        stats.by_geometry[number] += stats.steps;
        stats.with_conte += if lockstep.reference().is_some() { stats.steps } else { 0 };
        stats.lengths.add(stats.steps as usize);
        stats.trace = lockstep.trace();
        if is_large {
            stats.classes[number].add(lockstep.classes());
            let is_gib = regions(&program.header)[0].1 >= 1 << 30;
            stats.in_large_pools += if is_gib { stats.steps } else { 0 };
            lockstep.discard();
        }
        Ok(())
    }

    /// The lockstep that ran last with this program's geometry.
    pub(crate) fn lockstep(&self, program: &Program, config: &Config) -> Option<&Lockstep> {
        self.locksteps[config.number(&program.header)].as_ref()
    }
}

thread_local! {
    static CONTEXT: RefCell<Context> = RefCell::default();
}

/// Lends this thread's context, in which [`run`] runs.
pub(crate) fn with_own<T>(borrower: impl FnOnce(&mut Context) -> T) -> T {
    CONTEXT.with_borrow_mut(borrower)
}

/// Runs an input through engine, specification and reference, with every check after every step.
///
/// # Errors
/// The first failure. [`Report::of`](crate::Report::of) shows it.
pub fn run(bytes: &[u8], config: &Config) -> Result<Stats, Box<Failure>> {
    with_own(|context| context.run(bytes, config))
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
    with_own(|context| context.observe(program, config, observer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops;

    fn large_program() -> Program {
        Program::decode_as(Version::Two, &ops::generate_as(Version::Two, 1, 0))
    }

    #[test]
    fn the_contents_of_a_large_run_do_not_depend_on_the_run_before() {
        let (program, config) = (large_program(), Config::default());
        let tags = |sound| {
            let (mut context, mut tags) = (Context::default(), Vec::new());
            context.sound[config.number(&program.header)] = sound;
            let ran = context.observe(&program, &config, &mut |step| {
                let slots = step.lockstep.expect("a lockstep").slots();
                tags.extend(slots.newest(0).map(|live| live.pattern.tag));
            });
            assert!(ran.is_ok());
            tags
        };
        let after_a_sound_one = tags(true);
        assert!(program.header.seed != 0 && !after_a_sound_one.is_empty());
        assert!(after_a_sound_one == tags(false), "the seed of the header was not used");
    }

    /// On 32 bits both kinds of pools begin at the same place.
    #[test]
    #[cfg(all(unix, not(miri), target_pointer_width = "64"))]
    fn a_small_run_gives_back_the_memory_of_a_large_one_that_did_not_end() {
        let (large, config) = (large_program(), Config::default());
        let header = ops::Header { version: Version::One, pool_class: 0, moves: 0, ..large.header };
        let mut context = Context::default();
        context.run_steps(&large, &config, 20);
        let (mem, _) = context.lockstep(&large, &config).expect("it ran").pools()[0];
        let is_written = |context: &Context| {
            let lockstep = context.lockstep(&large, &config).expect("it ran");
            lockstep.pool_bytes(mem, 4096).iter().any(|&byte| byte != 0)
        };
        assert!(is_written(&context));
        let small = Program { header, ops: Vec::new() };
        assert!(context.observe(&small, &config, &mut |_| {}).is_ok());
        // Back to where the arena of large pools begins, before a pool is added.
        context.run_steps(&large, &config, 0);
        assert!(!is_written(&context), "the pages of the large run stay");
    }
}
