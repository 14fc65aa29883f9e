//! Runs random programs on several threads. The results do not depend on the number of threads.
//!
//! Workers take batches of programs by number. The results are ordered before they are added: statistics,
//! trace and first failure are then functions of seed and calls.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use clap::ValueEnum;
use oracle::guided::Guided;
use oracle::ops::{Program, Version, generate_as};
use oracle::{Against, Config, Context, Report, Stats};

use crate::cli::stderr::note;

/// The number of programs in a batch.
const BATCH: u64 = 64;

/// The number of programs in a batch of the guided generator. Each batch has a new generator, so that the results do
/// not depend on the number of threads.
const ISLAND: u64 = 4096;

/// Where programs come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum Generator {
    /// Each program is random, and independent of the others
    #[default]
    Blind,
    /// Programs evolve towards heaps not seen before, 4,096 at a time
    Guided,
}

impl Generator {
    /// The number of programs in a batch.
    const fn batch(self) -> u64 {
        match self {
            Self::Blind => BATCH,
            Self::Guided => ISLAND,
        }
    }
}

/// The programs to run.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    /// The version of the op language.
    pub(crate) version: Version,
    pub(crate) generator: Generator,
    /// Stop when this many calls were checked.
    pub(crate) calls: u64,
    /// The number of threads.
    pub(crate) jobs: usize,
    pub(crate) against: Against,
    /// Run with a bounded search.
    pub(crate) search: bool,
    /// Creates the contexts of a worker.
    pub(crate) context: fn() -> Context,
}

impl Plan {
    /// The bytes of the program of that number.
    pub(crate) fn bytes(&self, index: u64) -> Vec<u8> {
        generate_as(self.version, self.seed, index)
    }

    fn program(&self, index: u64) -> Program {
        Program::decode_as(self.version, &self.bytes(index))
    }
}

/// The result: the statistics up to the end, and the reason of the end.
pub(crate) struct Outcome {
    pub(crate) stats: Stats,
    pub(crate) ended: Ended,
}

/// The reason of the end.
pub(crate) enum Ended {
    /// Enough calls were checked, and all agreed.
    Enough,
    /// The caller stopped the run.
    Interrupted,
    /// The first program that failed.
    Failed { index: u64, report: Box<Report> },
}

/// The result of one program.
type RunResult = Result<Stats, Box<Report>>;

/// Runs programs 0, 1, 2 … of the plan's seed until enough calls were checked, a program failed, or `going`
/// returned false. `going` is called after each batch with the statistics so far.
pub(crate) fn run(plan: &Plan, going: &mut dyn FnMut(&Stats) -> bool) -> Outcome {
    let next = AtomicU64::new(0);
    let (sender, receiver) = sync_channel(2 * plan.jobs);
    thread::scope(|scope| {
        for _ in 0..plan.jobs {
            let (next, sender) = (&next, sender.clone());
            scope.spawn(move || work(plan, next, &sender));
        }
        drop(sender);
        // `add_up` owns the receiver: when it returns, the workers cannot send, and end.
        add_up(plan, receiver, going)
    })
}

fn work(plan: &Plan, next: &AtomicU64, sender: &SyncSender<(u64, Vec<RunResult>)>) {
    let mut context = (plan.context)();
    // Of a broken engine many programs fail; only the first failure is shrunk, by `again`.
    let config = Config { against: plan.against, search: plan.search, ..Config::default() };
    loop {
        let batch = next.fetch_add(1, Relaxed);
        let outcomes = match plan.generator {
            Generator::Blind => blind(plan, batch, &mut context, &config),
            Generator::Guided => guided(plan, batch, &mut context, &config),
        };
        if sender.send((batch, outcomes)).is_err() {
            return;
        }
    }
}

fn blind(plan: &Plan, batch: u64, context: &mut Context, config: &Config) -> Vec<RunResult> {
    let run = |index| {
        let _guard = PanicReport { plan, index };
        let ran = context.observe(&plan.program(index), config, &mut |_| {});
        ran.map_err(|failure| Report::unshrunk(context, &failure))
    };
    (batch * BATCH..(batch + 1) * BATCH).map(run).collect()
}

/// Up to the first program that fails.
fn guided(plan: &Plan, batch: u64, context: &mut Context, config: &Config) -> Vec<RunResult> {
    let mut guided = Guided::new(plan.seed.wrapping_add(batch << 32));
    let mut outcomes = Vec::new();
    for index in batch * ISLAND..(batch + 1) * ISLAND {
        let _guard = PanicReport { plan, index };
        let program = Program::decode(&guided.program());
        let ran = context.observe(&program, config, &mut |step| guided.observe(step));
        guided.learn();
        let failed = ran.is_err();
        outcomes.push(ran.map_err(|failure| Report::unshrunk(context, &failure)));
        if failed {
            break;
        }
    }
    outcomes
}

fn add_up(
    plan: &Plan,
    receiver: Receiver<(u64, Vec<RunResult>)>,
    going: &mut dyn FnMut(&Stats) -> bool,
) -> Outcome {
    let mut stats = Stats::default();
    let mut waiting = BTreeMap::new();
    let mut batch = 0;
    loop {
        let Some(outcomes) = waiting.remove(&batch) else {
            let (number, outcomes) = receiver.recv().expect("workers outlive the receiver");
            waiting.insert(number, outcomes);
            continue;
        };
        for (index, outcome) in (batch * plan.generator.batch()..).zip(outcomes) {
            if stats.steps >= plan.calls {
                return Outcome { stats, ended: Ended::Enough };
            }
            match outcome {
                Ok(more) => stats.add(&more),
                Err(report) => return Outcome { stats, ended: Ended::Failed { index, report } },
            }
        }
        batch += 1;
        if !going(&stats) {
            return Outcome { stats, ended: Ended::Interrupted };
        }
    }
}

/// Runs a failed program again in fresh contexts, and shrinks it. Returns the report, and whether the
/// program fails alone; otherwise it depends on programs that ran before it.
pub(crate) fn again(plan: &Plan, seen: Box<Report>) -> (Box<Report>, bool) {
    let config = Config { against: plan.against, search: plan.search, ..Config::default() };
    let mut context = (plan.context)();
    match context.observe(&seen.whole, &config, &mut |_| {}) {
        Err(failure) => (Report::with(&mut context, &failure), true),
        Ok(_) => (seen, false),
    }
}

/// Ends the process if a run panics, and prints the number of the program. Without the batch of this worker
/// the statistics would wait for ever.
struct PanicReport<'a> {
    plan: &'a Plan,
    index: u64,
}

impl Drop for PanicReport<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let Self { plan: Plan { seed, version, generator, .. }, index } = self;
            let large = if *version == Version::Two { "--large " } else { "" };
            note!("panicked in program {index} of seed {seed}");
            match generator {
                Generator::Blind => note!(
                    "to write it to a file:\n  \
                     cargo oracle generate {large}--seed {seed} --first {index} --count 1 --out findings"
                ),
                Generator::Guided => note!(
                    "to run it again, with those before it:\n  \
                     cargo oracle stress --generator guided --seed {seed} --jobs 1"
                ),
            }
            std::process::exit(101);
        }
    }
}

#[cfg(test)]
mod tests {
    use oracle::geometry::Geometry;
    use oracle::lockstep::Lockstep;
    use oracle::model::Rules;
    use oracle::subject::spec::Spec;

    use super::*;

    /// Never splits a block for a large request: most programs agree, some do not.
    #[derive(Clone, Default, Debug)]
    struct Generous;

    impl Rules for Generous {
        fn splits(&mut self, g: &Geometry, size: usize, fit: usize) -> bool {
            fit < 3000 && size >= fit + g.word + g.min_size()
        }
    }

    fn generous() -> Context {
        Context::with(|geometry| {
            Lockstep::with_subject(geometry, Box::new(Spec::<Generous>::new(geometry)))
        })
    }

    fn plan(jobs: usize, context: fn() -> Context) -> Plan {
        Plan {
            seed: 5,
            version: Version::One,
            generator: Generator::Blind,
            calls: 30_000,
            jobs,
            against: Against::Conte,
            search: false,
            context,
        }
    }

    #[test]
    fn results_do_not_depend_on_the_number_of_threads() {
        let [one, three] = [1, 3].map(|jobs| run(&plan(jobs, Context::default), &mut |_| true));
        assert!(matches!(one.ended, Ended::Enough) && matches!(three.ended, Ended::Enough));
        assert!(one.stats.steps >= 30_000);
        assert_eq!(one.stats, three.stats);
    }

    #[test]
    fn the_first_failure_is_reported_by_any_number_of_threads() {
        let [one, three] = [1, 3].map(|jobs| run(&plan(jobs, generous), &mut |_| true));
        assert_eq!(one.stats, three.stats);
        let report = |outcome: Outcome| match outcome.ended {
            Ended::Failed { index, report } => {
                let (report, alone) = again(&plan(1, generous), report);
                (index, report.to_string(), alone)
            }
            _ => panic!("a planted bug was not found"),
        };
        let inputs = one.stats.inputs;
        let (one, three) = (report(one), report(three));
        assert_eq!(one, three);
        assert!(one.0 == inputs && one.2);
    }

    #[test]
    fn guided_results_do_not_depend_on_the_number_of_threads() {
        let outcome = |jobs, context| {
            run(&Plan { generator: Generator::Guided, ..plan(jobs, context) }, &mut |_| true)
        };
        let [one, three] = [1, 3].map(|jobs| outcome(jobs, generous));
        assert_eq!(one.stats, three.stats);
        let [one, three] = [one, three].map(|outcome| match outcome.ended {
            Ended::Failed { index, report } => (index, again(&plan(1, generous), report)),
            _ => panic!("a planted bug was not found"),
        });
        assert_eq!((one.0, one.1.0.to_string()), (three.0, three.1.0.to_string()));
        assert!(one.1.1, "the program fails alone");
    }

    #[test]
    fn an_interrupted_run_ends_after_a_whole_batch() {
        let outcome = run(&plan(2, Context::default), &mut |_| false);
        assert!(matches!(outcome.ended, Ended::Interrupted));
        assert_eq!(outcome.stats.inputs, BATCH);
    }
}
