//! The programs: one C source, compiled and linked once for each allocator.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::{cargo, tool};

const SOURCE: &str = include_str!("program.c");

/// What the allocators are called, and how each is linked. The loop alone comes first, then C.
pub(super) const NAMES: [&str; 6] = ["loop", "C", "C, shared", "tlsf_*", "tlsf_*, shared", "mm_*"];

/// As a C program is compiled for release.
const FLAGS: [&str; 5] = ["-std=gnu11", "-O3", "-DNDEBUG", "-Wall", "-Wextra"];

/// Compiles all programs, in the order of [`NAMES`].
///
/// # Errors
/// Cargo or the C compiler fails.
pub(super) fn programs(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let source = folder.join("program.c");
    fs::write(&source, SOURCE)?;
    let prefix = folder.join("prefix");
    let mut install = tool::command(std::env::current_exe()?);
    install.arg("install-c").arg(&prefix).arg("--quiet");
    tool::capture(&mut install)?.stdout_of("scripts/install-c")?;
    let conte = Conte::compile(folder)?;

    let (include, library) = (prefix.join("include"), prefix.join("lib"));
    let program = |at: usize, choice: &str, link: &[&Path]| -> anyhow::Result<PathBuf> {
        let program = folder.join(format!("program-{at}"));
        let mut command = cc();
        command.arg(choice).arg("-I").arg(&include).arg(&source).args(link);
        // Shared libraries are found where they were built.
        for rpath in [folder, &library] {
            command.arg(format!("-Wl,-rpath,{}", rpath.display()));
        }
        command.arg("-o").arg(&program);
        tool::capture(&mut command)?.stdout_of(&format!("compiling {}", NAMES[at]))?;
        Ok(program)
    };
    let (archive, shared) = (library.join("libmemoman.a"), library.join("libmemoman.so"));
    Ok(vec![
        program(0, "-DLOOP", &[])?,
        program(1, "-DCONTE", &[&conte.object])?,
        program(2, "-DCONTE", &[&conte.shared])?,
        program(3, "-DTLSF", &[&archive])?,
        program(4, "-DTLSF", &[&shared])?,
        program(5, "-DMM", &[&archive])?,
    ])
}

/// TLSF 3.1 as a C program compiles and links it.
struct Conte {
    object: PathBuf,
    shared: PathBuf,
}

impl Conte {
    fn compile(folder: &Path) -> anyhow::Result<Self> {
        let source = cargo::conte_source("release")?;
        let compile = |name: &str, options: &[&str]| -> anyhow::Result<PathBuf> {
            let out = folder.join(name);
            let mut command = cc();
            command.args(["-w", "-DPREFIX=conte_bare_", "-DMAX_LOG2=32"]).args(options);
            command.arg("-I").arg(&source).arg(source.join("conte.c")).arg("-o").arg(&out);
            tool::capture(&mut command)?.stdout_of("compiling TLSF 3.1")?;
            Ok(out)
        };
        Ok(Self {
            object: compile("conte.o", &["-c"])?,
            shared: compile("libconte.so", &["-shared", "-fPIC", "-Wl,-soname,libconte.so"])?,
        })
    }
}

fn cc() -> Command {
    let mut command = tool::command(tool::cc());
    command.args(FLAGS);
    command
}

/// Writes the traces of the benchmark `compare`. Returns their names, calls and files.
///
/// # Errors
/// The benchmark cannot be built or run.
pub(super) fn traces(
    folder: &Path,
    options: &[String],
) -> anyhow::Result<Vec<(String, usize, PathBuf)>> {
    let mut bench = cargo::cargo(&["bench", "--quiet", "--locked", "-p", "memoman-bench"]);
    bench.args(["--bench", "compare", "--", "--write-traces"]).arg(folder).args(options);
    let printed = tool::capture_stdout(&mut bench)?.stdout_of("the benchmark compare")?;
    let line = |line: &str| {
        let (name, calls) = line.split_once(' ')?;
        Some((name.to_owned(), calls.parse().ok()?, folder.join(format!("{name}.calls"))))
    };
    printed
        .lines()
        .map(|text| line(text).with_context(|| format!("compare printed: {text}")))
        .collect()
}
