//! The scripts by name, and how one is run.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::script::Script;
use crate::{interrupt, stop};

struct Entry {
    name: &'static str,
    #[cfg(test)]
    command: fn() -> clap::Command,
    run: fn(Vec<OsString>) -> anyhow::Result<()>,
}

const fn entry<S: Script>(name: &'static str) -> Entry {
    Entry {
        name,
        #[cfg(test)]
        command: S::command,
        run: |arguments| S::parse_from(arguments).run(),
    }
}

const SCRIPTS: &[Entry] = &[
    entry::<crate::afl::Afl>("afl"),
    entry::<crate::bench_c::BenchC>("bench-c"),
    entry::<crate::clients::Clients>("clients"),
    entry::<crate::coverage::Coverage>("coverage"),
    entry::<crate::footprint::Footprint>("footprint"),
    entry::<crate::fuzz::Fuzz>("fuzz"),
    entry::<crate::install_c::InstallC>("install-c"),
    entry::<crate::mutants::Mutants>("mutants"),
    entry::<crate::oss_fuzz::OssFuzzBuild>("oss-fuzz-build"),
    entry::<crate::overnight::Overnight>("overnight"),
    entry::<crate::test_arch::TestArch>("test-arch"),
    entry::<crate::wcet::Wcet>("wcet"),
];

/// Runs the script that the first argument names with the others, and returns its exit code.
pub(crate) fn main(mut arguments: Vec<OsString>) -> ExitCode {
    let named =
        arguments.first().and_then(|name| SCRIPTS.iter().find(|script| *name == *script.name));
    let Some(script) = named else {
        let names: Vec<_> = SCRIPTS.iter().map(|script| script.name).collect();
        eprintln!("memoman-scripts: name one of these scripts first: {}", names.join(", "));
        return ExitCode::from(2);
    };
    arguments[0] = format!("scripts/{}", script.name).into();
    let done = interrupt::watch().and_then(|()| (script.run)(arguments));
    ExitCode::from(done.map_or_else(|error| stop::report(script.name, &error), |()| 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_line_is_well_formed() {
        for script in SCRIPTS {
            (script.command)().debug_assert();
            assert_eq!((script.command)().get_name(), format!("scripts/{}", script.name));
        }
    }

    #[test]
    fn every_help_has_examples_and_says_what_the_script_needs() {
        for script in SCRIPTS {
            let mut command = (script.command)();
            let help = command.render_long_help().to_string();
            assert!(help.contains(&format!("Usage: scripts/{}", script.name)), "{help}");
            for part in ["Examples:", "Exit codes:", "Needs:"] {
                assert!(help.contains(part), "scripts/{} --help has no {part}", script.name);
            }
        }
    }

    #[test]
    fn an_unknown_option_is_an_error() {
        for script in SCRIPTS {
            let name = format!("scripts/{}", script.name);
            let error =
                (script.command)().try_get_matches_from([&name, "--no-such-option"]).unwrap_err();
            assert_eq!(error.exit_code(), 2);
        }
    }
}
