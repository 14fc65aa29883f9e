//! `scripts/overnight`: a night of fuzzing on all processors, merged, distilled, triaged and summed up.

mod summary;
mod turns;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, bail, ensure};
use clap::Parser;

use self::summary::{Row, Summary};
use self::turns::Fuzzer;
use crate::cargo::{self, Rustc, cargo};
use crate::fuzzing;
use crate::interrupt;
use crate::registry::Script;
use crate::stop::{Stop, failed};
use crate::tool;

/// Fuzz all night on all processors, then merge, distil, triage, and sum up.
///
/// Runs libFuzzer in fork mode from corpus/TARGET-v1 and fuzz/corpus/TARGET. The targets take turns of half an
/// hour at most, so that each has had its share when it ends; crashes, timeouts and exhausted memory do not
/// stop it.
///
/// Then, also after Ctrl-C (a second one ends it at once): what was learned is merged into fuzz/corpus/TARGET,
/// `scripts/distil` replaces corpus/TARGET-v1 if nothing was found, and `cargo oracle triage` reads
/// fuzz/artifacts/TARGET: distinct findings, each shrunk to an .ops program. What it cannot bring to fail runs
/// in the fuzzer once more, whose sanitizer may see what no check does. The summary is
/// target/overnight/DATE/summary.md, which is printed; the findings lie beside it.
#[derive(Parser)]
#[command(name = "scripts/overnight", bin_name = "scripts/overnight", after_help = NOTES)]
pub(crate) struct Overnight {
    /// Fuzz for so many hours, all targets together
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=1000), conflicts_with = "seconds")]
    hours: u64,
    /// Fuzz for so many seconds, all targets together
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=3_600_000))]
    seconds: Option<u64>,
    /// Fuzz these targets [default: all of fuzz/fuzz_targets]
    #[arg(long, value_name = "A,B…", value_delimiter = ',')]
    targets: Vec<String>,
    /// Run so many processes at a time, 1 to 256 [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    jobs: Option<u32>,
    /// Run `cargo oracle explore --known all` at the end: every state of small pools
    #[arg(long)]
    explore: bool,
    /// Leave the committed corpus as it is
    #[arg(long)]
    no_distil: bool,
}

const NOTES: &str = "\
Examples:
  scripts/overnight
  scripts/overnight --hours 10 --targets ops --explore
  SANITIZER=none scripts/overnight     without AddressSanitizer: two to three times as fast
  scripts/overnight --seconds 60       a try

Exit codes: 0 nothing found, 1 findings, 2 it cannot be done or was not done completely, 130 interrupted.
Needs: a C and a C++ compiler, Linux. Installs cargo-fuzz.";

/// A turn takes half an hour at most.
const TURN: u64 = 1800;

impl Script for Overnight {
    fn run(self) -> anyhow::Result<()> {
        cargo::enter_root()?;
        let targets =
            if self.targets.is_empty() { fuzzing::targets()? } else { self.targets.clone() };
        for target in &targets {
            fuzzing::check_target(target)?;
        }
        let seconds = self.seconds.unwrap_or(self.hours * 3600);
        ensure!(
            seconds >= targets.len() as u64,
            "--seconds must be {} at least: one for each target",
            targets.len()
        );
        fuzzing::prepare("overnight")?;
        let jobs = self.jobs.unwrap_or_else(|| u32::try_from(tool::processors()).unwrap_or(1));
        let mut night = Night::new(targets, jobs)?;
        night.fuzz(seconds)?;
        let swept = night.sweep(&self, seconds);
        if interrupt::requests() > 0 {
            return night.interrupted();
        }
        swept
    }
}

/// A night's work.
struct Night {
    folder: PathBuf,
    jobs: u32,
    sanitizer: String,
    began: SystemTime,
    summary: Summary,
    /// Whether something was not done; the notes say what.
    incomplete: bool,
}

impl Night {
    /// Builds everything: copies, as distilling builds without a sanitizer, and the tree may change meanwhile.
    fn new(targets: Vec<String>, jobs: u32) -> anyhow::Result<Self> {
        let sanitizer = fuzzing::sanitizer()?;
        let date = date("+%Y-%m-%d-%H%M%S")?;
        let folder = cargo::target_folder()?.join("overnight").join(date);
        for name in ["bin", "scratch"] {
            fs::create_dir_all(folder.join(name))
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        eprintln!("scripts/overnight: building {} and the oracle", targets.join(", "));
        for target in &targets {
            fs::copy(fuzzing::build(target, &sanitizer)?, folder.join("bin").join(target))?;
        }
        let mut build = cargo(&[
            "build",
            "-q",
            "--release",
            "--locked",
            "-p",
            "memoman-oracle",
            "--bin",
            "oracle",
            "--message-format=json",
        ]);
        let oracle = cargo::executables(cargo::build(&mut build)?)
            .pop()
            .context("cargo names no executable of the oracle")?;
        fs::copy(oracle, folder.join("bin/oracle"))?;
        let rows = targets.into_iter().map(|target| Row { target, ..Row::default() }).collect();
        let summary = Summary { rows, began: date_now()?, ..Summary::default() };
        Ok(Self { folder, jobs, sanitizer, began: fuzzing::now(), summary, incomplete: false })
    }

    fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    fn with_fuzzer<T>(
        &self,
        target: &str,
        what: impl FnOnce(&Fuzzer<'_>) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        what(&Fuzzer {
            target,
            program: &self.program(target),
            jobs: self.jobs,
            night: &self.folder,
        })
    }

    fn targets(&self) -> Vec<String> {
        self.summary.rows.iter().map(|row| row.target.clone()).collect()
    }

    fn fuzz(&mut self, seconds: u64) -> anyhow::Result<()> {
        let targets = self.targets();
        for (index, target) in targets.iter().enumerate() {
            let coverage = self.with_fuzzer(target, |fuzzer| fuzzer.coverage())?;
            fs::create_dir_all(Path::new("fuzz/artifacts").join(target))?;
            let row = &mut self.summary.rows[index];
            row.coverage[0] = coverage;
            row.found[0] = fuzzing::count(&Path::new("fuzz/corpus").join(target));
            row.committed = [fuzzing::count(&fuzzing::committed(target)); 2];
        }
        eprintln!(
            "scripts/overnight: fuzzing {} for {seconds} s, {} jobs; Ctrl-C stops it and sums up; logs: {}",
            targets.join(", "),
            self.jobs,
            self.folder.display()
        );
        let turns = seconds.div_ceil(TURN * targets.len() as u64);
        let time = Duration::from_secs(seconds / turns / targets.len() as u64);
        for _ in 0..turns {
            for (index, target) in targets.iter().enumerate() {
                if interrupt::requests() > 0 {
                    continue;
                }
                let turn = self.with_fuzzer(target, |fuzzer| fuzzer.turn(time))?;
                let row = &mut self.summary.rows[index];
                row.runs += turn.runs;
                row.seconds += turn.seconds;
                if turn.broken {
                    self.note(index, &format!("libFuzzer ended by itself; see {target}.all.log"));
                }
            }
        }
        if interrupt::requests() > 0 {
            self.summary.stopped = true;
            interrupt::acknowledge();
            eprintln!(
                "scripts/overnight: stopping; what was found so far is merged and triaged (Ctrl-C again ends this, too)"
            );
        }
        Ok(())
    }

    /// Notes that something was not done.
    fn note(&mut self, index: usize, text: &str) {
        self.incomplete = true;
        let notes = &mut self.summary.rows[index].notes;
        if !notes.iter().any(|note| note == text) {
            notes.push(text.to_owned());
        }
    }

    /// Everything after the fuzzing.
    fn sweep(&mut self, options: &Overnight, seconds: u64) -> anyhow::Result<()> {
        eprintln!("scripts/overnight: merging and triaging");
        for (index, target) in self.targets().iter().enumerate() {
            self.merge(index, target)?;
        }
        self.triage()?;
        self.try_in_fuzzer()?;
        for (index, target) in self.targets().iter().enumerate() {
            if !options.no_distil && fuzzing::committed(target).is_dir() {
                self.distil(index, target)?;
            }
        }
        if options.explore {
            self.explore()?;
        }
        self.summary.ended = date_now()?;
        self.summary.setting = self.setting()?;
        self.summary.again =
            format!("scripts/overnight --seconds {seconds} --targets {}", self.targets().join(","));
        let text = self.summary.render();
        let path = self.folder.join("summary.md");
        fs::write(&path, &text)?;
        let _ = fs::remove_dir_all(self.folder.join("scratch"));
        print!("{text}");
        eprintln!("scripts/overnight: summary: {}", path.display());
        if self.summary.stopped {
            return self.interrupted();
        }
        if self.summary.findings > 0 {
            return failed(format!("{} findings", self.summary.findings));
        }
        if self.incomplete {
            bail!("not all of it was done: see the notes in the table");
        }
        Ok(())
    }

    fn interrupted(&self) -> anyhow::Result<()> {
        let kept = format!(
            "kept: inputs in fuzz/corpus, findings in fuzz/artifacts, logs and summary in {}",
            self.folder.display()
        );
        Err(Stop::Interrupted(kept).into())
    }

    /// Replaces fuzz/corpus/TARGET by the fewest inputs with its coverage.
    fn merge(&mut self, index: usize, target: &str) -> anyhow::Result<()> {
        let dirs = fuzzing::corpora(target)?;
        let merged = self.folder.join("merged");
        fs::create_dir(&merged)?;
        let mut merge = tool::command(self.program(target));
        merge
            .arg("-set_cover_merge=1")
            .arg(format!("-artifact_prefix={}/", self.folder.join("scratch").display()));
        let ran = tool::capture(merge.arg(&merged).args(&dirs))?;
        fs::write(
            self.folder.join(format!("{target}.merge.log")),
            format!("{}{}", ran.stdout, ran.stderr),
        )?;
        if ran.status.success() {
            for file in cargo::files_below(&merged)? {
                // The committed ones are there anyway.
                if file
                    .file_name()
                    .is_some_and(|name| fuzzing::committed(target).join(name).exists())
                {
                    fs::remove_file(&file)?;
                }
            }
            let old = self.folder.join(format!("corpus-{target}"));
            replace(&dirs[0], &merged, &old)?;
            fs::remove_dir_all(&old)?;
        } else {
            self.note(index, &format!("not merged; see {target}.merge.log"));
            fs::remove_dir_all(&merged)?;
        }
        let coverage = self.with_fuzzer(target, |fuzzer| fuzzer.coverage())?;
        let row = &mut self.summary.rows[index];
        row.coverage[1] = coverage;
        row.found[1] = fuzzing::count(&dirs[0]);
        Ok(())
    }

    /// The copies of what this night found of a target: earlier artifacts were triaged in their own nights.
    fn artifacts(&self, target: &str) -> PathBuf {
        self.folder.join("artifacts").join(target)
    }

    fn triage(&mut self) -> anyhow::Result<()> {
        let mut folders = Vec::new();
        for target in self.targets() {
            let folder = self.artifacts(&target);
            fs::create_dir_all(&folder)?;
            for file in
                fuzzing::written_since(&Path::new("fuzz/artifacts").join(&target), self.began)
            {
                fs::copy(&file, folder.join(file.file_name().context("a file without a name")?))?;
            }
            if has_triage(&target) {
                folders.push(folder);
            }
        }
        if folders.is_empty() {
            return Ok(());
        }
        let mut triage = tool::command(self.program("oracle"));
        triage.args(["triage", "--out"]).arg(self.folder.join("findings")).args(folders);
        let ran = tool::capture(&mut triage)?;
        fs::write(self.folder.join("triage.md"), &ran.stdout)?;
        fs::write(self.folder.join("triage.log"), &ran.stderr)?;
        self.summary.findings += match ran.status.code() {
            Some(0) => 0,
            Some(1) => summary::distinct(&ran.stdout).unwrap_or(1),
            _ => {
                eprintln!("{}", tool::last_lines(&ran.stderr, 20));
                1
            }
        };
        self.summary.triage = ran.stdout;
        Ok(())
    }

    /// What triage passes, and what is of other targets, is tried in the fuzzer itself.
    fn try_in_fuzzer(&mut self) -> anyhow::Result<()> {
        let mut files: Vec<PathBuf> =
            summary::agreeing(&self.summary.triage).map(PathBuf::from).collect();
        for target in self.targets().iter().filter(|target| !has_triage(target)) {
            files.extend(cargo::files_below(&self.artifacts(target))?);
        }
        for file in files {
            let folder =
                file.parent().and_then(Path::file_name).context("an artifact without a target")?;
            let target = folder.to_string_lossy().into_owned();
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let mut run = tool::command(self.program(&target));
            run.args(["-timeout=60", "-artifact_prefix="]).arg(&file).env("RUST_BACKTRACE", "0");
            run.current_dir(self.folder.join("scratch"));
            let ran = tool::capture(&mut run)?;
            if ran.status.success() {
                continue;
            }
            self.summary.findings += 1;
            let sanitizer = if self.sanitizer == "address" {
                String::new()
            } else {
                format!("SANITIZER={} ", self.sanitizer)
            };
            let _ = write!(
                self.summary.only_in_fuzzer,
                "- `fuzz/artifacts/{target}/{name}`: {}\n  See it again: `{sanitizer}scripts/fuzz {target} fuzz/artifacts/{target}/{name}`\n",
                first_words(&ran.stderr)
            );
        }
        Ok(())
    }

    fn distil(&mut self, index: usize, target: &str) -> anyhow::Result<()> {
        if self.summary.findings > 0 {
            self.summary.rows[index].notes.push("not distilled, as there are findings".into());
            return Ok(());
        }
        let ran = tool::capture(tool::command("scripts/distil").arg(target))?;
        fs::write(
            self.folder.join(format!("{target}.distil.log")),
            format!("{}{}", ran.stdout, ran.stderr),
        )?;
        if ran.status.success() {
            self.summary.rows[index].committed[1] = fuzzing::count(&fuzzing::committed(target));
        } else {
            self.note(index, &format!("not distilled; see {target}.distil.log"));
        }
        Ok(())
    }

    fn explore(&mut self) -> anyhow::Result<()> {
        eprintln!("scripts/overnight: exploring");
        let ran = tool::capture(
            tool::command(self.program("oracle")).args(["explore", "--known", "all"]),
        )?;
        let printed = format!("{}{}", ran.stderr, ran.stdout);
        fs::write(self.folder.join("explore.log"), &printed)?;
        let last = tool::last_lines(&printed, 1);
        self.summary.explored = Some(if ran.status.success() {
            last
        } else {
            self.summary.findings += 1;
            format!("{}: {last}", ran.status)
        });
        Ok(())
    }

    /// Commit, jobs, machine, compiler.
    fn setting(&self) -> anyhow::Result<String> {
        let git = |arguments: &[&str]| {
            Ok::<_, anyhow::Error>(
                tool::capture(tool::command("git").args(arguments))?.stdout.trim().to_owned(),
            )
        };
        let mut commit = git(&["rev-parse", "--short", "HEAD"])?;
        if !git(&["status", "--porcelain", "--untracked-files=no", "--", ".", ":!corpus"])?
            .is_empty()
        {
            commit += ", with changes";
        }
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let (processor, memory) = machine(&read("/proc/cpuinfo"), &read("/proc/meminfo"));
        Ok(format!(
            "commit {commit}; {} jobs on {} processors\nof {processor}, {memory} GiB; sanitizer: {}; {}",
            self.jobs,
            tool::processors(),
            self.sanitizer,
            Rustc::ask()?.version
        ))
    }
}

/// Puts one folder in place of another, which is kept as `old`; never is there none but for a moment.
fn replace(folder: &Path, by: &Path, old: &Path) -> anyhow::Result<()> {
    fs::rename(folder, old)?;
    fs::rename(by, folder).with_context(|| {
        format!(
            "cannot move {} to {}; the old one is {}",
            by.display(),
            folder.display(),
            old.display()
        )
    })
}

/// Whether `oracle triage` reads the inputs of a target.
fn has_triage(target: &str) -> bool {
    ["ops", "misuse"].contains(&target)
}

fn date_now() -> anyhow::Result<String> {
    date("+%Y-%m-%d %H:%M:%S")
}

fn date(format: &str) -> anyhow::Result<String> {
    Ok(tool::capture(tool::command("date").arg(format))?.stdout_of("date")?.trim().to_owned())
}

/// The processor's name, and the memory in GiB.
fn machine(cpuinfo: &str, meminfo: &str) -> (String, u64) {
    let name = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let memory = meminfo.lines().find_map(|line| {
        line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    });
    (name.map_or("an unknown processor", |(_, name)| name).to_owned(), memory.unwrap_or(0) >> 20)
}

/// Where a fuzzer's output says what happened: the line that names it and the next one, 240 characters at most.
fn first_words(printed: &str) -> String {
    let words = ["ERROR", "panicked", "SUMMARY", "ALARM"];
    let lines = printed.lines().skip_while(|line| !words.iter().any(|word| line.contains(word)));
    lines.take(2).collect::<Vec<_>>().join(" ").chars().take(240).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_jobs_have_bounds() {
        let parse = |arguments: &[&str]| {
            Overnight::try_parse_from(["scripts/overnight"].iter().chain(arguments))
        };
        assert_eq!(parse(&[]).unwrap().hours, 8);
        assert_eq!(parse(&["--targets", "ops,misuse"]).unwrap().targets, ["ops", "misuse"]);
        for wrong in [
            &["--hours", "0"][..],
            &["--jobs", "100000"],
            &["--hours", "2", "--seconds", "3"],
            &["--seconds", "x"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_machine_is_named() {
        let cpuinfo = "processor\t: 0\nmodel name\t: A Processor\nmodel name\t: B\n";
        assert_eq!(machine(cpuinfo, "MemTotal:       25165824 kB\n"), ("A Processor".into(), 24));
        assert_eq!(machine("", ""), ("an unknown processor".into(), 0));
    }

    #[test]
    fn the_first_words_of_a_failure_are_quoted() {
        let printed = "INFO: seed\n==1==ERROR: AddressSanitizer: heap-buffer-overflow\nREAD of size 8\n#0 0x1\n";
        assert_eq!(
            first_words(printed),
            "==1==ERROR: AddressSanitizer: heap-buffer-overflow READ of size 8"
        );
        assert_eq!(first_words("x"), "");
    }

    #[test]
    fn a_folder_is_replaced_and_the_old_one_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["corpus", "merged"] {
            fs::create_dir(path(name)).unwrap();
            fs::write(path(name).join(name), "").unwrap();
        }
        replace(&path("corpus"), &path("merged"), &path("old")).unwrap();
        assert!(path("corpus/merged").exists() && path("old/corpus").exists());
    }
}
