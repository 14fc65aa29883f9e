//! The library as `scripts/install-c` installs it, and the platform's compilers.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};
use std::{env, fs};

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A folder of this package's tests, below Cargo's target folder.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Where include/ and lib/ are.
pub(crate) fn installed() -> &'static Path {
    static PREFIX: OnceLock<PathBuf> = OnceLock::new();
    PREFIX.get_or_init(|| install("c", &[]))
}

/// Runs `scripts/install-c` with options for cargo.
pub(crate) fn install(name: &str, options: &[&str]) -> PathBuf {
    // One at a time: they build into the same folder.
    static BUILDS: Mutex<()> = Mutex::new(());
    let _alone = BUILDS.lock().unwrap();
    let prefix = folder(name);
    run(isolated(root().join("scripts/install-c")).arg(&prefix).args(options));
    prefix
}

/// A command that builds as a user would, whatever this test was built with.
pub(crate) fn isolated(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command
        .env("CARGO", env!("CARGO"))
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap())
        // A sanitizer's or a coverage tool's flags want std.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET");
    command
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Language {
    C90,
    C99,
    Cpp,
}

impl Language {
    pub(crate) const ALL: [Self; 3] = [Self::C90, Self::C99, Self::Cpp];

    /// The compiler, as strict as our headers allow.
    pub(crate) fn compiler(self) -> Command {
        let (variable, default, options) = match self {
            Self::C90 => ("CC", "cc", &["-std=c90"][..]),
            Self::C99 => ("CC", "cc", &["-std=c99"][..]),
            Self::Cpp => ("CXX", "c++", &["-std=c++11", "-x", "c++"][..]),
        };
        let mut command = Command::new(env::var_os(variable).unwrap_or(default.into()));
        command.args(options).args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-O1"]);
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

    /// Adds the library installed at `prefix` to a compiler's line.
    pub(crate) fn add(self, command: &mut Command, prefix: &Path) {
        let lib = prefix.join("lib");
        match self {
            Self::Static => command.arg(lib.join("libmemoman.a")),
            Self::Shared => command
                .arg(format!("-L{}", lib.display()))
                .arg(format!("-Wl,-rpath,{}", lib.display()))
                .arg("-lmemoman"),
        };
    }
}

/// A C source of ours.
pub(crate) fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c").join(name)
}

/// Runs a command that must succeed: its standard output.
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

/// Cargo has its tests look for shared libraries in target folders: others of our name lie there.
pub(crate) fn without_cargos_libraries(command: &mut Command) -> &mut Command {
    command.env_remove("LD_LIBRARY_PATH").env_remove("DYLD_FALLBACK_LIBRARY_PATH")
}

/// The text between a line that is `open` and the next that is `close`.
pub(crate) fn block<'a>(text: &'a str, open: &str, close: &str) -> &'a str {
    let start = text.find(open).unwrap_or_else(|| panic!("no {open:?}")) + open.len();
    let length = text[start..].find(close).unwrap_or_else(|| panic!("no {close:?}"));
    &text[start..start + length]
}
