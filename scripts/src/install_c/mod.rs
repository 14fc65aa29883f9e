//! `scripts/install-c`: the library for C, built and installed below a prefix, or removed from it.

mod cmake;
mod entries;
mod entry;
mod libraries;
mod library;
mod manifest;
mod options;
mod pkg_config;
mod target;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Parser;

use self::library::Library;
use self::options::{CargoOptions, Configuration, Refused};
use crate::cargo;
use crate::script::Script;

/// Build libmemoman for C and install it below a prefix.
///
/// Builds the static and the shared library, without Rust's standard library, and installs
///
///   PREFIX/include/            memoman.h, memoman.hpp, memoman_config.h, tlsf.h ...
///   PREFIX/lib/                libmemoman.a, and libmemoman.so.0 with its links
///   PREFIX/lib/pkgconfig/      memoman.pc, memoman-static.pc
///   PREFIX/lib/cmake/memoman/  find_package(memoman): memoman::memoman, memoman::static
///   PREFIX/share/memoman/      the list of these files, which --uninstall reads
///
/// With the environment variable DESTDIR, the files go below DESTDIR/PREFIX, for packagers;
/// memoman.pc still names PREFIX. An installation replaces an older one at the same place.
///
/// Relative paths count from the current folder. Cargo's environment variables (CARGO_TARGET_DIR,
/// CARGO_BUILD_TARGET, RUSTFLAGS ...) work, too. Refused are options of `cargo build` that select
/// another package, profile or output format.
#[derive(Parser)]
#[command(
    name = "scripts/install-c",
    bin_name = "scripts/install-c",
    after_help = NOTES,
    verbatim_doc_comment,
    override_usage = "scripts/install-c PREFIX [OPTIONS] [-- CARGO OPTIONS]\n       scripts/install-c --uninstall PREFIX"
)]
pub(crate) struct InstallC {
    /// The folder to install below, such as /usr/local
    prefix: PathBuf,
    /// Remove what was installed below PREFIX (or DESTDIR/PREFIX), and the folders made for it if they are empty
    #[arg(long, conflicts_with_all = ["Configuration", "CargoOptions"])]
    uninstall: bool,
    #[command(flatten)]
    configuration: Configuration,
    #[command(flatten)]
    cargo: CargoOptions,
    #[command(flatten)]
    _refused: Refused,
}

const NOTES: &str = "\
Examples:
  scripts/install-c /usr/local
  scripts/install-c out --features guard         checks every pointer and the heap (mm_on_misuse)
  scripts/install-c out --no-default-features    only what memoman.h declares
  scripts/install-c out --align 32 --second-levels 8 --largest-pool 64K
  scripts/install-c out --target thumbv7em-none-eabihf
  DESTDIR=\"$PWD/stage\" scripts/install-c /usr
  scripts/install-c --uninstall out

Exit codes: 0 installed, or removed; 1 the build failed; 2 wrong arguments, or nothing to remove;
130 interrupted.
Needs: Rust 1.85, crates.io (this tool's packages; the library has none), and a C compiler for the
shared library. For another target: Rust's library for it (rustup target add TRIPLE), and for a shared
library its linker (CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc).";

impl Script for InstallC {
    fn run(self) -> anyhow::Result<()> {
        let here = std::env::current_dir().context("the current folder does not exist")?;
        let prefix = here.join(&self.prefix);
        let destination = destination(&here, &prefix, std::env::var_os("DESTDIR"));
        if self.uninstall {
            return manifest::remove(&destination);
        }
        let prefix = pkg_config::prefix(&prefix)?;
        let root = cargo::enter_root()?;
        let library = Library::build(&here, &self.cargo, &self.configuration)?;
        let entries = entries::entries(&root, &prefix, &library)?;
        manifest::install(&destination, &entries)?;
        eprintln!("installed below {}:", destination.display());
        for entry in &entries {
            eprintln!("  {entry}");
        }
        Ok(())
    }
}

/// Where the files go: at the prefix, below `DESTDIR` if it is set and not empty.
fn destination(here: &Path, prefix: &Path, destdir: Option<OsString>) -> PathBuf {
    match destdir.filter(|folder| !folder.is_empty()) {
        None => prefix.to_path_buf(),
        Some(stage) => {
            here.join(stage).join(prefix.strip_prefix("/").expect("prefixes are absolute"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destdir_stands_in_front_of_the_whole_prefix() {
        let destination = |prefix: &str, stage: Option<&str>| {
            destination(Path::new("/here"), Path::new(prefix), stage.map(Into::into))
        };
        assert_eq!(destination("/usr", None), Path::new("/usr"));
        assert_eq!(destination("/usr", Some("")), Path::new("/usr"));
        assert_eq!(destination("/usr", Some("stage")), Path::new("/here/stage/usr"));
        assert_eq!(destination("/usr/a b", Some("/stage/")), Path::new("/stage/usr/a b"));
    }
}
