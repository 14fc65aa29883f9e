//! Which build of the command line this is: the quick one of `cargo oracle`, or the full one.

use std::path::Path;

use crate::cli::stderr::note;

/// Prints a hint for a command that runs for long, if this is the build of `cargo oracle`, which is quick
/// to compile and slower to run.
pub(crate) fn hint(command: &str) {
    if std::env::current_exe().is_ok_and(|program| is_quick(&program)) {
        note!(
            "hint: this build compiles quickly but runs slowly; for full speed run: cargo oracle-release {command} …"
        );
    }
}

/// Cargo names the folder after the profile.
fn is_quick(program: &Path) -> bool {
    program.parent().is_some_and(|folder| folder.ends_with("replay"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_replay_profile_is_the_quick_build() {
        assert!(is_quick(Path::new("/w/target/replay/oracle")));
        assert!(!is_quick(Path::new("/w/target/release/oracle")));
        assert!(!is_quick(Path::new("/w/replay/target/debug/oracle")));
    }
}
