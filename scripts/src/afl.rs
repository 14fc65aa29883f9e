//! `scripts/afl`: AFL++ on a target, a main and secondaries, inputs shared with libFuzzer.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, bail, ensure};
use clap::Parser;

use crate::cargo::{self, cargo};
use crate::fuzzing;
use crate::interrupt;
use crate::script::Script;
use crate::stop::{Stop, failed};
use crate::tool::{self, counted};

/// Fuzz a target with AFL++, one job for each processor.
///
/// Builds the front end of TARGET with AFL++'s instrumentation and fuzzes it in persistent mode, with one sync
/// folder, target/afl/TARGET, until Ctrl-C or for some seconds. Starts from the committed corpus and from what
/// libFuzzer has found (fuzz/corpus/TARGET); at the end what AFL++ has found goes there, for libFuzzer and for
/// scripts/distil. Crashes are listed with the command that replays them.
#[derive(Parser)]
#[command(name = "scripts/afl", bin_name = "scripts/afl", after_help = NOTES)]
pub(crate) struct Afl {
    /// Fuzz this target: ops, large or misuse; mutant with --build only
    #[arg(default_value = "ops", value_parser = ["ops", "large", "misuse", "mutant"])]
    target: String,
    /// Build the target, print the path of its program, and stop
    #[arg(long)]
    build: bool,
    /// Stop after so many seconds [default: at Ctrl-C]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=3_600_000))]
    seconds: Option<u64>,
    /// Run so many jobs, 1 to 256 [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    jobs: Option<u32>,
}

const NOTES: &str = "\
Examples:
  scripts/afl --seconds 600
  scripts/afl misuse --jobs 1
  scripts/afl mutant --build

Exit codes: 0 nothing found, 1 findings, 2 it cannot be done, 130 interrupted; what was found is kept.
Needs: a C compiler and make. Installs cargo-afl, which builds AFL++.";

/// The version that fuzz/afl/Cargo.toml names.
const VERSION: &str = "0.18.2";

impl Script for Afl {
    fn run(self) -> anyhow::Result<()> {
        cargo::enter_root()?;
        for (program, package) in
            [(&*tool::cc(), "a C compiler, or set CC"), ("make", "the package make")]
        {
            tool::require(program, package)?;
        }
        install()?;
        let folder = cargo::target_folder()?.join("afl");
        let program = build(&self.target, &folder)?;
        if self.build {
            println!("{}", program.display());
            return Ok(());
        }
        ensure!(
            self.target != fuzzing::MUTANT,
            "mutant needs --build: `cargo oracle bughunt --engines` runs it"
        );
        let campaign = Campaign {
            sync: folder.join(&self.target),
            target: &self.target,
            jobs: self.jobs.unwrap_or_else(|| u32::try_from(tool::processors()).unwrap_or(1)),
            seconds: self.seconds,
            started: fuzzing::now(),
        };
        campaign.run(&program)
    }
}

fn install() -> anyhow::Result<()> {
    cargo::install("afl", "afl", VERSION, false)?;
    // Its help ends with exit code 1; without AFL++ it prints something else.
    let printed = tool::capture(&mut cargo(&["afl", "fuzz", "-h"]))?;
    if !(printed.stdout + &printed.stderr).contains("afl-fuzz") {
        eprintln!("scripts/afl: building AFL++ (some minutes)");
        tool::capture(&mut cargo(&["afl", "config", "--build", "--force"]))?
            .stdout_of("cargo afl config --build")?;
    }
    Ok(())
}

/// In a folder of its own: other flags would have everything built anew each time.
fn build(target: &str, folder: &Path) -> anyhow::Result<PathBuf> {
    eprintln!("scripts/afl: building {target}");
    let bin = format!("afl-{target}");
    let mut build =
        cargo(&["afl", "build", "--release", "--locked", "-p", "memoman-fuzz-afl", "--bin", &bin]);
    // Standard output is for results.
    build.args(fuzzing::features(target)).stdout(std::io::stderr());
    build.env("CARGO_TARGET_DIR", folder.join("build"));
    ensure!(tool::status(&mut build)?.success(), "the target {target} does not build");
    if fuzzing::reads_programs(target) {
        build_mutations(folder)?;
    }
    Ok(folder.join("build/release").join(bin))
}

/// AFL++'s mutations of programs, which it loads: built without its instrumentation, and put beside the target.
fn build_mutations(folder: &Path) -> anyhow::Result<()> {
    let mut build = cargo(&["build", "--release", "--locked", "-p", "memoman-fuzz-afl", "--lib"]);
    build.stdout(std::io::stderr()).env("CARGO_TARGET_DIR", folder.join("mutations"));
    ensure!(tool::status(&mut build)?.success(), "AFL++'s mutations do not build");
    let library = mutations();
    fs::copy(
        folder.join("mutations/release").join(&library),
        folder.join("build/release").join(&library),
    )
    .with_context(|| format!("cannot copy {library}"))?;
    Ok(())
}

/// The file that holds the mutations.
fn mutations() -> String {
    format!("{DLL_PREFIX}afl_mutations{DLL_SUFFIX}")
}

struct Campaign<'a> {
    target: &'a str,
    /// The folder that the jobs share.
    sync: PathBuf,
    jobs: u32,
    seconds: Option<u64>,
    started: SystemTime,
}

impl Campaign<'_> {
    fn run(&self, program: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(&self.sync)?;
        let seeds = tempfile::tempdir()?;
        self.gather(seeds.path())?;
        let mut jobs = Vec::new();
        for job in 1..=self.jobs {
            jobs.push(self.start(job, program, seeds.path())?);
        }
        let time = self
            .seconds
            .map_or_else(|| "until Ctrl-C".into(), |seconds| format!("for {seconds} s"));
        eprintln!(
            "scripts/afl: fuzzing {} {time}, {} jobs; logs: {}.*.log",
            self.target,
            self.jobs,
            self.sync.display()
        );
        let mut ended_badly = false;
        while !jobs.is_empty() && interrupt::requests() == 0 {
            sleep(Duration::from_millis(200));
            jobs.retain_mut(|job| match job.try_wait() {
                Ok(None) => true,
                ended => {
                    ended_badly |= !matches!(ended, Ok(Some(status)) if status.success());
                    false
                }
            });
        }
        let interrupted = interrupt::requests() > 0;
        for job in &jobs {
            tool::signal(job, nix::sys::signal::Signal::SIGINT);
        }
        for job in &mut jobs {
            tool::end(job, Duration::from_secs(3));
        }

        let of_this_run = fuzzing::written_since(&self.sync, self.started);
        if ended_badly && !of_this_run.iter().any(|file| file.ends_with("fuzzer_stats")) {
            let log = fs::read_to_string(self.log(1)).unwrap_or_default();
            bail!("AFL++ did not start:\n{}", tool::last_lines(&log, 20));
        }
        let (new, findings) = self.collect(&of_this_run)?;
        let runs: u64 = of_this_run
            .iter()
            .filter(|file| file.ends_with("fuzzer_stats"))
            .filter_map(|file| runs(&fs::read_to_string(file).ok()?))
            .sum();
        let kept = format!(
            "{runs} runs, {} in fuzz/corpus/{}, {}",
            counted(new, "new input"),
            self.target,
            counted(findings, "finding")
        );
        if interrupted {
            return Err(
                Stop::Interrupted(format!("kept: {kept} in {}", self.sync.display())).into()
            );
        }
        println!("scripts/afl: {kept}");
        if findings > 0 { failed(counted(findings, "finding") + ": see above") } else { Ok(()) }
    }

    fn log(&self, job: u32) -> PathBuf {
        self.sync.with_extension(format!("{job}.log"))
    }

    /// AFL++ reads every seed at the start: the distilled ones, and short ones that came since.
    fn gather(&self, seeds: &Path) -> anyhow::Result<()> {
        for folder in fuzzing::corpora(self.target)?.iter().rev() {
            for file in cargo::files_below(folder)? {
                if file.metadata()?.len() <= 4096 {
                    fs::copy(
                        &file,
                        seeds.join(file.file_name().context("a file without a name")?),
                    )?;
                }
            }
        }
        Ok(())
    }

    fn start(&self, job: u32, program: &Path, seeds: &Path) -> anyhow::Result<Child> {
        let log = File::create(self.log(job))?;
        let mut fuzz = cargo(&["afl", "fuzz", "-i"]);
        fuzz.arg(seeds).arg("-o").arg(&self.sync).args(role(job)).args(["-t", "2000"]);
        if let Some(seconds) = self.seconds {
            fuzz.args(["-V", &seconds.to_string()]);
        }
        fuzz.arg("--").arg(program).stdout(log.try_clone()?).stderr(log);
        for name in [
            "SKIP_CPUFREQ",
            "I_DONT_CARE_ABOUT_MISSING_CRASHES",
            "NO_UI",
            "NO_AFFINITY",
            "FAST_CAL",
            "AUTORESUME",
        ] {
            fuzz.env(format!("AFL_{name}"), "1");
        }
        if fuzzing::reads_programs(self.target) {
            fuzz.env("AFL_CUSTOM_MUTATOR_LIBRARY", program.with_file_name(mutations()));
        }
        tool::spawn(&mut fuzz)
    }

    /// Copies new inputs to libFuzzer's corpus, named by their content, and reports crashes and hangs.
    fn collect(&self, files: &[PathBuf]) -> anyhow::Result<(usize, usize)> {
        let (mut new, mut findings) = (0, 0);
        for file in files {
            match kind(file) {
                Some(Kind::Finding) => {
                    findings += 1;
                    eprintln!(
                        "scripts/afl: a finding; replay it: {}",
                        fuzzing::replay(self.target, file)
                    );
                }
                Some(Kind::Input) => {
                    let digest =
                        tool::capture(tool::command("sha1sum").arg(file))?.stdout_of("sha1sum")?;
                    // A name with a backslash or a line end is escaped.
                    let name =
                        digest.trim_start_matches('\\').split(' ').next().unwrap_or_default();
                    let kept = Path::new("fuzz/corpus").join(self.target).join(name);
                    if !kept.exists() && !fuzzing::committed(self.target).join(name).exists() {
                        fs::copy(file, kept)?;
                        new += 1;
                    }
                }
                None => {}
            }
        }
        Ok((new, findings))
    }
}

/// The first job is the main one.
fn role(job: u32) -> [String; 2] {
    if job == 1 { ["-M".into(), "main".into()] } else { ["-S".into(), format!("secondary{job}")] }
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Input,
    Finding,
}

/// What a file in the sync folder is: `JOB/queue/id:…` an input (except copies of seeds), `JOB/crashes/id:…`
/// and `JOB/hangs/id:…` findings.
fn kind(file: &Path) -> Option<Kind> {
    let name = file.file_name()?.to_string_lossy();
    let folder = file.parent()?.file_name()?;
    if !name.starts_with("id:") {
        None
    } else if folder == "crashes" || folder == "hangs" {
        Some(Kind::Finding)
    } else {
        (folder == "queue" && !name.contains(",orig:")).then_some(Kind::Input)
    }
}

/// The runs that a job's fuzzer_stats names.
fn runs(stats: &str) -> Option<u64> {
    stats.lines().find_map(|line| {
        line.strip_prefix("execs_done")?.trim_start().strip_prefix(':')?.trim().parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_and_findings_are_distinguished_from_other_files() {
        let kind = |path: &str| kind(Path::new(path));
        assert_eq!(kind("s/main/queue/id:000001,src:000000,op:havoc"), Some(Kind::Input));
        assert_eq!(kind("s/main/queue/id:000001,time:0,orig:seed"), None);
        assert_eq!(kind("s/main/queue/.state/x"), None);
        assert_eq!(kind("s/main/crashes/id:000000,sig:06"), Some(Kind::Finding));
        assert_eq!(kind("s/main/crashes/README.txt"), None);
        assert_eq!(kind("s/secondary2/hangs/id:000000"), Some(Kind::Finding));
    }

    #[test]
    fn a_jobs_runs_are_read() {
        assert_eq!(
            runs("start_time        : 1\nexecs_done        : 12345\nexecs_per_sec     : 9\n"),
            Some(12345)
        );
        assert_eq!(runs(""), None);
    }

    #[test]
    fn the_first_job_is_the_main_one() {
        assert_eq!(role(1), ["-M", "main"]);
        assert_eq!(role(2), ["-S", "secondary2"]);
    }

    #[test]
    fn only_targets_with_a_front_end_are_taken() {
        let parse =
            |arguments: &[&str]| Afl::try_parse_from(["scripts/afl"].iter().chain(arguments));
        assert_eq!(parse(&[]).unwrap().target, "ops");
        for wrong in [&["latency"][..], &["--jobs", "100000"], &["--seconds", "0"]] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
