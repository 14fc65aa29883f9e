//! The committed headers are what cbindgen generates from the source. `BLESS=1` writes them anew.

use std::path::Path;
use std::{env, fs};

use cbindgen::{Builder, Config};

#[path = "../configuration/mod.rs"]
#[allow(dead_code)] // The build script uses the rest.
mod configuration;

use configuration::{Configuration, Target};

fn header_is_current(name: &str, sources: &[&str]) {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = Config::from_file(package.join(format!("{name}.toml"))).expect("a configuration");
    let builder = sources.iter().fold(Builder::new().with_config(config), |builder, source| {
        builder.with_src(package.join("src").join(source))
    });
    let mut generated = Vec::new();
    builder.generate().expect("modules that cbindgen understands").write(&mut generated);
    let generated = String::from_utf8(generated).unwrap();
    // C90 has no comma behind the last name of an enumeration.
    is_current(&format!("{name}.h"), &generated.replace(",\n};", "\n};"));
}

/// The committed header is this text.
fn is_current(name: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include").join(name);
    if env::var_os("BLESS").is_some() {
        fs::write(&path, generated).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        generated == committed,
        "{} differs from what the sources generate. To write it anew: \
         BLESS=1 cargo test -p memoman-capi --test headers",
        path.display()
    );
}

#[test]
fn memoman_h_is_current() {
    header_is_current(
        "memoman",
        &[
            "types.rs",
            "mm/heaps.rs",
            "mm/pools.rs",
            "mm/blocks.rs",
            "mm/inspect.rs",
            "mm/numbers.rs",
        ],
    );
}

#[test]
fn tlsf_h_is_current() {
    header_is_current("tlsf", &["tlsf_names.rs"]);
}

#[test]
fn memoman_sized_h_is_current() {
    header_is_current("memoman_sized", &["sized/mm_sized.rs"]);
}

#[test]
fn tlsf_espressif_h_is_current() {
    let sources = ["hooks", "types", "heaps", "blocks", "inspect"];
    let sources = sources.map(|name| format!("espressif/{name}.rs"));
    header_is_current("tlsf_espressif", &sources.each_ref().map(String::as_str));
}

/// The one in the package is that of 64-bit platforms with their default configuration.
#[test]
fn memoman_config_h_is_current() {
    let target = Target { word: 8, arch: "x86_64".into(), os: "linux".into(), env: "gnu".into() };
    let configuration = Configuration::read(&target, |_| None).unwrap();
    is_current("memoman_config.h", &configuration.header());
}

/// The declarations of `memoman.h`: the name of each function, and the comment in front of it.
fn functions() -> Vec<(String, String)> {
    let header = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/memoman.h");
    let text = fs::read_to_string(header).unwrap();
    let mut found = Vec::new();
    for comment in text.split("/**\n").skip(1) {
        let (comment, rest) = comment.split_once(" */\n").expect("an end");
        let declaration = rest.lines().next().unwrap_or_default();
        let Some(name) =
            declaration.split('(').next().and_then(|line| line.rsplit([' ', '*']).next())
        else {
            continue;
        };
        let is_function = declaration.contains('(') && !declaration.starts_with("typedef");
        if name.starts_with("mm_") && is_function {
            found.push((name.to_owned(), comment.replace(" * ", "").replace('\n', " ")));
        }
    }
    found
}

#[test]
fn each_function_has_a_contract_and_a_line_in_the_test_of_contracts() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c/contract");
    let parts = ["heaps.h", "blocks.h", "pools.h", "inspect.h"];
    let tests = parts.map(|part| fs::read_to_string(tests.join(part)).unwrap()).concat();
    let functions = functions();
    assert!(functions.len() > 40, "{}", functions.len());
    for (name, comment) in functions {
        assert!(tests.contains(&format!("{name}(")), "tests/c/contract does not call {name}");
        assert!(comment.contains("Cost: "), "{name}: what does it cost?");
        let threads = ["Threads: exclusive.", "Threads: shared", "Threads: any"];
        let said = threads.iter().any(|threads| comment.contains(threads));
        assert!(said, "{name}: with which calls may it overlap?");
        let heap = comment.contains("MM_NO_HEAP") || comment.contains("NULL");
        assert!(heap || comment.contains("Threads: any"), "{name}: what if the heap is NULL?");
    }
}

/// A reason that the comment of a function lists is one that a test provokes with this function.
#[test]
fn each_reason_that_a_function_lists_is_provoked() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let parts = ["heaps.h", "blocks.h", "pools.h", "inspect.h"];
    let contract = parts.map(|part| read(&format!("contract/{part}"))).concat();
    let misuse = read("misuse.c");
    let header = fs::read_to_string(folder.join("../../include/memoman.h")).unwrap();
    let names = header.lines().filter_map(|line| line.strip_prefix("  MM_")?.split_once(" = "));
    let reasons: Vec<_> = names.map(|(name, _)| format!("MM_{name}")).collect();
    assert!(reasons.len() > 10, "{reasons:?}");

    let one_line = |text: &str, parts: &[String]| {
        text.lines().any(|line| parts.iter().all(|part| line.contains(part.as_str())))
    };
    for (name, comment) in functions() {
        let words = comment.split(|c: char| !c.is_ascii_uppercase() && c != '_');
        for reason in reasons.iter().filter(|&reason| words.clone().any(|word| word == reason)) {
            let provoked = match (&*name, &**reason) {
                (_, "MM_OK") => true,
                ("mm_create_error", _) => one_line(&contract, &["none(".into(), reason.clone()]),
                (_, "MM_NO_HEAP") => one_line(&contract, &[format!("{name}(NULL")]),
                (_, "MM_DAMAGED") => one_line(&contract, &[format!("DAMAGED(mm, {name}(")]),
                (_, "MM_MISUSE") => one_line(&misuse, &[format!("{name}(mm, ptr")]),
                _ => one_line(&contract, &[format!("{name}("), reason.clone()]),
            };
            assert!(provoked, "{name}: no test provokes {reason}");
        }
    }
}
