//! The build of the library: cargo runs, and its messages say which files it made.

use std::ffi::{OsStr, OsString};
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context as _, bail};

use super::options::{CargoOptions, Configuration, file};
use super::target::Target;
use crate::cargo::{self, Diagnostic, Message};
use crate::stop::failed;
use crate::tool;

/// The library as it was built.
#[derive(Debug)]
pub(crate) struct Library {
    pub(crate) target: Target,
    /// `libmemoman.a`, `libmemoman.so` and the like; some targets have no shared library.
    pub(crate) files: Vec<PathBuf>,
    /// Headers that hold the configuration, in place of the committed ones of the same name.
    pub(crate) headers: Vec<PathBuf>,
    /// What the library was built with, by name: numbers and features.
    pub(crate) settings: Vec<(String, String)>,
    /// What programs with the static library need to link, too: `-lpthread` and the like, if it contains std.
    pub(crate) needs: Vec<String>,
}

impl Library {
    /// Builds the library in the repository, which is the current folder; relative paths count from `here`.
    ///
    /// # Errors
    /// The build fails, or is for several targets.
    pub(crate) fn build(
        here: &Path,
        options: &CargoOptions,
        configuration: &Configuration,
    ) -> anyhow::Result<Self> {
        let mut command = cargo::cargo(&["rustc", "--locked", "--profile", "capi", "--lib"]);
        let colours = std::io::stderr().is_terminal();
        let format = if colours { "json-diagnostic-rendered-ansi" } else { "json" };
        command.args(["-p", PACKAGE, "--message-format", format]);
        command.args(options.arguments(here)).args(["--", "--print", "native-static-libs"]);
        configuration.set(&mut command);
        for name in ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"] {
            if let Some(folder) = variable(name) {
                command.env(name, here.join(folder));
            }
        }
        if let Some(target) = variable("CARGO_BUILD_TARGET") {
            command.env("CARGO_BUILD_TARGET", file(here, &target));
        }
        let ran = tool::capture_stdout(&mut command)?;
        let messages = cargo::messages(&ran.stdout);
        for diagnostic in messages.iter().filter_map(Message::diagnostic) {
            // Notes that belong to what is asked for here.
            if needs(diagnostic).is_none() && !diagnostic.text.starts_with("link against the") {
                eprint!("{}", diagnostic.rendered.as_deref().unwrap_or_default());
            }
        }
        if !ran.status.success() {
            return failed("the build failed, and nothing was installed");
        }
        Self::read(&messages)
    }

    fn read(messages: &[Message]) -> anyhow::Result<Self> {
        let of_package = |reason: &str| {
            let reason = reason.to_owned();
            messages
                .iter()
                .filter(move |message| message.reason == reason && message.is_of(PACKAGE))
        };
        let mut built =
            of_package("compiler-artifact").filter(|message| message.builds("staticlib"));
        let library = built.next().context("cargo built no library with these options")?;
        if built.next().is_some() {
            bail!("cargo built the library for several targets; install one at a time");
        }
        let script = of_package("build-script-executed").next();
        let script = script.context("cargo ran no build script of the library")?;
        let target = script.variable("MEMOMAN_TARGET").and_then(Target::parse);
        let mut needs = messages.iter().filter_map(Message::diagnostic).filter_map(needs);
        let headers = headers(script.out_dir.as_deref())?;
        let mut settings = vec![("features".to_owned(), library.features.join(" "))];
        for header in &headers {
            let text = fs::read_to_string(header)
                .with_context(|| format!("cannot read {}", header.display()))?;
            settings.extend(definitions(&text));
        }
        Ok(Self {
            target: target.context("the library's build script names no target")?,
            files: library.filenames.clone(),
            headers,
            settings,
            needs: needs.next().unwrap_or_default(),
        })
    }
}

const PACKAGE: &str = "memoman-capi";

fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// The libraries that a static library needs, if rustc names them.
fn needs(diagnostic: &Diagnostic) -> Option<Vec<String>> {
    let listed = diagnostic.text.strip_prefix("native-static-libs: ")?;
    Some(listed.split_whitespace().map(str::to_owned).collect())
}

/// The headers that the build script wrote.
fn headers(folder: Option<&Path>) -> anyhow::Result<Vec<PathBuf>> {
    let Some(folder) = folder else { return Ok(Vec::new()) };
    let mut files = cargo::files_below(folder)?;
    files.retain(|file| file.extension() == Some(OsStr::new("h")));
    Ok(files)
}

/// The numbers that a header defines: `#define MM_NAME 16`, under their names in lower case without `MM_`.
fn definitions(header: &str) -> impl Iterator<Item = (String, String)> {
    header.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let (define, name, value) = (words.next()?, words.next()?, words.next()?);
        let name = name.strip_prefix("MM_").filter(|_| define == "#define")?;
        let digits =
            value.trim_matches(|c| ['(', ')'].contains(&c)).trim_end_matches(['u', 'U', 'l', 'L']);
        let number = digits.parse::<u64>().ok().filter(|_| words.next().is_none())?;
        Some((name.to_lowercase(), number.to_string()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = r#"
{"reason":"compiler-message","package_id":"path+file:///w/memoman/capi#memoman-capi@0.1.0","message":{"message":"native-static-libs: -lgcc_s -lc","rendered":"note"}}
{"reason":"compiler-artifact","package_id":"path+file:///w/memoman#0.1.0","target":{"crate_types":["lib"]},"filenames":["/t/libengine.rlib"]}
{"reason":"build-script-executed","package_id":"path+file:///w/memoman#0.1.0","out_dir":"/no/such/folder","env":[]}
{"reason":"build-script-executed","package_id":"path+file:///w/memoman/capi#memoman-capi@0.1.0","out_dir":"OUT","env":[["MEMOMAN_TARGET","none unknown - arm 32"]]}
{"reason":"compiler-artifact","package_id":"path+file:///w/memoman/capi#memoman-capi@0.1.0","target":{"crate_types":["staticlib","cdylib"]},"features":["default","guard"],"filenames":["/t/libmemoman.a"]}"#;

    #[test]
    fn files_target_and_configuration_come_from_cargos_messages() {
        let out = tempfile::tempdir().unwrap();
        fs::write(
            out.path().join("memoman_config.h"),
            "#define MM_ALIGN 16\n#define MM_POOLS_MAX 8\n",
        )
        .unwrap();
        let printed = PRINTED.replace("OUT", out.path().to_str().unwrap());
        let library = Library::read(&cargo::messages(&printed)).unwrap();
        assert_eq!(library.files, [Path::new("/t/libmemoman.a")]);
        assert_eq!(library.target.pointer, 4);
        assert_eq!(library.headers, [out.path().join("memoman_config.h")]);
        let settings = [("features", "default guard"), ("align", "16"), ("pools_max", "8")];
        assert_eq!(library.settings, settings.map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert_eq!(library.needs, ["-lgcc_s", "-lc"]);

        let twice = printed.clone() + printed.lines().last().unwrap().trim_start();
        let twice = twice.replace("}{", "}\n{");
        let error = Library::read(&cargo::messages(&twice)).unwrap_err().to_string();
        assert!(error.contains("several targets"), "{error}");
    }

    #[test]
    fn only_definitions_of_numbers_are_read() {
        let header = "#define MM_ALIGN 16\n#define MM_TOP ((size_t)1 << 5)\n#define MEMOMAN_H\n  #define MM_POOLS_MAX 32u /* 1 */\n#define MM_BYTES (64)\n";
        let found: Vec<_> = definitions(header).collect();
        assert_eq!(found, [("align".into(), "16".into()), ("bytes".into(), "64".into())]);
    }
}
