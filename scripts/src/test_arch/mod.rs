//! `scripts/test-arch`: other processors, by emulators.

mod arch;
mod bare;
mod costs;
mod debian;
mod linux;
mod machine;
mod provide;
mod reference;
mod report;
mod results;
mod toolchain;

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::Parser;

use self::arch::{Arch, Platform};
use self::bare::Board;
use self::machine::Machine;
use self::reference::References;
use self::report::{Counts, Ended, Row, table, verdict};
use self::toolchain::Toolchain;
use crate::cargo;
use crate::script::Script;
use crate::stop::{self, Stop};
use crate::tool;

/// Test on other processors: s390x, aarch64, armhf, riscv64, i686, Cortex-M4 and -M0, RV32, WebAssembly.
///
/// On each Linux target, under qemu-user (i686: by this machine): memoman's tests and reference-conte's, with
/// debug assertions and overflow checks; the C programs of the C library's tests; the corpus and random
/// programs in lockstep with the C code. Traces must be those of this machine at 64 bits, and those of i686 at
/// 32 bits. On i686, all other tests of the workspace run as well.
///
/// On each bare processor, on a board of qemu-system (WebAssembly: in Node.js), the program `calls` of
/// memoman/bare: 20,000 calls of memoman and of the C code (WebAssembly: of memoman). The hash of all results
/// must be that of i686. On the Cortex-M4 then the program `costs`: the instructions of each operation's best
/// and worst path, beside the C code by gcc at -O3, -O2 and -Os; memoman's worst must not be above C's.
///
/// What is missing is installed: compilers and emulators by apt if this is root, targets by rustup. The
/// compiler for i686 comes from rustup or from Debian's packages, which are unpacked into
/// target/i686-toolchain (10 MB, with a compiler 150 MB; to get them anew, delete it). The last output is a
/// table.
#[derive(Parser)]
#[command(name = "scripts/test-arch", bin_name = "scripts/test-arch", after_help = NOTES)]
pub(crate) struct TestArch {
    /// Processors [default: all]
    #[arg(value_name = "ARCH", value_enum)]
    archs: Vec<Arch>,
    /// Leave out the C library, lockstep calls and the corpus; on i686 the corpus stays, and the planted bugs,
    /// the fragmentation study and bolero's tests are left out
    #[arg(long)]
    brief: bool,
    /// Number of lockstep calls on each Linux target: 500k, 20M
    #[arg(long, value_name = "N", default_value = "1M", value_parser = count, conflicts_with = "brief")]
    calls: u64,
    /// Run only this, with cargo set up to build for the one Linux target named, and to run what it built
    #[arg(last = true, value_name = "COMMAND", conflicts_with_all = ["brief", "calls"])]
    command: Vec<OsString>,
}

const NOTES: &str = "\
Examples:
  scripts/test-arch                                 all: two hours on two cores
  scripts/test-arch --brief s390x cortex-m4 riscv32 wasm32      as CI does
  scripts/test-arch --brief i686                                as CI does, too
  scripts/test-arch s390x --calls 20M
  scripts/test-arch s390x -- cargo oracle replay findings/stress-seed1-7.ops
  scripts/test-arch i686 -- cargo test --locked -p memoman --tests
  I686_TOOLCHAIN=~/.cache/i686 scripts/test-arch i686           keeps that toolchain elsewhere
  ORACLE=target/debug/oracle scripts/test-arch --brief i686     this machine's oracle, built already

Left out: doctests, and fuzz/, which has no tests.

Exit codes: 0 all passed, 1 a test failed, there is a finding, or a run of all lacks one of s390x, aarch64,
armhf, i686, cortex-m4, riscv32, wasm32; 2 one that was named cannot run here, 130 interrupted.
Needs: Linux on x86-64, gcc, rustup or apt-get (tried on Debian 12); the rest is installed or named.";

/// A number of calls: 500k, 20M.
fn count(text: &str) -> Result<u64, String> {
    let (digits, factor) = match text.as_bytes().last() {
        Some(b'k') => (&text[..text.len() - 1], 1_000),
        Some(b'M') => (&text[..text.len() - 1], 1_000_000),
        _ => (text, 1),
    };
    let number = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    number.filter(|number| *number > 0).ok_or_else(|| "expected a number as 500k or 20M".to_owned())
}

impl Script for TestArch {
    fn run(self) -> anyhow::Result<()> {
        for program in ["gcc", "ar"] {
            tool::require(program, "the packages gcc and binutils")?;
        }
        let caller = std::env::current_dir()?;
        cargo::enter_root()?;
        let folder = match std::env::var_os("I686_TOOLCHAIN") {
            Some(folder) => caller.join(PathBuf::from(folder)),
            None => cargo::target_folder()?.join("i686-toolchain"),
        };
        let toolchain = || Toolchain::get(&folder);
        if let Some((program, arguments)) = self.command.split_first() {
            let &[arch] = self.archs.as_slice() else {
                bail!("name one processor before the command; see scripts/test-arch --help");
            };
            if !arch.is_linux() {
                bail!("{} has no operating system to run a command's programs", arch.name());
            }
            // In place of this program, with its terminal.
            let mut command = tool::without_cargos(Command::new(program));
            Machine::of(arch, toolchain)?
                .configure(&mut command)
                .args(arguments)
                .current_dir(caller);
            return Err(command.exec())
                .with_context(|| format!("cannot start {}", program.to_string_lossy()));
        }
        self.test(&toolchain)
    }
}

impl TestArch {
    fn test(&self, toolchain: &dyn Fn() -> anyhow::Result<Toolchain>) -> anyhow::Result<()> {
        let all = self.archs.is_empty();
        let mut archs = if all { Arch::all().to_vec() } else { self.archs.clone() };
        archs.sort_unstable();
        archs.dedup();
        let mut references = References::new(toolchain);
        let mut rows = Vec::new();
        for (index, &arch) in archs.iter().enumerate() {
            let started = Instant::now();
            eprintln!("\nscripts/test-arch: {} ({} of {})", arch.name(), index + 1, archs.len());
            let ended = match self.one(arch, toolchain, &mut references) {
                Ok(counts) => Ended::Passed(counts),
                Err(error) => match error.downcast_ref::<Stop>() {
                    Some(Stop::Interrupted(_)) => return Err(error),
                    Some(Stop::NotDone(_)) => {
                        stop::report("test-arch", &error);
                        Ended::NotDone
                    }
                    _ => {
                        stop::report("test-arch", &error);
                        Ended::Failed
                    }
                },
            };
            rows.push(Row { arch, seconds: started.elapsed().as_secs(), ended });
        }
        let brief = if self.brief { ", in brief" } else { "" };
        println!("\nWith {}{brief}:\n\n{}", cargo::Rustc::ask()?.version, table(&rows));
        verdict(&rows, all)
    }

    fn one(
        &self,
        arch: Arch,
        toolchain: &dyn Fn() -> anyhow::Result<Toolchain>,
        references: &mut References<'_>,
    ) -> anyhow::Result<Counts> {
        let Platform::Bare(bare) = arch.platform() else {
            let machine = Machine::of(arch, toolchain)?;
            return linux::test(arch, &machine, references, self.brief, self.calls);
        };
        let board = Board::new(arch, bare)?;
        let counts = bare::test(&board, references)?;
        if arch == Arch::CortexM4 {
            costs::run(&board)?;
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<TestArch, clap::Error> {
        TestArch::try_parse_from([&["scripts/test-arch"], arguments].concat())
    }

    #[test]
    fn a_command_keeps_its_own_options() {
        let parsed = parse(&["s390x", "--", "cargo", "test", "--", "--brief"]).unwrap();
        assert_eq!((parsed.archs, parsed.command.len()), (vec![Arch::S390x], 4));
        assert!(!parsed.brief);
        assert!(parse(&["i686", "--brief", "--", "cargo"]).is_err());
    }

    #[test]
    fn an_unknown_processor_is_an_error_that_names_the_known_ones() {
        let error = parse(&["vax"]).err().unwrap().to_string();
        assert!(error.contains("s390x") && error.contains("wasm32"), "{error}");
    }

    #[test]
    fn numbers_of_calls_have_suffixes() {
        assert_eq!(count("500k"), Ok(500_000));
        assert_eq!(count("2M"), Ok(2_000_000));
        assert_eq!(count("7"), Ok(7));
        for wrong in ["", "k", "0", "-1", "1G", "99999999999999999999"] {
            assert!(count(wrong).is_err(), "{wrong}");
        }
    }
}
