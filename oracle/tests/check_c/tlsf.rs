//! LVGL's copy of TLSF 3.1, from the package that reference-conte locks: unmodified, and with a mistake.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::run::{Ran, check, written};

/// The folder of LVGL's TLSF.
fn folder() -> String {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--format-version", "1", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .expect("cargo starts");
    let text = String::from_utf8(output.stdout).expect("text");
    let (_, rest) = text.split_once("\"name\":\"lightvgl-sys\"").expect("a locked package");
    let (_, rest) = rest.split_once("\"manifest_path\":\"").expect("its folder");
    let manifest = PathBuf::from(rest.split('"').next().expect("a path"));
    let package = manifest.parent().expect("a folder");
    package.join("vendor/lvgl/src/stdlib/builtin").to_str().expect("UTF-8").to_owned()
}

/// LVGL's headers without its configuration, and pools up to 4 GiB.
fn lvgl(source: &str, more: &[&str]) -> Ran {
    let folder = folder();
    let mut all = vec!["--source", source, "--include", &folder];
    for define in ["LV_CONF_SKIP", "lv_memcpy=memcpy", "LV_MEM_SIZE=(1ull<<32)"] {
        all.extend(["--define", define]);
    }
    check(&[&all, more].concat())
}

/// The numbered faults that LVGL's copy has: all but B2, which it has repaired, and B17.
const FAULTS: &str = "B1,B3,B4,B5,B6,B7,B8,B10,B11,B12,B13,B14,B15,B16,B18";

#[test]
fn lvgls_tlsf_is_exact_and_has_the_numbered_faults() {
    let source = format!("{}/lv_tlsf.c", folder());
    let ran = lvgl(&source, &["--calls", "20k", "--known", FAULTS]);
    ran.shows(0, &["# no finding; numbered faults known: B1, B3,", "| level | exact |"]);
    ran.shows(0, &["32 lists for each power of two", "blocks below 2^32"]);
    ran.shows(
        0,
        &["| B2 | realloc to more than the largest block | absent |", "832 of 1024 sizes"],
    );
    // Numbers that addresses do not change.
    ran.shows(0, &["| 1 word changed |"]);
    if cfg!(target_pointer_width = "64") {
        ran.shows(0, &["| 5512 bytes behind a buffer of 1024 are written |"]);
    }
    let present = ran.out.matches("| present (known) |").count();
    assert_eq!(present, 25, "{}", ran.out);
}

#[test]
fn another_rule_is_a_difference_and_no_broken_contract() {
    let text = fs::read_to_string(format!("{}/lv_tlsf.c", folder())).expect("LVGL's source");
    let rule = "adjust_request_size(size, ALIGN_SIZE)";
    assert_eq!(text.matches(rule).count(), 3, "the size of a block for a request");
    // A word more than TLSF 3.1 takes: only addresses and sizes show it.
    let text = text.replace(rule, "adjust_request_size(size < 1000 ? size + 8 : size, ALIGN_SIZE)");
    let source = written("lv_tlsf.c", &text);
    let ran = lvgl(&source, &["--calls", "20k", "--known", FAULTS]);
    ran.shows(
        1,
        &[
            "# 1 finding",
            "Diverged: ",
            "the specification",
            "| level | exact up to a finding, then heap: counts are those of the last |",
        ],
    );
    assert!(ran.program().lines().count() < 14, "{}", ran.out);
}
