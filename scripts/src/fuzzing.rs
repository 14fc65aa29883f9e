//! What the fuzzing scripts share: the targets, and how each is built, so that no two of them build the same
//! thing with different flags.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context as _, bail, ensure};

use crate::cargo::{self, Rustc, cargo};
use crate::tool;

const VERSION: &str = "0.13.2";

/// The names of the targets: the files of fuzz/fuzz_targets.
///
/// # Errors
/// The folder cannot be read.
pub(crate) fn targets() -> anyhow::Result<Vec<String>> {
    let entries =
        fs::read_dir("fuzz/fuzz_targets").context("cannot read the folder fuzz/fuzz_targets")?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    let sources =
        paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let mut names: Vec<_> =
        sources.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    Ok(names)
}

/// The target that runs a faulty allocator, for `cargo oracle bughunt --engines`. What it finds is no finding, so
/// it is not one of [`targets`].
pub(crate) const MUTANT: &str = "mutant";

/// The inputs of the target are programs in the op language.
pub(crate) fn reads_programs(target: &str) -> bool {
    ["ops", MUTANT].contains(&target)
}

/// Checks a target's name.
///
/// # Errors
/// There is no such target; the message lists them.
pub(crate) fn check_target(name: &str) -> anyhow::Result<()> {
    let known = targets()?;
    ensure!(
        known.iter().any(|known| known == name),
        "'{name}' is no target; the targets are: {}",
        known.join(", ")
    );
    Ok(())
}

/// The sanitizer that SANITIZER names, AddressSanitizer by default.
///
/// # Errors
/// It names none that cargo-fuzz has.
pub(crate) fn sanitizer() -> anyhow::Result<String> {
    let name = std::env::var("SANITIZER").unwrap_or_else(|_| "address".into());
    ensure!(
        ["address", "leak", "memory", "thread", "none"].contains(&&*name),
        "SANITIZER is '{name}'; expected address, leak, memory, thread or none"
    );
    Ok(name)
}

/// Makes sure that cargo-fuzz and a C++ compiler are installed.
///
/// # Errors
/// One of them is not and cannot be.
pub(crate) fn prepare(script: &str) -> anyhow::Result<()> {
    tool::require("c++", "a C++ compiler (libFuzzer is built with it), such as the package g++")?;
    cargo::install(script, "fuzz", VERSION, false)
}

/// A folder of its own for each sanitizer: other flags would have everything built anew each time.
///
/// # Errors
/// cargo metadata fails.
pub(crate) fn target_folder(sanitizer: &str) -> anyhow::Result<PathBuf> {
    Ok(cargo::target_folder()?.join("fuzz").join(sanitizer))
}

/// `cargo fuzz WHAT` with the flags that all scripts use. Comparisons are not traced: every byte of an input
/// has a meaning, so tracing took two thirds of the time and found less.
///
/// # Errors
/// cargo metadata fails.
pub(crate) fn command(what: &str, target: &str, sanitizer: &str) -> anyhow::Result<Command> {
    let mut command =
        cargo(&["fuzz", what, "--no-trace-compares", "--sanitizer", sanitizer, "--target-dir"]);
    command.arg(target_folder(sanitizer)?).args(features(target));
    // A report is the finding; backtraces of the harness would bury it.
    command.env("RUST_BACKTRACE", "0");
    Ok(command)
}

/// The engine counts what calls cost for the target `latency` only, and the catalogue of mutants is part of
/// `mutant` only.
pub(crate) fn features(target: &str) -> &'static [&'static str] {
    match target {
        "latency" => &["--features", "cost"],
        MUTANT => &["--features", "mutants"],
        _ => &[],
    }
}

/// Builds a target and returns its program.
///
/// # Errors
/// It does not compile.
pub(crate) fn build(target: &str, sanitizer: &str) -> anyhow::Result<PathBuf> {
    let mut build = command("build", target, sanitizer)?;
    // Standard output is for results.
    if !tool::status(build.arg(target).stdout(std::io::stderr()))?.success() {
        bail!("the fuzz target {target} does not build");
    }
    let program = target_folder(sanitizer)?.join(Rustc::ask()?.host).join("release").join(target);
    ensure!(program.is_file(), "cargo fuzz build made no {}", program.display());
    Ok(program)
}

/// The folders that a target starts from; the first one takes what is new and exists afterwards.
///
/// # Errors
/// It cannot be made.
pub(crate) fn corpora(target: &str) -> anyhow::Result<Vec<PathBuf>> {
    let new = PathBuf::from("fuzz/corpus").join(target);
    fs::create_dir_all(&new).with_context(|| format!("cannot make {}", new.display()))?;
    let committed = committed(target);
    Ok(std::iter::once(new).chain(committed.is_dir().then_some(committed)).collect())
}

/// The committed corpus of a target.
pub(crate) fn committed(target: &str) -> PathBuf {
    PathBuf::from("corpus").join(format!("{target}-v1"))
}

/// The number of files in a folder; none if there is no such folder.
pub(crate) fn count(folder: &Path) -> usize {
    cargo::files_below(folder).map_or(0, |files| files.len())
}

/// The files below a folder that were written since a time.
pub(crate) fn written_since(folder: &Path, since: SystemTime) -> Vec<PathBuf> {
    let files = cargo::files_below(folder).unwrap_or_default();
    files
        .into_iter()
        .filter(|file| {
            file.metadata().and_then(|data| data.modified()).is_ok_and(|time| time >= since)
        })
        .collect()
}

/// The command that shows what an input does.
pub(crate) fn replay(target: &str, file: &Path) -> String {
    let command = match target {
        "ops" | "large" => "replay",
        "near" => "replay --search",
        _ => target,
    };
    format!("cargo oracle {command} '{}'", file.display())
}

/// A time to compare the times of files with: their clock is coarser, and may be a little behind.
pub(crate) fn now() -> SystemTime {
    SystemTime::now() - std::time::Duration::from_millis(20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_latency_is_built_with_the_cost_feature() {
        assert_eq!(features("latency"), ["--features", "cost"]);
        assert!(features("ops").is_empty());
    }

    #[test]
    fn each_target_has_its_command_to_replay() {
        assert_eq!(replay("ops", Path::new("a b")), "cargo oracle replay 'a b'");
        assert_eq!(replay("near", Path::new("x")), "cargo oracle replay --search 'x'");
        assert_eq!(replay("large", Path::new("x")), "cargo oracle replay 'x'");
        assert_eq!(replay("misuse", Path::new("x")), "cargo oracle misuse 'x'");
    }

    #[test]
    fn only_files_of_this_run_are_findings() {
        let folder = tempfile::tempdir().unwrap();
        let old = folder.path().join("old");
        fs::write(&old, "").unwrap();
        let hour = std::time::Duration::from_secs(3600);
        fs::File::options()
            .write(true)
            .open(&old)
            .unwrap()
            .set_modified(SystemTime::now() - hour)
            .unwrap();
        let since = now();
        fs::write(folder.path().join("new"), "").unwrap();
        assert_eq!(written_since(folder.path(), since), [folder.path().join("new")]);
        assert_eq!(written_since(Path::new("/no/such/folder"), since), Vec::<PathBuf>::new());
        assert_eq!(count(folder.path()), 2);
    }
}
