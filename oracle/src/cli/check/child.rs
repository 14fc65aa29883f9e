//! The child process: loads the library, does one task, and writes what it saw.

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use oracle::check::{Checker, Contract, Memory, Report, Source, programs};
use oracle::finding::{Check, FailureKind};
use oracle::ops::{Program, generate};

use super::faults::PROBES;
use super::foreign::{Foreign, Functions, Handle, Options, ask, confine, leave};
use super::pulse::Pulse;
use super::task::{Found, MostLevel, Outcome, Ran, Task, Work, read, write};

/// Calls of a trace that a report shows.
const LAST_CALLS: usize = 16;

/// After so many programs for which no heap could be made, none can.
const MOST_NOT_MADE: u64 = 100;

/// Does the task in the folder, and ends the process.
///
/// # Errors
/// The files of the folder are not as the parent makes them.
pub(super) fn run(folder: &Path) -> anyhow::Result<()> {
    confine();
    let task: Task = read(folder, "task")?;
    let pulse = Rc::new(Pulse::open(&folder.join("pulse"))?);
    let outcome = match Functions::load(&task.library, task.names.clone(), pulse.clone()) {
        Ok(functions) => act(&task, functions, &pulse),
        Err(error) => Outcome::Unusable(format!("{error:#}")),
    };
    write(folder, "outcome", &outcome)?;
    leave()
}

fn act(task: &Task, functions: Functions, pulse: &Rc<Pulse>) -> Outcome {
    if let Work::Fault { probe } = task.work {
        return Outcome::Fault(PROBES[probe].run(&Rc::new(functions)));
    }
    let asked = (task.level == MostLevel::Exact && functions.names.settings.is_tlsf)
        .then(|| ask(&functions, task.lists));
    let geometry = asked.as_ref().and_then(|asked| asked.geometry);
    let options = Options { level: task.level.into(), geometry, avoided: task.avoided };
    let (watcher, is_fresh) = (pulse.clone(), Rc::new(Cell::new(true)));
    let make = maker(task, functions, options, is_fresh.clone());
    let mut checker = Checker::boxed(make).before(move |program| watcher.program(program));
    let finding = match &task.work {
        Work::Stress { seed, calls, millis } => {
            let (calls, time) = (*calls, Duration::from_millis(*millis));
            let first = stress(&mut checker, pulse, *seed, calls / 2, time / 2);
            // What an allocator keeps between programs is now kept: a long run.
            is_fresh.set(false);
            first.or_else(|| stress(&mut checker, pulse, seed.wrapping_add(1), calls, time / 2))
        }
        Work::One { program, shrinks } => one(&mut checker, &Program::decode(program), *shrinks),
        Work::Fault { .. } => unreachable!("done above"),
    };
    let summary = checker.summary();
    let tally = &summary.tally;
    Outcome::Ran(Box::new(Ran {
        level: summary.level.to_string(),
        geometry: asked.map(|asked| asked.why),
        programs: summary.programs,
        not_made: summary.not_made,
        granted: tally.granted,
        refused: tally.refused,
        frees: tally.frees,
        asked: tally.asked,
        usable: tally.usable,
        skipped: summary.skipped.iter().map(ToString::to_string).collect(),
        finding: finding.map(|report| found(&report)),
        wasteful: checker.wasteful().iter().map(found).collect(),
    }))
}

/// What makes a heap for each program. An allocator with memory of its own is loaded anew for each, while
/// `is_fresh`: what fails then depends on one program only.
fn maker(
    task: &Task,
    functions: Functions,
    options: Options,
    is_fresh: Rc<Cell<bool>>,
) -> impl FnMut(&mut Memory) -> Option<Box<dyn Contract>> + 'static {
    let (path, names, pulse) = (task.library.clone(), task.names.clone(), functions.pulse.clone());
    let is_placed = Handle::is_placed(&functions);
    let mut loaded = Some(Rc::new(functions));
    move |memory| {
        if is_fresh.get() && !is_placed {
            // The system unloads it first.
            drop(loaded.take());
            loaded = Functions::load(&path, names.clone(), pulse.clone()).ok().map(Rc::new);
        }
        let made = Foreign::new(loaded.as_ref()?, options, memory)?;
        Some(Box::new(made) as Box<dyn Contract>)
    }
}

/// The programs of the harness, then those of a seed, up to a number of calls of the checker or a time.
fn stress(
    checker: &mut Checker,
    pulse: &Pulse,
    seed: u64,
    most: u64,
    time: Duration,
) -> Option<Box<Report>> {
    let start = Instant::now();
    let corpus = programs().enumerate().map(|(index, program)| (program, Source::Corpus { index }));
    let random = (0..)
        .map(|index| (Program::decode(&generate(seed, index)), Source::Stress { seed, index }));
    for (program, source) in corpus.chain(random) {
        let summary = checker.summary();
        let (programs, calls) = (summary.programs, summary.tally.calls());
        let is_made = programs > 0 || summary.not_made < MOST_NOT_MADE;
        if calls >= most || start.elapsed() >= time || !is_made {
            break;
        }
        pulse.progress(calls);
        if let Err(report) = checker.check(&program, &source) {
            return Some(report);
        }
    }
    None
}

fn one(checker: &mut Checker, program: &Program, shrinks: bool) -> Option<Box<Report>> {
    if shrinks {
        return checker.check(program, &Source::Given).err();
    }
    checker.run_program(program);
    None
}

fn found(report: &Report) -> Found {
    let failure = &report.failure;
    let check = failure.check();
    let lines: Vec<&str> = report.calls.lines().map(str::trim_end).collect();
    let from = lines.len().saturating_sub(LAST_CALLS);
    let mut calls: String = lines[from..].iter().map(|line| format!("{line}\n")).collect();
    if from > 0 {
        calls = format!("… {from} calls before\n{calls}");
    }
    Found {
        kind: format!("{:?}", failure.kind()),
        check: check.to_string(),
        what: failure.finding.what.clone(),
        program: failure.program.to_string(),
        calls,
        source: match report.source {
            Source::Stress { seed, index } => format!("program {index} of seed {seed}"),
            Source::Corpus { index } => format!("program {index} of the harness's own"),
            Source::Given => "the program given".to_owned(),
        },
        lower: match check {
            Check::OwnCheck | Check::Blocks => Some(MostLevel::Contract),
            _ if failure.kind() == FailureKind::Diverged => Some(MostLevel::Heap),
            _ => None,
        },
    }
}
