//! The command line: the library's configuration, and options of `cargo build` that are passed on or refused.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Args, FromArgMatches};

/// What the library is built with; its build script reads these from the environment.
#[derive(Args)]
#[command(next_help_heading = "Configuration")]
pub(crate) struct Configuration {
    /// The alignment of mm_malloc's blocks, in bytes [default: that of malloc, which is max_align_t's]
    #[arg(long, value_name = "BYTES", value_parser = ["8", "16", "32", "64"])]
    align: Option<String>,
    /// Lists of free blocks for each power of two: fewer make a heap smaller, and its fit coarser [default: 32]
    #[arg(long, value_name = "COUNT", value_parser = ["4", "8", "16", "32"])]
    second_levels: Option<String>,
    /// The largest pool, as 65536, 64K, 16M or 1G: a small limit makes a heap smaller [default: 4G, on 32 bits 1G]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    largest_pool: Option<String>,
    /// The pools that a heap can have [default: 32]
    #[arg(long, value_name = "COUNT", value_parser = count)]
    pools: Option<String>,
}

impl Configuration {
    /// Sets the variables of the options that were given; the caller's variables stay for the others.
    pub(crate) fn set(&self, command: &mut Command) {
        for (name, value) in [
            ("MEMOMAN_ALIGN", &self.align),
            ("MEMOMAN_SECOND_LEVELS", &self.second_levels),
            ("MEMOMAN_LARGEST_POOL", &self.largest_pool),
            ("MEMOMAN_POOLS", &self.pools),
        ] {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
    }
}

fn size(text: &str) -> Result<String, String> {
    let digits = text.strip_suffix(['K', 'M', 'G']).unwrap_or(text);
    match digits.parse::<u64>() {
        Ok(1..) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Ok(text.to_owned()),
        _ => Err("it is a number of bytes, or one with K, M or G, such as 64K".to_owned()),
    }
}

fn count(text: &str) -> Result<String, String> {
    match text.parse::<u32>() {
        Ok(1..) => Ok(text.to_owned()),
        _ => Err("it is a number, at least 1".to_owned()),
    }
}

/// The options of `cargo build` that are passed on.
#[derive(Args)]
#[command(next_help_heading = "Options of cargo build")]
pub(crate) struct CargoOptions {
    /// Features of the library, such as guard; memoman/capi/README.md has the list
    #[arg(long, short = 'F')]
    features: Vec<OsString>,
    /// All features
    #[arg(long)]
    all_features: bool,
    /// Only what memoman.h declares
    #[arg(long)]
    no_default_features: bool,
    /// Build for this target, or for that of a JSON file [default: this machine]
    #[arg(long, value_name = "TRIPLE")]
    target: Vec<OsString>,
    /// Build in this folder [default: target]
    #[arg(long, value_name = "FOLDER")]
    target_dir: Vec<OsString>,
    /// A setting of cargo, or a TOML file of them
    #[arg(long, value_name = "KEY=VALUE|FILE")]
    config: Vec<OsString>,
    /// An unstable option of cargo, such as build-std=core
    #[arg(short = 'Z', value_name = "OPTION")]
    unstable: Vec<OsString>,
    /// The compilers that run at a time
    #[arg(long, short, value_name = "COUNT", allow_hyphen_values = true)]
    jobs: Option<OsString>,
    /// Without the network
    #[arg(long)]
    offline: bool,
    /// Without changing Cargo.lock (always) and without the network
    #[arg(long)]
    frozen: bool,
    /// Without changing Cargo.lock (always)
    #[arg(long)]
    locked: bool,
    /// Print more (-vv: the output of build scripts)
    #[arg(long, short, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Print less
    #[arg(long, short)]
    quiet: bool,
    /// Further options of cargo build
    #[arg(last = true, value_name = "CARGO OPTIONS", value_parser = OsStringValueParser::new().try_map(passed_on))]
    more: Vec<OsString>,
}

impl CargoOptions {
    /// The arguments for cargo, which runs in another folder than `here`, the caller's.
    pub(crate) fn arguments(&self, here: &Path) -> Vec<OsString> {
        let mut arguments = Vec::new();
        let mut add = |name: &str, values: &[OsString], value: &dyn Fn(&OsStr) -> OsString| {
            for given in values {
                arguments.extend([name.into(), value(given)]);
            }
        };
        add("--features", &self.features, &OsStr::to_owned);
        add("--target", &self.target, &|target| file(here, target));
        add("--target-dir", &self.target_dir, &|folder| here.join(folder).into());
        add("--config", &self.config, &|setting| file(here, setting));
        add("-Z", &self.unstable, &OsStr::to_owned);
        add("--jobs", self.jobs.as_slice(), &OsStr::to_owned);
        for (name, given) in [
            ("--all-features", self.all_features),
            ("--no-default-features", self.no_default_features),
            ("--offline", self.offline),
            ("--frozen", self.frozen),
            ("--quiet", self.quiet),
        ] {
            arguments.extend(given.then(|| name.into()));
        }
        arguments.extend((0..self.verbose).map(|_| "-v".into()));
        arguments.extend_from_slice(&self.more);
        arguments
    }
}

/// A target may be the path of a JSON file, and a setting that of a TOML file.
pub(crate) fn file(here: &Path, value: &OsStr) -> OsString {
    match Path::new(value).extension().and_then(OsStr::to_str) {
        Some("json" | "toml") => here.join(value).into(),
        _ => value.to_owned(),
    }
}

/// Options of `cargo build` that would build something else, and why they are refused.
const REFUSED: &[(&str, Option<char>, &str)] = &[
    ("profile", None, PROFILE),
    ("release", Some('r'), PROFILE),
    ("manifest-path", None, PACKAGE),
    ("package", Some('p'), PACKAGE),
    ("workspace", None, PACKAGE),
    ("all", None, PACKAGE),
    ("exclude", None, PACKAGE),
    ("message-format", None, OUTPUT),
    ("build-plan", None, OUTPUT),
    ("unit-graph", None, OUTPUT),
];
const FLAGS: &[&str] = &["release", "workspace", "all", "build-plan", "unit-graph"];
const PROFILE: &str = "the library is built in profile 'capi' only, without unwinding and std";
const PACKAGE: &str = "only the package memoman-capi of this repository is installed";
const OUTPUT: &str = "the output of cargo is read to find the library";

/// Takes [`REFUSED`] off the command line, with the reason as an error.
pub(crate) struct Refused;

impl Args for Refused {
    fn augment_args(mut command: clap::Command) -> clap::Command {
        for &(name, short, _) in REFUSED {
            let values = if FLAGS.contains(&name) { 0 } else { 1 };
            let mut option = Arg::new(name).long(name).num_args(0..=values).hide(true);
            if let Some(short) = short {
                option = option.short(short);
            }
            command = command.arg(option.action(clap::ArgAction::Append));
        }
        command
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Refused {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        match REFUSED.iter().find(|(name, ..)| matches.contains_id(name)) {
            None => Ok(Self),
            Some((name, short, reason)) => {
                let short = short.map(|short| format!(" (-{short})")).unwrap_or_default();
                let text = format!("--{name}{short}: {reason}");
                Err(clap::Error::raw(ErrorKind::UnknownArgument, text))
            }
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// An argument behind `--`, if it is not one that is refused.
fn passed_on(argument: OsString) -> Result<OsString, String> {
    let text = argument.to_string_lossy();
    let name = text.split('=').next().unwrap_or_default();
    let refused = REFUSED.iter().find(|(long, short, _)| {
        name.strip_prefix("--") == Some(long)
            || short.is_some_and(|short| text.starts_with(&format!("-{short}")))
    });
    match refused {
        None => Ok(argument),
        Some((.., reason)) => Err((*reason).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::install_c::InstallC;

    fn parse(line: &str) -> Result<InstallC, clap::Error> {
        InstallC::try_parse_from(
            ["scripts/install-c", "out"].into_iter().chain(line.split_whitespace()),
        )
    }

    fn arguments(line: &str) -> Vec<OsString> {
        parse(line).unwrap_or_else(|error| panic!("{error}")).cargo.arguments(Path::new("/here"))
    }

    #[test]
    fn paths_count_from_the_callers_folder_and_other_values_stay() {
        assert_eq!(
            arguments("--target a.json --target-dir=built --config c.toml --config build.jobs=2"),
            [
                "--target",
                "/here/a.json",
                "--target-dir",
                "/here/built",
                "--config",
                "/here/c.toml",
                "--config",
                "build.jobs=2"
            ]
        );
        assert_eq!(
            arguments(
                "-F guard -Zbuild-std=core -j2 --target i686-unknown-linux-gnu --offline -vv -- --timings"
            ),
            [
                "--features",
                "guard",
                "--target",
                "i686-unknown-linux-gnu",
                "-Z",
                "build-std=core",
                "--jobs",
                "2",
                "--offline",
                "-v",
                "-v",
                "--timings"
            ]
        );
    }

    #[test]
    fn an_option_that_builds_something_else_is_refused_with_the_reason() {
        for (name, short, reason) in REFUSED {
            let long = format!("--{name}");
            let mut lines = vec![long.clone(), format!("--align 32 {long}"), format!("-- {long}")];
            if !FLAGS.contains(name) {
                lines.extend([format!("{long} x"), format!("{long}=x"), format!("-- {long}=x")]);
            }
            lines.extend(short.map(|short| format!("-{short}")));
            for line in lines {
                let error = parse(&line).err().unwrap_or_else(|| panic!("{line} is passed on"));
                assert_eq!(error.exit_code(), 2);
                assert!(error.to_string().contains(reason), "{line}: {error}");
            }
        }
    }

    #[test]
    fn the_configuration_is_set_where_it_is_given() {
        let mut command = Command::new("cargo");
        parse("--align 32 --largest-pool 64K")
            .unwrap_or_else(|error| panic!("{error}"))
            .configuration
            .set(&mut command);
        let set: Vec<_> = command
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_str()?, value?.to_str()?)))
            .collect();
        assert_eq!(set, [("MEMOMAN_ALIGN", "32"), ("MEMOMAN_LARGEST_POOL", "64K")]);
        for wrong in [
            "--align 4",
            "--align 12",
            "--second-levels 64",
            "--pools 0",
            "--largest-pool 1k",
            "--largest-pool 0",
            "--largest-pool +1K",
            "--largest-pool K",
        ] {
            assert_eq!(parse(wrong).err().map(|error| error.exit_code()), Some(2), "{wrong}");
        }
    }

    #[test]
    fn nothing_is_built_for_a_removal() {
        assert!(parse("--uninstall").is_ok());
        for option in ["--align 32", "--features guard", "--target x"] {
            assert!(parse(&format!("--uninstall {option}")).is_err(), "{option}");
        }
    }
}
