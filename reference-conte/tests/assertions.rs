//! An assertion of the C code that fails outside a check prints its line and aborts.

use std::env;
use std::process::Command;

use reference_conte::{Conte, SecondLevel};

/// Set in the process that must abort.
const CHILD: &str = "REFERENCE_CONTE_CHILD";

#[test]
fn a_failed_assertion_names_its_line_and_aborts() {
    if env::var_os(CHILD).is_some() {
        double_free();
        return;
    }
    let output = this_program()
        .args(["--exact", "--nocapture", "a_failed_assertion_names_its_line_and_aborts"])
        .env(CHILD, "1")
        .output()
        .expect("a child process");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "the child has not aborted");
    let line = stderr.lines().find(|line| line.starts_with("lv_tlsf.c:")).expect(&stderr);
    assert!(line.ends_with("!block_is_free(block) && \"block already marked as free\""), "{line}");
}

/// By the command that runs programs of another processor, if `scripts/test-arch` names one.
fn this_program() -> Command {
    let path = env::current_exe().expect("the path of this program");
    let runner = env::var("MEMOMAN_RUNNER").unwrap_or_default();
    let mut words = runner.split_whitespace();
    let Some(first) = words.next() else { return Command::new(path) };
    let mut command = Command::new(first);
    command.args(words).arg(path);
    command
}

fn double_free() {
    let mut conte = Conte::new(SecondLevel::Sl32, 4096, 4096);
    assert!(conte.add_pool(0, 4096));
    let block = conte.malloc(1).expect("a block");
    conte.free(block);
    // A check before must not change how later assertions are handled.
    assert!(conte.check());
    // SAFETY: the assertion aborts before any write.
    unsafe { conte.outside_domain().free(block) };
}
