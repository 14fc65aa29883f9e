//! Building and installing the library, and the platform's compilers.
#![allow(dead_code)] // Each test uses its own part.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};
use std::{env, fs};

/// The repository. Not in the published package.
pub(crate) fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the repository")
}

/// Another target to build the library and the programs for: `scripts/test-arch` names it, its compilers
/// (`MEMOMAN_TEST_CC`, `MEMOMAN_TEST_CXX`) and the command that runs its programs (`MEMOMAN_RUNNER`).
fn other_target() -> Option<String> {
    env::var("MEMOMAN_TEST_TARGET").ok()
}

/// Starts a program that was built for the target.
pub(crate) fn launch(binary: impl AsRef<OsStr>) -> Command {
    let runner = env::var("MEMOMAN_RUNNER").unwrap_or_default();
    let mut words = runner.split_whitespace();
    let Some(first) = words.next() else { return Command::new(binary) };
    let mut command = Command::new(first);
    command.args(words).arg(binary);
    command
}

/// The C compiler, without options.
pub(crate) fn c_compiler() -> Command {
    compiler("CC", "cc")
}

fn compiler(variable: &str, default: &str) -> Command {
    let names = [format!("MEMOMAN_TEST_{variable}"), variable.to_owned()];
    Command::new(names.iter().find_map(env::var_os).unwrap_or_else(|| default.into()))
}

/// A folder of this package's tests, below Cargo's target folder.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(other_target().unwrap_or_default()).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A folder of the headers, for the configuration that this test was built with.
pub(crate) fn headers() -> PathBuf {
    let (package, folder) = (Path::new(env!("CARGO_MANIFEST_DIR")), folder("include"));
    // Complete at any time, for tests that run at the same time: each file is replaced in one step.
    let copy = |from: PathBuf| {
        let to = folder.join(from.file_name().unwrap());
        let new = to.with_extension(format!("{:?}", std::thread::current().id()));
        fs::copy(from, &new).unwrap();
        fs::rename(new, to).unwrap();
    };
    for header in fs::read_dir(package.join("include")).unwrap() {
        let header = header.unwrap();
        if header.file_name() != "memoman_config.h" {
            copy(header.path());
        }
    }
    copy(Path::new(env!("OUT_DIR")).join("memoman_config.h"));
    folder
}

/// The prefix of a default installation: include/ and lib/ are below it.
pub(crate) fn installed() -> &'static Path {
    static PREFIX: OnceLock<PathBuf> = OnceLock::new();
    PREFIX.get_or_init(|| install("c", &[]))
}

/// Runs `scripts/install-c` with options for cargo. Returns the prefix.
pub(crate) fn install(name: &str, options: &[&str]) -> PathBuf {
    let prefix = folder(name);
    let mut command = install_c();
    command.arg(&prefix).args(options);
    if let Some(target) = other_target() {
        command.args(["--target", &target]);
    }
    // Cargo keeps one configuration: another one in its place would have the default built anew.
    if options.iter().any(|option| ["--align", "--second-levels"].contains(option)) {
        command.arg("--target-dir").arg(target().join("configurations"));
    }
    one_build_at_a_time(|| run(&mut command));
    prefix
}

/// `scripts/install-c`, without arguments.
pub(crate) fn install_c() -> Command {
    isolated(root().join("scripts/install-c"))
}

/// The program that `scripts/install-c` builds and starts, for tests that change what cargo reads from the
/// environment: the script would build it anew.
pub(crate) fn install_c_program() -> Command {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| drop(run(install_c().arg("--help"))));
    let mut command = isolated(target().join("debug/memoman-scripts"));
    command.env("CARGO_MANIFEST_DIR", root().join("scripts")).arg("install-c");
    command
}

/// Cargo's target folder.
fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a folder below the target folder")
}

/// Builds share a target folder.
pub(crate) fn one_build_at_a_time<T>(build: impl FnOnce() -> T) -> T {
    static BUILDS: Mutex<()> = Mutex::new(());
    let _lock = BUILDS.lock();
    build()
}

/// A command that builds as a user's shell would, whatever flags this test was built with.
pub(crate) fn isolated(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command
        .env("CARGO", env!("CARGO"))
        .env("CARGO_TARGET_DIR", target())
        // The flags of a sanitizer or a coverage tool need std.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET")
        .env_remove("CARGO_BUILD_TARGET_DIR")
        .env_remove("DESTDIR");
    command
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Language {
    C90,
    C99,
    C11,
    Cpp11,
    Cpp20,
}

impl Language {
    pub(crate) const ALL: [Self; 5] = [Self::C90, Self::C99, Self::C11, Self::Cpp11, Self::Cpp20];

    pub(crate) fn is_cpp(self) -> bool {
        matches!(self, Self::Cpp11 | Self::Cpp20)
    }

    /// The compiler, for this language.
    pub(crate) fn plain_compiler(self) -> Command {
        let options = match self {
            Self::C90 => &["-std=c90"][..],
            Self::C99 => &["-std=c99"],
            Self::C11 => &["-std=c11"],
            Self::Cpp11 => &["-std=c++11", "-x", "c++"],
            Self::Cpp20 => &["-std=c++20", "-x", "c++"],
        };
        let mut command = self.linker();
        command.args(options);
        command
    }

    /// The compiler, for objects.
    fn linker(self) -> Command {
        if self.is_cpp() { compiler("CXX", "c++") } else { compiler("CC", "cc") }
    }

    /// The compiler, with as many warnings as errors as the headers allow.
    pub(crate) fn compiler(self) -> Command {
        let mut command = self.plain_compiler();
        command.args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-O1"]);
        command
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Linkage {
    Static,
    Shared,
}

impl Linkage {
    pub(crate) const ALL: [Self; 2] = [Self::Static, Self::Shared];

    /// Adds the library in the folder `lib` to a compiler's command line.
    pub(crate) fn add(self, command: &mut Command, lib: &Path) {
        match self {
            Self::Static => command.arg(lib.join("libmemoman.a")),
            Self::Shared => command
                .arg(format!("-L{}", lib.display()))
                .arg(format!("-Wl,-rpath,{}", lib.display()))
                .arg("-lmemoman"),
        };
    }
}

/// Compiles a program of `tests/c` once, with the library installed at `prefix`, links it with every
/// linkage, and runs it.
pub(crate) fn runs(file: &str, language: Language, mut compiler: Command, prefix: &Path) {
    let object = prefix.join(format!("{file}-{language:?}.o"));
    compiler.arg("-I").arg(prefix.join("include")).arg("-c").arg(source(file));
    run(compiler.arg("-o").arg(&object));
    for linkage in Linkage::ALL {
        let binary = prefix.join(format!("{file}-{language:?}-{linkage:?}"));
        let mut linker = language.linker();
        linker.arg(&object).arg("-o").arg(&binary);
        linkage.add(&mut linker, &prefix.join("lib"));
        run(&mut linker);
        run(&mut launch(binary));
    }
}

/// A C source of `tests/c`.
pub(crate) fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c").join(name)
}

/// Runs a command that must succeed. Returns its standard output.
pub(crate) fn run(command: &mut Command) -> String {
    let output = without_cargos_libraries(command)
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Cargo sets the loader's search path for its tests to target folders. They hold other builds of
/// this library.
pub(crate) fn without_cargos_libraries(command: &mut Command) -> &mut Command {
    command.env_remove("LD_LIBRARY_PATH").env_remove("DYLD_FALLBACK_LIBRARY_PATH")
}

/// The text between `open` and the next `close`, if both occur.
pub(crate) fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let text = &text[text.find(open)? + open.len()..];
    Some(&text[..text.find(close)?])
}
