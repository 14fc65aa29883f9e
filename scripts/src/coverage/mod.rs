//! `scripts/coverage`: the lines and branches of the engine that the corpus alone goes through, or all tests.

mod exclusions;
mod lcov;
mod report;
mod source;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use clap::Parser;

use self::exclusions::Exclusions;
use self::report::Report;
use self::source::Source;
use crate::cargo::{self, FEATURES_OF_CLI, Rustc, cargo};
use crate::script::Script;
use crate::stop::{failed, not_done};
use crate::tool;

/// Measure which lines and branches of the engine the corpus goes through.
///
/// Builds the oracle with LLVM's source-based coverage, replays the corpus (corpus/regress and every
/// corpus/*-v1) and nothing else, and prints, file by file, the lines and branches of the engine
/// (memoman/src, its unit tests apart; not the C library, the tests or the harness) that it went through,
/// and the numbers of the lines that it missed.
///
/// A line or branch counts as taken if any instantiation of its function took it: the same code in 16
/// geometries is one. Branches are counted both ways, in debug builds: those of assertions are among them.
/// scripts/coverage.exclusions lists each line and branch that the corpus alone cannot reach, with the reason;
/// an entry that excludes nothing any more is an error.
#[derive(Parser)]
#[command(name = "scripts/coverage", bin_name = "scripts/coverage", after_help = NOTES)]
pub(crate) struct Coverage {
    /// Measure the corpus alone (the default)
    #[arg(long, conflicts_with = "all")]
    corpus: bool,
    /// Measure the corpus and all tests of the engine and the harness, with all features; excludes nothing.
    /// The C library's tests look at what they build, which coverage changes, and stay out
    #[arg(long)]
    all: bool,
    /// Write target/coverage/html, too: the source, with counts
    #[arg(long)]
    html: bool,
    /// Fail below 100 % of lines or 95 % of branches
    #[arg(long)]
    check: bool,
}

const NOTES: &str = "\
Examples:
  scripts/coverage
  scripts/coverage --check                 the corpus still covers all of the engine
  scripts/coverage --all --html

Exit codes: 0 done, 1 below the limits, an exclusion that excuses nothing, or a test fails, 2 it cannot be
measured here, 130 interrupted.
Needs: a C compiler, and llvm-cov and llvm-profdata no older than rustc's LLVM: of the toolchain (rustup
component add llvm-tools, which this does), or of the Debian package llvm-N (as root, it is installed where
apt-get has it); or name them by LLVM_COV and LLVM_PROFDATA.";

const ENGINE: &str = "memoman/src/";
const EXCLUSIONS: &str = "scripts/coverage.exclusions";

impl Script for Coverage {
    fn run(self) -> anyhow::Result<()> {
        let root = cargo::enter_root()?;
        let llvm = Llvm::find()?;
        let exclusions = if self.all {
            Exclusions::default()
        } else {
            let text = fs::read_to_string(EXCLUSIONS)
                .with_context(|| format!("cannot read {EXCLUSIONS}"))?;
            Exclusions::parse(&text).context(EXCLUSIONS)?
        };
        let mut session = Session::new()?;
        session.replay_corpus()?;
        let failures = if self.all { session.run_tests()? } else { String::new() };

        let profile = session.merge(&llvm)?;
        let read = |what: &str| session.read(&llvm, what, &profile, &root.join(ENGINE));
        let exported =
            tool::capture(read("export").arg("-format=lcov"))?.stdout_of("llvm-cov export")?;
        if self.html {
            let folder = session.target.join("html");
            let mut show = read("show");
            show.args(["-format=html", "-show-branches=count", "-show-instantiations=false"]);
            show.arg(format!("-output-dir={}", folder.display()));
            tool::capture(&mut show)?.stdout_of("llvm-cov show")?;
            eprintln!("scripts/coverage: see {}", folder.join("index.html").display());
        }

        let mut sources = Vec::new();
        for path in cargo::files_below(Path::new(ENGINE))? {
            let name = path.to_string_lossy().trim_start_matches(ENGINE).to_owned();
            if name.ends_with(".rs") {
                sources.push((name, Source::scan(&fs::read_to_string(&path)?)));
            }
        }
        let report = Report::new(&sources, lcov::parse(&exported, ENGINE), &exclusions);
        print!("{}", report.render(if self.all { "everything" } else { "corpus" }, &exclusions));
        ensure!(!report.is_empty(), "nothing was measured");
        let stale: Vec<_> = exclusions.stale().collect();
        if !stale.is_empty() {
            return failed(stale.join("\n"));
        }
        if !failures.is_empty() {
            return failed(format!(
                "{failures}\ntests fail; without coverage: cargo test --all-features"
            ));
        }
        if self.check && !report.suffices() {
            return failed("below 100 % of lines or 95 % of branches");
        }
        Ok(())
    }
}

/// The tools that read profiles. They must not be older than the LLVM that wrote them.
struct Llvm {
    cov: PathBuf,
    profdata: PathBuf,
}

impl Llvm {
    fn find() -> anyhow::Result<Self> {
        let rustc = Rustc::ask()?;
        if let Some(llvm) = Self::installed(&rustc)? {
            return Ok(llvm);
        }
        if tool::find("rustup").is_some() {
            eprintln!("scripts/coverage: rustup component add llvm-tools");
            tool::capture(tool::command("rustup").args(["component", "add", "llvm-tools"]))?;
            if let Some(llvm) = Self::installed(&rustc)? {
                return Ok(llvm);
            }
        }
        let package = format!("llvm-{}", rustc.llvm);
        if tool::is_root()? && tool::find("apt-get").is_some() {
            eprintln!("scripts/coverage: installing the package {package}");
            let mut install = tool::command("apt-get");
            install.args(["-q", "install", "-y", "--no-install-recommends", &package]);
            tool::capture(&mut install)?;
        }
        match Self::installed(&rustc)? {
            Some(llvm) => Ok(llvm),
            None => not_done(format!(
                "llvm-cov of LLVM {} is missing; install it by rustup component add llvm-tools or the package {package}, or set LLVM_COV and LLVM_PROFDATA",
                rustc.llvm
            )),
        }
    }

    fn installed(rustc: &Rustc) -> anyhow::Result<Option<Self>> {
        if let (Some(cov), Some(profdata)) =
            (std::env::var_os("LLVM_COV"), std::env::var_os("LLVM_PROFDATA"))
        {
            return Ok(Some(Self { cov: cov.into(), profdata: profdata.into() }));
        }
        let sysroot = tool::capture(tool::command("rustc").args(["--print", "sysroot"]))?
            .stdout_of("rustc --print sysroot")?;
        let tools = Path::new(sysroot.trim()).join("lib/rustlib").join(&rustc.host).join("bin");
        let names = (rustc.llvm..rustc.llvm + 3)
            .map(|version| (format!("llvm-cov-{version}"), format!("llvm-profdata-{version}")));
        let local = |name: &str| tools.join(name).to_string_lossy().into_owned();
        let mut candidates =
            std::iter::once((local("llvm-cov"), local("llvm-profdata"))).chain(names);
        Ok(candidates.find_map(|(cov, profdata)| {
            Some(Self { cov: tool::find(&cov)?, profdata: tool::find(&profdata)? })
        }))
    }
}

/// Instrumented programs and the profiles that they write.
struct Session {
    work: tempfile::TempDir,
    target: PathBuf,
    binaries: Vec<PathBuf>,
}

impl Session {
    fn new() -> anyhow::Result<Self> {
        // A folder of its own: other flags would have everything built anew each time.
        let target = cargo::target_folder()?.join("coverage");
        Ok(Self { work: tempfile::tempdir()?, target, binaries: Vec::new() })
    }

    /// A command that builds with instrumentation; what build scripts count is left out.
    fn instrumented(&self, mut command: Command) -> Command {
        command
            .env("CARGO_TARGET_DIR", &self.target)
            .env("RUSTC_BOOTSTRAP", "1")
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        command.env("RUSTFLAGS", "-Cinstrument-coverage -Zcoverage-options=branch");
        command.env("LLVM_PROFILE_FILE", self.work.path().join("built/%p-%m.profraw"));
        command
    }

    fn replay_corpus(&mut self) -> anyhow::Result<()> {
        eprintln!("scripts/coverage: building");
        let mut build = self.instrumented(cargo(&[
            "build",
            "-q",
            "--locked",
            "-p",
            "memoman-oracle",
            "--bin",
            "oracle",
        ]));
        build.args([
            "--no-default-features",
            "--features",
            FEATURES_OF_CLI,
            "--message-format=json",
        ]);
        let built = cargo::executables(cargo::build(&mut build)?)
            .pop()
            .context("cargo names no executable of the oracle")?;
        // A copy: the tests build it anew, with other features.
        let oracle = self.work.path().join("oracle");
        fs::copy(built, &oracle)?;
        self.binaries.push(oracle.clone());

        eprintln!("scripts/coverage: replaying the corpus");
        let mut folders: Vec<_> = fs::read_dir("corpus")?
            .map(|entry| Ok(entry?.path()))
            .collect::<anyhow::Result<_>>()?;
        folders.retain(|folder| {
            folder.ends_with("regress") || folder.to_string_lossy().ends_with("-v1")
        });
        folders.sort();
        let (misuse, programs): (Vec<_>, Vec<_>) =
            folders.into_iter().partition(|folder| folder.ends_with("misuse-v1"));
        let mut replay = self.profiled(&oracle);
        tool::capture(replay.arg("corpus").args(programs))?.stdout_of("oracle corpus")?;
        let mut replay = self.profiled(&oracle);
        replay.arg("misuse");
        for folder in misuse {
            replay.args(cargo::files_below(&folder)?);
        }
        tool::capture(&mut replay)?.stdout_of("oracle misuse")?;
        Ok(())
    }

    fn profiled(&self, program: &Path) -> Command {
        let mut command = tool::command(program);
        command.env("LLVM_PROFILE_FILE", self.work.path().join("%p-%4m.profraw"));
        command
    }

    /// Runs the tests with all features; returns what failed.
    fn run_tests(&mut self) -> anyhow::Result<String> {
        eprintln!("scripts/coverage: the tests, with all features");
        let tests = || {
            let mut test = self.instrumented(cargo(&[
                "test",
                "-q",
                "--locked",
                "-p",
                "memoman",
                "-p",
                "memoman-oracle",
                "--all-features",
            ]));
            test.args(["--lib", "--bins", "--tests", "--examples"]);
            test
        };
        let built = cargo::build(tests().args(["--no-run", "--message-format=json"]))?;
        let mut run = tests();
        run.arg("--no-fail-fast").env("LLVM_PROFILE_FILE", self.work.path().join("%p-%4m.profraw"));
        let ran = tool::capture(&mut run)?;
        self.binaries.extend(cargo::executables(built));
        if ran.status.success() {
            return Ok(String::new());
        }
        let printed = ran.stdout + &ran.stderr;
        let named = printed.lines().filter(|line| {
            line.contains("FAILED") || line.starts_with("error") || line.starts_with("    `-p")
        });
        Ok(named.collect::<Vec<_>>().join("\n"))
    }

    fn merge(&self, llvm: &Llvm) -> anyhow::Result<PathBuf> {
        let profile = self.work.path().join("profile");
        let raw = fs::read_dir(self.work.path())?.filter_map(|entry| Some(entry.ok()?.path()));
        let raw: Vec<_> = raw
            .filter(|path| path.extension().is_some_and(|extension| extension == "profraw"))
            .collect();
        if raw.is_empty() {
            bail!("no profile was written");
        }
        let mut merge = tool::command(&llvm.profdata);
        merge.args(["merge", "-sparse"]).args(raw).arg("-o").arg(&profile);
        tool::capture(&mut merge)?.stdout_of("llvm-profdata merge")?;
        Ok(profile)
    }

    /// An llvm-cov command about the engine's files.
    fn read(&self, llvm: &Llvm, what: &str, profile: &Path, engine: &Path) -> Command {
        let mut command = tool::command(&llvm.cov);
        command
            .arg(what)
            .arg(format!("-instr-profile={}", profile.display()))
            .arg(&self.binaries[0]);
        for binary in &self.binaries[1..] {
            command.arg("-object").arg(binary);
        }
        command.arg("-sources").arg(engine);
        command
    }
}
