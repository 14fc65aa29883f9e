//! The tests of contracts fail when a contract is broken: mistakes planted in a copy of the library, one at
//! a time. Each takes two builds of a few seconds, so the test is run by name:
//!
//! ```sh
//! cargo test -p memoman-capi --test planted -- --ignored --nocapture
//! ```
//!
//! A mistake whose line is no longer in the source fails the test, too: plant it anew.
#![cfg(unix)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{
    Language, Linkage, folder, headers, isolated, one_build_at_a_time, root, run, source,
    without_cargos_libraries,
};

struct Mistake {
    /// What it is.
    name: &'static str,
    /// The file below `src`, the text to replace, and what replaces it.
    place: (&'static str, &'static str, &'static str),
    /// The program of `tests/c` that must fail, its argument, and what it must print.
    caught_by: (&'static str, &'static str, &'static str),
}

const MISTAKES: [Mistake; 6] = [
    Mistake {
        name: "a walk of a heap that is NULL succeeds",
        place: (
            "control/inspect.rs",
            "let Some(heap) = (unsafe { Self::read(this) }) else { return Walk::Refused };",
            "let Some(heap) = (unsafe { Self::read(this) }) else { return Walk::Done };",
        ),
        caught_by: ("contract", "", "mm_walk_all_pools(NULL, ignore, NULL) == -1"),
    },
    Mistake {
        name: "a pool can be removed twice",
        place: (
            "control/pools.rs",
            "let Some(start) = non_null(pool).filter(|_| B::UNLIMITED) else { return false };",
            "let Some(start) = non_null(pool).filter(|_| B::UNLIMITED) else { return true };",
        ),
        caught_by: ("contract", "", "mm_remove_pool"),
    },
    Mistake {
        name: "memory that is aligned to a word only is taken for a heap",
        place: ("control/mod.rs", "mem.addr() & (ALIGN - 1) != 0", "mem.addr() & 7 != 0"),
        caught_by: ("contract", "", "reason"),
    },
    Mistake {
        name: "a walk that damage ended returns the wrong code",
        place: ("control/inspect.rs", "    Damaged = -2,", "    Damaged = -3,"),
        caught_by: ("contract", "", "mm_walk_pool(mm, pool, ignore, &seen) == -2"),
    },
    Mistake {
        name: "NULL does not restore the handler of the start",
        place: (
            "report.rs",
            "    HANDLER.store(handler",
            "    if handler.is_none() { return old; }\n    HANDLER.store(handler",
        ),
        caught_by: ("misuse", "restored", "not aborted"),
    },
    Mistake {
        name: "a refused call changes the heap",
        place: (
            "flavour/plain.rs",
            "if shrunk { Ok(()) } else { Err(not_shrunk(size)) }",
            "if shrunk { Ok(()) } else { unsafe { ptr.write(1) }; Err(not_shrunk(size)) }",
        ),
        caught_by: ("contract", "", "mm_shrink"),
    },
];

/// A copy of the package without its tests, as a workspace of its own.
fn copy(folder: &Path) {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    for part in ["src", "configuration", "build.rs"] {
        run(Command::new("cp").arg("-R").arg(package.join(part)).arg(folder));
    }
    let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
    let features = &manifest[manifest.find("[features]").unwrap()..];
    let features = &features[..features.find("[dependencies]").unwrap()];
    let manifest = format!(
        "[package]\nname = \"memoman-capi\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         [lib]\nname = \"memoman\"\ncrate-type = [\"staticlib\"]\n{features}\
         [dependencies]\nengine = {{ package = \"memoman\", path = \"{}\", features = [\"internals\"] }}\n\
         [workspace]\n",
        root().join("memoman").display()
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
}

/// Builds the copy. Returns the folder of the library.
fn build(folder: &Path, options: &[&str]) -> PathBuf {
    let mut cargo = isolated(env!("CARGO"));
    cargo.args(["build", "--quiet", "--lib"]).args(options).current_dir(folder);
    one_build_at_a_time(|| run(cargo.env("CARGO_TARGET_DIR", folder.join("target"))));
    folder.join("target/debug")
}

/// What a program prints to standard error when it fails; none if it succeeds.
fn failure(program: &str, argument: &str, lib: &Path) -> Option<String> {
    let binary = lib.join(program);
    let mut cc = Language::C99.plain_compiler();
    cc.arg(source(&format!("{program}.c"))).arg("-I").arg(headers()).arg("-o").arg(&binary);
    Linkage::Static.add(&mut cc, lib);
    run(cc.args(["-lpthread", "-ldl", "-lm"]));
    let mut command = Command::new(binary);
    command.args([argument].iter().filter(|argument| !argument.is_empty()));
    let output = without_cargos_libraries(&mut command).output().unwrap();
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
#[ignore = "eight builds: cargo test -p memoman-capi --test planted -- --ignored"]
fn each_planted_mistake_is_caught() {
    let folder = folder("planted");
    copy(&folder);
    let features =
        |program: &str| if program == "misuse" { &["--features", "guard"][..] } else { &[] };
    for program in ["contract", "misuse"] {
        let lib = build(&folder, features(program));
        assert_eq!(failure(program, "", &lib), None, "without a mistake");
    }
    for Mistake { name, place: (file, right, wrong), caught_by: (program, argument, text) } in
        MISTAKES
    {
        let path = folder.join("src").join(file);
        let sound = fs::read_to_string(&path).unwrap();
        assert_eq!(sound.matches(right).count(), 1, "{name}: {file} has no such line: {right}");
        fs::write(&path, sound.replace(right, wrong)).unwrap();
        let lib = build(&folder, features(program));
        fs::write(&path, sound).unwrap();
        let report = failure(program, argument, &lib);
        let report = report.unwrap_or_else(|| panic!("{name}: {program}.c does not fail"));
        assert!(report.contains(text), "{name}: {report}");
        eprintln!("{name}: {}", report.trim());
    }
}
