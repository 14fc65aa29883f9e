//! Small allocators with one mistake or none.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::{check, command, file, written};

/// `only_malloc.c` with a mistake.
fn only_malloc(fault: &str, more: &[&str]) -> crate::run::Ran {
    let (source, define) = (file("only_malloc.c"), format!("FAULT={fault}"));
    let all = [&["--source", &source, "--define", &define, "--calls", "60k"], more].concat();
    check(&all)
}

#[test]
fn malloc_and_free_alone_are_checked_at_level_contract() {
    let ran = only_malloc("NONE", &[]);
    ran.shows(0, &["# no finding", "| level | contract |", "malloc, chosen by the symbols"]);
    ran.shows(0, &["skipped", "memalign; realloc; usable size; zeroed memory", "level heap"]);
}

#[test]
fn an_overlap_is_found_and_its_program_shows_it_again() {
    let ran = only_malloc("OVERLAP", &[]);
    ran.shows(1, &["# 1 finding", "Unsound: live blocks overlap"]);
    assert!(ran.program().lines().count() < 12, "{}", ran.out);
    // No address, which would differ between runs.
    let is_plain = |line: &str| line.ends_with(" done") || line.ends_with(" a check fails");
    assert!(ran.calls().lines().all(is_plain), "{}", ran.out);
    let program = written("overlap.ops", ran.program());
    only_malloc("OVERLAP", &["--replay", &program]).shows(1, &["live blocks overlap"]);
    only_malloc("NONE", &["--replay", &program]).shows(0, &["no finding"]);
}

#[test]
fn a_misaligned_block_is_found() {
    only_malloc("MISALIGNED", &[]).shows(1, &["Unsound: payload misaligned"]);
}

#[test]
fn a_crash_is_a_finding_with_its_call_and_its_shrunk_program() {
    let ran = only_malloc("CRASH", &[]);
    ran.shows(1, &["Crash: the process ends", "segmentation fault, in `free(block of "]);
    assert!(ran.program().lines().count() < 12, "{}", ran.out);
    assert!(ran.err.contains("a crash: segmentation fault"), "{}", ran.err);
}

#[test]
fn a_hang_is_reported_within_five_seconds_and_shrunk() {
    let source = file("only_malloc.c");
    let start = Instant::now();
    let mut child = command(&["--source", &source, "--define", "FAULT=HANG", "--calls", "60k"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let pipe = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut lines = pipe.lines().map_while(Result::ok);
    let line = lines.find(|line| line.starts_with("a hang")).expect("a report");
    let reported = start.elapsed();
    // Shrinking takes seconds: a log shows that it goes on.
    assert!(lines.any(|line| line.contains(" ops removed, ")), "no progress of shrinking");
    lines.for_each(drop);
    assert!(line.contains("no end within 2") && line.contains("malloc("), "{line}");
    // The hang begins within the first calls; the compiler comes before.
    assert!(reported < Duration::from_secs(5), "reported after {reported:?}");
    let output = child.wait_with_output().expect("it ends");
    let out = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(1), "{out}");
    assert!(out.contains("Hang: a call does not return") && out.contains("in `malloc("), "{out}");
}

#[test]
fn ctrl_c_while_a_hang_is_shrunk_says_so_and_nothing_false() {
    let source = file("only_malloc.c");
    let mut child = command(&["--source", &source, "--define", "FAULT=HANG", "--calls", "60k"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let is_hang = |line: &Result<String, _>| line.as_ref().is_ok_and(|it| it.starts_with("a hang"));
    assert!(lines.any(|line| is_hang(&line)), "a hang is reported");
    let number = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &number]).status().expect("kill starts");
    assert!(sent.success());
    lines.for_each(drop);
    let output = child.wait_with_output().expect("it ends");
    let out = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(130), "{out}");
    for text in ["# 1 finding; interrupted", "interrupted before the program ran alone"] {
        assert!(out.contains(text), "no {text:?} in:\n{out}");
    }
    assert!(!out.contains("does not end it"), "{out}");
}

#[test]
fn a_tlsf_with_blocks_outside_of_its_pool_has_a_finding_and_no_fault_that_was_not_seen() {
    let source = written(
        "outside.c",
        "#include <stddef.h>\nstatic size_t memory[1 << 16], used;\n\
         void *init(void *m, size_t n) { used = 0; return m; }\n\
         void *take(void *h, size_t n) {\n  size_t words = n / sizeof(size_t) + 1, at = used;\n  \
         if (words > (1 << 16) - at) return NULL;\n  used += words;\n  return memory + at;\n}\n\
         void give(void *h, void *p) {}\n",
    );
    let names = written(
        "outside.toml",
        "create_with_pool = \"init(mem, bytes)\"\nmalloc = \"take(heap, size)\"\n\
         free = \"give(heap, block)\"\ntlsf = true\n",
    );
    let ran = check(&["--source", &source, "--names", &names, "--calls", "1k"]);
    ran.shows(1, &["Unsound: ", "| B12 | a pointer into a block is freed | not applicable |"]);
    assert!(!ran.out.contains("exit status"), "{}", ran.out);
}

/// `cells.c` under its own names.
fn cells(defines: &[&str], more: &[&str]) -> crate::run::Ran {
    let [source, names, include] = ["cells.c", "cells.toml", "include"].map(file);
    let mut all = vec!["--source", &source, "--include", &include, "--names", &names];
    all.extend(defines.iter().flat_map(|define| ["--define", define]));
    check(&[&all, more].concat())
}

#[test]
fn a_heap_with_names_of_its_own_is_checked_at_level_heap() {
    let ran = cells(&["CELL=32"], &["--calls", "60k"]);
    ran.shows(0, &["| level | heap |", "`heap_take(heap, size)`", "## Efficiency"]);
}

#[test]
fn lost_memory_is_found() {
    let ran = cells(&["CELL=32", "FAULT=LOST"], &["--calls", "60k"]);
    ran.shows(1, &["Unsound: not whole after everything was freed"]);
}

#[test]
fn a_page_for_a_few_bytes_is_a_finding_about_efficiency() {
    let ran = cells(&["CELL=4096"], &["--calls", "60k"]);
    ran.shows(1, &["Wasteful: refused with room free"]);
    let (_, findings) = ran.out.split_once("## Findings").expect("a section");
    let (findings, after) = findings.split_once("## Efficiency").expect("a section");
    assert!(findings.contains("Wasteful") && !after.contains("Wasteful"), "{}", ran.out);
    assert!(after.contains("1 finding of efficiency: see the findings."), "{}", ran.out);
}

/// `multi_heap.c` with a mistake: names that the symbols choose.
fn multi_heap(fault: &str) -> crate::run::Ran {
    let define = format!("FAULT={fault}");
    check(&["--source", &file("multi_heap.c"), "--define", &define, "--calls", "30k"])
}

#[test]
fn a_heap_with_the_names_of_esp_idf_is_checked_with_all_its_functions() {
    let ran = multi_heap("NONE");
    ran.shows(0, &["# no finding", "multi_heap, chosen by the symbols", "| level | heap |"]);
    // Of what a heap can have, only these are missing.
    ran.shows(0, &["| skipped | added pools; level exact; zeroed memory |"]);
}

#[test]
fn each_function_of_esp_idfs_names_is_called_with_its_arguments() {
    for (fault, finding) in [
        ("ALIGN", "Unsound: payload misaligned"),
        ("GROW", "Unsound: a payload does not keep its bytes"),
        ("CHECK", "multi_heap_check fails"),
        ("WALK", "Unsound: the walk is not what is live"),
    ] {
        multi_heap(fault).shows(1, &["# 1 finding", finding]);
    }
}
