//! A processor without an operating system: the package memoman-bare, built for it and run by an emulator.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::cargo::{self, cargo};
use crate::tool;

use super::arch::{Arch, Bare};
use super::provide;
use super::reference::{References, same};
use super::report::Counts;
use super::results::{Program, has_conte};

/// Builds programs for a bare processor and runs them.
pub(super) struct Board {
    arch: Arch,
    bare: Bare,
    work: tempfile::TempDir,
    /// The folder of the C source.
    conte: PathBuf,
}

impl Board {
    /// What it needs is installed.
    ///
    /// # Errors
    /// Something is missing: not done.
    pub(super) fn new(arch: Arch, bare: Bare) -> anyhow::Result<Self> {
        provide::programs(bare.needs)?;
        provide::target(arch.triple())?;
        Ok(Self { arch, bare, work: tempfile::tempdir()?, conte: cargo::conte_source("dev")? })
    }

    /// The C code as an object file, with an option of optimisation.
    ///
    /// # Errors
    /// The C compiler fails.
    fn conte(&self, optimisation: &str) -> anyhow::Result<Option<PathBuf>> {
        let Some((program, options)) = self.bare.cc.and_then(<[_]>::split_first) else {
            return Ok(None);
        };
        let object = self.work.path().join(format!("conte{optimisation}.o"));
        let mut cc = tool::command(program);
        cc.args(options).args([optimisation, "-DNDEBUG", "-ffreestanding", "-w"]);
        cc.args(["-DPREFIX=conte_bare_", "-DMAX_LOG2=32", "-I"]).arg(&self.conte);
        cc.arg("-c").arg(self.conte.join("conte.c")).arg("-o").arg(&object);
        tool::capture(&mut cc)?.stdout_of(program)?;
        Ok(Some(object))
    }

    /// Builds a program of memoman-bare, with the C code if there is a compiler for it.
    fn build(&self, bin: &str, options: &Build<'_>) -> anyhow::Result<PathBuf> {
        let mut build = cargo(&["rustc", "--locked", "-p", "memoman-bare", "--bin", bin]);
        build.args(["--target", self.arch.triple(), "--message-format=json"]);
        build.args(["--profile", options.profile]);
        for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
            build.env_remove(name);
        }
        if let Some(level) = options.level {
            build.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", level);
        }
        if let Some(object) = self.conte(options.optimisation)? {
            build.args(["--features", options.features, "--", "-C"]);
            build.arg(format!("link-arg={}", object.display()));
        }
        cargo::executables(cargo::build(&mut build)?)
            .pop()
            .with_context(|| format!("cargo names no executable of {bin}"))
    }

    /// Runs a program, and returns what it printed.
    fn run(&self, program: &Path) -> anyhow::Result<String> {
        let (emulator, options) = self.bare.run.split_first().context("no emulator")?;
        let mut command = tool::command(emulator);
        tool::capture(command.args(options).arg(program))?.stdout_of(emulator)
    }

    /// Builds a program and runs it.
    ///
    /// # Errors
    /// One of them fails.
    pub(super) fn output(&self, bin: &str, options: &Build<'_>) -> anyhow::Result<String> {
        let Build { profile, optimisation, .. } = options;
        println!("\n== {}: {bin}, profile {profile}, C {optimisation}", self.arch.name());
        self.run(&self.build(bin, options)?)
    }
}

/// How a program is built.
#[derive(Clone, Copy)]
pub(super) struct Build<'a> {
    /// cargo's profile, and its optimisation if that is another one.
    pub(super) profile: &'a str,
    pub(super) level: Option<&'a str>,
    /// With the C code.
    pub(super) features: &'a str,
    /// Of the C code.
    pub(super) optimisation: &'a str,
}

/// The 20,000 calls, with all assertions.
///
/// # Errors
/// The program fails, or its hash is not that of i686.
pub(super) fn test(board: &Board, references: &mut References<'_>) -> anyhow::Result<Counts> {
    let build = Build { profile: "dev", level: None, features: "conte", optimisation: "-O3" };
    let printed = board.output("calls", &build)?;
    print!("{printed}");
    let ours = Program::Calls.outcome(&printed)?;
    let arch = board.arch;
    same(arch, Program::Calls, &ours, &references.get(arch.bits(), Program::Calls)?.0)?;
    Ok(Counts { hash: Some(ours.digest), c_beside: has_conte(&printed), ..Counts::default() })
}
