//! C programs, compiled as C and as C++, linked with the static and the shared library, and run.
#![cfg(unix)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use support::{
    Language, Linkage, block, folder, install, installed, isolated, root, run, source,
    without_cargos_libraries,
};

/// Compiles one of `tests/c` with what is installed at `prefix`.
fn compile(program: &str, language: Language, linkage: Linkage, prefix: &Path) -> PathBuf {
    let binary = prefix.join(format!("{program}-{language:?}-{linkage:?}"));
    let mut cc = language.compiler();
    cc.arg(source(&format!("{program}.c"))).args(["-x", "none", "-I"]);
    cc.arg(prefix.join("include")).arg("-o").arg(&binary);
    linkage.add(&mut cc, prefix);
    run(&mut cc);
    binary
}

/// Compiles and runs one of `tests/c` in every way.
fn passes(program: &str) {
    for language in Language::ALL {
        for linkage in Linkage::ALL {
            run(&mut Command::new(compile(program, language, linkage, installed())));
        }
    }
}

#[test]
fn every_function_of_memoman_h_keeps_its_contract() {
    passes("contract");
}

#[test]
fn every_function_of_tlsf_h_answers_under_its_name() {
    passes("tlsf_names");
}

#[test]
fn with_guard_a_misuse_is_refused_and_told() {
    let prefix = install("c-guard", &["--features", "guard"]);
    for program in ["misuse", "contract", "tlsf_names"] {
        run(&mut Command::new(compile(program, Language::C99, Linkage::Static, &prefix)));
    }
    #[cfg(target_os = "linux")]
    asks_only_for(
        &prefix.join("lib/libmemoman.so"),
        &["abort", "memcpy", "memmove", "memset", "write"],
    );
    // With nobody to tell, it says so and ends.
    let misuse = compile("misuse", Language::Cpp, Linkage::Shared, &prefix);
    run(&mut Command::new(&misuse));
    let output = without_cargos_libraries(Command::new(misuse).arg("untold")).output().unwrap();
    assert!(output.status.code().is_none(), "aborted: {}", output.status);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.starts_with("memoman: mm_free: double free of 0x"), "{told}");
}

/// The README's section "From C", followed to the letter but for the folder that it names.
#[test]
fn a_newcomer_gets_from_the_readme_to_a_running_program() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let section = &readme[readme.find("\n## From C\n").expect("a section \"From C\"")..];
    let program = block(section, "```c\n", "```");
    let commands = block(section, "```sh\n", "```");
    let rest = &section[section.find(commands).unwrap() + commands.len() + 3..];
    let shared = block(rest, "```sh\n", "```");

    let here = folder("newcomer");
    fs::write(here.join("ten.c"), program).unwrap();
    let script = root().canonicalize().unwrap().join("scripts/install-c");
    let commands = commands.replace("scripts/install-c", script.to_str().unwrap());
    installed(); // so that no two builds run at once
    for commands in [&*commands, shared] {
        let told = run(isolated("sh").args(["-euc", commands]).current_dir(&here));
        assert!(["a block of 104 bytes\n", "a block of 100 bytes\n"].contains(&&*told), "{told}");
    }

    // The header has the same program.
    let header = fs::read_to_string(installed().join("include/memoman.h")).unwrap();
    let example = block(&header, " * Example\n *\n", " * Contract");
    let example: String =
        example.lines().map(|line| line.trim_start_matches(" *").trim_start()).collect();
    assert_eq!(example, program.lines().map(str::trim_start).collect::<String>());
}

/// TLSF 3.1 itself, under its own names.
fn conte() -> PathBuf {
    let object = folder("conte").join("tlsf.o");
    let source = reference_conte::SOURCE;
    run(Command::new(env::var_os("CC").unwrap_or("cc".into()))
        .args(["-w", "-O2", "-DNDEBUG", "-DPREFIX=tlsf_", "-DMAX_LOG2=32", "-I", source, "-c"])
        .arg(format!("{source}/conte.c"))
        .arg("-o")
        .arg(&object));
    object
}

#[test]
fn a_program_relinked_from_tlsf_3_1_gives_the_same_answers() {
    let bin = folder("parity");
    let object = bin.join("parity.o");
    let include = installed().join("include");
    run(Language::C99
        .compiler()
        .arg("-c")
        .arg(source("parity.c"))
        .arg("-I")
        .arg(include)
        .arg("-o")
        .arg(&object));

    let cc = || Command::new(env::var_os("CC").unwrap_or("cc".into()));
    let theirs = bin.join("theirs");
    run(cc().arg(&object).arg(conte()).arg("-o").arg(&theirs));
    let expected = run(&mut Command::new(theirs));
    assert!(expected.lines().count() > 20_000, "the program has run");

    for linkage in Linkage::ALL {
        let ours = bin.join(format!("{linkage:?}"));
        let mut line = cc();
        line.arg(&object).arg("-o").arg(&ours);
        linkage.add(&mut line, installed());
        run(&mut line);
        let answers = run(&mut Command::new(ours));
        let parted = expected.lines().zip(answers.lines()).position(|(c, ours)| c != ours);
        if let Some(at) = parted {
            let line = |text: &str| text.lines().nth(at).map(str::to_owned);
            panic!("{linkage:?}: line {at}: {:?} became {:?}", line(&expected), line(&answers));
        }
        assert_eq!(expected.len(), answers.len());
    }
}

#[test]
fn without_tlsf_names_it_links_beside_tlsf_3_1() {
    let prefix = install("c-alone", &["--no-default-features"]);
    let bin = folder("parity");
    let program = bin.join("beside.c");
    fs::write(
        &program,
        "#include \"memoman.h\"\n#include \"tlsf.h\"\n\
         int main(void) { return !(tlsf_size() < mm_size() && tlsf_align_size() == mm_align_size()); }\n",
    )
    .unwrap();
    let binary = bin.join("beside");
    let mut cc = Language::C99.compiler();
    cc.arg(&program).arg(conte()).arg("-I").arg(prefix.join("include")).arg("-o").arg(&binary);
    Linkage::Static.add(&mut cc, &prefix);
    run(&mut cc);
    run(&mut Command::new(binary));
}

/// The functions that a header declares.
#[cfg(target_os = "linux")]
fn declared(header: &str, prefix: &str) -> Vec<String> {
    let text = fs::read_to_string(installed().join("include").join(header)).unwrap();
    // A declaration stands at the start of a line; comments and the walker's type do not.
    let lines = text.lines().filter(|line| line.starts_with(char::is_alphabetic));
    let names = lines.filter(|line| !line.starts_with("typedef")).filter_map(|line| {
        let name = line[..line.find('(')?].rsplit([' ', '*']).next()?;
        name.starts_with(prefix).then(|| name.to_owned())
    });
    names.collect()
}

#[cfg(target_os = "linux")]
#[test]
fn the_shared_library_exports_what_the_headers_declare() {
    let library = installed().join("lib/libmemoman.so");
    let table = run(Command::new("nm").args(["-D", "--defined-only"]).arg(&library));
    let mut exported: Vec<_> =
        table.lines().filter_map(|line| line.rsplit(' ').next()).map(str::to_owned).collect();
    let mut promised = declared("memoman.h", "mm_");
    promised.extend(declared("tlsf.h", "tlsf_"));
    exported.sort();
    promised.sort();
    assert_eq!(exported, promised);

    asks_only_for(&library, &["abort", "memcpy", "memmove", "memset"]);
}

/// The functions of others that a shared library calls.
#[cfg(target_os = "linux")]
fn asks_only_for(library: &Path, names: &[&str]) {
    let table = run(Command::new("nm").args(["-D", "--undefined-only"]).arg(library));
    let wants = table.lines().filter(|line| line.contains(" U "));
    for name in wants.filter_map(|line| line.rsplit(' ').next()) {
        let name = name.split('@').next().unwrap_or_default();
        assert!(names.contains(&name), "wants {name}");
    }
}
