//! One input in a process of its own, so that whatever it does to the process, the others are looked
//! at, too: what that process does, and how it is asked.

use std::cell::RefCell;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use oracle::finding::Check;
use oracle::ops::Program;
use oracle::reduce::triage::{Failed, Signature, Target};
use oracle::{Config, Context, Failure, Report, shrink, shrink_by};

use crate::cli::load::load;

/// What came of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    Agrees,
    Failed(Failed),
    /// It is no input of that target.
    Unusable(String),
}

/// Programs that shrinking in fresh contexts may try: each failure costs a story.
const MOST_PROGRAMS: usize = 5_000;

/// … and that of an input of misuse.
#[cfg(feature = "guard")]
const MOST_INPUTS: usize = 20_000;

thread_local! {
    /// Where the first panic since it was last taken happened.
    static PANICKED_AT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs the file, and prints what [`ask`] reads; shrinks what fails into `PREFIX.*`, if there is one.
pub(super) fn answer(
    target: Target,
    file: &Path,
    prefix: Option<&Path>,
    make: impl Fn() -> Context,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string);
        PANICKED_AT.with_borrow_mut(|first| *first = first.take().or(place));
        // On stderr, in case it cannot be caught.
        told(panic);
    }));
    match target {
        Target::Ops => program(file, prefix, make, out),
        Target::Misuse => input(file, prefix, out),
    }
}

fn program(
    file: &Path,
    prefix: Option<&Path>,
    make: impl Fn() -> Context,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let program = match load(file) {
        Ok(loaded) => loaded.program,
        Err(error) => return Ok(writeln!(out, "unusable: {error:#}")?),
    };
    let mut at = usize::MAX;
    let failed = run(&mut make(), &program, &mut |index| {
        if index != at {
            at = index;
            // Read if the process dies.
            let _ = writeln!(out, "op: {index}");
        }
    });
    let Some((failed, failure)) = failed else { return Ok(writeln!(out, "agrees")?) };
    if let Some(prefix) = prefix {
        // Another panic is another finding; of other checks the place may change.
        let panic = failed.signature.check == Check::Crash.to_string();
        let same = |candidate: &Program| {
            let again =
                run(&mut make(), candidate, &mut |_| {}).map(|(failed, _)| failed.signature);
            again.is_some_and(|again| match panic {
                true => again == failed.signature,
                false => again.check == failed.signature.check,
            })
        };
        let quick = || {
            let mut context = make();
            let (_, failure) = run(&mut context, &program, &mut |_| {})?;
            Some(shrink(&mut context, &failure).program)
        };
        let quick = if panic { None } else { quick() };
        let shrunk = quick.filter(|quick| *quick != program && same(quick));
        // What a run reads that no run wrote differs in contexts that are used again: here, all are fresh.
        let mut tries = 0;
        let slowly = || {
            shrink_by(&program, failure.index, &mut |candidate| {
                tries += 1;
                tries < MOST_PROGRAMS && same(candidate)
            })
        };
        let shrunk = shrunk.unwrap_or_else(slowly);
        let mut context = make();
        if let Some((_, failure)) = run(&mut context, &shrunk, &mut |_| {}) {
            let path = prefix.with_extension("ops");
            fs::write(&path, shrunk.to_string())?;
            let mut report = Report::unshrunk(&mut context, &failure);
            report.whole = program;
            report.file = Some(path);
            fs::write(prefix.with_extension("txt"), format!("{report}\n"))?;
        }
    }
    print(&failed, out)
}

/// One run; in a fresh context, by all callers.
fn run(
    context: &mut Context,
    program: &Program,
    at: &mut dyn FnMut(usize),
) -> Option<(Failed, Box<Failure>)> {
    PANICKED_AT.take();
    let config = Config::default();
    let failure = context.observe(program, &config, &mut |step| at(step.index)).err()?;
    Some((Failed::program(&failure, PANICKED_AT.take().as_deref()), failure))
}

#[cfg(feature = "guard")]
fn input(file: &Path, prefix: Option<&Path>, out: &mut dyn Write) -> anyhow::Result<()> {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    let bytes = match crate::cli::load::load_bytes(file) {
        Ok(bytes) => bytes,
        Err(error) => return Ok(writeln!(out, "unusable: {error:#}")?),
    };
    let run = |bytes: &[u8]| {
        PANICKED_AT.take();
        match catch_unwind(AssertUnwindSafe(|| oracle::guard::run(bytes))) {
            Ok(ran) => ran.err().map(|failure| {
                let last_line = failure.report.last().map_or("", String::as_str);
                (Failed::misuse(&failure.what, last_line), failure.to_string())
            }),
            Err(panic) => {
                let words = panic.downcast_ref::<String>().map(String::as_str);
                let words = words.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
                let place = PANICKED_AT.take().unwrap_or_default();
                let story = format!("panicked at {place}: {words}");
                Some((Failed::panic(Target::Misuse, words, &place), story))
            }
        }
    };
    let Some((failed, _)) = run(&bytes) else { return Ok(writeln!(out, "agrees")?) };
    if let Some(prefix) = prefix {
        let mut tries = 0;
        let shrunk = oracle::shrink_bytes(&bytes, &mut |candidate| {
            tries += 1;
            tries < MOST_INPUTS
                && run(candidate).is_some_and(|(f, _)| f.signature == failed.signature)
        });
        let story = run(&shrunk).map(|(_, story)| story).unwrap_or_default();
        fs::write(prefix.with_extension("bin"), &shrunk)?;
        fs::write(prefix.with_extension("txt"), format!("{story}\n"))?;
    }
    print(&failed, out)
}

#[cfg(not(feature = "guard"))]
fn input(file: &Path, _: Option<&Path>, out: &mut dyn Write) -> anyhow::Result<()> {
    let why = "misuse is not in this build, which is without feature guard";
    Ok(writeln!(out, "unusable: {}: {why}", file.display())?)
}

fn print(failed: &Failed, out: &mut dyn Write) -> anyhow::Result<()> {
    let Failed { signature: Signature { check, place, .. }, what } = failed;
    Ok(write!(out, "check: {check}\nplace: {place}\nwhat: {what}\nfailed\n")?)
}

/// Runs the file in a process, which is ended if it takes longer than `patience`.
///
/// # Errors
/// There are no processes to be had.
pub(super) fn ask(
    target: Target,
    file: &Path,
    prefix: Option<&Path>,
    mutant: Option<&str>,
    patience: Duration,
) -> anyhow::Result<Answer> {
    let this = std::env::current_exe().context("this program's own file")?;
    let mut command = Command::new(this);
    command.args(["triage", "--one", "--target", target.name()]);
    command.args(mutant.map(|name| format!("--mutant={name}")));
    if let Some(prefix) = prefix {
        command.arg("--shrink-into").arg(prefix);
    }
    command.arg("--").arg(file).env("RUST_BACKTRACE", "0");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context("a process of its own")?;
    let out = child.stdout.take().map(drain);
    let err = child.stderr.take().map(drain);
    let status = wait(&mut child, patience)?;
    let [out, err] = [out, err].map(|text| text.and_then(|text| text.join().ok()));
    let (out, err) = (out.unwrap_or_default(), err.unwrap_or_default());
    Ok(understand(target, file, status, patience, &out, &err))
}

/// Reads to the end, in a thread: a pipe that nobody reads is full some day.
fn drain(mut from: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// How it ended; nothing, if it had to be ended.
fn wait(child: &mut Child, patience: Duration) -> anyhow::Result<Option<ExitStatus>> {
    let (start, mut pause) = (Instant::now(), Duration::from_millis(1));
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() >= patience {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

fn understand(
    target: Target,
    file: &Path,
    status: Option<ExitStatus>,
    patience: Duration,
    out: &str,
    err: &str,
) -> Answer {
    let field = |name: &str| out.lines().rev().find_map(|line| line.strip_prefix(name));
    let text = |name| field(name).unwrap_or_default().to_owned();
    if let Some(why) = field("unusable: ") {
        return Answer::Unusable(why.to_owned());
    }
    let well = status.is_some_and(|status| status.success());
    match out.lines().next_back() {
        Some("agrees") if well => Answer::Agrees,
        Some("failed") if well => {
            let signature = Signature { target, check: text("check: "), place: text("place: ") };
            Answer::Failed(Failed { signature, what: text("what: ") })
        }
        _ => {
            let how = match status {
                Some(status) => format!("the process died: {}", end(status)),
                None => format!("no end within {} s", patience.as_secs()),
            };
            let op = (target == Target::Ops).then(|| next_op(file, field("op: "))).flatten();
            Answer::Failed(Failed::died(target, &how, err, op.as_deref()))
        }
    }
}

/// A step is told when it is done: what died is the op behind the last that was told.
fn next_op(file: &Path, done: Option<&str>) -> Option<String> {
    let program = load(file).ok()?.program;
    // The first step is the harness's own, and told as the first op's.
    let done: usize = done?.parse().ok()?;
    let next = program.ops.get(done + 1).or(program.ops.get(done));
    next.map(ToString::to_string)
}

#[cfg(unix)]
fn end(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match status.signal() {
        Some(4) => "illegal instruction".to_owned(),
        Some(6) => "abort".to_owned(),
        Some(7) => "bus error".to_owned(),
        Some(8) => "arithmetic error".to_owned(),
        Some(11) => "segmentation fault".to_owned(),
        Some(signal) => format!("signal {signal}"),
        None => status.to_string(),
    }
}

#[cfg(not(unix))]
fn end(status: ExitStatus) -> String {
    status.to_string()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    fn answer(status: Option<i32>, out: &str, err: &str) -> Answer {
        let status = status.map(ExitStatus::from_raw);
        let patience = Duration::from_secs(10);
        understand(Target::Misuse, Path::new("none"), status, patience, out, err)
    }

    #[test]
    fn what_is_printed_is_understood() {
        let (check, place) = ("law Mirror broken".to_owned(), "malloc".to_owned());
        let signature = Signature { target: Target::Misuse, check, place };
        let failed = Failed { signature, what: "check: of a kind".to_owned() };
        let mut out = Vec::new();
        print(&failed, &mut out).expect("memory");
        let out = String::from_utf8(out).expect("text");
        assert_eq!(answer(Some(0), &out, ""), Answer::Failed(failed));
        assert_eq!(answer(Some(0), "op: 3\nagrees\n", ""), Answer::Agrees);
        assert_eq!(answer(Some(0), "unusable: text\n", ""), Answer::Unusable("text".to_owned()));
    }

    #[test]
    fn who_dies_or_does_not_end_has_failed() {
        let check = |answer| match answer {
            Answer::Failed(failed) => failed.signature.check,
            other => panic!("{other:?}"),
        };
        assert_eq!(check(answer(Some(11), "op: 3\n", "")), "the process died: segmentation fault");
        assert_eq!(check(answer(Some(6), "agrees\n", "")), "the process died: abort");
        assert_eq!(check(answer(None, "op: 3\n", "")), "no end within 10 s");
        assert!(check(answer(Some(101 << 8), "", "")).contains("101"));
        assert!(check(answer(Some(0), "", "")).starts_with("the process died"));
    }
}
