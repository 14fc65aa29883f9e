//! C programs, compiled as C and as C++, linked with the installed static and shared library, and
//! run. For the repository: the published package has neither `scripts/` nor the C reference.
#![cfg(unix)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::{
    Language, Linkage, between, c_compiler, folder, install, install_c, installed, launch,
    one_build_at_a_time, run, runs, source, without_cargos_libraries,
};

/// Compiles a program of `tests/c` with the library installed at `prefix`.
fn compile(program: &str, language: Language, linkage: Linkage, prefix: &Path) -> PathBuf {
    let binary = prefix.join(format!("{program}-{language:?}-{linkage:?}"));
    let mut cc = language.compiler();
    cc.arg(source(&format!("{program}.c"))).args(["-x", "none", "-I"]);
    cc.arg(prefix.join("include")).arg("-o").arg(&binary);
    linkage.add(&mut cc, &prefix.join("lib"));
    run(&mut cc);
    binary
}

/// Compiles and runs a program in every language and linkage.
fn passes(program: &str) {
    for language in Language::ALL {
        runs(&format!("{program}.c"), language, language.compiler(), installed());
    }
}

#[test]
fn every_function_of_memoman_h_keeps_its_contract() {
    passes("contract");
}

#[test]
fn every_function_of_memoman_sized_h_keeps_its_contract() {
    passes("sized");
}

/// C99 and C++ only: the header needs `bool`.
#[test]
fn every_function_of_tlsf_espressif_h_keeps_its_contract() {
    for language in [Language::C99, Language::C11, Language::Cpp11, Language::Cpp20] {
        runs("espressif.c", language, language.compiler(), installed());
    }
}

#[test]
fn every_function_of_tlsf_h_returns_what_tlsf_3_1_returns() {
    passes("tlsf_names");
}

#[test]
fn with_guard_a_misuse_is_refused_and_reported() {
    let prefix = install("c-guard", &["--features", "guard"]);
    for program in ["misuse", "contract", "tlsf_names"] {
        run(&mut launch(compile(program, Language::C99, Linkage::Static, &prefix)));
    }
    let misuse = compile("misuse", Language::Cpp11, Linkage::Shared, &prefix);
    run(&mut launch(&misuse));
    // Without a handler, it prints the misuse and aborts; with NULL in a handler's place, too.
    for argument in ["no-handler", "restored"] {
        let mut program = launch(&misuse);
        let output = without_cargos_libraries(program.arg(argument)).output().unwrap();
        let report = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code().is_none(), "not aborted: {}, {report}", output.status);
        assert!(report.starts_with("memoman: mm_free: double free of 0x"), "{report}");
        assert!(report.contains("mm_on_misuse"), "{report}");
    }
}

/// The only other configuration that CI builds: every number differs from the default.
#[test]
fn another_configuration_keeps_the_contracts_with_its_own_numbers() {
    let sizes = ["--second-levels", "8", "--largest-pool", "256K", "--pools", "3"];
    let prefix = install("c-other", &[&["--align", "64"][..], &sizes].concat());
    let header = fs::read_to_string(prefix.join("include/memoman_config.h")).unwrap();
    for line in ["MM_ALIGN 64", "MM_SECOND_LEVELS 8", "MM_FIRST_LEVELS 10", "MM_POOLS_MAX 3"] {
        assert!(header.contains(&format!("#define {line}\n")), "{line}: {header}");
    }
    for program in ["contract", "tlsf_names"] {
        run(&mut launch(compile(program, Language::C99, Linkage::Static, &prefix)));
    }
}

#[test]
fn a_configuration_that_is_none_is_refused() {
    for (variable, value) in [
        ("MEMOMAN_ALIGN", "24"),
        ("MEMOMAN_SECOND_LEVELS", "64"),
        ("MEMOMAN_LARGEST_POOL", "64 KiB"),
        ("MEMOMAN_POOLS", "0"),
    ] {
        let mut install = install_c();
        install.arg(folder("c-none").join("prefix")).env(variable, value);
        let output = one_build_at_a_time(|| install.output().unwrap());
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && !folder("c-none").join("prefix").exists());
        assert!(message.contains(&format!("{variable}={value}: must be")), "{message}");
    }
}

#[test]
fn the_example_of_memoman_h_compiles_and_runs() {
    let header = fs::read_to_string(installed().join("include/memoman.h")).unwrap();
    let example = between(&header, " * Example\n *\n", " * Contract").expect("an example");
    let lines = example.lines().map(|line| line.trim_start_matches(" *"));
    let program = folder("example").join("example.c");
    fs::write(&program, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let binary = program.with_extension("");
    let mut cc = Language::C99.compiler();
    cc.arg(&program).arg("-I").arg(installed().join("include")).arg("-o").arg(&binary);
    Linkage::Static.add(&mut cc, &installed().join("lib"));
    run(&mut cc);
    let output = run(&mut launch(binary));
    // With words of 8 bytes; of 4, in blocks aligned to 8; and of 4, aligned to 16.
    let blocks = [104, 100, 108].map(|bytes| format!("a block of {bytes} bytes\n"));
    assert!(blocks.contains(&output), "{output}");
}

/// TLSF 3.1 itself, under its own names.
fn conte() -> PathBuf {
    let object = folder("conte").join("tlsf.o");
    let source = reference_conte::SOURCE;
    run(c_compiler()
        .args(["-w", "-O2", "-DNDEBUG", "-DPREFIX=tlsf_", "-DMAX_LOG2=32", "-I", source, "-c"])
        .arg(format!("{source}/conte.c"))
        .arg("-o")
        .arg(&object));
    object
}

#[test]
fn a_program_relinked_from_tlsf_3_1_prints_the_same_results() {
    let folder = folder("parity");
    let object = folder.join("parity.o");
    let include = installed().join("include");
    let mut cc = Language::C99.compiler();
    cc.arg("-DMM_ANY_CONFIGURATION").arg("-c").arg(source("parity.c"));
    run(cc.arg("-I").arg(include).arg("-o").arg(&object));

    let with_conte = folder.join("conte");
    run(c_compiler().arg(&object).arg(conte()).arg("-o").arg(&with_conte));
    let expected = run(&mut launch(with_conte));
    assert!(expected.lines().count() > 20_000, "the program ended early");

    for linkage in Linkage::ALL {
        let with_memoman = folder.join(format!("{linkage:?}"));
        let mut line = c_compiler();
        line.arg(&object).arg("-o").arg(&with_memoman);
        linkage.add(&mut line, &installed().join("lib"));
        run(&mut line);
        let results = run(&mut launch(with_memoman));
        let differs = expected.lines().zip(results.lines()).position(|(c, ours)| c != ours);
        if let Some(at) = differs {
            let line = |text: &str| text.lines().nth(at).map(str::to_owned);
            panic!("{linkage:?}: line {at}: C {:?}, memoman {:?}", line(&expected), line(&results));
        }
        assert_eq!(expected.len(), results.len());
    }
}

/// 100,000 blocks in 5,000 pools: as many, and at the same places of each pool.
#[test]
fn a_program_that_adds_a_pool_at_each_miss_prints_what_it_prints_with_tlsf_3_1() {
    let compile = |name: &str| {
        let binary = folder("parity").join(name);
        let mut cc = Language::C99.compiler();
        cc.arg("-DMM_ANY_CONFIGURATION").arg(source("many_pools.c"));
        cc.arg("-I").arg(installed().join("include")).arg("-o").arg(&binary);
        (cc, binary)
    };
    let (mut with_conte, conte_binary) = compile("pools-conte");
    run(with_conte.arg(conte()));
    let (mut with_memoman, binary) = compile("pools-memoman");
    Linkage::Static.add(&mut with_memoman, &installed().join("lib"));
    run(&mut with_memoman);
    let expected = run(&mut launch(conte_binary));
    assert!(expected.starts_with("100000 blocks in 5"), "{expected}");
    assert_eq!(run(&mut launch(binary)), expected);
}

#[test]
#[ignore = "a build of its own, by night: cargo test -p memoman-capi -- --ignored"]
fn without_tlsf_names_it_links_beside_tlsf_3_1() {
    let prefix = install("c-alone", &["--no-default-features"]);
    let folder = folder("beside");
    let program = folder.join("beside.c");
    fs::write(
        &program,
        "#include \"memoman.h\"\n#include \"tlsf.h\"\n\
         int main(void) { return !(tlsf_size() < mm_size() && tlsf_align_size() <= mm_align_size()); }\n",
    )
    .unwrap();
    let binary = folder.join("beside");
    let mut cc = Language::C99.compiler();
    cc.arg(&program).arg(conte()).arg("-I").arg(prefix.join("include")).arg("-o").arg(&binary);
    Linkage::Static.add(&mut cc, &prefix.join("lib"));
    run(&mut cc);
    run(&mut launch(binary));
}
