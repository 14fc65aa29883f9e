//! Small programs that a C or C++ programmer writes first, compiled as any of both and linked with the
//! library as it is installed, optimised and for debugging: not optimised, with feature `guard`.
#![cfg(unix)]

mod support;

use std::path::PathBuf;

use support::{Language, install, installed, runs};

/// The release flavour and the flavour for debugging.
fn flavours() -> [(&'static str, PathBuf); 2] {
    [("-O2", installed().to_owned()), ("-O0", install("c-guard", &["--features", "guard"]))]
}

/// Compiles a program in some languages and runs it, with every linkage and flavour.
fn passes(program: &str, languages: &[Language], options: impl Fn(&str) -> Vec<&'static str>) {
    for (optimisation, prefix) in flavours() {
        for &language in languages {
            let mut compiler = language.plain_compiler();
            compiler.args(["-Wall", "-Wextra", "-Werror", optimisation]);
            compiler.args(options(optimisation));
            runs(program, language, compiler, &prefix);
        }
    }
}

const BOTH: [Language; 4] = [Language::C99, Language::C11, Language::Cpp11, Language::Cpp20];

#[test]
fn blocks_suit_every_type_as_mallocs_do() {
    passes("align16.c", &BOTH, |_| vec![]);
}

#[test]
fn operator_new_can_be_the_heap() {
    passes("new.cpp", &[Language::Cpp11, Language::Cpp20], |_| vec!["-Wno-unused-result"]);
}

#[test]
fn a_program_for_tlsf_3_1_adds_a_pool_at_each_miss() {
    passes("many_pools.c", &BOTH, |optimisation| match optimisation {
        // With checks, 100,000 blocks take 6 s.
        "-O0" => vec!["-DBLOCKS=5000"],
        _ => vec![],
    });
}
