//! A Linux target: tests, the C library, the corpus with C beside, lockstep calls, 20,000 calls.

use crate::cargo::{FEATURES_OF_CLI, cargo};
use crate::stop::failed;

use super::arch::Arch;
use super::machine::Machine;
use super::reference::References;
use super::report::Counts;
use super::results::{self, Program};

const TESTS: [&str; 5] = ["test", "--locked", "--lib", "--bins", "--tests"];

/// The tests of the harness that depend most on the width of a word: to link all of them takes a minute.
const HARNESS: [&str; 10] = [
    "test",
    "--locked",
    "--lib",
    "--bins",
    "--test",
    "corpus",
    "--test",
    "deviations",
    "--test",
    "large",
];

/// Runs everything, or in brief what CI has time for.
///
/// # Errors
/// Something fails, or prints another result than on other machines of the same width.
pub(super) fn test(
    arch: Arch,
    machine: &Machine,
    references: &mut References<'_>,
    brief: bool,
    lockstep: u64,
) -> anyhow::Result<Counts> {
    let mut counts = Counts { tests: Some(0), ..Counts::default() };
    for command in commands(arch, brief) {
        let printed = machine.cargo(&command)?;
        counts.tests = counts.tests.map(|tests| tests + results::tests(&printed));
    }
    if !brief {
        counts.c_library = Some(c_library(machine)?);
    }
    // The oracle takes minutes to build: in brief, only where its tests are run, too.
    if !brief || arch == Arch::I686 {
        let ours = references.agree(arch, machine, Program::Corpus)?;
        counts.corpus = Some(ours.calls);
        counts.c_beside = true;
    }
    if !brief {
        counts.lockstep = Some(references.agree(arch, machine, Program::Stress(lockstep))?.calls);
    }
    counts.hash = Some(references.agree(arch, machine, Program::Calls)?.digest);
    Ok(counts)
}

/// The test commands. On i686, which is as fast as this machine, the tests of the harness are run as well.
fn commands(arch: Arch, brief: bool) -> Vec<Vec<&'static str>> {
    let test = |packages: &[&'static str]| [&TESTS[..], packages].concat();
    match (arch, brief) {
        (Arch::I686, true) => vec![
            test(&["-p", "memoman", "-p", "memoman-preload", "-p", "reference-conte"]),
            [
                &HARNESS[..],
                &["-p", "memoman-oracle", "--no-default-features", "--features", FEATURES_OF_CLI],
            ]
            .concat(),
        ],
        // The tools of memoman-scripts drive this machine's own compilers. The C library is tested on its own.
        (Arch::I686, false) => {
            let without = [
                "memoman-scripts",
                "memoman-fuzz",
                "memoman-fuzz-afl",
                "memoman-bare",
                "memoman-capi",
            ];
            let mut packages = vec!["--workspace"];
            packages.extend(without.iter().flat_map(|package| ["--exclude", package]));
            vec![test(&packages)]
        }
        _ => vec![test(&["-p", "memoman", "-p", "reference-conte"])],
    }
}

/// The C programs of memoman-capi's tests.
fn c_library(machine: &Machine) -> anyhow::Result<u64> {
    let test = ["test", "--locked", "-p", "memoman-capi", "--test", "programs"];
    // The README's commands are those of a user of this machine.
    let arguments = [&test[..], &["--", "--skip", "readme"]].concat();
    let mut command = cargo(&arguments);
    machine.configure_c(&mut command);
    let printed = machine.show(&mut command, &arguments)?;
    match results::tests(&printed) {
        0 => failed("no test of the C library ran"),
        tests => Ok(tests),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i686_runs_the_tests_of_the_harness_as_well() {
        let has = |arch, brief, word: &str| {
            commands(arch, brief).iter().any(|command| command.contains(&word))
        };
        assert!(has(Arch::I686, true, "memoman-oracle") && has(Arch::I686, false, "--workspace"));
        assert!(has(Arch::S390x, true, "memoman") && !has(Arch::S390x, true, "memoman-oracle"));
    }
}
