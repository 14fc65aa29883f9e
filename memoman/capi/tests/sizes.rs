//! The tables of sizes in README.md are what the installed library has. `BLESS=1` writes them anew.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod support;

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use support::{Language, Linkage, folder, install, installed, run, source};

/// A program that makes, uses and checks a heap under one set of names.
const PROGRAMS: [(&str, &str); 4] = [
    (
        "memoman.h",
        "mm_t heap = mm_create_with_pool(memory, sizeof memory); void *p = mm_malloc(heap, 100); \
         p = mm_realloc(heap, p, 200); mm_free(heap, p); return mm_memalign(heap, 64, 10) == NULL;",
    ),
    (
        "tlsf.h",
        "tlsf_t heap = tlsf_create_with_pool(memory, sizeof memory); void *p = tlsf_malloc(heap, 100); \
         p = tlsf_realloc(heap, p, 200); tlsf_free(heap, p); return tlsf_memalign(heap, 64, 10) == NULL;",
    ),
    (
        "memoman_sized.h",
        "mm_sized_t heap = mm_sized_create_with_pool(memory, sizeof memory, 0); \
         void *p = mm_sized_malloc(heap, 100); p = mm_sized_realloc(heap, p, 200); \
         mm_sized_free(heap, p); return mm_sized_memalign(heap, 64, 10) == NULL;",
    ),
    (
        "tlsf_espressif.h",
        "tlsf_t heap = tlsf_create_with_pool(memory, sizeof memory, 0); \
         void *p = tlsf_malloc(heap, 100); p = tlsf_realloc(heap, p, 200); tlsf_free(heap, p); \
         return tlsf_memalign(heap, 64, 10) == NULL;",
    ),
];

/// Bytes of code of a program that includes `header`, linked with --gc-sections, beyond those of an empty
/// one.
fn code(prefix: &Path, header: &str, body: &str) -> usize {
    let text = |name: &str, body: &str| {
        let folder = folder("sizes");
        let (program, binary) = (folder.join(format!("{name}.c")), folder.join(name));
        let text = format!(
            "#include \"{header}\"\nMM_ALIGNED static unsigned char memory[65536];\n\
             int main(void) {{ {body} }}\n"
        );
        fs::write(&program, text).unwrap();
        let mut cc = Language::C99.compiler();
        cc.arg(&program).args(["-Wno-unused", "-Os", "-Wl,--gc-sections", "-I"]);
        cc.arg(prefix.join("include")).arg("-o").arg(&binary);
        Linkage::Static.add(&mut cc, &prefix.join("lib"));
        run(&mut cc);
        let table = run(Command::new("size").arg(&binary));
        let first = table.lines().nth(1).and_then(|line| line.split_whitespace().next());
        first.and_then(|bytes| bytes.parse::<usize>().ok()).expect("size prints a table")
    };
    let name = header.replace('.', "_");
    text(&name, body) - text(&format!("{name}_empty"), "return 0;")
}

/// Replaces or compares the lines between two marks of README.md.
fn is_current(mark: &str, table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let open = format!("<!-- {mark}: BLESS=1 cargo test -p memoman-capi --test sizes -->\n");
    let start = text.find(&open).expect("README.md: the mark") + open.len();
    let end = start + text[start..].find("<!-- end -->").expect("README.md: the end");
    if env::var_os("BLESS").is_some() {
        fs::write(&path, format!("{}{table}{}", &text[..start], &text[end..])).unwrap();
    } else {
        assert_eq!(&text[start..end], table, "README.md, {mark}: BLESS=1 writes the table anew");
    }
}

/// The table's bytes of code, rounded up to 100: they differ a little with the compiler.
fn rounded(bytes: usize) -> usize {
    bytes.next_multiple_of(100)
}

#[test]
fn the_readmes_tables_are_those_of_the_library() {
    let binary = folder("sizes").join("sizes");
    let mut cc = Language::C99.compiler();
    cc.arg(source("sizes.c")).arg("-I").arg(installed().join("include")).arg("-o").arg(&binary);
    Linkage::Static.add(&mut cc, &installed().join("lib"));
    run(&mut cc);
    let rows = run(&mut Command::new(binary));
    let head = "| memory | `mm_sized_t` | espressif's | `mm_t` | `tlsf_t` |
|---|---|---|---|---|
";
    is_current("control", &format!("{head}{rows}"));

    let small = install("c-small", &SMALL);
    let mut table = "| program includes | default | small |\n|---|---|---|\n".to_owned();
    for (header, body) in PROGRAMS {
        let [default, small] = [installed(), &small].map(|prefix| code(prefix, header, body));
        assert!(default > 500 && small > 500, "{header}: nothing was linked: {default}, {small}");
        table += &format!("| `{header}` | {} | {} |\n", rounded(default), rounded(small));
    }
    is_current("code", &table);
}

/// The options of the small library.
const SMALL: [&str; 6] = ["--second-levels", "8", "--largest-pool", "64K", "--pools", "4"];
