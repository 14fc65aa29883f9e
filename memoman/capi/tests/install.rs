//! `scripts/install-c`: with every cargo option that changes where or for what the library is built,
//! it installs that build or refuses the option.
#![cfg(unix)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::{
    Language, Linkage, folder, install_c, one_build_at_a_time, run, source,
    without_cargos_libraries,
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

/// Builds elsewhere, so that a library in the usual place cannot be taken for the result.
#[test]
fn the_library_is_found_wherever_cargo_builds_it() {
    let here = empty("elsewhere");
    let host = host();
    type Case<'a> = (&'a str, &'a [&'a str], &'a [(&'a str, &'a str)]);
    let cases: [Case<'_>; 5] = [
        ("target", &["--target", &host, "--target-dir", "built"], &[]),
        ("equals", &[&format!("--target={host}"), "--target-dir=built"], &[]),
        ("environment", &[], &[("CARGO_BUILD_TARGET", &host), ("CARGO_TARGET_DIR", "built")]),
        ("config", &["--config", "cargo.toml"], &[]),
        ("plain", &["--target-dir", "plain build"], &[]),
    ];
    fs::write(here.join("cargo.toml"), format!("build.target = \"{host}\"\n")).unwrap();
    for (name, options, environment) in cases {
        let mut command = install_c();
        command.current_dir(&here).arg(name).args(options);
        // Relative paths count from the current folder.
        command.env("CARGO_TARGET_DIR", "built").envs(environment.iter().copied());
        one_build_at_a_time(|| run(&mut command));
        works(&here.join(name));
    }
    assert!(here.join("built").join(&host).is_dir() && here.join("plain build/capi").is_dir());
}

#[test]
fn options_that_select_another_build_are_refused() {
    let here = empty("refused");
    for option in [
        "--profile=release",
        "--profile",
        "--release",
        "-r",
        "--manifest-path=Cargo.toml",
        "-pmemoman",
        "--package",
        "--workspace",
        "--message-format=short",
    ] {
        let output = outcome(install_c().current_dir(&here).args(["out", option]));
        assert_eq!(output.status.code(), Some(2), "{option}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains(option) && message.lines().count() == 1, "{message}");
        assert!(!here.join("out").exists(), "{option}: refused, but something was installed");
    }
    // Cargo itself refuses these; nothing is installed.
    for options in [&["--target", "no-such-target"][..], &["--no-such-option"]] {
        let output = outcome(install_c().current_dir(&here).arg("out").args(options));
        assert_eq!(output.status.code(), Some(1), "{options:?}");
        assert!(!here.join("out").exists(), "{options:?}: something was installed");
    }
}

#[test]
fn destdir_and_prefix_may_have_spaces_and_pkg_config_finds_the_library() {
    let here = empty("staged");
    let mut command = install_c();
    command.current_dir(&here).arg("/opt/a prefix").env("DESTDIR", "the stage");
    one_build_at_a_time(|| run(&mut command));
    let staged = here.join("the stage/opt/a prefix");
    works(&staged);
    let pc = fs::read_to_string(staged.join("lib/pkgconfig/memoman.pc")).unwrap();
    assert!(pc.contains("prefix=/opt/a prefix\n"), "DESTDIR is not in memoman.pc: {pc}");

    let prefix = here.join("a prefix");
    one_build_at_a_time(|| run(install_c().arg(&prefix)));
    if let Err(error) = Command::new("pkg-config").arg("--version").output() {
        eprintln!("SKIPPED: memoman.pc was not tried, as pkg-config does not start: {error}");
        return;
    }
    let script = format!(
        "eval cc '{}' $(pkg-config --cflags --libs memoman) -o \"'$PWD/with-pc'\"",
        source("tlsf_names.c").display()
    );
    let mut shell = Command::new("sh");
    shell.args(["-euc", &script]).current_dir(&here);
    run(shell.env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig")));
    let mut program = Command::new(here.join("with-pc"));
    let program = without_cargos_libraries(&mut program);
    let status = program.env("LD_LIBRARY_PATH", prefix.join("lib")).status().unwrap();
    assert!(status.success());
}
