//! The C programs of `tests/c` that need this package alone, with the library as `cargo build` makes
//! it: with std, with debug assertions and overflow checks. `tests/programs.rs` runs them with the
//! library as it is installed.
#![cfg(unix)]

mod support;

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Language, Linkage, folder, headers, isolated, one_build_at_a_time, run, source};

/// Builds the library. Returns the folder it is in.
fn build(name: &str, options: &[&str]) -> PathBuf {
    let target = folder(name);
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let mut cargo = isolated(env!("CARGO"));
    cargo.args(["build", "--lib", "--manifest-path"]).arg(manifest).args(options);
    one_build_at_a_time(|| run(cargo.env("CARGO_TARGET_DIR", &target)));
    let lib = target.join("debug");
    // Under the name that programs remember the shared library by.
    let major = env!("CARGO_PKG_VERSION_MAJOR");
    for (file, soname) in [
        ("libmemoman.so", format!("libmemoman.so.{major}")),
        ("libmemoman.dylib", format!("libmemoman.{major}.dylib")),
    ] {
        if lib.join(file).is_file() && !lib.join(&soname).exists() {
            symlink(file, lib.join(soname)).unwrap();
        }
    }
    lib
}

fn passes(program: &str, lib: &Path) {
    for linkage in Linkage::ALL {
        let binary = lib.join(format!("{program}-{linkage:?}"));
        let mut cc = Language::C99.compiler();
        cc.arg(source(&format!("{program}.c"))).arg("-o").arg(&binary).arg("-I").arg(headers());
        linkage.add(&mut cc, lib);
        // The standard library's needs.
        run(cc.args(["-lpthread", "-ldl", "-lm"]));
        run(&mut Command::new(binary));
    }
}

#[test]
fn the_headers_functions_keep_their_contracts_in_a_checked_build() {
    let lib = build("checked", &[]);
    passes("contract", &lib);
    passes("sized", &lib);
    passes("tlsf_names", &lib);
}

#[test]
fn the_guard_refuses_and_reports_misuse_in_a_checked_build() {
    let lib = build("checked-guard", &["--features", "guard"]);
    passes("misuse", &lib);
    passes("contract", &lib);
    passes("sized", &lib);
}
