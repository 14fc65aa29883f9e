//! Lockstep through the C library itself: `tests/c/lockstep.c` makes the same calls to libmemoman and to
//! TLSF 3.1, and compares every result. In every second level that TLSF 3.1 can be built with.
#![cfg(unix)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Language, folder, headers, isolated, one_build_at_a_time, run, source};

/// Calls of each program: half a million and more for each build of TLSF 3.1.
const CALLS: &str = "300000";

/// The library with a second level, its blocks aligned to a word: as `cargo build` makes it, with debug
/// assertions. Only the last one built is there.
fn library(second_levels: u32) -> PathBuf {
    let target = folder("lockstep");
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let mut cargo = isolated(env!("CARGO"));
    cargo.args(["build", "--lib", "--manifest-path"]).arg(manifest);
    cargo.env("MEMOMAN_ALIGN", "8").env("MEMOMAN_SECOND_LEVELS", second_levels.to_string());
    one_build_at_a_time(|| run(cargo.env("CARGO_TARGET_DIR", &target)));
    target.join("debug/libmemoman.a")
}

/// Compiles the program for one kind of heap and one build of TLSF 3.1.
fn compile(library: &Path, define: &str, second_levels: u32) -> PathBuf {
    let conte = folder("lockstep").join(format!("conte{second_levels}.o"));
    let sources =
        Path::new(reference_conte::SOURCE).with_file_name(format!("conte_sl{second_levels}"));
    let mut cc = Command::new(std::env::var_os("CC").unwrap_or("cc".into()));
    cc.args(["-w", "-O2", "-DPREFIX=conte_", "-DMAX_LOG2=32", "-I"]).arg(&sources);
    run(cc.arg("-c").arg(sources.join("conte.c")).arg("-o").arg(&conte));

    let binary = folder("lockstep").join(format!("{define}{second_levels}"));
    let mut cc = Language::C99.compiler();
    cc.args(["-DCONTE=conte_", "-DMM_ANY_CONFIGURATION"]).arg(format!("-D{define}"));
    cc.arg("-I").arg(headers()).arg(source("lockstep.c")).arg(conte).arg(library);
    run(cc.args(["-lpthread", "-ldl", "-lm", "-o"]).arg(&binary));
    binary
}

/// Runs the program on pools of some bytes. Prints what it printed.
fn agrees(program: &Path, pool: u32) {
    let output = run(Command::new(program).args([CALLS, "1", &pool.to_string()]));
    let name = program.file_stem().unwrap().to_string_lossy();
    print!("{name} with pools of {pool} bytes: {output}");
    assert!(output.starts_with(&format!("{CALLS} calls agree")), "{output}");
}

#[test]
fn the_c_library_agrees_with_tlsf_3_1_in_every_second_level() {
    for second_levels in [4, 8, 16, 32] {
        let library = library(second_levels);
        let program = compile(&library, "TLSF", second_levels);
        for pool in [16_384, 1_048_576] {
            agrees(&program, pool);
        }
        // The comparison fails where the placement differs.
        if second_levels == 8 {
            let mut other = Command::new(compile(&library, "TLSF", 16));
            let output = other.args([CALLS, "1", "16384"]).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(!output.status.success() && text.contains(": memoman "), "{text}");
        }
        // Their second level depends on the size of the pool alone.
        if second_levels == 32 && size_of::<usize>() == 8 {
            for (pool, of_pool) in [
                (4096, 8),
                (16_384, 8),
                (65_536, 16),
                (262_144, 16),
                (4_000_000, 32),
                (5_000_000, 32),
            ] {
                agrees(&compile(&library, "SIZED", of_pool), pool);
            }
        }
    }
}
