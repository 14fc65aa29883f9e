//! `scripts/test-32bit`: the tests, the corpus and lockstep calls on i686.

mod debian;
mod toolchain;

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use clap::Parser;

use self::toolchain::{TRIPLE, Toolchain};
use crate::cargo::{self, FEATURES, cargo};
use crate::script::Script;
use crate::stop::failed;
use crate::tool;

/// Test everything on i686: unit tests, integration tests, the corpus, lockstep calls.
///
/// Builds memoman, the C reference (-m32: ALIGN 4, FL_INDEX_MAX 30) and the oracle for i686, with debug
/// assertions and overflow checks, and runs there: all unit and integration tests, the corpus, and 3 million
/// lockstep calls, half of them compared with the C code. Then it compares the programs that the corpus
/// decodes to with those on this machine: they must be the same.
///
/// The compiler's library comes from rustup (target i686-unknown-linux-gnu), or, where rustup has none, with a
/// compiler from Debian's packages. The 32-bit C library is the machine's, if gcc -m32 links with it, or
/// Debian's. Packages are downloaded and unpacked into target/i686-toolchain (10 MB, with a compiler 150 MB; to
/// get them anew, delete it). Nothing is installed and root is not needed; programs are linked statically, so
/// the machine needs nothing of 32 bits but the kernel's support.
#[derive(Parser)]
#[command(name = "scripts/test-32bit", bin_name = "scripts/test-32bit", after_help = NOTES)]
pub(crate) struct Test32Bit {
    /// Leave out the planted bugs, the fragmentation study, bolero's tests and the lockstep calls: half the time
    #[arg(long, conflicts_with = "command")]
    brief: bool,
    /// Run only this, with cargo set up to build for i686 and to run what it built
    #[arg(trailing_var_arg = true)]
    command: Vec<OsString>,
}

const NOTES: &str = "\
Examples:
  scripts/test-32bit
  scripts/test-32bit --brief
  scripts/test-32bit cargo oracle replay findings/stress-seed1-7.ops
  scripts/test-32bit cargo oracle stress --seed 2 --ops 20M
  scripts/test-32bit cargo test --locked -p memoman --tests
  I686_TOOLCHAIN=~/.cache/i686 scripts/test-32bit      keeps the toolchain elsewhere

Left out: doctests, and fuzz/, which has no tests.

Exit codes: 0 all passed, 1 a test failed or there is a finding, 2 there is no toolchain, 130 interrupted.
Needs: Linux on x86-64, gcc, and rustup or apt-get (tried on Debian 12).";

impl Script for Test32Bit {
    fn run(self) -> anyhow::Result<()> {
        let started = Instant::now();
        for program in ["gcc", "ar"] {
            tool::require(program, "the packages gcc and binutils")?;
        }
        let caller = std::env::current_dir()?;
        cargo::enter_root()?;
        let folder = match std::env::var_os("I686_TOOLCHAIN") {
            Some(folder) => caller.join(PathBuf::from(folder)),
            None => cargo::target_folder()?.join("i686-toolchain"),
        };
        let toolchain = Toolchain::get(&folder)?;
        if let Some((program, arguments)) = self.command.split_first() {
            // In place of this program, with its terminal.
            let mut command = tool::without_cargos(Command::new(program));
            toolchain.configure(&mut command).args(arguments).current_dir(caller);
            return Err(command.exec())
                .with_context(|| format!("cannot start {}", program.to_string_lossy()));
        }
        test(&toolchain, self.brief)?;
        println!(
            "scripts/test-32bit: all passed on i686, and the corpus is the same programs at both widths; {} s",
            started.elapsed().as_secs()
        );
        Ok(())
    }
}

fn test(toolchain: &Toolchain, brief: bool) -> anyhow::Result<()> {
    let rustc = cargo::version_line(&toolchain.rustc().to_string_lossy())?;
    let cc = cargo::version_line(&toolchain.cc().to_string_lossy())?;
    println!("scripts/test-32bit: {rustc}, target {TRIPLE}\nscripts/test-32bit: {cc}, -m32");
    let features: &[&str] =
        if brief { &["--no-default-features", "--features", FEATURES] } else { &[] };
    let step = |arguments: &[&str]| {
        let mut command = cargo(arguments);
        println!("\n== on i686: cargo {}", arguments.join(" "));
        let ran = tool::capture_stdout(toolchain.configure(&mut command))?;
        print!("{}", ran.stdout);
        if ran.status.success() {
            return Ok(ran.stdout);
        }
        failed(format!(
            "on i686, this failed: cargo {}; to run a part of it: see --help",
            arguments.join(" ")
        ))
    };

    let tests = ["test", "--locked", "--lib", "--bins", "--tests"];
    if brief {
        step(
            &[
                &tests[..],
                &[
                    "-p",
                    "memoman",
                    "-p",
                    "memoman-capi",
                    "-p",
                    "memoman-preload",
                    "-p",
                    "reference-conte",
                ],
            ]
            .concat(),
        )?;
        step(&[&tests[..], &["-p", "memoman-oracle"], features].concat())?;
    } else {
        // The tools of this package drive the machine's own compilers.
        step(
            &[
                &tests[..],
                &[
                    "--workspace",
                    "--exclude",
                    "memoman-scripts",
                    "--exclude",
                    "memoman-fuzz",
                    "--exclude",
                    "memoman-fuzz-afl",
                ],
            ]
            .concat(),
        )?;
    }
    let oracle = |command: &[&'static str]| {
        [&["run", "-q", "--locked", "-p", "memoman-oracle"], features, &["--"], command].concat()
    };
    let narrow = step(&oracle(&["corpus"]))?;
    if !brief {
        step(&oracle(&["stress", "--seed", "1", "--ops", "3M"]))?;
    }

    println!("\n== on this machine: cargo oracle corpus");
    let mut corpus = cargo(&["run", "-q", "--locked", "-p", "memoman-oracle", "--", "corpus"]);
    let ran = tool::capture_stdout(&mut corpus)?;
    if !ran.status.success() {
        return failed("the corpus has findings on this machine");
    }
    let (narrow, wide) = (programs(&narrow), programs(&ran.stdout));
    println!("{}", wide.join("\n"));
    ensure!(!wide.is_empty(), "cargo oracle corpus names no programs");
    if narrow != wide {
        return failed(format!(
            "the corpus decodes to other programs on i686 than here; on i686 to:\n{}",
            narrow.join("\n")
        ));
    }
    Ok(())
}

/// What `oracle corpus` prints that does not depend on the width of a word: the lines
/// `FOLDER: N files, N bytes, programs HASH, N calls`, without the calls.
fn programs(printed: &str) -> Vec<&str> {
    let lines = printed.lines().filter_map(|line| line.strip_suffix(" calls")?.rsplit_once(", "));
    lines
        .map(|(programs, _)| programs)
        .filter(|programs| programs.contains(" files, ") && programs.contains(" bytes, programs "))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calls_are_left_out_of_what_is_compared() {
        let printed = "corpus/ops-v1: 1700 files, 900000 bytes, programs 0123abcd, 500000 calls\nagrees: 500000 calls\n";
        assert_eq!(
            programs(printed),
            ["corpus/ops-v1: 1700 files, 900000 bytes, programs 0123abcd"]
        );
    }

    #[test]
    fn a_command_keeps_its_own_options() {
        let parsed = Test32Bit::try_parse_from([
            "scripts/test-32bit",
            "cargo",
            "test",
            "--tests",
            "--",
            "--brief",
        ])
        .unwrap();
        assert_eq!(parsed.command.len(), 5);
        assert!(!parsed.brief);
        assert!(Test32Bit::try_parse_from(["scripts/test-32bit", "--brief", "cargo"]).is_err());
    }
}
