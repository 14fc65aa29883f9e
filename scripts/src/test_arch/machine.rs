//! What builds and runs programs of a Linux target: this machine, this machine with a toolchain for i686, or
//! a cross compiler and qemu-user.

use std::process::Command;

use crate::cargo::{FEATURES_OF_CLI, cargo};
use crate::stop::failed;
use crate::tool;

use super::arch::{Arch, Cross, Platform};
use super::provide;
use super::results::{Outcome, Program};
use super::toolchain::Toolchain;

pub(super) enum Machine {
    Host,
    I686(Toolchain),
    Cross { arch: Arch, cross: Cross },
}

impl Machine {
    /// The machine of a Linux target; what it needs is installed.
    ///
    /// # Errors
    /// Something is missing: not done.
    pub(super) fn of(
        arch: Arch,
        toolchain: impl Fn() -> anyhow::Result<Toolchain>,
    ) -> anyhow::Result<Self> {
        match arch.platform() {
            Platform::Cross(cross) => {
                provide::programs(cross.needs)?;
                provide::target(arch.triple())?;
                Ok(Self::Cross { arch, cross })
            }
            _ => Ok(Self::I686(toolchain()?)),
        }
    }

    /// For messages.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Host => "this machine".to_owned(),
            Self::I686(_) => Arch::I686.name(),
            Self::Cross { arch, .. } => arch.name(),
        }
    }

    /// The command that runs a program which is linked with shared libraries; empty where the machine itself
    /// does.
    fn runner(&self) -> Vec<String> {
        match self {
            Self::Host => Vec::new(),
            Self::I686(toolchain) => toolchain.loader(),
            Self::Cross { cross: Cross { gnu, qemu, .. }, .. } => {
                vec![(*qemu).to_owned(), "-L".to_owned(), format!("/usr/{gnu}")]
            }
        }
    }

    /// Has a command build for the target with its toolchain, and cargo run what it built.
    pub(super) fn configure<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        match self {
            Self::Host => command,
            Self::I686(toolchain) => toolchain.configure(command),
            Self::Cross { arch, .. } => self.link(command).env("CARGO_BUILD_TARGET", arch.triple()),
        }
    }

    /// Has cargo link and run programs of the target, if it builds some.
    fn link<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        // Flags of a fuzzer or a wrapper of the compiler are for the machine's own toolchain.
        for name in
            ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"]
        {
            command.env_remove(name);
        }
        let Self::Cross { arch, cross } = self else { return command };
        let target = arch.triple().replace('-', "_");
        let variable = |name: &str| format!("CARGO_TARGET_{}_{name}", target.to_uppercase());
        let runner = self.runner().join(" ");
        command
            .env(variable("LINKER"), format!("{}-gcc", cross.gnu))
            .env(variable("RUNNER"), &runner)
            .env(format!("CC_{target}"), format!("{}-gcc", cross.gnu))
            // For tests that start themselves.
            .env("MEMOMAN_RUNNER", runner)
    }

    /// Has the tests of the C library, which run on this machine, build programs for the target and run them
    /// there.
    pub(super) fn configure_c<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let (arch, cc, cxx) = match self {
            Self::Host => return command,
            Self::I686(toolchain) => {
                toolchain.configure(command).env_remove("CARGO_BUILD_TARGET");
                let path = |path: std::path::PathBuf| path.display().to_string();
                (Arch::I686, path(toolchain.cc()), path(toolchain.cxx()))
            }
            Self::Cross { arch, cross: Cross { gnu, .. } } => {
                (*arch, format!("{gnu}-gcc"), format!("{gnu}-g++"))
            }
        };
        let runner = self.runner().join(" ");
        self.link(command)
            .env("MEMOMAN_RUNNER", runner)
            .env("MEMOMAN_TEST_TARGET", arch.triple())
            .env("MEMOMAN_TEST_CC", cc)
            .env("MEMOMAN_TEST_CXX", cxx)
    }

    /// Runs cargo for this machine, and returns what it printed, which is shown as well.
    ///
    /// # Errors
    /// It fails.
    pub(super) fn cargo(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = cargo(arguments);
        self.configure(&mut command);
        self.show(&mut command, arguments)
    }

    /// The same for a command that is configured already.
    pub(super) fn show(&self, command: &mut Command, arguments: &[&str]) -> anyhow::Result<String> {
        let program = std::path::Path::new(command.get_program());
        let program = program.file_name().unwrap_or_default().to_string_lossy();
        let what = format!("{program} {}", arguments.join(" "));
        println!("\n== {}: {what}", self.name());
        let ran = tool::capture_stdout(command)?;
        print!("{}", ran.stdout);
        if ran.status.success() {
            return Ok(ran.stdout);
        }
        failed(format!("on {}, this failed: {what}", self.name()))
    }

    /// Runs a program, and returns its result and what it printed.
    ///
    /// # Errors
    /// It fails.
    pub(super) fn run(&self, program: Program) -> anyhow::Result<(Outcome, String)> {
        let calls;
        let arguments: &[&str] = match program {
            Program::Corpus => &["corpus"],
            Program::Stress(least) => {
                calls = least.to_string();
                &["stress", "--seed", "1", "--ops", &calls]
            }
            Program::Calls => &[],
        };
        let printed = match (program, self) {
            (Program::Calls, _) => {
                self.cargo(&["run", "-q", "--locked", "-p", "memoman-bare", "--bin", "calls"])?
            }
            (_, Self::Host) => match std::env::var_os("ORACLE") {
                Some(oracle) => self.show(tool::command(&oracle).args(arguments), arguments)?,
                // As `cargo oracle`, which is often built already.
                None => {
                    let run =
                        ["run", "-q", "--locked", "--profile", "replay", "-p", "memoman-oracle"];
                    self.cargo(&[&run[..], &["--"], arguments].concat())?
                }
            },
            _ => {
                let run = ["run", "-q", "--locked", "-p", "memoman-oracle"];
                let features = ["--no-default-features", "--features", FEATURES_OF_CLI, "--"];
                self.cargo(&[&run[..], &features, arguments].concat())?
            }
        };
        Ok((program.outcome(&printed)?, printed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(command: &Command) -> Vec<(String, Option<String>)> {
        let text = |text: &std::ffi::OsStr| text.to_string_lossy().into_owned();
        command.get_envs().map(|(name, value)| (text(name), value.map(text))).collect()
    }

    fn cross(arch: Arch) -> Machine {
        let Platform::Cross(cross) = arch.platform() else { panic!("{arch:?} is no cross target") };
        Machine::Cross { arch, cross }
    }

    #[test]
    fn cargo_links_with_the_cross_compiler_and_runs_under_qemu() {
        let mut command = Command::new("cargo");
        cross(Arch::Armhf).configure(&mut command);
        let environment = environment(&command);
        let has = |name: &str, value: &str| {
            assert!(environment.contains(&(name.into(), Some(value.into()))), "{environment:?}");
        };
        has("CARGO_BUILD_TARGET", "armv7-unknown-linux-gnueabihf");
        has("CARGO_TARGET_ARMV7_UNKNOWN_LINUX_GNUEABIHF_LINKER", "arm-linux-gnueabihf-gcc");
        has("CC_armv7_unknown_linux_gnueabihf", "arm-linux-gnueabihf-gcc");
        let runner = "qemu-arm-static -L /usr/arm-linux-gnueabihf";
        has("CARGO_TARGET_ARMV7_UNKNOWN_LINUX_GNUEABIHF_RUNNER", runner);
        has("MEMOMAN_RUNNER", runner);
        assert!(environment.contains(&("RUSTFLAGS".into(), None)));
    }

    #[test]
    fn the_tests_of_the_c_library_run_here_and_build_for_the_target() {
        let mut command = Command::new("cargo");
        cross(Arch::S390x).configure_c(&mut command);
        let environment = environment(&command);
        assert!(environment.iter().all(|(name, _)| name != "CARGO_BUILD_TARGET"));
        let target = ("MEMOMAN_TEST_TARGET".into(), Some("s390x-unknown-linux-gnu".into()));
        assert!(environment.contains(&target));
        assert!(
            environment.contains(&("MEMOMAN_TEST_CXX".into(), Some("s390x-linux-gnu-g++".into())))
        );
    }
}
