//! How far it is, on stderr.

use std::io::{IsTerminal, Write, stderr};

/// A line that the next one replaces; on a terminal only. An empty one ends it.
pub(crate) fn progress(says: &str) {
    if stderr().is_terminal() {
        eprint!("\r\x1b[K{says}");
        // Progress that cannot be shown is no reason to stop.
        let _ = stderr().flush();
    }
}
