//! Random programs on several threads, with results that do not show how many.
//!
//! Workers take batches of programs by number; results are put in order before they are added
//! up, so sums, trace and the first failure are a function of seed and calls alone.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use oracle::{Against, Config, Context, Report, Stats, ops};

/// Programs that a worker takes at once.
const BATCH: u64 = 64;

/// What is to be run.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    /// Stop when so many calls have been checked.
    pub(crate) calls: u64,
    /// Worker threads.
    pub(crate) jobs: usize,
    pub(crate) against: Against,
    /// Makes the contexts of a worker.
    pub(crate) context: fn() -> Context,
}

/// What came of it: the sums up to where it ended.
pub(crate) struct Driven {
    pub(crate) stats: Stats,
    pub(crate) ended: Ended,
}

/// Why it ended.
pub(crate) enum Ended {
    /// All calls were checked, and all agreed.
    Enough,
    /// Somebody did not want to wait.
    Interrupted,
    /// The first program that failed.
    Failed {
        index: u64,
        report: Box<Report>,
        /// It fails in fresh contexts, too: no earlier program is needed.
        alone: bool,
    },
}

/// One program's result; what a worker's batch is made of.
type Outcome = Result<Stats, Box<Report>>;

/// Programs 0, 1, 2 … of the plan's seed, until enough calls were checked, one failed, or `going`
/// (asked now and then, with the sums so far) says no.
pub(crate) fn drive(plan: &Plan, going: &mut dyn FnMut(&Stats) -> bool) -> Driven {
    let next = AtomicU64::new(0);
    let (sender, receiver) = sync_channel(2 * plan.jobs);
    thread::scope(|scope| {
        for _ in 0..plan.jobs {
            let (next, sender) = (&next, sender.clone());
            scope.spawn(move || work(plan, next, &sender));
        }
        drop(sender);
        // It takes the receiver along: when it returns, the workers find nobody to send to.
        add_up(plan, receiver, going)
    })
}

fn work(plan: &Plan, next: &AtomicU64, sender: &SyncSender<(u64, Vec<Outcome>)>) {
    let mut context = (plan.context)();
    // Most failures of a broken engine are of no interest: only the first is shrunk.
    let config = Config { against: plan.against, ..Config::default() };
    loop {
        let batch = next.fetch_add(1, Relaxed);
        let run = |index| {
            let _told = TellOfPanic { seed: plan.seed, index };
            let ran = context.run(&ops::generate(plan.seed, index), &config);
            ran.map_err(|failure| Report::unshrunk(&mut context, &failure))
        };
        let outcomes = (batch * BATCH..(batch + 1) * BATCH).map(run).collect();
        if sender.send((batch, outcomes)).is_err() {
            return;
        }
    }
}

fn add_up(
    plan: &Plan,
    receiver: Receiver<(u64, Vec<Outcome>)>,
    going: &mut dyn FnMut(&Stats) -> bool,
) -> Driven {
    let mut stats = Stats::default();
    let mut waiting = BTreeMap::new();
    let mut batch = 0;
    loop {
        let Some(outcomes) = waiting.remove(&batch) else {
            let (number, outcomes) = receiver.recv().expect("workers outlive the receiver");
            waiting.insert(number, outcomes);
            continue;
        };
        for (index, outcome) in (batch * BATCH..).zip(outcomes) {
            if stats.steps >= plan.calls {
                return Driven { stats, ended: Ended::Enough };
            }
            match outcome {
                Ok(more) => stats.add(&more),
                Err(seen) => return Driven { stats, ended: again(plan, index, seen) },
            }
        }
        batch += 1;
        if !going(&stats) {
            return Driven { stats, ended: Ended::Interrupted };
        }
    }
}

/// Once more in fresh contexts, to shrink it and to know whether it needs what ran before.
fn again(plan: &Plan, index: u64, seen: Box<Report>) -> Ended {
    let config = Config { against: plan.against, ..Config::default() };
    let mut context = (plan.context)();
    match context.run(&ops::generate(plan.seed, index), &config) {
        Err(failure) => {
            let report = Report::with(&mut context, &failure);
            Ended::Failed { index, report, alone: true }
        }
        Ok(_) => Ended::Failed { index, report: seen, alone: false },
    }
}

/// Without its worker's batch the sums would wait for ever: a panic in a run ends the process,
/// and says which program it was.
struct TellOfPanic {
    seed: u64,
    index: u64,
}

impl Drop for TellOfPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            let Self { seed, index } = self;
            eprintln!("in program {index} of seed {seed}; to have it as a file:");
            eprintln!(
                "  cargo oracle generate --seed {seed} --first {index} --count 1 --out findings"
            );
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

    /// Never cuts a block for a large request: most programs agree, some do not.
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
        Plan { seed: 5, calls: 30_000, jobs, against: Against::Conte, context }
    }

    #[test]
    fn the_number_of_workers_does_not_show() {
        let [one, three] = [1, 3].map(|jobs| drive(&plan(jobs, Context::default), &mut |_| true));
        assert!(matches!(one.ended, Ended::Enough) && matches!(three.ended, Ended::Enough));
        assert!(one.stats.steps >= 30_000);
        assert_eq!(one.stats, three.stats);
    }

    #[test]
    fn the_first_failure_is_told_whoever_finds_it() {
        let [one, three] = [1, 3].map(|jobs| drive(&plan(jobs, generous), &mut |_| true));
        assert_eq!(one.stats, three.stats);
        let story = |driven: &Driven| match &driven.ended {
            Ended::Failed { index, report, alone: true } => (*index, report.to_string()),
            _ => panic!("a planted bug was not found"),
        };
        assert_eq!(story(&one), story(&three));
        assert_eq!(story(&one).0, one.stats.inputs);
    }

    #[test]
    fn who_does_not_want_to_wait_gets_whole_batches() {
        let driven = drive(&plan(2, Context::default), &mut |_| false);
        assert!(matches!(driven.ended, Ended::Interrupted));
        assert_eq!(driven.stats.inputs, BATCH);
    }
}
