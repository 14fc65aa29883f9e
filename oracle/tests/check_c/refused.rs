//! What cannot be checked: exit code 2, and what to do.

use crate::run::{check, file, written};

#[track_caller]
fn is_refused(arguments: &[&str], says: &[&str]) {
    let ran = check(arguments);
    assert_eq!((ran.code, &*ran.out), (Some(2), ""), "{}", ran.err);
    for text in says {
        assert!(ran.err.contains(text), "no {text:?} in:\n{}", ran.err);
    }
}

#[test]
fn a_missing_header_is_named_with_the_option() {
    is_refused(&["--source", &file("cells.c")], &["cells.h is missing", "--include DIR"]);
}

#[test]
fn a_missing_macro_is_named_by_the_compiler() {
    let [source, include] = ["cells.c", "include"].map(file);
    is_refused(&["--source", &source, "--include", &include], &["CELL", "--define"]);
}

#[test]
fn a_missing_function_is_named() {
    let source =
        written("missing.c", "void elsewhere(void);\nvoid free(void *p) { elsewhere(); }\n");
    is_refused(&["--source", &source], &["missing: elsewhere", "--source FILE.c"]);
}

#[test]
fn a_folder_in_place_of_a_file_and_a_missing_one_are_named() {
    let source = file("only_malloc.c");
    is_refused(&["--source", &file("include")], &["include: a folder; name its files"]);
    is_refused(&["--source", "no-such.c"], &["no-such.c: no such file"]);
    let include = ["--source", &source, "--include", "no-such"];
    is_refused(&include, &["--include no-such: no such folder"]);
}

#[test]
fn a_run_without_calls_is_refused() {
    let arguments = ["--source", &file("only_malloc.c"), "--calls", "0"];
    is_refused(&arguments, &["--calls", "expected at least 1"]);
}

#[test]
fn symbols_without_a_table_are_listed() {
    let source = written("no_names.c", "int take_some(int n) { return n; }\n");
    is_refused(&["--source", &source], &["take_some", "--names FILE.toml"]);
    is_refused(&["--source", &source, "--names", "malloc"], &["no symbol `", "take_some"]);
    is_refused(&["--source", &source, "--names", "jemalloc"], &["no such table", "multi_heap"]);
}

#[test]
fn an_unknown_key_is_an_error_that_names_the_known_ones() {
    let names =
        written("unknown.toml", "malloc = \"m(size)\"\nfree = \"f(block)\"\nresize = \"r()\"\n");
    let source = file("only_malloc.c");
    is_refused(&["--source", &source, "--names", &names], &["`resize`", "realloc", "usable_size"]);
}

#[test]
fn a_file_that_is_no_library_is_refused() {
    is_refused(&["--library", &file("cells.c")], &["no shared library"]);
    is_refused(&["--library", "no-such.so"], &["no-such.so"]);
}

#[test]
fn a_heap_that_is_never_made_is_refused() {
    let source = written(
        "never.c",
        "#include <stddef.h>\nvoid *init(void *m, size_t n) { return NULL; }\n\
         void *take(void *h, size_t n) { return NULL; }\nvoid give(void *h, void *p) {}\n",
    );
    let names = written(
        "never.toml",
        "create_with_pool = \"init(mem, bytes)\"\nmalloc = \"take(heap, size)\"\n\
         free = \"give(heap, block)\"\n",
    );
    is_refused(&["--source", &source, "--names", &names], &["no heap could be made"]);
}

#[test]
fn a_program_of_version_2_is_refused() {
    let program = written("large.ops", "ops v2\npool 4096\nmalloc 0 tiny 24\n");
    is_refused(
        &["--source", &file("only_malloc.c"), "--replay", &program],
        &["large.ops: a program of version 2"],
    );
}

#[test]
fn a_report_replaces_nothing_that_is_read_and_needs_a_folder() {
    let source = written("kept.c", "void *malloc(unsigned long n) { return 0; }\n");
    let before = std::fs::read(&source).expect("a source");
    is_refused(&["--source", &source, "--output", &source], &["this command reads it"]);
    assert_eq!(std::fs::read(&source).expect("a source"), before);
    let output = format!("{source}.no-folder/report.md");
    is_refused(&["--source", &source, "--output", &output], &["no file can be written there"]);
}
