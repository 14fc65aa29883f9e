//! `scripts/install-c`: with every cargo option that changes where or for what the library is built,
//! it installs that build or refuses the option.
// CI tests this package with other features and on 32 bits, too: what is installed is the same then.
#![cfg(all(unix, feature = "tlsf-names", not(feature = "guard"), target_pointer_width = "64"))]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::{
    Language, Linkage, folder, install_c, install_c_program, one_build_at_a_time, root, run, source,
};

/// An empty folder, whose name has a space.
fn empty(name: &str) -> PathBuf {
    let folder = folder(&format!("install {name}"));
    fs::remove_dir_all(&folder).unwrap();
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn outcome(command: &mut Command) -> Output {
    one_build_at_a_time(|| command.output().unwrap())
}

/// The library installed at `prefix` is there and works.
fn works(prefix: &Path) {
    for linkage in Linkage::ALL {
        let binary = prefix.join(format!("contract-{linkage:?}"));
        let mut cc = Language::C99.compiler();
        cc.arg(source("contract.c")).arg("-I").arg(prefix.join("include")).arg("-o").arg(&binary);
        linkage.add(&mut cc, &prefix.join("lib"));
        run(&mut cc);
        run(&mut Command::new(binary));
    }
}

fn host() -> String {
    let version = run(Command::new("rustc").arg("-vV"));
    let line = version.lines().find_map(|line| line.strip_prefix("host: "));
    line.expect("rustc names its host").to_owned()
}

/// A configuration that is not the default.
const CONFIGURATION: [&str; 8] =
    ["--align", "32", "--second-levels", "8", "--largest-pool", "64M", "--pools", "40"];

/// Builds elsewhere, so that a library in the usual place cannot be taken for the result.
#[test]
#[ignore = "a build of its own, by night: cargo test -p memoman-capi -- --ignored"]
fn the_library_is_found_wherever_cargo_builds_it() {
    let here = empty("elsewhere");
    let host = host();
    type Case<'a> = (&'a str, &'a [&'a str], &'a [(&'a str, &'a str)]);
    let cases: [Case<'_>; 5] = [
        ("target", &["--target", &host, "--target-dir", "built"], &[]),
        ("equals", &[&format!("--target={host}"), "--target-dir=built"], &[]),
        ("environment", &[], &[("CARGO_BUILD_TARGET", &host), ("CARGO_TARGET_DIR", "built")]),
        ("config", &["--config", "cargo.toml"], &[]),
        ("plain", &[&["--target-dir", "plain build"][..], &CONFIGURATION].concat(), &[]),
    ];
    fs::write(here.join("cargo.toml"), format!("build.target = \"{host}\"\n")).unwrap();
    for (name, options, environment) in cases {
        let mut command = install_c_program();
        command.current_dir(&here).arg(name).args(options);
        // Relative paths count from the current folder.
        command.env("CARGO_TARGET_DIR", "built").envs(environment.iter().copied());
        one_build_at_a_time(|| run(&mut command));
        works(&here.join(name));
    }
    assert!(here.join("built").join(&host).is_dir() && here.join("plain build/capi").is_dir());

    assert!(!root().join("built").exists(), "a relative path counts from the repository");

    // What the header has, pkg-config and CMake have, too.
    let read = |file: &str| fs::read_to_string(here.join("plain").join(file)).unwrap();
    for (name, number) in [("align", 32), ("second_levels", 8), ("pools_max", 40)] {
        let define = format!("#define MM_{} {number}\n", name.to_uppercase());
        assert!(read("include/memoman_config.h").contains(&define), "{define}");
        let variable = format!("\n{name}={number}\n");
        assert!(read("lib/pkgconfig/memoman.pc").contains(&variable), "{variable}");
        let variable = format!("set(memoman_{} \"{number}\")\n", name.to_uppercase());
        assert!(read("lib/cmake/memoman/memomanConfig.cmake").contains(&variable), "{variable}");
    }
}

#[test]
fn what_the_caller_sets_for_the_library_does_not_reach_the_tool_itself() {
    let mut command = install_c();
    command.arg("--help").env("CARGO_BUILD_TARGET", "no-such-target");
    let help = one_build_at_a_time(|| run(command.env("RUSTFLAGS", "--no-such-flag")));
    assert!(help.contains("Usage: scripts/install-c"), "{help}");
}

#[test]
fn options_that_select_another_build_are_refused() {
    let here = empty("refused");
    for (option, name) in [
        ("--profile=release", "--profile"),
        ("--profile", "--profile"),
        ("--release", "--release"),
        ("-r", "--release"),
        ("--manifest-path=Cargo.toml", "--manifest-path"),
        ("-pmemoman", "--package"),
        ("--package", "--package"),
        ("--workspace", "--workspace"),
        ("--message-format=short", "--message-format"),
    ] {
        let output = outcome(install_c_program().current_dir(&here).args(["out", option]));
        assert_eq!(output.status.code(), Some(2), "{option}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.starts_with(&format!("error: {name}")), "{message}");
        assert!(!here.join("out").exists(), "{option}: refused, but something was installed");
    }
    // Cargo itself refuses these; nothing is installed.
    for options in [&["--target", "no-such-target"][..], &["--", "--no-such-option"]] {
        let output = outcome(install_c_program().current_dir(&here).arg("out").args(options));
        assert_eq!(output.status.code(), Some(1), "{options:?}");
        assert!(!here.join("out").exists(), "{options:?}: something was installed");
    }
}

/// What lies below a folder: files, links with their targets, and folders with a slash.
fn tree(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            if let Ok(target) = fs::read_link(&path) {
                found.push(format!("{name} -> {}", target.display()));
            } else if path.is_dir() {
                found.push(format!("{name}/"));
                waiting.push(path);
            } else {
                found.push(name);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn an_installation_below_destdir_is_complete_and_can_be_repeated_and_removed() {
    let here = empty("staged");
    // Another package's file.
    fs::create_dir_all(here.join("the stage/opt/a prefix/lib")).unwrap();
    fs::write(here.join("the stage/opt/a prefix/lib/other"), "").unwrap();
    let before = tree(&here);
    let install_c = |arguments: &[&str]| {
        let mut command = install_c_program();
        command.current_dir(&here).args(arguments).env("DESTDIR", "the stage");
        outcome(&mut command)
    };
    assert!(install_c(&["/opt/a prefix"]).status.success());
    let staged = here.join("the stage/opt/a prefix");
    works(&staged);
    let pc = fs::read_to_string(staged.join("lib/pkgconfig/memoman.pc")).unwrap();
    assert!(pc.starts_with("prefix=/opt/a prefix\n"), "DESTDIR is in memoman.pc: {pc}");
    for linkage in Linkage::ALL {
        fs::remove_file(staged.join(format!("contract-{linkage:?}"))).unwrap();
    }

    let installed = tree(&staged);
    for file in [
        "include/memoman.h",
        "include/tlsf.h",
        "lib/libmemoman.a",
        "lib/cmake/memoman/memomanConfig.cmake",
    ] {
        assert!(installed.iter().any(|line| line == file), "{file} is missing: {installed:?}");
    }
    if cfg!(target_os = "linux") {
        let [version, major] = [env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_VERSION_MAJOR")];
        for link in [
            format!("lib/libmemoman.so -> libmemoman.so.{major}"),
            format!("lib/libmemoman.so.{major} -> libmemoman.so.{version}"),
        ] {
            assert!(installed.contains(&link), "{link} is missing: {installed:?}");
        }
    }
    assert!(install_c(&["/opt/a prefix"]).status.success());
    assert_eq!(tree(&staged), installed, "the second installation differs");

    assert!(install_c(&["--uninstall", "/opt/a prefix"]).status.success());
    assert_eq!(tree(&here), before, "left or missing after the removal");
    let again = install_c(&["--uninstall", "/opt/a prefix"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8(again.stderr).unwrap().contains("nothing to remove"));
}

/// On microcontrollers, there is no shared library.
#[test]
fn for_a_microcontroller_only_the_static_library_is_installed() {
    const TARGET: &str = "thumbv7em-none-eabihf";
    let libraries =
        run(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    if !Path::new(libraries.trim()).is_dir() {
        eprintln!("SKIPPED: nothing was built for {TARGET}; try: rustup target add {TARGET}");
        return;
    }
    let here = empty("microcontroller");
    let mut command = install_c();
    one_build_at_a_time(|| run(command.current_dir(&here).args(["out", "--target", TARGET])));
    let installed = tree(&here.join("out/lib"));
    let libraries: Vec<_> = installed.iter().filter(|file| file.contains("libmemoman")).collect();
    assert_eq!(libraries, ["libmemoman.a"]);
    let read = |file: &str| fs::read_to_string(here.join("out/lib").join(file)).unwrap();
    let pc = read("pkgconfig/memoman.pc");
    assert!(pc.contains("\nLibs: -L\"${libdir}\" -lmemoman -Wl,--gc-sections\n"), "{pc}");
    assert!(read("cmake/memoman/memomanConfigVersion.cmake").contains("pointers of 4 bytes"));
}
