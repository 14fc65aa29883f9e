//! The symbols of the installed shared library are those of `symbols/*.txt`: `T` is a function that
//! the library exports, `U` one that it needs. `BLESS=1` writes the files anew.
#![cfg(target_os = "linux")]

mod support;

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use support::{install, installed, run};

/// Lines of `T name` and `U name`, sorted; none if nm is missing.
fn symbols(prefix: &Path) -> Option<Vec<String>> {
    if let Err(error) = Command::new("nm").arg("--version").output() {
        eprintln!(
            "SKIPPED: the symbols were not compared, as nm (binutils) does not start: {error}"
        );
        return None;
    }
    let table = run(Command::new("nm").arg("-D").arg(prefix.join("lib/libmemoman.so")));
    let mut symbols: Vec<_> = table
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace().rev();
            let name = words.next()?.split('@').next()?;
            // Weak symbols belong to the C library's start and end of programs.
            let kind = words.next().filter(|kind| !["w", "W", "v", "V"].contains(kind))?;
            Some(format!("{kind} {name}"))
        })
        .collect();
    symbols.sort();
    Some(symbols)
}

/// Whether a symbol names a configuration, as `mm_create_a16_s32_f24_p32` does.
fn is_configured(symbol: &str) -> bool {
    let mut parts = symbol.rsplit('_').take(4);
    ["p", "f", "s", "a"].iter().all(|letter| {
        let number = parts.next().and_then(|part| part.strip_prefix(letter));
        number.is_some_and(|number| number.parse::<u32>().is_ok())
    })
}

fn are_as_listed(build: &str, prefix: &Path) {
    let Some(symbols) = symbols(prefix) else { return };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("symbols/{build}.txt"));
    if env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, symbols.join("\n") + "\n").unwrap();
    }
    let listed = fs::read_to_string(&path).unwrap_or_default();
    let listed: Vec<_> = listed.lines().collect();
    let new: Vec<_> = symbols.iter().filter(|symbol| !listed.contains(&symbol.as_str())).collect();
    // What the library needs differs with the target: it may need less.
    let exports = listed.iter().filter(|symbol| symbol.starts_with("T "));
    let missing: Vec<_> = exports.filter(|&&symbol| !symbols.iter().any(|s| s == symbol)).collect();
    assert!(
        new.is_empty() && missing.is_empty(),
        "libmemoman.so ({build}) differs from {}: new {new:?}, missing {missing:?}. If this is \
         intended: BLESS=1 cargo test -p memoman-capi --test symbols",
        path.display()
    );
}

#[test]
fn the_default_library_has_the_listed_symbols() {
    are_as_listed("default", installed());
}

#[test]
#[ignore = "a build of its own, by night: cargo test -p memoman-capi -- --ignored"]
fn the_guarded_library_has_the_listed_symbols() {
    are_as_listed("guard", &install("c-guard", &["--features", "guard"]));
}

/// The functions that a header declares.
fn declared(header: &str, prefix: &str) -> Vec<String> {
    let text = fs::read_to_string(installed().join("include").join(header)).unwrap();
    // A declaration begins a line; lines of comments begin with a blank or a slash.
    let lines = text.lines().filter(|line| line.starts_with(char::is_alphabetic));
    let declares = |line: &&str| !line.starts_with("typedef") && !line.starts_with("static");
    let names = lines.filter(declares).filter_map(|line| {
        let name = line[..line.find('(')?].rsplit([' ', '*']).next()?;
        name.starts_with(prefix).then(|| format!("T {name}"))
    });
    names.collect()
}

#[test]
fn the_default_library_exports_what_the_headers_declare() {
    let Some(symbols) = symbols(installed()) else { return };
    let exported: Vec<_> = symbols.into_iter().filter(|symbol| !symbol.starts_with("U ")).collect();
    let mut promised = declared("memoman.h", "mm_");
    promised.extend(declared("memoman_sized.h", "mm_sized_"));
    promised.extend(declared("tlsf.h", "tlsf_"));
    promised.extend(declared("tlsf_espressif.h", "mm_esp_"));
    // And the constructors by the names of the configuration.
    promised.extend(exported.iter().filter(|symbol| is_configured(symbol)).cloned());
    promised.sort();
    assert_eq!(exported, promised);
}
