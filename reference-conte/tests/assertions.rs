//! An assertion of the C code that fails outside of a check ends the process, and says where.

use std::env;
use std::process::Command;

use reference_conte::{Conte, SecondLevel};

/// Set in the child process, which aborts.
const DOOMED: &str = "REFERENCE_CONTE_DOOMED";

#[test]
fn a_failed_assertion_names_its_line_and_aborts() {
    if env::var_os(DOOMED).is_some() {
        double_free();
        return;
    }
    let output = Command::new(env::current_exe().expect("tests know their program"))
        .args(["--exact", "--nocapture", "a_failed_assertion_names_its_line_and_aborts"])
        .env(DOOMED, "1")
        .output()
        .expect("it starts again");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "it lived");
    let line = said.lines().find(|line| line.starts_with("lv_tlsf.c:")).expect(&said);
    assert!(line.ends_with("!block_is_free(block) && \"block already marked as free\""), "{line}");
}

fn double_free() {
    let mut conte = Conte::new(SecondLevel::Sl32, 4096, 4096);
    assert!(conte.add_pool(0, 4096));
    let block = conte.malloc(1).expect("there is room");
    conte.free(block);
    // A check in between must not leave assertions suppressed.
    assert!(conte.check());
    // SAFETY: the assertion comes before any write.
    unsafe { conte.outside_domain().free(block) };
}
