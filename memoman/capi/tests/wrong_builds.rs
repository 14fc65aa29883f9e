//! What must not compile or not link: handles of different kinds mixed, and a program compiled for
//! another configuration. And what must not be linked: the functions that a program does not use.
#![cfg(unix)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Language, Linkage, folder, installed, run, without_cargos_libraries};

#[path = "../configuration/mod.rs"]
#[allow(dead_code)] // The build script uses the rest.
mod configuration;

use configuration::{Configuration, Target};

/// Lines of a function with an `mm_t mm`, a `tlsf_t tlsf`, an `mm_pool_t pool`, and a `char *block`.
const RIGHT: [&str; 6] = [
    "mm_free(mm, mm_malloc(mm, 8));",
    "tlsf_free(tlsf, tlsf_malloc(tlsf, 8));",
    "mm_free(mm, block);",
    "(void)mm_check_pool(mm, mm_get_pool(mm));",
    "(void)mm_remove_pool(mm, pool);",
    "(void)mm_realloc(mm, block, 8);",
];

const WRONG: [&str; 14] = [
    "mm_free(tlsf, block);",
    "tlsf_free(mm, block);",
    "(void)tlsf_malloc(mm, 8);",
    "(void)mm_malloc(tlsf, 8);",
    "mm = tlsf_create_with_pool(block, 8);",
    "tlsf = mm_create_with_pool(block, 8);",
    // The arguments swapped.
    "mm_free(block, mm);",
    "(void)mm_realloc(block, mm, 8);",
    "(void)mm_remove_pool(pool, mm);",
    "(void)mm_walk_pool(pool, mm, 0, 0);",
    // A pool and a heap mixed.
    "(void)mm_malloc(pool, 8);",
    "(void)mm_check_pool(mm, mm);",
    "(void)mm_remove_pool(mm, block);",
    // A walker of TLSF 3.1 does not say whether to stop.
    "(void)mm_walk_all_pools(mm, walker, 0);",
];

/// Whether a function of this line compiles.
fn compiles(line: &str, language: Language, name: &str) -> bool {
    let program = folder("wrong").join(format!("{name}.c"));
    let text = format!(
        "#include \"memoman.h\"\n#include \"tlsf.h\"\n\
         void use(mm_t mm, tlsf_t tlsf, mm_pool_t pool, char *block, tlsf_walker walker);\n\
         void use(mm_t mm, tlsf_t tlsf, mm_pool_t pool, char *block, tlsf_walker walker) {{\n\
         {line}\n(void)mm; (void)tlsf; (void)pool; (void)block; (void)walker;\n}}\n"
    );
    fs::write(&program, text).unwrap();
    let mut cc = language.plain_compiler();
    cc.args(["-Wall", "-pedantic-errors", "-fsyntax-only", "-I"])
        .arg(installed().join("include"))
        .arg(&program);
    without_cargos_libraries(&mut cc).output().unwrap().status.success()
}

#[test]
fn handles_of_different_kinds_cannot_be_mixed() {
    for language in [Language::C90, Language::C11, Language::Cpp11, Language::Cpp20] {
        for line in RIGHT {
            assert!(compiles(line, language, "right"), "{language:?}: {line}");
        }
        for line in WRONG {
            assert!(!compiles(line, language, "wrong"), "{language:?} compiles: {line}");
        }
    }
}

/// The headers with the numbers of another configuration.
fn headers_of(variable: &str, value: &str) -> PathBuf {
    let folder = folder("other headers");
    for name in ["memoman.h", "tlsf.h"] {
        fs::copy(installed().join("include").join(name), folder.join(name)).unwrap();
    }
    let text = fs::read_to_string(installed().join("include").join("memoman_config.h")).unwrap();
    let word = if text.contains("sizeof(size_t) == 8") { 8 } else { 4 };
    let target = Target { word, arch: "x86_64".into(), os: "linux".into(), env: "gnu".into() };
    let other =
        Configuration::read(&target, |name| (name == variable).then(|| value.to_owned())).unwrap();
    fs::write(folder.join("memoman_config.h"), other.header()).unwrap();
    folder
}

/// The outcome of linking a program, compiled with these headers, with the installed library.
fn link(program: &Path, headers: &Path, linkage: Linkage, options: &[&str]) -> Result<(), String> {
    let mut cc = Language::C99.plain_compiler();
    cc.arg(program).args(options).arg("-I").arg(headers).arg("-o");
    cc.arg(folder("other").join("program"));
    linkage.add(&mut cc, &installed().join("lib"));
    let output = without_cargos_libraries(&mut cc).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(errors) }
}

#[test]
fn a_program_compiled_for_another_configuration_does_not_link() {
    let program = |name: &str, text: &str| {
        let path = folder("other").join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let main = |header: &str, call: &str| {
        format!("#include \"{header}\"\nint main(void) {{ return {call} == 0; }}\n")
    };
    let programs = [
        ("mm_create", program("mm.c", &main("memoman.h", "mm_create(0)"))),
        ("mm_create_with_pool", program("p.c", &main("memoman.h", "mm_create_with_pool(0, 0)"))),
        ("mm_init_in_place", program("i.c", &main("memoman.h", "mm_init_in_place(0, 0)"))),
        ("tlsf_create", program("tlsf.c", &main("tlsf.h", "tlsf_create(0)"))),
        ("tlsf_create_with_pool", program("t.c", &main("tlsf.h", "tlsf_create_with_pool(0, 0)"))),
    ];
    let variables = [
        ("MEMOMAN_ALIGN", "32"),
        ("MEMOMAN_SECOND_LEVELS", "16"),
        ("MEMOMAN_LARGEST_POOL", "64K"),
        ("MEMOMAN_POOLS", "31"),
    ];
    for (name, program) in &programs {
        for linkage in Linkage::ALL {
            assert_eq!(link(program, &installed().join("include"), linkage, &[]), Ok(()), "{name}");
        }
        for (variable, value) in variables {
            // TLSF 3.1's names have its alignment.
            if name.starts_with("tlsf") && variable == "MEMOMAN_ALIGN" {
                continue;
            }
            let headers = headers_of(variable, value);
            let linkage = if value == "31" { Linkage::Shared } else { Linkage::Static };
            let errors = link(program, &headers, linkage, &[]).expect_err(variable);
            assert!(errors.contains(&format!("{name}_a")), "{variable}: {errors}");
            let any = link(program, &headers, linkage, &["-DMM_ANY_CONFIGURATION"]);
            assert_eq!(any, Ok(()), "{name}");
        }
    }
}

/// The functions of a program, linked statically as pkg-config and CMake do, and the bytes of its code.
fn linked(name: &str, calls: &str) -> Option<(Vec<String>, u64)> {
    if let Err(error) = Command::new("nm").arg("--version").output() {
        eprintln!("SKIPPED: nm (binutils) does not start: {error}");
        return None;
    }
    let program = folder("unused").join(name).with_extension("c");
    let text = format!(
        "#include \"memoman.h\"\n#include \"tlsf.h\"\n\
         static size_t memory[8192];\nint main(void) {{ {calls} return 0; }}\n"
    );
    fs::write(&program, text).unwrap();
    let binary = program.with_extension("");
    let mut cc = Language::C99.plain_compiler();
    cc.arg(&program).arg("-I").arg(installed().join("include")).arg("-o").arg(&binary);
    Linkage::Static.add(&mut cc, &installed().join("lib"));
    run(cc.arg("-Wl,--gc-sections"));
    let table = run(Command::new("nm").args(["--size-sort", "--defined-only", "-S"]).arg(&binary));
    let (mut names, mut bytes) = (Vec::new(), 0);
    for line in table.lines() {
        let mut words = line.split_whitespace().skip(1);
        let (Some(size), Some(kind), Some(name)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        if kind.eq_ignore_ascii_case("t") {
            bytes += u64::from_str_radix(size, 16).unwrap();
            names.push(name.to_owned());
        }
    }
    Some((names, bytes))
}

#[test]
#[cfg(target_os = "linux")]
fn a_program_that_uses_one_kind_of_heap_links_only_that_ones_code() {
    let mm = "mm_t mm = mm_create_with_pool(memory, sizeof memory); void *block = mm_malloc(mm, 8);\
              block = mm_realloc(mm, block, 16); mm_free(mm, block); mm_check(mm);";
    let tlsf = "tlsf_t tlsf = tlsf_create_with_pool(memory, sizeof memory);\
                void *place = tlsf_malloc(tlsf, 8); place = tlsf_realloc(tlsf, place, 16);\
                tlsf_free(tlsf, place); tlsf_check(tlsf);";
    let Some((of_mm, mm_bytes)) = linked("mm", mm) else { return };
    let (of_tlsf, tlsf_bytes) = linked("tlsf", tlsf).unwrap();
    let (of_both, both_bytes) = linked("both", &format!("{mm} {tlsf}")).unwrap();
    let (of_none, none_bytes) = linked("none", "(void)memory;").unwrap();
    let has = |names: &[String], prefix: &str| names.iter().any(|name| name.starts_with(prefix));
    assert!(has(&of_both, "mm_") && has(&of_both, "tlsf_"), "{of_both:?}");
    assert!(has(&of_mm, "mm_") && !has(&of_mm, "tlsf_"), "{of_mm:?}");
    assert!(has(&of_tlsf, "tlsf_") && !has(&of_tlsf, "mm_"), "{of_tlsf:?}");
    assert!(!has(&of_none, "mm_") && !has(&of_none, "tlsf_"), "{of_none:?}");
    // And no function without a name of its own, either: what both kinds need is small.
    let shared = (mm_bytes + tlsf_bytes).checked_sub(both_bytes + none_bytes).unwrap();
    assert!(
        shared < 1000,
        "of {mm_bytes} and {tlsf_bytes} bytes, both have {shared} (alone {none_bytes})"
    );
    for unused in
        ["mm_calloc", "mm_memalign", "mm_walk_pool", "mm_extend_pool", "mm_stats", "mm_sized"]
    {
        assert!(!has(&of_mm, unused), "{unused} is linked, but not used");
    }
}
