//! The parent: builds the library, has child processes check it, and decides the exit code.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use oracle::ops::Version;

use super::ask::{Death, Ended, ask};
use super::compile::{Sources, compile};
use super::faults::PROBES;
use super::foreign::Avoided;
use super::names::{Names, Table};
use super::options::Check;
use super::report::{Checked, Fault};
use super::shrink::{Deadly, shrink};
use super::symbols::{Symbols, symbols};
use super::task::{Found, Outcome, Ran, Task, Verdict, Work};
use super::{calls, child};
use crate::cli::args::or_cores;
use crate::cli::exit::Exit;
use crate::cli::input::load;
use crate::cli::progress::Progress;
use crate::cli::stderr::note;
use crate::cli::text::{escaped, shown};
use crate::cli::workers::work;
use crate::cli::{interrupt, output};

/// A call of a probe takes microseconds.
const PROBE: Duration = Duration::from_secs(1);

/// The functions that print.
const PRINTS: [&str; 6] = ["printf", "puts", "putchar", "fprintf", "__printf_chk", "__fprintf_chk"];

impl Check {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        if let Some(folder) = &self.child {
            child::run(folder)?;
        }
        self.check_output()?;
        interrupt::handle()?;
        let folder = tempfile::tempdir().context("a temporary folder cannot be made")?;
        let start = Instant::now();
        let (library, subject) = self.library(folder.path())?;
        let symbols = symbols(&library)?;
        let names = self.names(&symbols)?;
        let (level, lists, avoided) = (self.level, self.lists, Avoided::default());
        let work = self.work()?;
        let mut task = Task { library, names, level, lists, avoided, work };
        let mut checked = Checked::new(subject, &task.names, self.names.is_some(), self.seed);
        if task.names.settings.is_tlsf && self.replay.is_none() {
            self.look_for_faults(folder.path(), &mut task, &symbols, &mut checked)?;
        }
        self.check(folder.path(), task, &mut checked)?;
        checked.seconds = start.elapsed().as_secs_f64();
        self.finish(&checked, out)
    }

    /// Refuses a report that would replace what is read, or that has no folder, before anything runs.
    fn check_output(&self) -> anyhow::Result<()> {
        let Some(output) = &self.output else { return Ok(()) };
        let whole = |path: &Path| std::fs::canonicalize(path).ok();
        let names = self.names.as_ref().map(PathBuf::from);
        let mut read = self.source.iter().chain(&self.library).chain(&self.replay).chain(&names);
        let own = whole(output);
        ensure!(
            own.is_none() || !read.any(|input| whole(input) == own),
            "{}: this command reads it; give another --output",
            shown(output)
        );
        let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
        let is_folder = folder.is_none_or(Path::is_dir);
        ensure!(is_folder && !output.is_dir(), "{}: no file can be written there", shown(output));
        Ok(())
    }

    /// The library, and what it is in words.
    fn library(&self, folder: &Path) -> anyhow::Result<(PathBuf, String)> {
        if let Some(library) = &self.library {
            let whole = std::fs::canonicalize(library).with_context(|| shown(library))?;
            return Ok((whole, format!("`{}`", shown(library))));
        }
        let library = folder.join("allocator.so");
        let compiler = compile(
            &Sources {
                files: &self.source,
                includes: &self.include,
                defines: &self.define,
                options: &self.cc_option,
            },
            &library,
        )?;
        let files: Vec<String> =
            self.source.iter().map(|file| format!("`{}`", shown(file))).collect();
        Ok((library, format!("{}, compiled by {compiler}", files.join(", "))))
    }

    fn names(&self, symbols: &Symbols) -> anyhow::Result<Names> {
        if let Some(name) = &self.names {
            let names = Table::named(name)?.of(&symbols.defined);
            return names.map_err(|missing| {
                let all = listed(symbols);
                anyhow::anyhow!("--names {name}: {missing}. The library defines {all}")
            });
        }
        let Some(names) = Table::choose(&symbols.defined) else {
            bail!(
                "no table of names fits: the library defines {}. Write a table, see `cargo oracle check \
                 --help`, and name it with --names FILE.toml",
                listed(symbols)
            );
        };
        Ok(names)
    }

    fn work(&self) -> anyhow::Result<Work> {
        Ok(match &self.replay {
            Some(file) => {
                let program = load(file)?.program;
                ensure!(
                    program.header.version == Version::One,
                    "{}: a program of version 2, which needs pools up to 4 GiB; check runs those of version 1",
                    shown(file)
                );
                Work::One { program: program.encode(), shrinks: true }
            }
            None => Work::Stress {
                seed: self.seed,
                calls: self.calls,
                millis: self.seconds.saturating_mul(1000),
            },
        })
    }

    /// The table of the numbered faults; sets which requests are left out.
    fn look_for_faults(
        &self,
        folder: &Path,
        task: &mut Task,
        symbols: &Symbols,
        checked: &mut Checked,
    ) -> anyhow::Result<()> {
        // Each in a folder of its own: those that hang take their time beside others.
        let ended = work(or_cores(None), PROBES.len(), "probes", |number| {
            let folder = folder.join(number.to_string());
            output::make_dir(&folder)?;
            let task = Task { work: Work::Fault { probe: number }, ..task.clone() };
            ask(&folder, &task, PROBE, &mut |_| {})
        });
        for (probe, ended) in PROBES.iter().zip(ended) {
            let verdict = match ended.transpose()? {
                Some(Ended::Outcome(Outcome::Fault(verdict))) => verdict,
                Some(Ended::Outcome(Outcome::Unusable(why))) => bail!("{}", escaped(&why)),
                Some(Ended::Outcome(Outcome::Ran(_))) => bail!("a child process did another task"),
                Some(Ended::Died(death)) => Verdict::Present(end_of_probe(&task.names, &death)),
                Some(Ended::Interrupted) | None => {
                    checked.is_interrupted = true;
                    continue;
                }
            };
            let is_known = self.known.iter().any(|known| known == probe.number);
            let (number, title, calls) = (probe.number, probe.title, probe.calls);
            checked.faults.push(Fault { number, title, calls, verdict, is_known });
        }
        let prints: Vec<&str> =
            PRINTS.into_iter().filter(|name| symbols.needed.contains(*name)).collect();
        checked.faults.push(Fault {
            number: "B18",
            title: "it prints",
            calls: "nm -D --undefined-only",
            verdict: match prints.is_empty() {
                true => Verdict::Absent("no function that prints is linked in".to_owned()),
                false => Verdict::Present(format!("it needs {}", prints.join(", "))),
            },
            is_known: self.known.iter().any(|known| known == "B18"),
        });
        task.avoided = Avoided {
            malloc: checked.has("B1"),
            realloc: checked.has("B2") || checked.has("B3"),
            memalign: checked.has("B4"),
            pool: checked.has("B6"),
        };
        Ok(())
    }

    /// Runs the programs, and again at a lower level behind a finding that belongs to a higher one.
    fn check(&self, folder: &Path, mut task: Task, checked: &mut Checked) -> anyhow::Result<()> {
        let patience = Duration::from_secs(self.hang);
        while !checked.is_interrupted {
            let mut progress = Progress::new(self.calls);
            let mut done = 0;
            let ended = ask(folder, &task, patience, &mut |pulse| {
                done = pulse.calls();
                progress.show(done);
            })?;
            progress.finish(done);
            match ended {
                Ended::Interrupted => checked.is_interrupted = true,
                Ended::Died(death) => {
                    checked.add_death(self.shrunk(folder, &task, death, patience)?, &task.names);
                    checked.is_interrupted = interrupt::requested();
                }
                Ended::Outcome(Outcome::Ran(ran)) => {
                    self.is_usable(&ran)?;
                    let lower = ran.finding.as_ref().and_then(|found: &Found| found.lower);
                    checked.add(*ran);
                    if let Some(lower) = lower {
                        task.level = lower;
                        continue;
                    }
                }
                Ended::Outcome(Outcome::Unusable(why)) => bail!("{}", escaped(&why)),
                Ended::Outcome(Outcome::Fault(_)) => bail!("a child process did another task"),
            }
            break;
        }
        Ok(())
    }

    fn is_usable(&self, ran: &Ran) -> anyhow::Result<()> {
        if ran.programs == 0 && ran.finding.is_none() && !interrupt::requested() {
            bail!(
                "no heap could be made: the allocator refused memory of 256 bytes to 256 KiB. Does it need \
                 memory_align, or another function that makes a heap? See `cargo oracle check --help`"
            );
        }
        Ok(())
    }

    /// Prints that a child died, and shrinks the program that did it.
    fn shrunk(
        &self,
        folder: &Path,
        task: &Task,
        death: Death,
        patience: Duration,
    ) -> anyhow::Result<Option<Deadly>> {
        let call = death.last.running().map(|call| calls::text(&task.names, &call));
        let place = call.map_or("outside of any call".to_owned(), |call| format!("in {call}"));
        let kind = if death.hangs { "a hang" } else { "a crash" };
        note!("{kind}: {}, {place}; its program is shrunk", death.how);
        let Some(program) = death.last.program.clone() else {
            bail!(
                "the library ends its process before the first program: {}{}",
                death.how,
                if death.said.is_empty() {
                    String::new()
                } else {
                    format!("\n{}", escaped(&death.said))
                }
            );
        };
        shrink(folder, task, &program, death, patience).map(Some)
    }

    fn finish(&self, checked: &Checked, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let report = checked.to_string();
        match &self.output {
            Some(path) => {
                output::write(path, &report)?;
                writeln!(out, "{}; the report is in {}", checked.verdict(), shown(path))?;
            }
            None => write!(out, "{report}")?,
        }
        Ok(match checked.is_interrupted {
            true => Exit::Interrupted,
            false if checked.count() > 0 => Exit::Finding,
            false => Exit::Agrees,
        })
    }
}

/// How a probe ended its process, in words.
fn end_of_probe(names: &Names, death: &Death) -> String {
    let call = death.last.running().map(|call| format!(" in {}", calls::text(names, &call)));
    let how = match death.hangs {
        true => "a hang".to_owned(),
        false => format!("a crash: {}", death.how),
    };
    let said = death.said.lines().next_back().map(|line| format!(" ({})", escaped(line)));
    format!("{how}{}{}", call.unwrap_or_default(), said.unwrap_or_default())
}

/// The symbols of a library, as a list that is not too long.
fn listed(symbols: &Symbols) -> String {
    const MOST: usize = 30;
    let names: Vec<String> = symbols.defined.iter().take(MOST).map(|name| escaped(name)).collect();
    match symbols.defined.len() {
        0 => "nothing".to_owned(),
        1..=MOST => names.join(", "),
        all => format!("{} and {} more", names.join(", "), all - MOST),
    }
}
