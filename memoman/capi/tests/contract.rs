//! The C programs of `tests/c` that need this package alone, with the library as `cargo build` makes
//! it: with std, with debug assertions and overflow checks. `tests/programs.rs` runs them with the
//! library as it is installed.
#![cfg(unix)]

mod support;

use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{
    Language, Linkage, folder, headers, isolated, one_build_at_a_time, run, source,
    without_cargos_libraries,
};

/// Builds the library. Returns the folder it is in.
fn build(name: &str, options: &[&str]) -> PathBuf {
    let target = folder(name);
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let mut cargo = isolated(env!("CARGO"));
    cargo.args(["build", "--lib", "--manifest-path"]).arg(manifest).args(options);
    cargo.env("CARGO_TARGET_DIR", &target);
    let lib = target.join("debug");
    one_build_at_a_time(|| {
        run(&mut cargo);
        name_shared_library(&lib);
    });
    lib
}

/// Adds the name that programs remember the shared library by.
fn name_shared_library(lib: &Path) {
    let major = env!("CARGO_PKG_VERSION_MAJOR");
    for (file, soname) in [
        ("libmemoman.so", format!("libmemoman.so.{major}")),
        ("libmemoman.dylib", format!("libmemoman.{major}.dylib")),
    ] {
        if lib.join(file).is_file() && !lib.join(&soname).exists() {
            symlink(file, lib.join(soname)).unwrap();
        }
    }
}

fn passes(program: &str, lib: &Path) {
    for linkage in Linkage::ALL {
        let binary = lib.join(format!("{program}-{linkage:?}"));
        let mut cc = Language::C99.compiler();
        cc.arg(source(&format!("{program}.c"))).arg("-o").arg(&binary).arg("-I").arg(headers());
        linkage.add(&mut cc, lib);
        run(cc.args(STD_NEEDS));
        run(&mut Command::new(binary));
    }
}

/// What the standard library needs, which a static library contains.
const STD_NEEDS: [&str; 3] = ["-lpthread", "-ldl", "-lm"];

#[test]
fn the_headers_functions_keep_their_contracts_in_a_checked_build() {
    let lib = build("checked", &[]);
    passes("contract", &lib);
    passes("sized", &lib);
    passes("espressif", &lib);
    passes("tlsf_names", &lib);
}

#[test]
fn the_guard_refuses_and_reports_misuse_in_a_checked_build() {
    let lib = build("checked-guard", &["--features", "guard"]);
    passes("misuse", &lib);
    passes("contract", &lib);
    passes("sized", &lib);
    passes("espressif", &lib);
}

#[test]
#[cfg_attr(
    any(not(feature = "tlsf-names"), feature = "guard", target_pointer_width = "32"),
    ignore = "the library is the same as in a test with the default features"
)]
fn a_heap_is_a_memory_resource_with_and_without_exceptions() {
    let lib = build("checked", &[]);
    for (linkage, options) in [
        (Linkage::Static, &["-std=c++17"][..]),
        (Linkage::Shared, &["-std=c++17", "-fno-exceptions", "-fno-rtti"]),
        (Linkage::Shared, &["-std=c++20"]),
        (Linkage::Static, &["-std=c++20", "-fno-exceptions"]),
    ] {
        let binary = lib.join(format!("memory_resource{}", options.concat()));
        let mut cxx = Language::Cpp11.compiler();
        cxx.args(options).arg(source("memory_resource.cpp")).args(["-x", "none", "-I"]);
        cxx.arg(headers()).arg("-o").arg(&binary);
        linkage.add(&mut cxx, &lib);
        run(cxx.args(STD_NEEDS));
        run(&mut Command::new(&binary));
        // More than there is, and no handler: std::terminate() or std::abort().
        let ended = without_cargos_libraries(Command::new(binary).arg("more")).output().unwrap();
        assert_eq!(ended.status.signal(), Some(6), "{options:?}: {}", ended.status);
    }
}
